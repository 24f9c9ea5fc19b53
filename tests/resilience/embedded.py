"""The embedded systems on the stage: faults are put between adapter and guard, because there is no wire."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.model.helpdesk import NewTicket
from bridge.settings import Settings
from bridge.storage.business import (
    changes,
    checkouts,
    customers,
    interactions,
    leads,
    opportunities,
    order_items,
    order_returns,
    orders,
    product_variants,
    products,
    ticket_comments,
    tickets,
)
from bridge.storage.engine import reading, writing
from bridge.testing.clock import SettableClock
from tests.resilience.asked import BEFORE, NOON, Records
from tests.resilience.matrix import rows
from tests.support.frontdesk import make_settings

ANN, PHONE, TICKET, SHIPPED = "ann@example.test", "+12025550143", "T-10001", "2"
TABLES = {
    "commerce.cancel_order": changes,
    "commerce.request_return": order_returns,
    "commerce.change_address": changes,
    "commerce.create_checkout": checkouts,
    "crm.create_lead": leads,
    "crm.update_contact": changes,
    "crm.create_opportunity": opportunities,
    "crm.log_interaction": interactions,
    "helpdesk.add_comment": ticket_comments,
    "helpdesk.create_ticket": tickets,
    "helpdesk.update_ticket": changes,
}
"""Where a write leaves its record."""


class EmbeddedWorld:
    """Hold the demo's systems, broken by a plan of faults (bridge/testing/faults.py)."""

    def __init__(self, folder: Path) -> None:
        self._plan = folder / "plan"
        self.records = Records(
            email=ANN,
            phone=PHONE,
            order="1001",
            open_order=_open_order,
            order_id="1",
            shipped=SHIPPED,
            item="1",
            variant="1",
            product="tee",
            ticket=TICKET,
            ticket_id="1",
            contact="1",
        )

    def settings(self, database_url: str) -> Settings:
        """Return a deployment of embedded systems that fail as the plan says."""
        return make_settings(database_url).copy(update={"faults": f"file:{self._plan}"})

    def fill(self, frontdesk: Frontdesk) -> None:
        """Put one record of each kind in, all of them Ann's."""
        made = {"created_at": NOON}
        order = {"number": "1001", "email": ANN, "status": "pending", "currency": "USD", "total_minor": 1990}
        variant = {"sku": "TEE-M", "options": {"size": "M"}, "price_minor": 1990, "currency": "USD", "stock": 5}
        with writing(frontdesk.engine) as connection:
            connection.execute(sa.insert(customers).values(id=1, email=ANN, name="Ann Example", phone=PHONE, **made))
            connection.execute(sa.insert(orders).values(customer_id=1, placed_at=NOON, **order))
            shipped = {**order, "number": "1000", "status": "shipped", "placed_at": NOON}
            connection.execute(sa.insert(orders).values(id=int(SHIPPED), customer_id=1, **shipped))
            item = {"position": 0, "sku": "TEE-M", "name": "Blue tee", "options": {}, "unit_price_minor": 199}
            connection.execute(sa.insert(order_items).values(id=1, order_id=int(SHIPPED), quantity=10, **item))
            connection.execute(sa.insert(products).values(id=1, code="TEE", name="Blue tee"))
            connection.execute(sa.insert(product_variants).values(product_id=1, **variant))
        ticket = frontdesk.systems.helpdesk.create_ticket(NewTicket("Zip", "It broke.", ANN), BEFORE)
        assert ticket.number == TICKET

    def begin(self, clock: SettableClock) -> None:
        """Begin without faults; the records are in the database, which is a new copy."""
        self._plan.write_text("")

    def break_with(self, frontdesk: Frontdesk, operation: str, fault: str, state: str) -> None:
        """Let every call of an operation meet a fault."""
        self._plan.write_text(f"{operation}={fault}")

    def mend(self, frontdesk: Frontdesk) -> None:
        """End the fault."""
        self._plan.write_text("")

    def count(self, frontdesk: Frontdesk, operation: str) -> int:
        """Count the rows of the table of an operation."""
        return rows(frontdesk, TABLES[operation])


def _open_order(frontdesk: Frontdesk, turn: Turn) -> str:
    """Return the order that only this turn changes, and put it in at first."""
    number = sa.select(orders.c.id).where(orders.c.number == turn.conversation_id)
    values = {"email": ANN, "status": "pending_shipment", "currency": "USD", "total_minor": 1990, "placed_at": NOON}
    with reading(frontdesk.engine) as connection:
        found = connection.execute(number).scalar()
    if found is None:
        with writing(frontdesk.engine) as connection:
            connection.execute(sa.insert(orders).values(customer_id=1, number=turn.conversation_id, **values))
            found = connection.execute(number).scalar_one()
    return str(found)

"""The embedded backend as the contract suites see it: the adapter, and rows put into its tables by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded.commerce import EmbeddedCommerce
from bridge.adapters.embedded.crm import EmbeddedCrm
from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.model.commerce import Order, Product
from bridge.model.crm import Contact, Interaction, NewLead, NewOpportunity
from bridge.model.helpdesk import Ticket
from bridge.model.money import Money
from bridge.storage import business as tables
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now

CHECKOUT_URL = "https://shop.example.test/checkout/"
FIRST_ANSWER_HOURS = {"low": 72, "normal": 24, "high": 8, "urgent": 2}


@dataclass
class CommerceWorld:
    """Hold a shop in SQL."""

    engine: sa.engine.Engine
    dead_engine: sa.engine.Engine

    @property
    def adapter(self) -> EmbeddedCommerce:
        return EmbeddedCommerce(self.engine, checkout_url=CHECKOUT_URL)

    @property
    def unreachable(self) -> EmbeddedCommerce:
        return EmbeddedCommerce(self.dead_engine, checkout_url=CHECKOUT_URL)

    def add_order(self, order: Order) -> str:
        with writing(self.engine) as connection:
            customer = customer_of(connection, order.email)
            order_id = insert(
                connection,
                tables.orders,
                number=order.number,
                customer_id=customer,
                email=order.email,
                status=order.status_label,
                currency=order.total.currency,
                total_minor=order.total.minor,
                placed_at=order.placed_at,
                expected_by=order.expected_by,
                refunded_minor=None if order.refunded is None else order.refunded.minor,
                address=asdict(order.address) if order.address else None,
            )
            self._add_parts(connection, order_id, order)
        return order.number

    def _add_parts(self, connection: sa.engine.Connection, order_id: int, order: Order) -> None:
        # Written last first, so that only their positions tell the order in which they belong.
        for position, item in reversed(list(enumerate(order.items))):
            values = {**asdict(item), "unit_price_minor": item.unit_price.minor}
            del values["unit_price"], values["id"]
            insert(connection, tables.order_items, order_id=order_id, position=position, **values)
        for position, payment in reversed(list(enumerate(order.payments))):
            values = {**asdict(payment), "kind": payment.kind.value, "amount_minor": payment.amount.minor}
            del values["amount"]
            insert(connection, tables.order_payments, order_id=order_id, position=position, **values)
        for position, parcel in reversed(list(enumerate(order.fulfilments))):
            values = {**asdict(parcel), "skus": list(parcel.skus)}
            insert(connection, tables.fulfilments, order_id=order_id, position=position, **values)

    def add_product(self, product: Product, *, active: bool = True) -> None:
        with writing(self.engine) as connection:
            product_id = insert(
                connection,
                tables.products,
                code=product.variants[0].sku,
                name=product.name,
                description=product.description,
                active=active,
            )
            for variant in product.variants:
                insert(
                    connection,
                    tables.product_variants,
                    product_id=product_id,
                    sku=variant.sku,
                    options=variant.options,
                    price_minor=variant.price.minor,
                    currency=variant.price.currency,
                    stock=variant.stock,
                )

    def returns(self, order_id: str) -> int:
        return sum(row["order_id"] == int(order_id) for row in rows(self.engine, tables.order_returns))

    def checkouts(self, email: str) -> int:
        return sum(row["email"] == email for row in rows(self.engine, tables.checkouts))

    def settle(self) -> None:
        """Do nothing: what the embedded shop does is done."""


@dataclass
class HelpdeskWorld:
    """Hold a helpdesk in SQL; tickets put in by hand are numbered as another system would."""

    engine: sa.engine.Engine
    dead_engine: sa.engine.Engine
    added: int = 0

    @property
    def adapter(self) -> EmbeddedHelpdesk:
        return EmbeddedHelpdesk(self.engine, first_answer_hours=FIRST_ANSWER_HOURS)

    @property
    def unreachable(self) -> EmbeddedHelpdesk:
        return EmbeddedHelpdesk(self.dead_engine, first_answer_hours=FIRST_ANSWER_HOURS)

    def add_ticket(self, ticket: Ticket) -> Ticket:
        self.added += 1
        number = ticket.number or f"HELP-{self.added}"
        values = {**asdict(ticket), "number": number, "status": ticket.status_label, "priority": ticket.priority.value}
        for absent in ("id", "status_label", "comments"):
            del values[absent]
        with writing(self.engine) as connection:
            ticket_id = insert(connection, tables.tickets, **{**values, "tags": list(ticket.tags)})
            for comment in ticket.comments:
                insert(connection, tables.ticket_comments, ticket_id=ticket_id, **asdict(comment))
        return replace(ticket, id=str(ticket_id), number=number)


@dataclass
class CrmWorld:
    """Hold a CRM in SQL."""

    engine: sa.engine.Engine
    dead_engine: sa.engine.Engine

    @property
    def adapter(self) -> EmbeddedCrm:
        return EmbeddedCrm(self.engine)

    @property
    def unreachable(self) -> EmbeddedCrm:
        return EmbeddedCrm(self.dead_engine)

    def add_contact(self, contact: Contact) -> Contact:
        values = asdict(contact)
        del values["id"]
        with writing(self.engine) as connection:
            return replace(contact, id=str(insert(connection, tables.customers, **values, created_at=utc_now())))

    def interactions(self, contact_id: str) -> Sequence[Interaction]:
        return [
            Interaction(row["subject"], row["summary"], row["at"])
            for row in rows(self.engine, tables.interactions)
            if row["customer_id"] == int(contact_id)
        ]

    def leads(self, email: str) -> Sequence[NewLead]:
        return [
            NewLead(row["email"], row["name"], row["interest"], row["company"], row["phone"])
            for row in rows(self.engine, tables.leads)
            if row["email"].lower() == email.lower()
        ]

    def notes(self, lead_id: str) -> Sequence[str]:
        return [row["interest"] for row in rows(self.engine, tables.lead_notes) if row["lead_id"] == int(lead_id)]

    def opportunities(self, contact_id: str) -> Sequence[NewOpportunity]:
        return [
            NewOpportunity(
                row["name"],
                row["close_on"],
                Money(row["amount_minor"], row["currency"]) if row["currency"] else None,
                row["note"],
            )
            for row in rows(self.engine, tables.opportunities)
            if row["customer_id"] == int(contact_id)
        ]


def customer_of(connection: sa.engine.Connection, email: str) -> int:
    """Return the id of the customer with this e-mail, new or not."""
    known = connection.execute(sa.select(tables.customers.c.id).where(tables.customers.c.email == email)).scalar()
    return known or insert(connection, tables.customers, email=email, name="Ann Example", created_at=utc_now())


def insert(connection: sa.engine.Connection, table: sa.Table, **values: Any) -> int:
    """Insert a row and return its id."""
    (row_id,) = connection.execute(sa.insert(table).values(values)).inserted_primary_key
    return int(row_id)


def rows(engine: sa.engine.Engine, table: sa.Table) -> list[Any]:
    """Return all rows of a table."""
    with reading(engine) as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key)).mappings())

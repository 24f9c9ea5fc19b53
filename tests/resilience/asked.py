"""How each operation of each port is reached, and on which records; matrix.py plays them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.model.commerce import Address, CartLine, NewReturn, ReturnLine, ReturnReason
from bridge.model.crm import ContactChange, Interaction, NewOpportunity
from bridge.model.helpdesk import Priority, TicketChange
from bridge.model.identity import Claim
from bridge.storage.business import (
    changes,
    checkouts,
    interactions,
    leads,
    opportunities,
    order_returns,
    orders,
    ticket_comments,
    tickets,
)
from bridge.storage.engine import reading, writing

NOON = datetime(2026, 1, 21, 12, tzinfo=timezone.utc)
ANN, PHONE, TICKET = "ann@example.test", "+12025550143", "T-10001"
SHIPPED = "2"
"""The id of an order whose items can go back."""
ADDRESS = Address("Ann Example", "9 Hill Road", "Leeds", "LS1 4AP", "GB")


@dataclass(frozen=True)
class Ask:
    """Say how an operation is reached: through the use case that calls it, or directly where none does.

    Args:
        table: where a write of it leaves a record.
    """

    run: Callable[[Frontdesk, Turn], Any]
    prepare: Callable[[Frontdesk, Turn], object] = lambda frontdesk, turn: None
    table: sa.Table | None = None


def _email(turn: Turn) -> str:
    return f"{turn.conversation_id[:8].lower().strip('-_')}@example.test"


def _lead_draft(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.sales.draft(turn, "tents", _email(turn))


def _ticket_draft(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.tickets.draft(turn, "It broke.", _email(turn), "", Priority.NORMAL)


def _comment_draft(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.tickets.draft_comment(turn, TICKET, ANN, "It broke again.")


def _log_interaction(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.systems.crm.log_interaction("1", Interaction("a", "b", NOON), turn.conversation_id)


def _unshipped(frontdesk: Frontdesk, turn: Turn) -> None:
    """Put an order in that only this turn changes."""
    values = {"email": ANN, "status": "pending_shipment", "currency": "USD", "total_minor": 1990, "placed_at": NOON}
    with writing(frontdesk.engine) as connection:
        connection.execute(sa.insert(orders).values(customer_id=1, number=turn.conversation_id, **values))


def _its_order(frontdesk: Frontdesk, turn: Turn) -> str:
    with reading(frontdesk.engine) as connection:
        return str(connection.execute(sa.select(orders.c.id).where(orders.c.number == turn.conversation_id)).scalar())


def _cancel(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.systems.commerce.cancel_order(_its_order(frontdesk, turn), turn.conversation_id)


def _move(frontdesk: Frontdesk, turn: Turn) -> object:
    shop = frontdesk.systems.commerce
    return shop.change_address(_its_order(frontdesk, turn), ADDRESS, turn.conversation_id)


def _return(frontdesk: Frontdesk, turn: Turn) -> object:
    wanted = NewReturn((ReturnLine("1", 1),), ReturnReason.TOO_SMALL)
    return frontdesk.systems.commerce.request_return(SHIPPED, wanted, turn.conversation_id)


def _check_out(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.systems.commerce.create_checkout(ANN, [CartLine("1", 1)], turn.conversation_id)


def _update_ticket(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.systems.helpdesk.update_ticket("1", TicketChange(tags=("angry",)), turn.conversation_id)


def _update_contact(frontdesk: Frontdesk, turn: Turn) -> object:
    return frontdesk.systems.crm.update_contact("1", ContactChange(company="Tea Ltd"), turn.conversation_id)


def _create_opportunity(frontdesk: Frontdesk, turn: Turn) -> object:
    wanted = NewOpportunity("Tents", date(2026, 4, 30))
    return frontdesk.systems.crm.create_opportunity("1", wanted, turn.conversation_id)


ASKED: dict[str, Ask] = {
    "commerce.find_order": Ask(lambda desk, turn: desk.orders.track(turn, "1001", Claim(email=ANN))),
    "commerce.list_orders": Ask(lambda desk, _turn: desk.systems.commerce.list_orders(ANN)),
    "commerce.cancel_order": Ask(_cancel, _unshipped, changes),
    "commerce.find_cancellation": Ask(lambda desk, _turn: desk.systems.commerce.find_cancellation("1", "made-before")),
    "commerce.request_return": Ask(_return, table=order_returns),
    "commerce.find_return_by_key": Ask(
        lambda desk, _turn: desk.systems.commerce.find_return_by_key(SHIPPED, "made-before")
    ),
    "commerce.change_address": Ask(_move, _unshipped, changes),
    "commerce.find_address_change": Ask(
        lambda desk, _turn: desk.systems.commerce.find_address_change("1", ADDRESS, "made-before")
    ),
    "commerce.create_checkout": Ask(_check_out, table=checkouts),
    "commerce.find_checkout_by_key": Ask(
        lambda desk, _turn: desk.systems.commerce.find_checkout_by_key(ANN, "made-before")
    ),
    "commerce.search_products": Ask(lambda desk, _turn: desk.products.search("tee")),
    "crm.create_lead": Ask(lambda desk, turn: desk.sales.create(turn, True), _lead_draft, leads),
    "crm.find_contact": Ask(lambda desk, _turn: desk.systems.crm.find_contact(ANN)),
    "crm.find_contact_by_phone": Ask(lambda desk, _turn: desk.systems.crm.find_contact_by_phone(PHONE)),
    "crm.update_contact": Ask(_update_contact, table=changes),
    "crm.find_contact_update": Ask(
        lambda desk, _turn: desk.systems.crm.find_contact_update("1", ContactChange(), "made-before")
    ),
    "crm.create_opportunity": Ask(_create_opportunity, table=opportunities),
    "crm.find_opportunity_by_key": Ask(
        lambda desk, _turn: desk.systems.crm.find_opportunity_by_key("1", "made-before")
    ),
    "crm.find_interaction_by_key": Ask(
        lambda desk, _turn: desk.systems.crm.find_interaction_by_key("1", "made-before")
    ),
    "crm.find_lead_by_key": Ask(lambda desk, _turn: desk.systems.crm.find_lead_by_key("made-before")),
    "crm.log_interaction": Ask(_log_interaction, table=interactions),
    "helpdesk.add_comment": Ask(
        lambda desk, turn: desk.tickets.add_comment(turn, True), _comment_draft, ticket_comments
    ),
    "helpdesk.find_comment_by_key": Ask(
        lambda desk, _turn: desk.systems.helpdesk.find_comment_by_key("1", "made-before")
    ),
    "helpdesk.create_ticket": Ask(lambda desk, turn: desk.tickets.create(turn, True), _ticket_draft, tickets),
    "helpdesk.find_ticket": Ask(lambda desk, turn: desk.tickets.check(turn, TICKET, ANN)),
    "helpdesk.find_ticket_by_key": Ask(lambda desk, _turn: desk.systems.helpdesk.find_ticket_by_key("made-before")),
    "helpdesk.list_tickets": Ask(lambda desk, _turn: desk.systems.helpdesk.list_tickets(ANN)),
    "helpdesk.update_ticket": Ask(_update_ticket, table=changes),
    "helpdesk.find_ticket_update": Ask(
        lambda desk, _turn: desk.systems.helpdesk.find_ticket_update("1", TicketChange(), "made-before")
    ),
}
TALKED_OF = {
    "commerce.find_order",
    "commerce.search_products",
    "crm.create_lead",
    "helpdesk.add_comment",
    "helpdesk.create_ticket",
    "helpdesk.find_ticket",
}
DIRECT = tuple(sorted(set(ASKED) - TALKED_OF))
"""Those that no use case calls by itself."""

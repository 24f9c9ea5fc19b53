"""How each operation of each port is reached; matrix.py plays them, on the records of whichever system answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.model.commerce import Address, CartLine, NewReturn, ReturnLine, ReturnReason
from bridge.model.crm import ContactChange, Interaction, NewOpportunity
from bridge.model.helpdesk import Priority, TicketChange
from bridge.model.identity import Claim

NOON = datetime(2026, 1, 21, 12, tzinfo=timezone.utc)
BEFORE = "made-before"
"""The key of every write that was done before anything is asked."""
ADDRESS = Address("Ann Example", "9 Hill Road", "Leeds", "LS1 4AP", "GB")
TAGGED, MOVED = TicketChange(tags=("angry",)), ContactChange(company="Tea Ltd")


@dataclass(frozen=True)
class Records:
    """Name the records of one system that are asked for.

    Args:
        email: whose they are.
        open_order: gives the id of an order that has not left, and that no other conversation changes.
        shipped: the id of an order whose items can go back.
        ticket: the number of a ticket.
    """

    email: str
    phone: str = ""
    order: str = ""
    open_order: Callable[[Frontdesk, Turn], str] = lambda _desk, _turn: ""
    order_id: str = ""
    shipped: str = ""
    item: str = ""
    variant: str = ""
    product: str = ""
    ticket: str = ""
    ticket_id: str = ""
    contact: str = ""


@dataclass(frozen=True)
class Ask:
    """Say how an operation is reached: through the use case that calls it, or directly where none does."""

    run: Callable[[Frontdesk, Turn, Records], Any]
    prepare: Callable[[Frontdesk, Turn, Records], object] = lambda desk, turn, records: None


def _email(turn: Turn) -> str:
    return f"{turn.conversation_id[:8].lower().strip('-_')}@example.test"


def _lead_draft(desk: Frontdesk, turn: Turn, _records: Records) -> object:
    return desk.sales.draft(turn, "tents", _email(turn))


def _ticket_draft(desk: Frontdesk, turn: Turn, _records: Records) -> object:
    return desk.tickets.draft(turn, "It broke.", _email(turn), "", Priority.NORMAL)


def _comment_draft(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.tickets.draft_comment(turn, records.ticket, records.email, "It broke again.")


def _log_interaction(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.systems.crm.log_interaction(records.contact, Interaction("a", "b", NOON), turn.conversation_id)


def _cancel(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.systems.commerce.cancel_order(records.open_order(desk, turn), turn.conversation_id)


def _move(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.systems.commerce.change_address(records.open_order(desk, turn), ADDRESS, turn.conversation_id)


def wanted_return(records: Records) -> NewReturn:
    """Return what is sent back."""
    return NewReturn((ReturnLine(records.item, 1),), ReturnReason.TOO_SMALL)


def _return(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.systems.commerce.request_return(records.shipped, wanted_return(records), turn.conversation_id)


def _check_out(desk: Frontdesk, turn: Turn, records: Records) -> object:
    cart = [CartLine(records.variant, 1)]
    return desk.systems.commerce.create_checkout(records.email, cart, turn.conversation_id)


def _update_ticket(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.systems.helpdesk.update_ticket(records.ticket_id, TAGGED, turn.conversation_id)


def _update_contact(desk: Frontdesk, turn: Turn, records: Records) -> object:
    return desk.systems.crm.update_contact(records.contact, MOVED, turn.conversation_id)


def _create_opportunity(desk: Frontdesk, turn: Turn, records: Records) -> object:
    wanted = NewOpportunity("Tents", date(2026, 4, 30))
    return desk.systems.crm.create_opportunity(records.contact, wanted, turn.conversation_id)


ASKED: dict[str, Ask] = {
    "commerce.find_order": Ask(
        lambda desk, turn, known: desk.orders.track(turn, known.order, Claim(email=known.email))
    ),
    "commerce.list_orders": Ask(lambda desk, _turn, known: desk.systems.commerce.list_orders(known.email)),
    "commerce.cancel_order": Ask(_cancel),
    "commerce.find_cancellation": Ask(
        lambda desk, _turn, known: desk.systems.commerce.find_cancellation(known.order_id, BEFORE)
    ),
    "commerce.request_return": Ask(_return),
    "commerce.list_returns": Ask(lambda desk, _turn, known: desk.systems.commerce.list_returns(known.shipped)),
    "commerce.find_return_by_key": Ask(
        lambda desk, _turn, known: desk.systems.commerce.find_return_by_key(known.shipped, BEFORE)
    ),
    "commerce.change_address": Ask(_move),
    "commerce.find_address_change": Ask(
        lambda desk, _turn, known: desk.systems.commerce.find_address_change(known.order_id, ADDRESS, BEFORE)
    ),
    "commerce.create_checkout": Ask(_check_out),
    "commerce.find_checkout_by_key": Ask(
        lambda desk, _turn, known: desk.systems.commerce.find_checkout_by_key(known.email, BEFORE)
    ),
    "commerce.search_products": Ask(lambda desk, _turn, known: desk.products.search(known.product)),
    "crm.create_lead": Ask(lambda desk, turn, _known: desk.sales.create(turn, True), _lead_draft),
    "crm.find_contact": Ask(lambda desk, _turn, known: desk.systems.crm.find_contact(known.email)),
    "crm.find_contact_by_phone": Ask(lambda desk, _turn, known: desk.systems.crm.find_contact_by_phone(known.phone)),
    "crm.update_contact": Ask(_update_contact),
    "crm.find_contact_update": Ask(
        lambda desk, _turn, known: desk.systems.crm.find_contact_update(known.contact, ContactChange(), BEFORE)
    ),
    "crm.create_opportunity": Ask(_create_opportunity),
    "crm.find_opportunity_by_key": Ask(
        lambda desk, _turn, known: desk.systems.crm.find_opportunity_by_key(known.contact, BEFORE)
    ),
    "crm.find_interaction_by_key": Ask(
        lambda desk, _turn, known: desk.systems.crm.find_interaction_by_key(known.contact, BEFORE)
    ),
    "crm.find_lead_by_key": Ask(lambda desk, _turn, _known: desk.systems.crm.find_lead_by_key(BEFORE)),
    "crm.log_interaction": Ask(_log_interaction),
    "helpdesk.add_comment": Ask(lambda desk, turn, _known: desk.tickets.add_comment(turn, True), _comment_draft),
    "helpdesk.find_comment_by_key": Ask(
        lambda desk, _turn, known: desk.systems.helpdesk.find_comment_by_key(known.ticket_id, BEFORE)
    ),
    "helpdesk.create_ticket": Ask(lambda desk, turn, _known: desk.tickets.create(turn, True), _ticket_draft),
    "helpdesk.find_ticket": Ask(lambda desk, turn, known: desk.tickets.check(turn, known.ticket, known.email)),
    "helpdesk.find_ticket_by_key": Ask(lambda desk, _turn, _known: desk.systems.helpdesk.find_ticket_by_key(BEFORE)),
    "helpdesk.list_tickets": Ask(lambda desk, _turn, known: desk.systems.helpdesk.list_tickets(known.email)),
    "helpdesk.update_ticket": Ask(_update_ticket),
    "helpdesk.find_ticket_update": Ask(
        lambda desk, _turn, known: desk.systems.helpdesk.find_ticket_update(known.ticket_id, TicketChange(), BEFORE)
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

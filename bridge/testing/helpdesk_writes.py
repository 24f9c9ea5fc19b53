"""What every helpdesk adapter must do when it is asked to change something; a part of its contract."""

from __future__ import annotations

import pytest

from bridge.errors import ConflictError, InvalidError
from bridge.model.helpdesk import Priority, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.testing.contract import (
    Contract,
    assert_tells_nothing_of,
    needs,
    not_found,
    raised,
    strange_lookups,
    unique,
)
from bridge.testing.helpdesk_records import HelpdeskWorld, make_ticket, new_ticket


class HelpdeskWrites(Contract):
    """Prove what `bridge.ports.helpdesk` promises of changes."""

    @needs("update_ticket")
    @pytest.mark.parametrize("status", [TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED])
    def test_ticket_can_be_given_a_status(self, world: HelpdeskWorld, email: str, status: TicketStatus) -> None:
        ticket = world.add_ticket(make_ticket(email, status=TicketStatus.HOLD, status_label="hold"))
        changed = world.adapter.update_ticket(ticket.id, TicketChange(status=status), unique())
        found = world.adapter.find_ticket(ticket.number, Claim(email=email))
        assert (changed.status, found.status) == (status, status)

    @needs("update_ticket")
    def test_what_is_not_named_stays(self, world: HelpdeskWorld, email: str) -> None:
        made = world.adapter.create_ticket(new_ticket(email, tags=("chat",), priority=Priority.LOW), unique())
        change, key = TicketChange(priority=Priority.URGENT, tags=("angry", "chat")), unique()
        assert world.adapter.find_ticket_update(made.id, change, key) is None
        changed = world.adapter.update_ticket(made.id, change, key)
        assert (changed.priority, sorted(changed.tags)) == (Priority.URGENT, ["angry", "chat"])
        assert (changed.subject, changed.status, changed.email) == (made.subject, made.status, made.email)
        assert world.adapter.find_ticket_update(made.id, change, key) == changed
        assert world.adapter.find_ticket(made.number, Claim(email=email)) == changed

    @needs("update_ticket")
    def test_same_change_again_changes_nothing(self, world: HelpdeskWorld, email: str) -> None:
        ticket, key = world.add_ticket(make_ticket(email)), unique()
        change = TicketChange(status=TicketStatus.PENDING, tags=("angry",))
        first, again = (world.adapter.update_ticket(ticket.id, change, key) for _ in range(2))
        assert (again.status, again.tags) == (first.status, first.tags)
        assert first.tags.count("angry") == 1

    @needs("update_ticket")
    def test_closed_ticket_is_not_changed(self, world: HelpdeskWorld, email: str) -> None:
        ticket = world.add_ticket(make_ticket(email, status=TicketStatus.CLOSED, status_label="closed"))
        change = TicketChange(status=TicketStatus.OPEN)
        error = raised(ConflictError, lambda: world.adapter.update_ticket(ticket.id, change, unique()))
        assert_tells_nothing_of(error, email)
        assert world.adapter.find_ticket(ticket.number, Claim(email=email)).status is TicketStatus.CLOSED

    @needs("update_ticket")
    def test_no_ticket_becomes_what_nobody_knows(self, world: HelpdeskWorld, email: str) -> None:
        ticket = world.add_ticket(make_ticket(email))
        change = TicketChange(status=TicketStatus.OTHER)
        raised(InvalidError, lambda: world.adapter.update_ticket(ticket.id, change, unique()))

    @needs("update_ticket")
    @strange_lookups
    def test_strange_ticket_is_not_changed(self, world: HelpdeskWorld, strange: str) -> None:
        change = TicketChange(priority=Priority.HIGH)
        not_found(lambda: world.adapter.update_ticket(strange, change, unique()))
        assert world.adapter.find_ticket_update(strange, change, unique()) is None

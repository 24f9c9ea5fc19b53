"""The same through everything that bootstrap wires: guard, outbox, relay and the words that reach the conversation."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.adapters.embedded.commerce import EmbeddedCommerce
from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.bootstrap import Frontdesk
from bridge.conversation.results import from_json
from bridge.conversation.turns import Turn
from bridge.errors import BusyError, OutcomeUnknownError
from bridge.model.commerce import Order, OrderStatus
from bridge.model.helpdesk import Priority
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.storage.business import tickets
from bridge.storage.jobs import jobs
from tests.adapters.embedded.worlds import CommerceWorld, rows
from tests.support.frontdesk import Clock, told
from tests.usecases.away import EMAIL
from tests.usecases.conftest import ON_SQLITE

CUT = OutcomeUnknownError("cut")
# Asks for a longer pause than a person waits: the guard passes it on at once.
LATER = BusyError("not now", 3600)


def failing(monkeypatch: pytest.MonkeyPatch, kind: type, operation: str, error: Exception) -> None:
    def fail(*_arguments: Any, **_named: Any) -> None:
        raise error

    monkeypatch.setattr(kind, operation, fail)


def test_a_kept_ticket_is_opened_by_the_relay_and_told(
    frontdesk: Frontdesk, turn: Turn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    frontdesk.tickets.draft(turn, "The zip is broken", EMAIL, "", Priority.NORMAL)
    with monkeypatch.context() as patched:
        failing(patched, EmbeddedHelpdesk, "create_ticket", CUT)
        failing(patched, EmbeddedHelpdesk, "find_ticket_by_key", CUT)
        assert frontdesk.tickets.create(turn, confirmed=True).response == "utter_tickets_kept_unsure"
    clock.forward(minutes=1)
    assert frontdesk.relay.once() is True
    assert frontdesk.relay.once() is False
    (ticket,) = rows(frontdesk.engine, tickets)
    (job,) = rows(frontdesk.engine, jobs)
    assert ticket["number"] in told(from_json(job["outcome"]))
    assert job["conversation_id"] == turn.conversation_id


@ON_SQLITE
def test_an_answer_that_was_given_once_is_given_again_with_its_age(
    frontdesk: Frontdesk, turn: Turn, clock: Clock, shop: CommerceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_order(Order("", "1001", OrderStatus.SHIPPED, "shipped", EMAIL, clock.now, Money(1990, "USD")))
    first = frontdesk.orders.track(turn, "1001", Claim(email=EMAIL))
    clock.forward(hours=2)
    failing(monkeypatch, EmbeddedCommerce, "find_order", LATER)
    again = frontdesk.orders.track(turn, "1001", Claim(email=EMAIL))
    assert (again.before, again.response) == ("utter_dialog_as_of", first.response)
    assert again.values == {**first.values, "as_of": "3:00\u202fPM"}
    # Somebody who cannot prove that it is theirs gets nothing old either.
    other = frontdesk.orders.track(turn, "1001", Claim(email="eve@example.test"))
    assert other.response == "utter_dialog_backend_unavailable_contact"

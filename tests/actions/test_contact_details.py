"""What the form of contact details takes from a message, and where it asks nothing at all."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa_sdk.executor import CollectingDispatcher

from actions import _run, _verified, contact_details
from actions.contact_details import ActionAskToConfirmDetails, ActionUpdateContact, ValidateUpdateContactDetailsForm
from bridge.conversation.turns import Turn
from bridge.errors import InvalidError
from bridge.formatting.outbound import Speech
from bridge.model.identity import Identity, Level
from bridge.model.outcome import Outcome
from bridge.usecases.contact_details import ContactDetails
from tests.actions.tracking import fill, tracker
from tests.support.frontdesk import DOMAIN

NOTHING: Any = None
CRM: Any = SimpleNamespace(capabilities=frozenset({"find_contact", "update_contact"}))
READER = ContactDetails(CRM, NOTHING, NOTHING, Speech("en_US", "UTC"), "US")
ANN = Identity(Level.VERIFIED, "ann", "ann@example.test")
PHONE = "+14155552671"
DETAIL, VALUE, CONFIRMED = "account_detail", "account_value", "account_confirmed"
OWN = "update_contact_details"


@pytest.fixture(autouse=True)
def frontdesk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return what the actions find; Ann is proven."""
    made = SimpleNamespace(
        identity=ANN,
        contact_details=READER,
        verification=SimpleNamespace(
            is_needed=lambda turn: turn.identity.level is not Level.VERIFIED, can_be=lambda _turn: True
        ),
    )
    made.turns = SimpleNamespace(
        current=lambda *_: Turn("conversation", 1, datetime.now(timezone.utc), made.identity, "")
    )
    for module in (_run, _verified, contact_details):
        monkeypatch.setattr(module, "shared", lambda: made)
    return made


@pytest.mark.parametrize(
    ("text", "intent", "asked", "known", "named", "expected", "said"),
    [
        ("i have a new phone number", OWN, None, {}, {}, {DETAIL: "phone"}, []),
        (
            "my new mobile is 415 555 2671", OWN, None, {}, {"phone": PHONE},
            {DETAIL: "phone", VALUE: PHONE}, [],
        ),
        ("my surname is misspelled", OWN, None, {}, {}, {DETAIL: "name"}, []),
        ("change contact details", OWN, None, {}, {}, {}, []),
        ('/inform{"said": "company"}', "inform", DETAIL, {}, {"said": "company"}, {DETAIL: "company"}, []),
        ("my shoe size", "nlu_fallback", DETAIL, {}, {}, {DETAIL: "other"}, []),
        ("my name is Ana Silva", "inform", VALUE, {DETAIL: "name"}, {}, {VALUE: "Ana Silva"}, []),
        ("415 555 2671", "inform", VALUE, {DETAIL: "phone"}, {"phone": PHONE}, {VALUE: PHONE}, []),
        ("12345", "inform", VALUE, {DETAIL: "phone"}, {"order_number": "12345"}, {}, ["utter_account_phone_unclear"]),
        ("4", "inform", VALUE, {DETAIL: "name"}, {}, {}, ["utter_account_value_unclear"]),
        ("where is my order", "track_order", DETAIL, {}, {}, {}, []),
        ("yes", "affirm", CONFIRMED, {DETAIL: "phone", VALUE: PHONE}, {}, {CONFIRMED: True}, []),
        ("no, leave it", "deny", CONFIRMED, {DETAIL: "name", VALUE: "Ana"}, {}, {}, []),
        (
            "no, +1 212 555 0143", "deny", CONFIRMED, {DETAIL: "phone", VALUE: PHONE}, {"phone": "+12125550143"},
            {VALUE: "+12125550143"}, [],
        ),
    ],
)  # fmt: skip
def test_what_it_takes(
    text: str,
    intent: str,
    asked: str | None,
    known: dict[str, Any],
    named: dict[str, str],
    expected: dict[str, Any],
    said: list[str],
) -> None:
    slots, responses = fill(
        ValidateUpdateContactDetailsForm(), tracker(text, intent, asked=asked, slots=known, **named)
    )
    new = {name: value for name, value in slots.items() if name != "requested_slot" and known.get(name) != value}
    assert (new, responses) == (expected, said)


@pytest.mark.parametrize(
    ("text", "detail"),
    [("change my email address to ana@example.test", "email"), ("save our new street please", "address")],
)
def test_what_is_not_changed_here_ends_it_at_once(text: str, detail: str) -> None:
    slots, _ = fill(ValidateUpdateContactDetailsForm(), tracker(text, OWN))
    assert (slots[DETAIL], slots["requested_slot"]) == (detail, None)


def test_who_is_not_proven_is_asked_for_an_address_first(frontdesk: SimpleNamespace) -> None:
    frontdesk.identity = Identity()
    slots, _ = fill(ValidateUpdateContactDetailsForm(), tracker("i have a new phone number", OWN))
    assert slots == {DETAIL: "phone"}


def test_digits_are_the_code_while_it_is_asked_for(frontdesk: SimpleNamespace) -> None:
    frontdesk.identity = Identity()
    frontdesk.verification.check = lambda _turn, typed: Outcome(f"utter_{typed}")
    heard = tracker("415555", "inform", asked="account_code", slots={DETAIL: "phone", "account_email": "a@b.co"})
    slots, _ = fill(ValidateUpdateContactDetailsForm(), heard)
    assert slots.get(VALUE) is None


@pytest.mark.parametrize("why", ["no codes", "no CRM", "nameless"])
def test_where_nothing_can_be_changed_nothing_is_asked(frontdesk: SimpleNamespace, why: str) -> None:
    if why == "no codes":
        frontdesk.verification.can_be = lambda _turn: False
    elif why == "no CRM":
        frontdesk.contact_details = SimpleNamespace(is_offered=False)
    else:
        frontdesk.identity = Identity(Level.VERIFIED, "u1")
    slots, said = fill(ValidateUpdateContactDetailsForm(), tracker("i have a new phone number", OWN))
    assert (slots, said) == ({"requested_slot": None}, [])


def test_what_there_is_to_confirm_is_shown_and_nothing_else(frontdesk: SimpleNamespace) -> None:
    for response, expected in (("utter_account_details_confirm", ["utter_account_details_confirm"]), ("utter_x", [])):
        frontdesk.contact_details = SimpleNamespace(show=lambda *_, response=response: Outcome(response))
        dispatcher = CollectingDispatcher()
        heard = tracker(PHONE, "inform", slots={DETAIL: "phone", VALUE: PHONE})
        (event,) = asyncio.run(ActionAskToConfirmDetails().run(dispatcher, heard, DOMAIN))
        assert [message["response"] for message in dispatcher.messages] == expected
        assert event["name"] == ("backend_state" if expected else "requested_slot")


def test_the_yes_reaches_the_use_case() -> None:
    calls: list[Any] = []
    desk: Any = SimpleNamespace(contact_details=SimpleNamespace(update=lambda *given: calls.append(given)))
    ActionUpdateContact().call(tracker("yes", "affirm", slots={DETAIL: "phone", CONFIRMED: True}))(desk, NOTHING)
    assert calls == [(NOTHING, "phone", True)]


@given(st.text(max_size=200), st.sampled_from(["name", "company", "phone"]))
def test_whatever_is_typed_a_value_is_one_short_line_or_none(typed: str, detail: str) -> None:
    try:
        kept = READER.normal(detail, typed)
    except InvalidError:
        return
    assert kept.isprintable()
    assert 0 < len(kept) <= 100
    assert READER.normal(detail, kept) == kept

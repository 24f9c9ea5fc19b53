"""Verification: a code that is sent, typed, mistyped, too late, asked for too often, and a mail server that is ill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.codes import Codes
from bridge.conversation.turns import Turn
from bridge.errors import BridgeError, CredentialsError, InvalidError, UnavailableError
from bridge.model.identity import Claim, Level
from bridge.storage.chat import code_sends, codes, conversations
from bridge.storage.engine import reading
from bridge.storage.jobs import jobs
from bridge.usecases import verification
from bridge.usecases.verification import Verification, code_in
from tests.adapters.embedded.worlds import CommerceWorld
from tests.support.frontdesk import Clock, say, sign_in, told, visit
from tests.usecases.test_orders import make_order

ANN, BOB = "ann@example.test", "bob@example.test"


class Letterbox:
    """Take mails, or fail at them; `open` lets through what waits."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []
        self.error: BridgeError | None = None
        self.open = threading.Event()
        self.open.set()

    def send(self, to: str, subject: str, text: str) -> None:
        assert self.open.wait(10)
        if self.error:
            raise self.error
        self.letters.append((to, text))

    @property
    def code(self) -> str:
        code = code_in(self.letters[-1][1])
        assert code
        return code


@pytest.fixture
def letterbox() -> Letterbox:
    return Letterbox()


@pytest.fixture
def desk(frontdesk: Frontdesk, letterbox: Letterbox, clock: Clock) -> Iterator[Verification]:
    clock.now = datetime.now(timezone.utc)  # the inbox keeps real time
    degradation = frontdesk.tickets._degradation
    made = Verification(
        Codes(frontdesk.engine, "s" * 32, clock),
        frontdesk.identities,
        frontdesk.verification._guesses,
        letterbox,
        degradation,
        frontdesk.speech,
    )
    yield made
    letterbox.open.set()
    made.close()


def kept(frontdesk: Frontdesk, table: sa.Table) -> list[dict[str, Any]]:
    with reading(frontdesk.engine) as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def now(frontdesk: Frontdesk, turn: Turn) -> Turn:
    """Return the turn of the next message."""
    return frontdesk.turns.current(turn.conversation_id, "")


@pytest.fixture
def turn(frontdesk: Frontdesk, clock: Clock, desk: Verification) -> Turn:
    return visit(frontdesk)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_right_code_proves_the_address(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox
) -> None:
    assert desk.is_needed(turn)
    assert ANN in told(desk.ask(turn, ANN, anew=False))
    assert [to for to, _ in letterbox.letters] == [ANN]
    spaced = f"it is {letterbox.code[:3]} {letterbox.code[3:]}."
    assert desk.check(turn, spaced).response == "utter_account_verified"
    known = now(frontdesk, turn)
    assert (known.identity.level, known.identity.email) == (Level.VERIFIED, ANN)
    assert not desk.is_needed(known)
    assert ANN in told(desk.stands(known))


def test_after_that_an_order_needs_no_proof(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox, shop: CommerceWorld
) -> None:
    shop.add_order(make_order(ANN, number="1001"))
    shop.add_order(make_order(BOB, number="1002"))
    desk.ask(turn, ANN, anew=False)
    desk.check(turn, letterbox.code)
    known = now(frontdesk, turn)
    assert frontdesk.orders.track(known, "1001", Claim()).response != "utter_orders_not_found"
    assert frontdesk.orders.track(known, "1002", Claim()).response == "utter_orders_not_found"


def test_it_lapses_after_half_an_hour(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox, clock: Clock
) -> None:
    desk.ask(turn, ANN, anew=False)
    desk.check(turn, letterbox.code)
    clock.forward(minutes=31)
    assert now(frontdesk, turn).identity.level is Level.ANONYMOUS
    assert desk.is_needed(now(frontdesk, turn))


def test_a_code_counts_once(desk: Verification, turn: Turn, letterbox: Letterbox) -> None:
    desk.ask(turn, ANN, anew=False)
    desk.check(turn, letterbox.code)
    assert desk.check(turn, letterbox.code).response == "utter_account_code_gone"


def test_a_code_is_of_no_use_in_another_conversation(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox
) -> None:
    desk.ask(turn, ANN, anew=False)
    thief = visit(frontdesk, "198.51.100.9")
    assert desk.check(thief, letterbox.code).response == "utter_account_code_gone"
    assert now(frontdesk, thief).identity.level is Level.ANONYMOUS


@pytest.mark.parametrize(("minutes", "response"), [(9.9, "verified"), (10, "code_gone")])
def test_it_works_for_ten_minutes(
    desk: Verification, turn: Turn, letterbox: Letterbox, clock: Clock, minutes: float, response: str
) -> None:
    desk.ask(turn, ANN, anew=False)
    clock.forward(minutes=minutes)
    assert desk.check(turn, letterbox.code).response == f"utter_account_{response}"


def test_five_wrong_ones_end_it_for_the_address_and_the_client(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox, clock: Clock
) -> None:
    desk.ask(turn, ANN, anew=False)
    wrong = [desk.check(turn, other(letterbox.code)).response for _ in range(5)]
    assert wrong == ["utter_account_code_wrong"] * 4 + ["utter_account_code_gone"]
    assert desk.check(turn, letterbox.code).response == "utter_account_code_gone"
    assert "15 minutes" in told(desk.ask(turn, ANN, anew=True))
    assert desk.ask(visit(frontdesk), BOB, anew=False).response == "utter_account_code_limit"
    assert desk.ask(visit(frontdesk, "198.51.100.9"), ANN, anew=False).response == "utter_account_code_limit"
    assert desk.ask(visit(frontdesk, "198.51.100.9"), BOB, anew=False).response == "utter_account_code_sent"
    clock.forward(minutes=15)
    assert desk.ask(turn, ANN, anew=False).response == "utter_account_code_sent"


@pytest.mark.parametrize("typed", ["12345", "1234567", "code?", "123456 or 654321", ""])
def test_what_is_no_code_costs_no_try(desk: Verification, turn: Turn, letterbox: Letterbox, typed: str) -> None:
    desk.ask(turn, ANN, anew=False)
    for _ in range(6):
        assert desk.check(turn, typed).response == "utter_account_code_unclear"
    assert desk.check(turn, letterbox.code).response == "utter_account_verified"


def test_a_new_code_replaces_the_old_one(desk: Verification, turn: Turn, letterbox: Letterbox) -> None:
    desk.ask(turn, ANN, anew=False)
    old = letterbox.code
    assert desk.ask(turn, ANN, anew=False).response == "utter_account_code_again"
    assert desk.ask(turn, ANN, anew=True).response == "utter_account_code_sent"
    assert len(letterbox.letters) == 2
    if old != letterbox.code:
        assert desk.check(turn, old).response == "utter_account_code_wrong"
    assert desk.check(turn, letterbox.code).response == "utter_account_verified"


def test_another_address_gets_a_code_of_its_own(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox
) -> None:
    desk.ask(turn, BOB, anew=False)
    desk.ask(turn, ANN, anew=False)
    assert [to for to, _ in letterbox.letters] == [BOB, ANN]
    desk.check(turn, letterbox.code)
    assert now(frontdesk, turn).identity.email == ANN


def test_a_mailbox_gets_three_mails_in_a_quarter_of_an_hour(
    frontdesk: Frontdesk, desk: Verification, letterbox: Letterbox, clock: Clock
) -> None:
    answers = [
        desk.ask(visit(frontdesk, f"198.51.100.{number}"), ANN, anew=False).response.rpartition("_")[2]
        for number in range(5)
    ]
    assert answers == ["sent"] * 3 + ["limit"] * 2
    assert len(letterbox.letters) == 3
    clock.forward(minutes=15)
    assert desk.ask(visit(frontdesk), ANN, anew=False).response == "utter_account_code_sent"


def test_one_client_sends_ten_and_one_conversation_three(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox
) -> None:
    for number in range(5):
        desk.ask(turn, f"a{number}@example.test", anew=False)
    assert len(letterbox.letters) == 3
    for number in range(9):
        desk.ask(visit(frontdesk), f"b{number}@example.test", anew=False)
    assert len(letterbox.letters) == 10


@pytest.mark.parametrize(
    ("error", "response"),
    [
        (UnavailableError("away"), "utter_account_code_not_sent"),
        (CredentialsError("wrong"), "utter_account_code_not_sent"),
        (InvalidError("email", "refused"), "utter_account_code_refused"),
    ],
)
def test_a_mail_that_is_not_sent_is_told_with_another_way(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox, error: BridgeError, response: str
) -> None:
    letterbox.error = error
    outcome = desk.ask(turn, ANN, anew=False)
    assert outcome.response == response
    assert told(outcome)
    assert kept(frontdesk, codes) == []
    letterbox.error = None
    assert desk.ask(turn, ANN, anew=False).response == "utter_account_code_sent"


def test_a_slow_mail_server_holds_nobody_up_and_its_failure_is_told(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "WAITED", 0.05)
    letterbox.open.clear()
    letterbox.error = UnavailableError("away")
    assert desk.ask(turn, ANN, anew=False).response == "utter_account_code_under_way"
    letterbox.open.set()
    desk._senders.shutdown(wait=True)
    (late,) = kept(frontdesk, jobs)
    assert late["late"]
    assert late["outcome"]["response"] == "utter_account_code_not_sent"
    assert kept(frontdesk, codes) == []


def test_where_no_mail_can_be_sent_that_is_said(frontdesk: Frontdesk, turn: Turn) -> None:
    assert not frontdesk.verification.is_needed(turn)
    assert "can't send codes" in told(frontdesk.verification.stands(turn))
    assert "can't send codes" in told(frontdesk.verification.ask(turn, ANN, anew=False))


def test_nothing_kept_shows_a_code_or_who_asked_for_how_many(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox
) -> None:
    desk.ask(turn, ANN, anew=False)
    assert letterbox.code not in str(kept(frontdesk, codes)) + str(kept(frontdesk, code_sends))
    assert ANN not in str(kept(frontdesk, code_sends))


def test_no_log_shows_a_code_or_an_address(
    desk: Verification, turn: Turn, letterbox: Letterbox, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.ask(turn, ANN, anew=False)
    letterbox.error = UnavailableError("away")
    desk.ask(turn, ANN, anew=True)
    shown = "".join(capfd.readouterr())
    assert letterbox.code not in shown
    assert ANN not in shown


def subject_of(frontdesk: Frontdesk, turn: Turn) -> str:
    with reading(frontdesk.engine) as connection:
        wanted = sa.select(conversations.c.identity_subject).where(conversations.c.id == turn.conversation_id)
        return str(connection.execute(wanted).scalar())


def test_who_is_signed_in_and_proves_the_same_address_stays_that_person(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox, clock: Clock
) -> None:
    sign_in(frontdesk.identities, turn.conversation_id, "customer-1", "Ann@Example.test")
    clock.forward(minutes=31)
    desk.ask(turn, ANN, anew=False)
    desk.check(turn, letterbox.code)
    assert subject_of(frontdesk, turn) == "customer-1"


def test_who_has_proven_an_address_may_sign_in_with_it(
    frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox
) -> None:
    desk.ask(turn, ANN, anew=False)
    desk.check(turn, letterbox.code)
    assert subject_of(frontdesk, turn) == f"email:{ANN}"
    sign_in(frontdesk.identities, turn.conversation_id, "customer-1", "Ann@Example.test")
    assert subject_of(frontdesk, turn) == "customer-1"


def test_the_next_message_keeps_it(frontdesk: Frontdesk, desk: Verification, turn: Turn, letterbox: Letterbox) -> None:
    desk.ask(turn, ANN, anew=False)
    desk.check(turn, letterbox.code)
    assert say(frontdesk, turn.conversation_id, message="m2").identity.email == ANN

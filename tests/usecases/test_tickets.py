"""Tickets: shown, confirmed, made once; told to their requester only."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bridge.bootstrap import Frontdesk
from bridge.conversation.drafts import Drafts
from bridge.conversation.files import Files
from bridge.conversation.turns import Turn
from bridge.model.helpdesk import Comment, Priority, TicketStatus
from bridge.model.outcome import Outcome
from bridge.storage.business import ticket_comments, tickets
from bridge.storage.chat import drafts, watches
from bridge.testing.helpdesk_records import make_ticket
from bridge.usecases.tickets import subject_of
from tests.adapters.embedded.worlds import HelpdeskWorld, rows
from tests.support.frontdesk import Clock, say, sign_in, told, visit
from tests.usecases.away import DOWN, Away
from tests.usecases.conftest import ON_SQLITE

EMAIL = "ann@example.test"
TOLD = "The zip of my jacket is broken"


def show(frontdesk: Frontdesk, turn: Turn, **changes: Any) -> Outcome:
    content: dict[str, Any] = {"description": TOLD, "email": EMAIL, "order_number": "1001", "priority": Priority.HIGH}
    return frontdesk.tickets.draft(turn, **{**content, **changes})


def test_what_was_shown_becomes_the_ticket(frontdesk: Frontdesk, turn: Turn) -> None:
    shown = show(frontdesk, turn)
    assert told(shown) == (
        f'I\'ll open this ticket (order #1001), priority high:\n"{TOLD}"\n'
        "We'll answer to ann@example.test. Is that right?"
    )
    assert rows(frontdesk.engine, tickets) == []

    created = frontdesk.tickets.create(turn, confirmed=True)
    (row,) = rows(frontdesk.engine, tickets)
    assert told(created) == f"Done, your ticket is {row['number']}. Our team will answer to {EMAIL} within 8 hours."
    assert {name: row[name] for name in ("subject", "description", "email", "order_number", "priority", "tags")} == {
        "subject": TOLD,
        "description": TOLD,
        "email": EMAIL,
        "order_number": "1001",
        "priority": "high",
        "tags": ["chat"],
    }
    assert (row["status"], row["verified"], row["team"]) == ("new", False, "Care")
    (draft,) = rows(frontdesk.engine, drafts)
    assert draft["result"] == {"ticket": row["number"]}
    (watch,) = rows(frontdesk.engine, watches)
    assert (watch["record"], watch["identity_level"]) == (f"ticket:{row['id']}", "anonymous")


def test_the_next_ticket_names_the_files_that_were_sent(frontdesk: Frontdesk, turn: Turn, tmp_path: Path) -> None:
    files = Files(frontdesk.engine, tmp_path)

    def send(name: str) -> str:
        part = files.begin(turn.conversation_id)
        part.write_bytes(b"secret content")
        return files.keep(turn.conversation_id, name, part, (name, "text/plain"), 9, {"text": "Thank you."}).id

    before = send("before.txt")
    show(frontdesk, turn)
    asked = send("asked.txt")
    frontdesk.tickets.create(turn, confirmed=True)
    frontdesk.tickets.create(turn, confirmed=True)
    after = send("after.txt")
    show(frontdesk, turn, description="Another matter")
    frontdesk.tickets.create(turn, confirmed=True)
    assert [row["description"] for row in rows(frontdesk.engine, tickets)] == [
        f"{TOLD}\n[file] before.txt ({before})\n[file] asked.txt ({asked})",
        f"Another matter\n[file] after.txt ({after})",
    ]
    assert [row["subject"] for row in rows(frontdesk.engine, tickets)] == [TOLD, "Another matter"]


@ON_SQLITE
def test_without_an_order_none_is_told(frontdesk: Frontdesk, turn: Turn) -> None:
    assert told(show(frontdesk, turn, order_number="")).startswith("I'll open this ticket, priority high:")


def test_yes_twice_makes_one_ticket(frontdesk: Frontdesk, turn: Turn) -> None:
    show(frontdesk, turn)
    first, second = (frontdesk.tickets.create(turn, confirmed=True) for _ in range(2))
    assert first == second
    assert len(rows(frontdesk.engine, tickets)) == 1


def test_yes_from_two_threads_makes_one_ticket(frontdesk: Frontdesk, turn: Turn) -> None:
    show(frontdesk, turn)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: frontdesk.tickets.create(turn, confirmed=True), range(4)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(rows(frontdesk.engine, tickets)) == 1


class PowerCutError(BaseException):
    """Stand for a process that dies."""


def test_a_crash_after_the_ticket_and_before_its_draft_makes_no_second_one(
    frontdesk: Frontdesk, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(frontdesk, turn)

    def die(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(Drafts, "consume", die)
        with pytest.raises(PowerCutError):
            frontdesk.tickets.create(turn, confirmed=True)
    (made,) = rows(frontdesk.engine, tickets)
    outcome = frontdesk.tickets.create(turn, confirmed=True)
    assert outcome.values["ticket"] == made["number"]
    assert len(rows(frontdesk.engine, tickets)) == 1


def test_no_makes_none(frontdesk: Frontdesk, turn: Turn) -> None:
    show(frontdesk, turn)
    outcome = frontdesk.tickets.create(turn, confirmed=False)
    assert outcome.response == "utter_tickets_dropped"
    assert "tickets_confirmed" in outcome.forget
    assert rows(frontdesk.engine, tickets) == []


def test_yes_to_nothing_is_said_so(frontdesk: Frontdesk, turn: Turn) -> None:
    assert frontdesk.tickets.create(turn, confirmed=True).response == "utter_tickets_nothing_to_confirm"
    assert frontdesk.tickets.add_comment(turn, confirmed=True).response == "utter_tickets_nothing_to_confirm"


def test_yes_means_the_draft_of_this_conversation(frontdesk: Frontdesk, turn: Turn) -> None:
    show(frontdesk, turn)
    assert frontdesk.tickets.create(visit(frontdesk), confirmed=True).response == "utter_tickets_nothing_to_confirm"


def test_the_last_correction_is_what_a_yes_means(frontdesk: Frontdesk, turn: Turn) -> None:
    show(frontdesk, turn)
    show(frontdesk, turn, email="ann@other.test")
    frontdesk.tickets.create(turn, confirmed=True)
    (row,) = rows(frontdesk.engine, tickets)
    assert row["email"] == "ann@other.test"


@ON_SQLITE
@pytest.mark.parametrize(
    ("priority", "promise"),
    [
        ("urgent", "within 2 hours"),
        ("high", "within 8 hours"),
        ("normal", "within 24 hours"),
        ("low", "within 72 hours"),
    ],
)
def test_the_promise_follows_the_priority(frontdesk: Frontdesk, turn: Turn, priority: str, promise: str) -> None:
    show(frontdesk, turn, priority=Priority(priority))
    assert told(frontdesk.tickets.create(turn, confirmed=True)).endswith(f" {promise}.")


@ON_SQLITE
@pytest.mark.parametrize(
    ("description", "team"),
    [
        ("My parcel never came", "Shipping"),
        ("I was charged twice", "Billing"),
        ("I want to return my shoes", "Care"),  # no team of its own here
        ("The website looks odd", "Care"),
    ],
)
def test_the_words_choose_the_team(frontdesk: Frontdesk, turn: Turn, description: str, team: str) -> None:
    show(frontdesk, turn, description=description)
    frontdesk.tickets.create(turn, confirmed=True)
    (row,) = rows(frontdesk.engine, tickets)
    assert row["team"] == team


@pytest.mark.parametrize(
    ("identity", "verified"), [("Ann@Example.test", True), ("bob@example.test", False), (None, False)]
)
@ON_SQLITE
def test_an_address_is_verified_only_if_it_is_the_persons_own(
    frontdesk: Frontdesk, clock: Clock, identity: str | None, verified: bool
) -> None:
    clock.now = datetime.now(timezone.utc)
    conversation = frontdesk.sessions.open("en", "203.0.113.7")
    sign_in(frontdesk.identities, conversation, "customer-1", identity)
    turn = say(frontdesk, conversation)
    show(frontdesk, turn)
    frontdesk.tickets.create(turn, confirmed=True)
    (row,) = rows(frontdesk.engine, tickets)
    assert row["verified"] is verified


@pytest.mark.parametrize(
    ("description", "subject"),
    [
        ("The zip is broken", "The zip is broken"),
        ("  The zip is broken\nIt came like that", "The zip is broken"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 80 + "\u2026"),
        ("word " * 40, ("word " * 16).strip() + "\u2026"),
        ("  \n ", ""),
        ("", ""),
    ],
)
def test_a_subject_is_the_first_line_cut_at_a_word(description: str, subject: str) -> None:
    assert subject_of(description) == subject


# Following a ticket


def add(desk: HelpdeskWorld, status: str = "open", **changes: Any) -> str:
    ticket = make_ticket(EMAIL, **{"status": TicketStatus(status), "status_label": status, **changes})
    return desk.add_ticket(ticket).number


@pytest.fixture
def number(desk: HelpdeskWorld) -> str:
    """Return the number of an open ticket."""
    return add(desk)


@ON_SQLITE
@pytest.mark.parametrize("status", list(TicketStatus))
def test_each_state_of_a_ticket_has_its_own_sentence(
    frontdesk: Frontdesk, turn: Turn, desk: HelpdeskWorld, status: TicketStatus
) -> None:
    number = add(desk, status.value)
    outcome = frontdesk.tickets.check(turn, number, EMAIL)
    assert outcome.response == f"utter_tickets_{status.value}"
    assert f'{number} ("Parcel is wet")' in told(outcome)
    assert "January 20" in told(outcome)


def comment(author: str, body: str, minute: int = 0) -> Comment:
    return Comment(body, author, datetime(2026, 1, 20, 10, minute, tzinfo=timezone.utc))


@ON_SQLITE
@pytest.mark.parametrize(
    ("comments", "reply"),
    [
        ((), ""),
        ((comment("Mia", "On its way"),), ' The latest reply from our team: "On its way"'),
        ((comment("Mia", "On its way"), comment(EMAIL, "Thanks!", 1)), ' The latest reply from our team: "On its way"'),
        ((comment("Ann Example", "Any news?"),), ""),
        ((comment("Mia", "Use {braces}"),), ' The latest reply from our team: "Use {braces}"'),
    ],
)
def test_the_latest_reply_is_one_of_the_team(
    frontdesk: Frontdesk, turn: Turn, desk: HelpdeskWorld, comments: Sequence[Comment], reply: str
) -> None:
    number = add(desk, name="Ann Example", comments=tuple(comments))
    assert frontdesk.tickets.check(turn, number, EMAIL).values["last_reply"] == reply


def test_a_wrong_number_and_a_wrong_address_cannot_be_told_apart(frontdesk: Frontdesk, turn: Turn, number: str) -> None:
    answers = [
        frontdesk.tickets.check(turn, number, "bob@example.test"),
        frontdesk.tickets.check(turn, "T-999", EMAIL),
    ]
    assert answers[0] == answers[1]
    assert answers[0].response == "utter_tickets_not_found"
    assert number not in told(answers[0])


def test_the_sixth_try_at_a_ticket_is_locked(frontdesk: Frontdesk, turn: Turn, number: str) -> None:
    for _ in range(5):
        frontdesk.tickets.check(turn, number, "bob@example.test")
    locked = frontdesk.tickets.check(turn, number, EMAIL)
    assert locked.response == "utter_tickets_locked"
    assert "15 minutes" in told(locked)


def test_a_number_with_its_letter_and_without_is_one_ticket_to_guess_at(frontdesk: Frontdesk, turn: Turn) -> None:
    for at, typed in enumerate(["T-99955", "99955"] * 3):
        last = frontdesk.tickets.check(replace(turn, client=f"192.0.2.{at}"), typed, "bob@example.test")
    assert last.response == "utter_tickets_locked"


def test_a_comment_is_added_once(frontdesk: Frontdesk, turn: Turn, number: str) -> None:
    shown = frontdesk.tickets.draft_comment(turn, number, EMAIL, "It is the left one")
    assert told(shown) == f'I\'ll add this to {number}:\n"It is the left one"\nIs that right?'
    assert rows(frontdesk.engine, ticket_comments) == []
    outcomes = [frontdesk.tickets.add_comment(turn, confirmed=True) for _ in range(2)]
    assert [told(outcome) for outcome in outcomes] == [f"Done, I've added that to {number}."] * 2
    (row,) = rows(frontdesk.engine, ticket_comments)
    assert (row["body"], row["author"], row["public"]) == ("It is the left one", EMAIL, True)
    (watch,) = rows(frontdesk.engine, watches)
    assert watch["identity_level"] == "claimed"


def test_no_adds_no_comment(frontdesk: Frontdesk, turn: Turn, number: str) -> None:
    frontdesk.tickets.draft_comment(turn, number, EMAIL, "It is the left one")
    assert frontdesk.tickets.add_comment(turn, confirmed=False).response == "utter_tickets_dropped"
    assert rows(frontdesk.engine, ticket_comments) == []


def test_a_comment_with_a_wrong_address_is_not_added(frontdesk: Frontdesk, turn: Turn, number: str) -> None:
    frontdesk.tickets.draft_comment(turn, number, "bob@example.test", "Send it to me instead")
    assert frontdesk.tickets.add_comment(turn, confirmed=True).response == "utter_tickets_not_found"
    assert rows(frontdesk.engine, ticket_comments) == []


def test_a_closed_ticket_takes_no_comment(frontdesk: Frontdesk, turn: Turn, desk: HelpdeskWorld) -> None:
    number = add(desk, "closed")
    frontdesk.tickets.draft_comment(turn, number, EMAIL, "One more thing")
    outcome = frontdesk.tickets.add_comment(turn, confirmed=True)
    assert told(outcome).startswith(f"{number} is closed")
    assert rows(frontdesk.engine, ticket_comments) == []


def test_a_comment_opens_a_solved_ticket_again(frontdesk: Frontdesk, turn: Turn, desk: HelpdeskWorld) -> None:
    number = add(desk, "solved")
    assert "it opens again" in told(frontdesk.tickets.check(turn, number, EMAIL))
    frontdesk.tickets.draft_comment(turn, number, EMAIL, "It is not")
    frontdesk.tickets.add_comment(turn, confirmed=True)
    assert frontdesk.tickets.check(turn, number, EMAIL).response == "utter_tickets_open"


@ON_SQLITE
@pytest.mark.parametrize(("ahead", "promise"), [(timedelta(minutes=20), "within 1 hour"), (None, "as soon as we can")])
def test_a_promise_is_told_in_whole_hours(
    frontdesk: Frontdesk, turn: Turn, monkeypatch: pytest.MonkeyPatch, ahead: timedelta | None, promise: str
) -> None:
    at = datetime(2026, 1, 20, 9, 30, tzinfo=timezone.utc)
    theirs = make_ticket(EMAIL, id="1", number="T-1", created_at=at, due_at=at + ahead if ahead else None)
    monkeypatch.setattr(type(frontdesk.systems.helpdesk), "create_ticket", lambda *_: theirs)
    show(frontdesk, turn)
    assert told(frontdesk.tickets.create(turn, confirmed=True)).endswith(f" {promise}.")


class TestWhichTicket:
    def test_somebody_proven_chooses_from_their_own(self, away: Away, turn: Turn, desk: HelpdeskWorld) -> None:
        mine = desk.add_ticket(make_ticket(EMAIL))
        desk.add_ticket(make_ticket("somebody.else@example.test"))
        sign_in(away.frontdesk.identities, turn.conversation_id, "ann", EMAIL)
        asked = away.tickets.real.which(away.frontdesk.turns.current(turn.conversation_id, "of the tracker"))
        assert told(asked) == (
            "I see these tickets of yours:\n"
            f"- {mine.number} from January 20: {mine.subject}, being worked on\n"
            "Which one do you mean?"
        )
        assert asked.card is not None
        (item,) = asked.card["items"]
        assert item["buttons"][0]["payload"] == f'/inform{{"ticket_number": "{mine.number}"}}'

    def test_nobody_else_is_shown_any(self, away: Away, turn: Turn, desk: HelpdeskWorld) -> None:
        desk.add_ticket(make_ticket(EMAIL))
        assert away.tickets.real.which(turn) == Outcome("utter_ask_tickets_number")

    def test_none_is_said_and_a_system_that_is_away_leaves_the_plain_question(self, away: Away, turn: Turn) -> None:
        sign_in(away.frontdesk.identities, turn.conversation_id, "ann", EMAIL)
        known = away.frontdesk.turns.current(turn.conversation_id, "of the tracker")
        assert away.tickets.real.which(known).response == "utter_tickets_none"
        away.helpdesk.trouble = DOWN
        assert away.tickets.real.which(known) == Outcome("utter_ask_tickets_number")

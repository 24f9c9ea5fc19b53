"""A read and a write meet every fault in the real processes: somebody always answers in time, and nothing is doubled.

All talk side by side, each with a fault of their own; then the faults end, and what was promised has to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bridge.storage.engine import reading
from bridge.storage.events import outbox
from bridge.testing.fault_kinds import FAULTS
from tests.conversations.broken import (
    Talk,
    ask_for_orders,
    ask_for_tickets,
    eventually,
    meet,
    rules,
    tickets_of,
)
from tests.support.frontdesk import DOMAIN
from tests.support.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ANSWERED_BY, NOTICE = 15.5, (4.9, 6.5)
SETTLED_BY = 75
"""Seconds; a write that may have happened is left alone for 30 before it is looked for."""

ORDER = "utter_orders_delivered"
APOLOGY, WITH_CONTACT = "utter_dialog_backend_unavailable", "utter_dialog_backend_unavailable_contact"
MADE, KEPT, UNSURE = "utter_tickets_created", "utter_tickets_kept", "utter_tickets_kept_unsure"
KEPT_DONE, REFUSED = "utter_tickets_kept_done", "utter_tickets_refused"


@dataclass(frozen=True)
class Expected:
    """Say which response answers an order's owner and a ticket's opener, and what each hears later by itself."""

    rule: str
    read: str
    write: str
    slow: bool = False
    read_later: str = ""

    @property
    def write_later(self) -> str:
        """Return what the outbox tells."""
        return KEPT_DONE if self.write in {KEPT, UNSURE} else ""


CASES = {
    "none": Expected("none", ORDER, MADE),
    "delay": Expected("delay:7", ORDER, MADE, slow=True),
    "delay beyond the time": Expected("delay:20", WITH_CONTACT, UNSURE, slow=True, read_later=ORDER),
    "hang": Expected("hang", WITH_CONTACT, UNSURE, slow=True),
    "refused": Expected("refused", WITH_CONTACT, KEPT),
    "reset": Expected("reset", WITH_CONTACT, UNSURE),
    "401": Expected("401", WITH_CONTACT, KEPT),
    "403": Expected("403", WITH_CONTACT, KEPT),
    "404": Expected("404", "utter_orders_not_found", REFUSED),
    "409": Expected("409", APOLOGY, REFUSED),
    "422": Expected("422", APOLOGY, REFUSED),
    "429": Expected("429:1", WITH_CONTACT, KEPT),
    "429 for long": Expected("429:30", WITH_CONTACT, KEPT),
    "500": Expected("500", WITH_CONTACT, KEPT),
    "502_after_write": Expected("502_after_write", WITH_CONTACT, MADE),
    "502_after_write once": Expected("502_after_write*1", ORDER, MADE),
    "503": Expected("503", WITH_CONTACT, KEPT),
    "503 once": Expected("503*1", ORDER, MADE),
    "html": Expected("html", WITH_CONTACT, MADE),
    "truncated_json": Expected("truncated_json", WITH_CONTACT, MADE),
    "wrong_types": Expected("wrong_types", WITH_CONTACT, MADE),
    "huge_body": Expected("huge_body", WITH_CONTACT, MADE),
    "slow_drip": Expected("slow_drip", WITH_CONTACT, UNSURE, slow=True, read_later=ORDER),
    "clock_skew": Expected("clock_skew", ORDER, MADE),
}
RULES = {name: case.rule for name, case in CASES.items()}
SENTENCES = {
    name: re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(variants[0]["text"])), re.DOTALL)
    for name, variants in DOMAIN["responses"].items()
    if "text" in variants[0]
}


@dataclass
class Scene:
    """Hold everybody who talked."""

    stack: Stack
    reads: dict[str, Talk]
    writes: dict[str, Talk]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Let everybody meet their fault, end the faults, and wait for what was promised."""
    # The breaker would let one person's fault answer another; tests/resilience has it.
    many = {"resilience": {"defaults": {"breaker_failures": 1000, "bulkhead": 500}}}
    stack = Stack(tmp_path_factory.mktemp("faults"), faults="", deployment=many)
    stack.start()
    try:
        reads, writes = ask_for_orders(stack, RULES), ask_for_tickets(stack, RULES)
        stack.break_systems(
            "\n".join([rules("commerce.find_order", reads, RULES), rules("helpdesk.create_ticket", writes, RULES)])
        )
        asking = {id(talk) for talk in reads}
        # The slow ones first: the others answer while those wait.
        everybody = sorted([*reads, *writes], key=lambda talk: not CASES[talk.fault].slow)
        meet(
            everybody,
            lambda talk: talk.chat.send(talk.email) if id(talk) in asking else talk.chat.send(payload="/affirm"),
        )
        stack.break_systems("")
        scene = Scene(stack, {talk.fault: talk for talk in reads}, {talk.fault: talk for talk in writes})
        eventually(lambda: not _owed(scene), SETTLED_BY)
        for talk in everybody:
            talk.look(stack.engine())
        yield scene
    finally:
        stack.stop()


def _owed(scene: Scene) -> bool:
    """Tell whether something that has to come by itself is still missing."""
    if any(_later(scene, scene.reads[name]) < 1 for name, case in CASES.items() if case.read_later):
        return True
    return any(_later(scene, scene.writes[name]) < 1 for name, case in CASES.items() if case.write_later)


def _later(scene: Scene, talk: Talk) -> int:
    talk.look(scene.stack.engine())
    return len(talk.said()) - 1


@pytest.mark.parametrize("name", CASES)
def test_a_question_is_answered_in_time_with_the_right_sentence(scene: Scene, name: str) -> None:
    case, talk = CASES[name], scene.reads[name]
    _answered_in_time(talk, slow=case.slow)
    assert [_response(text, case.read, case.read_later) for text in talk.said()] == [
        case.read,
        *filter(None, [case.read_later]),
    ]
    _news_are_marked(talk)


@pytest.mark.parametrize("name", CASES)
def test_a_write_is_answered_in_time_and_never_doubled(scene: Scene, name: str) -> None:
    case, talk = CASES[name], scene.writes[name]
    _answered_in_time(talk, slow=case.slow)
    assert [_response(text, case.write, case.write_later) for text in talk.said()] == [
        case.write,
        *filter(None, [case.write_later]),
    ]
    _news_are_marked(talk)
    made = tickets_of(scene.stack, talk.email)
    promised = {number for text in talk.said() for number in re.findall(r"T-\d+", text)}
    assert set(made) == promised
    assert len(made) == (0 if case.write == REFUSED else 1)


def test_every_fault_is_met(scene: Scene) -> None:
    assert {case.rule.split(":")[0].split("*")[0] for case in CASES.values()} == set(FAULTS)


def test_nothing_waits_in_the_outbox_at_the_end(scene: Scene) -> None:
    with reading(scene.stack.engine()) as connection:
        states = connection.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)).all()
    assert [tuple(row) for row in states] == [("done", sum(bool(case.write_later) for case in CASES.values()))]


@pytest.mark.parametrize("name", ["409", "500", "hang"])
def test_the_first_button_of_the_apology_asks_again(scene: Scene, name: str) -> None:
    said = scene.reads[name].chat.click("Try again")
    assert _response(said, ORDER) == ORDER


@pytest.mark.parametrize("name", ["404", "409", "422"])
def test_what_was_refused_can_be_changed_and_is_made_once(scene: Scene, name: str) -> None:
    talk = scene.writes[name]
    assert talk.email in talk.chat.click("Change it")  # the ticket, shown once more
    changed = f"not-{talk.email}"
    assert changed in talk.chat.say(f"no, the email is {changed}")
    assert _response(talk.chat.click("Yes, please"), MADE) == MADE
    assert (tickets_of(scene.stack, talk.email), len(tickets_of(scene.stack, changed))) == ([], 1)


@pytest.mark.parametrize("name", ["401", "422"])
def test_the_second_button_of_the_apology_brings_a_person(scene: Scene, name: str) -> None:
    said = scene.reads[name].chat.click("Talk to a team member")
    assert re.search(r"T-\d+", said), said


def _answered_in_time(talk: Talk, *, slow: bool) -> None:
    answered, notice = talk.seconds("bot"), talk.seconds("notice")
    assert answered is not None, talk.events
    assert answered <= ANSWERED_BY
    assert (notice is not None) == slow, talk.events
    if notice is not None:
        # The answer was not there yet: the notice came while the call was in flight.
        assert NOTICE[0] <= notice <= NOTICE[1]
        assert notice < answered


def _news_are_marked(talk: Talk) -> None:
    """Check that what came by itself says so, the answer does not, and the notice is called a word on waiting."""
    marks = [event.get("proactive", False) for event in talk.events if event["type"] == "bot" and event["text"]]
    assert marks == [False] + [True] * (len(marks) - 1)
    assert {event["kind"] for event in talk.events if event["type"] == "notice"} <= {"slow"}


def _response(text: str, *likely: str) -> str:
    """Return which response of the domain a text is; several may fit, so the likely ones are looked at first."""
    for name in [*likely, *SENTENCES]:
        if name and SENTENCES[name].fullmatch(text):
            return name
    return text

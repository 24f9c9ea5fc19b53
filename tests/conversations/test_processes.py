"""Whole processes stop, freeze, crash or talk rubbish while people talk, outside of forms and inside.

Everybody hears something in time and can ask for a person; when the process is back, everything goes on where it was.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.storage.chat import handoffs
from bridge.storage.engine import reading
from bridge.storage.jobs import jobs
from tests.conversations.broken import eventually, tickets_of
from tests.conversations.rubbish import RUBBISH, talking_rubbish
from tests.support.stack import Chat, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

NOTICE_BETWEEN, ANSWERED_BY = (5.4, 6.5), 15.5
BACK_BY = 90
"""Seconds; Rasa needs ten to start on a quiet machine."""
NOTICE = "This is taking a bit longer than usual. I'm still checking, please hold on."
APOLOGY = (
    "I'm having trouble accessing that information right now. "
    "Would you like to try again, or should I connect you with a team member?"
)
AGAIN, PERSON = "Try again", "Talk to a team member"
IN_THE_QUEUE = re.compile("I've asked a team member|I've left them our conversation")
EMAIL = "ana.ruiz@example.test"


@dataclass(frozen=True)
class Case:
    """Say what was talked of before, what meets the fault, and what answers it."""

    before: tuple[str, ...]
    text: str
    answer: str
    needs_actions: bool = True


CASES = {
    "a question outside of forms": Case(("hello",), "show me rain jackets", "Here's what I found:\nRain Jacket"),
    "a form's question": Case(("where is my order",), "1001", "which e-mail address or postcode"),
    "the last question of a form": Case(("where is my order 1001",), EMAIL, "1Z999AA10123456784"),
    "a yes to a ticket": Case(
        ("your website crashes every time i open it, this is urgent", "@"), "yes", "ticket is T-"
    ),
    "a word that needs no action": Case((), "hello", "Hello!", needs_actions=False),
}


@dataclass
class Person:
    """Hold one conversation, from the message that meets the fault on."""

    name: str
    chat: Chat
    email: str
    message: str = ""
    seq: int = field(default=0)

    @property
    def case(self) -> Case:
        return CASES[self.name]

    def send(self, text: str = "", payload: str = "") -> None:
        self.message = self.chat.send(text, payload)

    def meet(self) -> None:
        """Send the message of the case."""
        self.seq = max((event["seq"] for event in self.chat.history()), default=0)
        self.send(self.case.text)

    def events(self) -> list[dict[str, Any]]:
        return self.chat.history(after=self.seq)

    def said(self) -> list[str]:
        return self.chat.bot_texts(after=self.seq)

    def answers(self) -> list[str]:
        """Return what the bot said besides apologies and the handoff."""
        return [text for text in self.said() if text != APOLOGY and not IN_THE_QUEUE.search(text)]

    def seconds_to(self, type_: str) -> float | None:
        """Return how long the person waited for the first event of a type."""
        asked, *later = self.events()
        came = [event["at"] for event in later if event["type"] == type_]
        return (_time(came[0]) - _time(asked["at"])).total_seconds() if came else None

    def press(self, title: str) -> None:
        """Press a button of the first apology."""
        apology = next(event for event in self.events() if event["type"] == "bot" and event["text"] == APOLOGY)
        self.send(payload=next(button["payload"] for button in apology["buttons"] if button["title"] == title))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run an assistant that may be hurt."""
    running = Stack(tmp_path_factory.mktemp("processes"), faults="")
    running.start()
    yield running
    running.stop()


def gather(stack: Stack, names: list[str]) -> list[Person]:
    """Bring a person for each case to where the next message meets the fault."""

    def begin(name: str) -> Person:
        chat = stack.chat()
        email = f"{chat.conversation[:8]}@broken.test"
        for text in CASES[name].before:
            chat.say(email if text == "@" else text)
        return Person(name, chat, email)

    return side_by_side(begin, names)


def side_by_side(do: Callable[[Any], Any], things: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(4) as people:
        return list(people.map(do, things))


@contextmanager
def frozen(stack: Stack, port: str) -> Iterator[None]:
    """Stop a process as Ctrl-Z would."""
    stack.signal(port, signal.SIGSTOP)
    try:
        yield
    finally:
        stack.signal(port, signal.SIGCONT)


@contextmanager
def stopped(stack: Stack, port: str) -> Iterator[None]:
    """Keep a process dead; after the block it is started again."""
    with stack.unwatched():
        pid = stack.signal(port, signal.SIGKILL)
        assert eventually(lambda: not listens(stack, port), 10), f"{pid} lives on"
        yield


def assert_apologised(person: Person, *, slow: bool) -> None:
    """Check sentences, buttons and seconds."""
    answered, notice = person.seconds_to("bot"), person.seconds_to("notice")
    kinds = [event["type"] for event in person.events()]
    assert kinds == (["user", "notice", "bot"] if slow else ["user", "bot"]), person.events()
    assert person.said() == [APOLOGY]
    assert [button["title"] for button in person.events()[-1]["buttons"]] == [AGAIN, PERSON]
    assert answered is not None
    assert answered <= ANSWERED_BY
    if slow:
        assert notice is not None
        assert NOTICE_BETWEEN[0] <= notice <= NOTICE_BETWEEN[1]
        assert person.events()[1]["text"] == NOTICE


def assert_done_once(stack: Stack, person: Person) -> None:
    """Check that the answer was said once, that a ticket was made once, and that a form goes on."""
    assert sum(person.case.answer in text for text in person.said()) == 1, person.events()
    assert len(tickets_of(stack, person.email)) == (person.name == "a yes to a ticket")
    if person.name == "a form's question":
        assert "1Z999AA10123456784" in person.chat.say(EMAIL)


def waits_for_person(stack: Stack, person: Person) -> bool:
    """Tell whether the conversation is in the queue, once, and the person was told so."""
    with reading(stack.engine()) as connection:
        mine = sa.select(handoffs.c.state).where(handoffs.c.conversation_id == person.chat.conversation)
        in_queue = connection.execute(mine).scalars().all() == ["waiting"]
    return in_queue and sum(bool(IN_THE_QUEUE.search(text)) for text in person.said()) == 1


@pytest.mark.parametrize(
    ("hurt", "port"),
    [(frozen, "ACTIONS_PORT"), (frozen, "RASA_PORT"), (stopped, "RASA_PORT")],
    ids=["action server frozen", "rasa frozen", "rasa stopped"],
)
def test_a_process_that_hangs_or_is_away_and_comes_back(stack: Stack, hurt: Any, port: str) -> None:
    people = gather(stack, [*CASES, "the last question of a form", "a form's question"])
    *usual, impatient, asking = people
    without_actions = [person for person in usual if port == "ACTIONS_PORT" and not person.case.needs_actions]
    hurt_people = [person for person in people if person not in without_actions]
    with hurt(stack, port):
        for person in people:
            person.meet()
        assert eventually(lambda: all(person.said() for person in people), 17)
        for person in hurt_people:
            assert_apologised(person, slow=True)
        for person in without_actions:
            assert person.case.answer in person.said()[0]
        asking.press(PERSON)
        assert eventually(lambda: waits_for_person(stack, asking), 3), asking.events()
        impatient.send("where is my order")
    assert eventually(lambda: all(person.answers() for person in people), BACK_BY)
    for person in people:
        person.chat.wait_for(person.message)
    for person in usual:
        assert len(person.answers()) == 1, person.events()
        assert [event["type"] for event in person.events()].count("notice") <= 1
        assert_done_once(stack, person)
    first, second = impatient.answers()
    assert impatient.case.answer in first
    assert "order number" in second
    assert eventually(lambda: "reference" in asking.answers()[-1], BACK_BY), asking.events()
    assert [asking.case.answer in text for text in asking.answers()] == [True, False], "the form must not go on"
    assert waits_for_person(stack, asking)


def test_an_action_server_that_is_away_or_talks_rubbish(stack: Stack) -> None:
    names = [name for name, case in CASES.items() if case.needs_actions]
    rubbish = {kind: gather(stack, names) for kind in RUBBISH}
    refused = gather(stack, [*names, names[0]])
    with stopped(stack, "ACTIONS_PORT"):
        kinds = {person.chat.conversation: kind for kind, people in rubbish.items() for person in people}
        confused = [person for people in rubbish.values() for person in people]
        with talking_rubbish(stack.ports["ACTIONS_PORT"], kinds):
            meet_and_hear(confused)
        meet_and_hear(refused)
        asking = refused.pop()
        asking.press(PERSON)
        assert eventually(lambda: waits_for_person(stack, asking), 5), asking.events()
    try_again(stack, [*confused, *refused])


def test_an_action_server_that_crashes_in_the_middle_of_an_action(stack: Stack) -> None:
    # What asks no system is over before anybody could hit it, and so is a search that was asked before.
    people = gather(stack, ["the last question of a form", "a yes to a ticket"])
    stack.break_systems("commerce.*=delay:4 helpdesk.*=delay:4")
    pid = stack.pid_of("ACTIONS_PORT")
    for person in people:
        person.meet()
    assert eventually(lambda: running_jobs(stack, people) == len(people), 4)
    stack.signal("ACTIONS_PORT", signal.SIGKILL)
    for person in people:
        person.chat.wait_for(person.message)
        assert_apologised(person, slow=False)
    stack.break_systems("")
    assert eventually(lambda: listens(stack, "ACTIONS_PORT", besides=pid), BACK_BY)
    try_again(stack, people)


def meet_and_hear(people: list[Person]) -> None:
    """Let everybody meet the fault; nothing hangs, so the apology comes at once."""

    def meet(person: Person) -> None:
        person.meet()
        person.chat.wait_for(person.message)

    side_by_side(meet, people)
    for person in people:
        assert_apologised(person, slow=False)


def try_again(stack: Stack, people: list[Person]) -> None:
    """Let everybody press the first button, and check that this is answered, once."""
    assert eventually(lambda: listens(stack, "ACTIONS_PORT"), BACK_BY)

    def press(person: Person) -> None:
        person.press(AGAIN)
        person.chat.wait_for(person.message)

    side_by_side(press, people)
    for person in people:
        assert_done_once(stack, person)


def running_jobs(stack: Stack, people: list[Person]) -> int:
    """Count the use cases that are under way."""
    mine = jobs.c.conversation_id.in_([person.chat.conversation for person in people])
    with reading(stack.engine()) as connection:
        return int(
            connection.execute(sa.select(sa.func.count()).where(mine, jobs.c.finished_at.is_(None))).scalar_one()
        )


def listens(stack: Stack, port: str, besides: int = 0) -> bool:
    """Tell whether a process, other than a former one, listens on a port."""
    try:
        return stack.pid_of(port) != besides
    except AssertionError:
        return False

"""A note is short, says what was done in our words, and holds nothing that leads to a person."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.events import handlers
from bridge.formatting import outbound
from bridge.model.commerce import OrderStatus
from bridge.model.helpdesk import TicketStatus
from bridge.summaries import writing
from bridge.summaries.stretch import Stretch
from bridge.summaries.writing import HIDDEN, Writer
from tests.support.frontdesk import DOMAIN

BEGAN = datetime(2026, 3, 2, 23, 50, tzinfo=timezone.utc)
LABELS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in writing.LABELS.glob("*.yml")}
TOLD = {name: {response for done in words["done"] for response in done["told"]} for name, words in LABELS.items()}
CARD, CONVERSATION = "4111111111111111", "0af3" * 8
LONGEST = 1500

emails = st.emails()
digits = st.text("0123456789", min_size=9, max_size=15)
phones = st.builds(
    lambda number, gap, prefix: prefix + gap.join(number[at : at + 3] for at in range(0, len(number), 3)),
    digits,
    st.sampled_from(["", " ", "-", ".", " - ", ")", "/"]),
    st.sampled_from(["", "+", "+1 (", "00"]),
)
private = emails | phones | st.sampled_from([CARD, "4111 1111 1111 1111", "3782-822463-10005"])
sayings = st.builds(lambda before, secret, after: f"{before} {secret} {after}".strip(), st.text(), private, st.text())


def stretch(**changes: Any) -> Stretch:
    values = {"conversation_id": CONVERSATION, "began": BEGAN, "ended": BEGAN + timedelta(minutes=12), "messages": 4}
    return Stretch(**{**values, "email": "ann@example.test", **changes})


def note(**changes: Any) -> str:
    """Return subject and text of a note."""
    made = Writer("en_US", "UTC").write(stretch(**changes))
    return f"{made.subject}\n{made.summary}"


def outcome_of(**changes: Any) -> str:
    (line,) = re.findall(r"^Outcome: (.*)\.$", note(**changes), re.MULTILINE)
    return str(line)


@given(
    secret=private,
    intents=st.lists(st.sampled_from(["track_order", "inform", "nlu_fallback"]) | sayings),
    responses=st.lists(st.sampled_from(sorted(TOLD["en"])) | sayings, max_size=20),
)
@example(secret="+49 (0)30 - 1234567", intents=[], responses=sorted(TOLD["en"]))
def test_no_address_number_or_card_of_a_conversation_is_ever_in_it(
    secret: str, intents: list[str], responses: list[str]
) -> None:
    text = f"see {secret} "
    values = {name: text for name in ("order", "ticket", "email", "description", "why")}
    made = note(
        intents=(*intents, text),
        outcomes=tuple((response, values) for response in responses),
        agents=(text, secret),
        email=secret,
    )
    told = made.replace(HIDDEN, "")
    assert secret not in told
    assert "@" not in told
    # No number in it is as long as a phone number, but those of the dates and the conversation.
    said = "\n".join(line for line in told.splitlines() if not line.startswith(("Web chat", "Conversation")))
    assert not re.search(r"\d(?:[\W_]{0,3}\d){8,}", said.replace("\n", "   x   "))
    assert len(made) <= LONGEST


@given(
    agents=st.lists(st.text(max_size=60)),
    ratings=st.lists(st.integers(1, 5)),
    intents=st.lists(st.sampled_from(sorted(LABELS["en"]["asked"]))),
    number=st.text(),
    minutes=st.integers(0, 10**6),
)
@example(agents=["x" * 9999] * 9, ratings=[1], intents=["complain"], number="x" * 9999, minutes=0)
@example(agents=[str(n) + "x" * 198 for n in range(9)], ratings=[1], intents=["complain"], number="x" * 199, minutes=0)
def test_whatever_happened_it_is_short_and_every_line_is_ours(
    agents: list[str], ratings: list[int], intents: list[str], number: str, minutes: int
) -> None:
    outcomes = [(response, {"order": number, "ticket": number}) for response in sorted(TOLD["en"])]
    made = Writer("en_US", "Europe/Berlin").write(
        stretch(
            agents=tuple(agents),
            ratings=tuple(ratings),
            intents=tuple(intents),
            outcomes=tuple(outcomes),
            ended=BEGAN + timedelta(minutes=minutes),
            messages=10**6,
        )
    )
    heads = ("Web chat", "Not verified", "Asked about", "Done", "Outcome", "Rated", "Conversation")
    assert all(line.startswith(heads) for line in made.summary.split("\n"))
    assert len(made.summary) <= LONGEST
    assert len(made.subject) <= 80


def test_it_tells_when_how_long_and_what_in_the_deployments_time() -> None:
    made = Writer("en_US", "Europe/Berlin").write(
        stretch(
            intents=("greet", "track_order", "inform", "track_order", "create_ticket"),
            outcomes=(("utter_orders_shipped", {"order": "1001"}), ("utter_tickets_created", {"ticket": "T-10023"})),
            ratings=(5,),
            verified=True,
        )
    )
    assert made.subject == "Chat: order status"
    assert made.at == BEGAN + timedelta(minutes=12)
    assert made.summary.splitlines() == [
        "Web chat from 2026-03-03 00:50 to 2026-03-03 01:02 (Europe/Berlin): 12 minutes, 4 messages.",
        "Verified: the person proved this address.",
        "Asked about: order status, a problem.",
        "Done: order 1001 looked up, ticket T-10023 opened.",
        "Outcome: waiting for our team.",
        "Rated: 5 (1 very bad, 5 very good).",
        f"Conversation: {CONVERSATION}",
    ]


def test_what_is_too_much_is_counted() -> None:
    asked = sorted(LABELS["en"]["asked"])[:9]
    (line,) = (line for line in note(intents=tuple(asked)).splitlines() if line.startswith("Asked"))
    assert line.endswith(", and 3 more.")


SHIPPED, MISSED = ("utter_orders_shipped", {"order": "1"}), ("utter_orders_not_found", {})
OPENED, DOWN = ("utter_tickets_created", {"ticket": "T-1"}), ("utter_dialog_backend_unavailable", {})


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, "answered"),
        ({"intents": ("track_order", "nlu_fallback")}, "left open"),
        ({"outcomes": (MISSED, SHIPPED)}, "answered"),
        ({"outcomes": (SHIPPED, MISSED)}, "left open"),
        ({"outcomes": (SHIPPED, DOWN)}, "left open"),
        ({"outcomes": (OPENED, SHIPPED)}, "waiting for our team"),
        ({"outcomes": (OPENED,), "agents": ("Kim", "Kim", "Lee")}, "talked with Kim, Lee"),
        ({"outcomes": (OPENED,), "agents": ("",)}, "waited for a colleague, and nobody came"),
        ({"agents": ("", "Kim")}, "talked with Kim"),
        ({"agents": ("\u200b",)}, "talked with a colleague"),
    ],
)
def test_how_it_was_left(changes: dict[str, Any], left: str) -> None:
    assert outcome_of(**changes) == left


@pytest.mark.parametrize("language", sorted(LABELS))
class TestLabels:
    def test_every_intent_has_words_or_needs_none(self, language: str) -> None:
        words = LABELS[language]
        known = {next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]}
        assert {*words["asked"], *words["unasked"]} == known
        assert not set(words["asked"]) & set(words["unasked"])

    def test_every_outcome_is_one_that_people_are_told(self, language: str) -> None:
        assert set(DOMAIN["responses"]) >= TOLD[language]
        assert sum(len(done["told"]) for done in LABELS[language]["done"]) == len(TOLD[language])
        assert {done["leaves"] for done in LABELS[language]["done"]} == {"answered", "waiting", "open"}

    def test_every_write_and_every_status_has_words(self, language: str) -> None:
        wanted = {*handlers.GIVEN_UP.values(), *handlers.NOT_FOUND.values()}
        wanted |= {f"utter_orders_{status.value}" for status in OrderStatus}
        wanted |= {f"utter_tickets_{status.value}" for status in TicketStatus}
        wanted |= {response for response in DOMAIN["responses"] if re.search(r"_(created|kept|refused)(_|$)", response)}
        wanted.discard("utter_account_code_refused")
        assert TOLD[language] >= wanted

    def test_a_number_is_woven_in_only_where_the_outcome_has_it(self, language: str) -> None:
        for done in LABELS[language]["done"]:
            named = set(re.findall(r"{(\w+)}", done["say"]))
            assert named <= {"order", "ticket"}
            for response in done["told"]:
                texts = " ".join(each["text"] for each in DOMAIN["responses"][response])
                assert all(f"{{{name}}}" in texts for name in named), response


def test_operators_and_people_are_written_to_in_the_same_languages() -> None:
    assert set(LABELS) == {path.stem for path in outbound.LABELS.glob("*.yml")}

"""Hold what people were told against what there is: nothing lost, nothing twice, nobody without an answer."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bridge.conversation.inbox import AGAIN, SYSTEM
from tests.chaos.client import Acknowledged
from tests.chaos.evidence import Evidence, Record, Row
from tests.chaos.plan import TAG_LENGTH
from tests.chaos.talker import CONFIRMATIONS
from tests.chaos.words import APOLOGIES, Said, recognise

CREATED = {
    "utter_tickets_created": "ticket",
    "utter_tickets_kept_done": "ticket",
    "utter_tickets_updated": "comment",
    "utter_tickets_kept_comment_done": "comment",
    "utter_sales_created": "lead",
    "utter_sales_kept_done": "lead",
}
KEPT = {
    "utter_tickets_kept": "ticket",
    "utter_tickets_kept_unsure": "ticket",
    "utter_tickets_kept_comment": "comment",
    "utter_tickets_kept_comment_unsure": "comment",
    "utter_sales_kept": "lead",
    "utter_sales_kept_unsure": "lead",
}
OPERATIONS = {"tickets.create": "ticket", "tickets.add_comment": "comment", "sales.create": "lead"}
_TAG = re.compile(r"(?:case|reference) ([a-z0-9]+)")


class Finding(NamedTuple):
    """Name one thing that must not be, and in which conversation."""

    rule: str
    conversation: str
    what: str


@dataclass
class Told:
    """Hold what one conversation was told, in its order."""

    events: list[Row] = field(default_factory=list)
    said: list[tuple[Row, Said]] = field(default_factory=list)

    def count(self, responses: dict[str, str], kind: str) -> int:
        """Return how often something of this kind was said."""
        return sum(responses.get(said.response) == kind for _, said in self.said)


class Case:
    """Hold the evidence, sorted by conversation."""

    def __init__(self, evidence: Evidence, acknowledged: list[Acknowledged]) -> None:
        self.evidence = evidence
        self.acknowledged = acknowledged
        self.told: defaultdict[str, Told] = defaultdict(Told)
        self.message_seq = {message["id"]: message["seq"] for message in evidence.messages}
        self.records_of: defaultdict[str, list[Record]] = defaultdict(list)
        for record in evidence.records:
            self.records_of[record.conversation].append(record)
        for event in evidence.events:
            told = self.told[event["conversation_id"]]
            told.events.append(event)
            if event["type"] == "bot":
                told.said.append((event, recognise(event["body"]["text"])))


def judge(evidence: Evidence, acknowledged: list[Acknowledged]) -> list[Finding]:
    """Return everything that is wrong."""
    case = Case(evidence, acknowledged)
    return [finding for rule in RULES for finding in rule(case)]


def _answered(case: Case) -> Iterator[Finding]:
    """Every acknowledged message is in the log once and has an answer."""
    rows = {(row["conversation_id"], row["message_id"]): row for row in case.evidence.messages}
    for conversation, message in case.acknowledged:
        row = rows.get((conversation, message))
        events = case.told[conversation].events
        logged = [event for event in events if event["type"] == "user" and event["body"]["id"] == message]
        if row is None or len(logged) != 1:
            yield Finding("acknowledged, but lost", conversation, f"message {message}: {len(logged)} times in the log")
        elif row["state"] != "done" or not _has_answer(events, row):
            yield Finding("acknowledged, but not answered", conversation, f"message {message} at {row['seq']}")


def _has_answer(events: list[Row], row: Row) -> bool:
    if any(event["inbox_id"] == row["id"] and event["type"] == "bot" for event in events):
        return True
    # "Try again" for what is still worked on: the bot's own answer to that must have come after it.
    later = [event for event in events if event["seq"] > row["seq"] and event["ordinal"] is not None]
    return row["kind"] == AGAIN and any(event["type"] == "bot" for event in later)


def _promised(case: Case) -> Iterator[Finding]:
    """Whatever was promised is there."""
    for conversation, told in case.told.items():
        records = case.records_of[conversation]
        for event, said in told.said:
            kind = CREATED.get(said.response) or KEPT.get(said.response)
            if kind is None:
                continue
            number = said.values.get("ticket", "") if said.response in CREATED else ""
            tag = _tag_before(case, told, event, kind)
            mine = [record for record in records if record.kind == kind]
            if not any(number in ("", record.number) for record in mine) or not _has_tag(mine, kind, tag):
                yield Finding("promised, but lost", conversation, f"{said.response} at {event['seq']} {number} {tag}")


def _has_tag(records: list[Record], kind: str, tag: str) -> bool:
    words = {word for record in records for word in _words(record)}
    if kind == "lead":
        # The sales system keeps one lead an address, with the words of the first attempt.
        words, tag = {word[:TAG_LENGTH] for word in words}, tag[:TAG_LENGTH]
    return not tag or tag in words


def _tag_before(case: Case, told: Told, event: Row, kind: str) -> str:
    """Return the tag of what was shown before the "yes" that this answers; "" where nobody's message is answered."""
    asked = case.message_seq.get(event["inbox_id"], 0)
    shown = ""
    for earlier, said in told.said:
        if asked and earlier["seq"] < asked and said.response in CONFIRMATIONS and _kind_shown(said) == kind:
            words = _TAG.search(said.values[CONFIRMATIONS[said.response]])
            shown = words[1] if words else ""
    return shown


def _kind_shown(said: Said) -> str:
    return {"description": "ticket", "comment": "comment", "interest": "lead"}[CONFIRMATIONS[said.response]]


def _words(record: Record) -> set[str]:
    return set(_TAG.findall(record.words))


def _once(case: Case) -> Iterator[Finding]:
    """Nothing is there twice: every attempt of every person has a tag of its own."""
    tags = Counter((record.kind, tag) for record in case.evidence.records for tag in _words(record))
    for record in case.evidence.records:
        for tag in _words(record):
            if tags[record.kind, tag] > 1:
                yield Finding("doubled", record.conversation, f"{record.kind} {tag}: {tags[record.kind, tag]} records")


def _known(case: Case) -> Iterator[Finding]:
    """Whoever has a record was told of it."""
    for conversation, records in case.records_of.items():
        told = case.told[conversation]
        numbers = {said.values.get("ticket") for _, said in told.said if CREATED.get(said.response) == "ticket"}
        for record in records:
            if record.kind == "ticket" and record.number not in numbers:
                yield Finding("made, but not told", conversation, f"ticket {record.number}, {record.words}")
        for kind in ("comment", "lead"):
            made = sum(record.kind == kind for record in records)
            if made > (said := told.count(CREATED, kind)):
                yield Finding("made, but not told", conversation, f"{made} of kind {kind}, {said} told")


def _kept(case: Case) -> Iterator[Finding]:
    """Every kept write is done, and told exactly once."""
    told_done: Counter[tuple[str, str]] = Counter()
    for conversation, told in case.told.items():
        for _, said in told.said:
            if said.response.endswith("_kept_done") or said.response.endswith("_comment_done"):
                told_done[conversation, CREATED[said.response]] += 1
    kept = Counter((row["conversation_id"], OPERATIONS[row["operation"]]) for row in case.evidence.outbox)
    for (conversation, kind), count in kept.items():
        if told_done[conversation, kind] != count:
            said = f"{count} of kind {kind} kept, {told_done[conversation, kind]} told as done"
            yield Finding("a kept write is not told once", conversation, said)
    for row in case.evidence.outbox:
        if row["state"] != "done":
            yield Finding("left in the outbox", row["conversation_id"], f"{row['key']} is {row['state']}")
        elif (row["result"] or {}).get("refused"):
            yield Finding("a kept write was refused", row["conversation_id"], row["key"])


def _no_repeats(case: Case) -> Iterator[Finding]:
    """The bot says nothing twice in one turn.

    Two kept comments on one ticket are told in the same words and perhaps together: those are counted by `_kept`.
    """
    tellings = {message["id"] for message in case.evidence.messages if message["kind"] == SYSTEM}
    for conversation, told in case.told.items():
        bodies: defaultdict[Any, list[str]] = defaultdict(list)
        for event in told.events:
            if event["ordinal"] is not None and event["inbox_id"] not in tellings:
                bodies[event["inbox_id"]].append(repr((event["type"], event["body"])))
        for inbox_id, said in bodies.items():
            if len(said) > len(set(said)):
                yield Finding("said twice in a turn", conversation, f"message {inbox_id}: {max(said, key=said.count)}")


def _no_gaps(case: Case) -> Iterator[Finding]:
    """The log is numbered from 1 without a gap."""
    for row in case.evidence.conversations:
        numbers = [event["seq"] for event in case.told[row["id"]].events]
        if numbers != list(range(1, row["last_seq"] + 1)):
            yield Finding("a gap in the log", row["id"], f"{len(numbers)} events, the last is {row['last_seq']}")


def _all_told(case: Case) -> Iterator[Finding]:
    """No late result waits to be told."""
    for row in case.evidence.jobs:
        if row["late"] and row["finished_at"] is not None and row["told_in"] is None:
            yield Finding("a late result was not told", row["conversation_id"], f"job {row['id']} ({row['name']})")


RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _answered,
    _promised,
    _once,
    _known,
    _kept,
    _no_repeats,
    _no_gaps,
    _all_told,
)


def only_apologies(evidence: Evidence) -> int:
    """Count the messages whose only answer is an apology: an answer, though not the one that was hoped for."""
    said: defaultdict[int, set[bool]] = defaultdict(set)
    for event in evidence.events:
        if event["type"] == "bot" and event["inbox_id"] is not None:
            said[event["inbox_id"]].add(recognise(event["body"]["text"]).response in APOLOGIES)
    return sum(kinds == {True} for kinds in said.values())

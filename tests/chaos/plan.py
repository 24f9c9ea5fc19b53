"""What will happen, drawn from a seed: who says what, which process is killed when, how systems fail meanwhile.

The plan of a seed is always the same. What comes of it is not: real processes run side by side, and no seed orders
them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Target = Literal["rasa", "actions", "gateway", "relay"]
Kind = Literal["ticket", "comment", "lead"]
Reading = Literal["order", "products", "greeting"]

KILLS_PER_HUNDRED: dict[Target, float] = {"rasa": 2, "actions": 2.5, "gateway": 2.5, "relay": 2.5}
"""By writes. Whatever is killed more often than once a minute, its supervisor lets wait longer and longer."""

TAG_LENGTH = 6
HEALTHY = ""
TROUBLES = (
    "helpdesk.*=503 crm.*=503",
    "helpdesk.*=refused",
    "helpdesk.*=reset@0.5 crm.*=reset@0.5 commerce.*=500@0.5",
    "helpdesk.create_ticket=502_after_write@0.7 helpdesk.add_comment=502_after_write@0.7 crm.*=502_after_write@0.7",
    "helpdesk.*=delay:6@0.5 crm.*=delay:6@0.5 commerce.*=delay:7@0.3",
    "helpdesk.create_ticket=slow_drip:16@0.3 crm.*=slow_drip:16@0.3",
    "helpdesk.*=hang:25@0.3 commerce.*=hang:25@0.2",
    "helpdesk.*=429:2@0.7 crm.*=429:2@0.7",
    "helpdesk.*=html@0.5 crm.*=truncated_json@0.5",
)
"""Plans for bridge/testing/faults.py. None refuses for good: what is given up is no promise that could be counted."""


@dataclass(frozen=True)
class Write:
    """Hold one thing that a person wants done."""

    kind: Kind
    tag: str
    """A word that nothing else holds: in the ticket, the comment or the lead it tells whose it is."""
    double_click: bool
    """The "yes" is sent twice, as two messages."""
    posted_twice: bool
    """Each message is posted again under its own id, as a client does that missed the answer."""
    hurried: bool
    """The next message follows the "yes" at once."""
    reload: bool
    """Afterwards the whole log is read again from its start."""


@dataclass(frozen=True)
class Talk:
    """Hold one conversation."""

    person: int
    steps: tuple[Write | Reading, ...]


@dataclass(frozen=True)
class Kill:
    """Hold one kill -9: after so many writes were promised, and so many seconds more."""

    after: int
    seconds: float
    target: Target


@dataclass(frozen=True)
class Flap:
    """Hold one change of how systems fail, after so many writes were promised."""

    after: int
    faults: str


@dataclass(frozen=True)
class Plan:
    """Hold all of it."""

    seed: int
    talks: tuple[Talk, ...]
    kills: tuple[Kill, ...]
    flaps: tuple[Flap, ...]

    @property
    def writes(self) -> int:
        """Return how many writes are wanted."""
        return sum(isinstance(step, Write) for talk in self.talks for step in talk.steps)


def draw(seed: int, writes: int) -> Plan:
    """Return the plan of a seed."""
    chance = random.Random(seed)
    return Plan(seed, tuple(_talks(chance, writes)), tuple(_kills(chance, writes)), tuple(_flaps(chance, writes)))


def _talks(chance: random.Random, writes: int) -> list[Talk]:
    talks = []
    tags = _tags(chance, writes)
    while tags:
        # Few to a conversation: the longer it gets, the longer Rasa takes for each message.
        mine = [tags.pop() for _ in range(min(len(tags), chance.randint(1, 4)))]
        steps: list[Write | Reading] = []
        leads = 0
        for tag in mine:
            if chance.random() < 0.4:
                steps.append(chance.choice(("order", "products", "greeting")))
            write = _write(chance, tag, lead_possible=not leads)
            leads += write.kind == "lead"
            steps.append(write)
        talks.append(Talk(chance.randrange(1000), tuple(steps)))
    return talks


def _write(chance: random.Random, tag: str, *, lead_possible: bool) -> Write:
    # The sales system knows one lead an address, so a second one of the same person would be no second record.
    kinds: list[Kind] = ["ticket"] * 6 + ["comment"] * 2 + ["lead"] * (2 if lead_possible else 0)
    return Write(
        kind=chance.choice(kinds),
        tag=tag,
        double_click=chance.random() < 0.2,
        posted_twice=chance.random() < 0.2,
        hurried=chance.random() < 0.15,
        reload=chance.random() < 0.2,
    )


def _tags(chance: random.Random, count: int) -> list[str]:
    letters = "bdfgkmnprtvz"  # no vowels: a word could mean something
    tags: dict[str, None] = {}
    while len(tags) < count:
        tags["".join(chance.choices(letters, k=TAG_LENGTH))] = None
    return list(tags)


def _kills(chance: random.Random, writes: int) -> list[Kill]:
    kills = []
    for target, often in KILLS_PER_HUNDRED.items():
        for _ in range(max(1, round(often * writes / 100))):
            kills.append(Kill(int(chance.uniform(0.05, 0.9) * writes), chance.uniform(0, 3), target))
    return sorted(kills, key=lambda kill: (kill.after, kill.seconds))


def _flaps(chance: random.Random, writes: int) -> list[Flap]:
    """Return healthy and broken spells in turn; the last one heals."""
    shortest, longest = max(2, writes // 100), max(4, writes // 25)
    flaps, at = [], chance.randint(1, shortest)
    while at < writes - shortest:
        end = min(writes - 1, at + chance.randint(shortest, longest))
        flaps += [Flap(at, chance.choice(TROUBLES)), Flap(end, HEALTHY)]
        at = end + chance.randint(shortest, longest)
    return flaps

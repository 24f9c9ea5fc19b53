"""Play a plan in the real processes and bring its evidence before the judge."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.client import Client, Ledger
from tests.chaos.evidence import Evidence, collect, is_open, pending, settle
from tests.chaos.judge import Finding, judge
from tests.chaos.killer import Killer
from tests.chaos.plan import Plan, Talk
from tests.chaos.talker import Talker
from tests.chaos.world import Person, World

SETTLE = 300.0
"""Seconds that everything under way gets to come to its end once all are silent; usually half a minute."""

Say = Callable[[str], None]


@dataclass
class Result:
    """Hold how a run ended."""

    plan: Plan
    ledger: Ledger
    evidence: Evidence
    findings: list[Finding]
    killed: dict[str, int]
    seconds: float


def play(plan: Plan, folder: Path, database_url: str | None, talkers: int, say: Say) -> Result:
    """Start the processes, let people talk and the killer kill, wait for the end, judge."""
    began = time.monotonic()
    world = World(folder, database_url)
    say("starting the processes")
    world.start()
    try:
        ledger = Ledger()
        engine = world.stack.engine()
        _talk(plan, world, ledger, talkers, partial(is_open, engine), say)
        say("all have said what they wanted; waiting for what is under way")
        if not settle(engine, SETTLE):
            ledger.complain("", f"after {SETTLE:.0f} s {pending(engine)} things were still under way")
        evidence = collect(engine)
        engine.dispose()
    finally:
        world.stop()
    findings = [Finding("seen by a person", *complaint) for complaint in ledger.complaints]
    findings += judge(evidence, ledger.acknowledged)
    return Result(plan, ledger, evidence, findings, dict(world.killed), time.monotonic() - began)


def _talk(plan: Plan, world: World, ledger: Ledger, talkers: int, typing: Callable[[str], bool], say: Say) -> None:
    people = world.people()
    addresses = random.Random(plan.seed)
    killer = Killer(plan, world, say)
    harm = threading.Thread(target=killer.run)
    harm.start()

    def promised() -> None:
        done = killer.promised()
        ledger.promised = done
        if done % max(1, plan.writes // 20) == 0:
            say(f"{done} of {plan.writes} writes promised, {len(ledger.acknowledged)} messages acknowledged")

    def have(talk: Talk, address: str) -> None:
        person: Person = people[talk.person % len(people)]
        client = Client(world.stack.url, address, ledger)
        Talker(client, person, ledger, promised, typing).talk(talk)

    try:
        with ThreadPoolExecutor(talkers) as pool:
            jobs = [pool.submit(have, talk, _address(addresses)) for talk in plan.talks]
            try:
                for job in jobs:
                    job.result()
            except BaseException:
                ledger.stopped = True  # or the pool would wait until everybody has said everything
                raise
    finally:
        killer.stop()
        harm.join()


def _address(chance: random.Random) -> str:
    return f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"

"""Break a system on purpose: every way a backend fails, put between an adapter and its guard.

    plan = Plan("commerce.find_order=delay:7 helpdesk.create_ticket=502_after_write*1")
    adapter = faulty(adapter, "helpdesk", plan, clock)

A plan is a list of rules, separated by spaces or lines:

    DOMAIN.OPERATION[TEXT]=FAULT:NUMBER*TIMES@CHANCE

All but operation and fault may be left out. OPERATION is one of the port or `*`; [TEXT] means only calls whose
arguments contain it; TIMES, only so many first calls, counted in each process; CHANCE, from 0 to 1. The first rule that
fits a call decides. `none` is a fault too: it excepts a call from the rules behind it.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog

from bridge import errors
from bridge.resilience.operations import operations_of
from bridge.testing.fault_kinds import FAULTS, Attempt, Clock

Adapter = TypeVar("Adapter")
_log = structlog.get_logger(__name__)

_RULE = re.compile(
    r"(?P<domain>[a-z]+)\.(?P<operation>[a-z_]+|\*)(?:\[(?P<text>[^\]\s]+)\])?"
    r"=(?P<fault>[a-z0-9_]+)(?::(?P<number>[^*@\s]+))?(?:\*(?P<times>[^@\s]+))?(?:@(?P<chance>\S+))?"
)
_FORM = "a rule is DOMAIN.OPERATION[TEXT]=FAULT:NUMBER*TIMES@CHANCE, where all but operation and fault may be left out"


@dataclass(frozen=True)
class Rule:
    """Hold one rule of a plan."""

    written: str
    domain: str
    operation: str
    text: str
    fault: str
    number: float
    times: int | None
    chance: float

    def fits(self, domain: str, operation: str, arguments: tuple[Any, ...]) -> bool:
        """Tell whether a call is one of this rule's."""
        return (
            self.domain == domain
            and self.operation in {"*", operation}
            and (not self.text or self.text in repr([_shown(one) for one in arguments]))
        )


def parse(text: str) -> list[Rule]:
    """Return the rules of a plan.

    Raises:
        SettingsError: naming the rule and what is wrong with it.
    """
    return [_rule(written) for written in text.split()]


def operations(domain: str) -> set[str]:
    """Return the operations of a domain's port; none if there is no such domain."""
    try:
        return set(operations_of(domain))
    except ModuleNotFoundError:
        return set()


def _rule(written: str) -> Rule:
    found = _RULE.fullmatch(written)
    if found is None:
        raise _wrong(written, _FORM)
    domain, operation, name = found["domain"], found["operation"], found["fault"]
    known = operations(domain)
    if not known:
        raise _wrong(written, f"{domain!r} is no domain")
    if operation not in {"*", *known}:
        raise _wrong(written, f"{domain} has no {operation!r}; known: {', '.join(sorted(known))}")
    if name not in FAULTS:
        raise _wrong(written, f"{name!r} is no fault; known: {', '.join(FAULTS)}")
    usual = FAULTS[name].number
    if found["number"] and usual is None:
        raise _wrong(written, f"{name} takes no number")
    number = _number(written, found["number"], usual or 0.0)
    times = _number(written, found["times"], 1.0)
    chance = _number(written, found["chance"], 1.0)
    if times < 1 or times != int(times):
        raise _wrong(written, "what follows * must be a whole number from 1")
    if chance > 1:
        raise _wrong(written, "what follows @ must lie between 0 and 1")
    return Rule(
        written, domain, operation, found["text"] or "", name, number, int(times) if found["times"] else None, chance
    )


def _number(written: str, text: str | None, otherwise: float) -> float:
    if text is None:
        return otherwise
    if not re.fullmatch(r"\d{1,7}(\.\d{1,3})?", text, re.ASCII):
        raise _wrong(written, f"{text!r} is no number that can be used here")
    return float(text)


def _wrong(written: str, why: str) -> errors.SettingsError:
    return errors.SettingsError(f"FAULTS: {written}: {why}")


class Plan:
    """Hold the rules, and count how often each was used.

    Args:
        text: the rules, or `file:PATH`: then they are read again at every call, so that a test can change them.

    Raises:
        SettingsError: a rule cannot be read.
    """

    def __init__(self, text: str, chance: random.Random | None = None) -> None:
        self._path = Path(text[5:]) if text.startswith("file:") else None
        self._chance = chance or random.Random()
        self._used: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._text = self._read() if self._path else text
        self._rules = parse(self._text)

    def fault_of(self, domain: str, operation: str, arguments: tuple[Any, ...]) -> Rule | None:
        """Return the rule that decides a call, and count it."""
        with self._lock:
            self._refresh()
            for rule in self._rules:
                if rule.fits(domain, operation, arguments) and self._takes(rule):
                    return rule
        return None

    def _takes(self, rule: Rule) -> bool:
        if rule.times is not None and self._used[rule.written] >= rule.times:
            return False
        if rule.chance < 1 and self._chance.random() >= rule.chance:
            return False
        self._used[rule.written] += 1
        return True

    def _refresh(self) -> None:
        if self._path is None:
            return
        text = self._read()
        if text == self._text:
            return
        try:
            self._rules = parse(text)
        except errors.SettingsError as error:
            _log.error("faults_not_changed", reason=str(error))  # half a plan would mislead more than the last one
        self._text = text

    def _read(self) -> str:
        assert self._path is not None
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""


def faulty(adapter: Adapter, domain: str, plan: Plan, clock: Clock) -> Adapter:
    """Return an adapter whose operations fail as the plan says."""
    return cast(Adapter, Faulty(adapter, domain, plan, clock))


@dataclass(frozen=True)
class Faulty:
    """Stand between an adapter and its guard."""

    adapter: Any = field(repr=False)
    domain: str
    plan: Plan = field(repr=False)
    clock: Clock = field(repr=False)

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.adapter, name)
        if name not in operations(self.domain):
            return member

        def operation(*args: Any, **kwargs: Any) -> Any:
            rule = self.plan.fault_of(self.domain, name, (*args, *kwargs.values()))
            if rule is None:
                return member(*args, **kwargs)
            _log.info("fault", operation=f"{self.domain}.{name}", fault=rule.fault)
            attempt = Attempt(lambda: member(*args, **kwargs), _writes(self.domain, name), self.clock, rule.number)
            return FAULTS[rule.fault].act(attempt)

        return operation


def _writes(domain: str, operation: str) -> bool:
    return operations_of(domain)[operation].kind == "write"


def _shown(argument: Any) -> Any:
    """Return an argument with all its fields: those that keep themselves out of a repr are what a rule looks for."""
    return vars(argument) if is_dataclass(argument) else argument

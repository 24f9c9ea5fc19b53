"""Make a simulator fail on purpose, by route.

    POST/admin/api/*[orderCancel]=503*2 */wp-json/*=delay:7

A plan is a list of rules, separated by spaces or lines: METHOD/PATH[TEXT]=FAULT:NUMBER*TIMES. METHOD and PATH may hold
`*`; [TEXT] means only requests whose query or body contains it; TIMES, only so many first requests. The first rule that
fits decides. A fault is a status (the vendor's own error body, nothing done), or one of:

    none               the vendor's answer: excepts a request from the rules behind
    delay:7            the answer, late
    hang:600           nothing for that long, and then the connection is cut, nothing done
    429:1              the vendor's way to ask for a pause of that many seconds
    errors             200 with an error of the vendor's own in it where it has such, 500 elsewhere; nothing done
    reset              the connection is cut, nothing done
    reset_after_write  the same, but the work was done
    502_after_write    the work was done, and a proxy answers 502 in HTML
    html               the work was done, and 200 comes with a page in HTML
    truncated_json     the work was done, and half of its JSON comes as if it were all
    reset_in_answer    the work was done, and the connection is cut in the middle of the answer
    nulls              the work was done, and every value of the answer is null
    wrong_types        the work was done, and every value of the answer is of another type than it should be
    huge_body          the work was done, and 50 MB come back
    slow_drip:20       the work was done, and the answer takes that long to arrive
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase

STATUS = re.compile(r"[1-5]\d\d")
AFTERWARDS = (
    "reset_after_write",
    "reset_in_answer",
    "502_after_write",
    "html",
    "truncated_json",
    "nulls",
    "wrong_types",
    "huge_body",
    "slow_drip",
)
_FAULTS = {
    **dict.fromkeys(("none", "errors", "reset", *AFTERWARDS), 0.0),
    "delay": 7.0,
    "hang": 600.0,
    "429": 1.0,
    "slow_drip": 20.0,
}
_RULE = re.compile(
    r"(?P<method>[A-Z]+|\*)(?P<path>/[^\[\]=\s]*)(?:\[(?P<text>[^\]\s]+)\])?"
    r"=(?P<fault>[a-z0-9_]+)(?::(?P<number>\d+(?:\.\d+)?))?(?:\*(?P<times>\d+))?"
)


@dataclass(frozen=True)
class Rule:
    """Hold one rule of a plan."""

    written: str
    method: str
    path: str
    text: str
    fault: str
    number: float
    times: int | None

    def fits(self, method: str, path: str, content: str) -> bool:
        """Tell whether a request is one of this rule's."""
        return self.method in ("*", method) and fnmatchcase(path, self.path) and self.text in content


def parse(text: str) -> list[Rule]:
    """Return the rules of a plan.

    Raises:
        ValueError: naming the rule that cannot be read.
    """
    return [_rule(written) for written in text.split()]


def _rule(written: str) -> Rule:
    found = _RULE.fullmatch(written)
    if found is None:
        raise ValueError(f"{written}: a rule is METHOD/PATH[TEXT]=FAULT:NUMBER*TIMES")
    fault = found["fault"]
    if fault not in _FAULTS and not STATUS.fullmatch(fault):
        raise ValueError(f"{written}: {fault!r} is no fault; known: a status, {', '.join(_FAULTS)}")
    number = float(found["number"]) if found["number"] else _FAULTS.get(fault, 0.0)
    times = int(found["times"]) if found["times"] else None
    return Rule(written, found["method"], found["path"], found["text"] or "", fault, number, times)


class Plan:
    """Hold the rules, and count how often each was used."""

    def __init__(self, text: str = "") -> None:
        self.put(text)

    def put(self, text: str) -> None:
        """Replace all rules.

        Raises:
            ValueError: naming the rule that cannot be read; then nothing changes.
        """
        self._rules = parse(text)
        self._used: Counter[str] = Counter()

    def fault_of(self, method: str, path: str, content: str) -> Rule | None:
        """Return the rule that decides a request, and count it."""
        for rule in self._rules:
            if rule.fits(method, path, content) and (rule.times is None or self._used[rule.written] < rule.times):
                self._used[rule.written] += 1
                return rule
        return None

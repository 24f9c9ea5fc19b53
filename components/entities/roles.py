"""Tell apart two things of a kind: "not 1001, 1002" means the second, "swap M for L" gives one and wants the other.

The one that is meant carries no role, because that is where forms look. `wrong` was denied or corrected; `old` is what
something else takes the place of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from components.entities.text import Found

PAIRED = frozenset({"order_number", "ticket_number", "email", "phone", "postcode", "size", "colour", "date", "money"})

_DENIED = re.compile(
    r"(?:\bnot|\bisn'?t|\bnever|\bno longer|\binstead of|\brather than|\bwrong \w+ is)[\s,:#]*"
    r"(?:(?:order|ticket|number|no|nr|the|a|my|it|for|in|at|to)\b[\s.:#]*){0,3}$",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"^\W*(?:(?:is|was) (?:wrong|not (?:it|right|mine|the one)|a typo)\W+"
    r"|oh |oops |sorry |wait |no |i mean[t]? |actually |scratch that |correction ){1,3}\W*(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
_OLD_BEFORE = re.compile(
    r"(?:\bfrom|\bold \w+(?: is| was)?|\bswap|\bexchange|\bswitch|\bchange)[\s,:]*"
    r"(?:(?:order|number|size|a|an|the|my|colour|color)\b[\s.:#]*){0,3}$",
    re.IGNORECASE,
)
_NEW_BETWEEN = re.compile(r"\b(?:to|for|into|with|new)\b[\s\w:]{0,20}$", re.IGNORECASE)


def assign(text: str, found: Sequence[Found]) -> list[Found]:
    """Return all that was found, with roles where one message names two of a kind, or denies one."""
    done = []
    for one in found:
        others = [other for other in found if other.entity == one.entity and other.start != one.start]
        role = _role(text, one, others) if one.entity in PAIRED and one.role is None else one.role
        done.append(replace(one, role=role))
    return done


def _role(text: str, one: Found, others: Sequence[Found]) -> str | None:
    before = text[max(0, one.start - 40) : one.start]
    later = min((other for other in others if other.start >= one.end), key=lambda other: other.start, default=None)
    if _DENIED.search(before) and (others or re.search(r"\bnot\W+(?:\w+\W+)?$|n't\W+$", before, re.IGNORECASE)):
        return "wrong"
    if later is None:
        return None
    between = text[one.end : later.start]
    if _CORRECTED.search(between):
        return "wrong"
    return "old" if _OLD_BEFORE.search(before) and _NEW_BETWEEN.search(between) else None

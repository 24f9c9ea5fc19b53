"""Tell whether a message holds a second wish, from what the model says of the parts before and after a cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.clauses import Cut, has_request, is_request
from components.entities.text import word_set
from components.intent_model import Verdict

SURE, SURE_ENOUGH = 0.65, 0.4
"""How sure the model must be of both parts, and how sure where the words say so: "also", or a record of its own.

A message wrongly cut in two is worse than one that is answered in part.
"""

NO_WISH = word_set(
    "greet goodbye thank affirm deny stop help give_feedback explain inform out_of_scope crisis nlu_fallback"
)
"""Said beside a wish they need no answer of their own; a stop or a cry for help is never put off."""

_CIRCLES = [
    word_set(circle)
    for circle in (
        "cancel_order return_item exchange_item refund_status ask_return_policy",
        "change_order exchange_item check_stock search_products place_order",
        "track_order ask_delivery create_ticket complain",
        "create_ticket update_ticket check_ticket complain report_payment_problem talk_to_human",
        "update_contact_details change_shipping_address manage_account",
        "change_order change_shipping_address",
        "check_finance_status check_business_record get_invoice",
    )
]
"""Intents that two halves of one wish often look like: "send it back and get a refund"."""

_RECORD = re.compile(r"\d{3,}")


@dataclass(frozen=True)
class Second:
    """Say where the first wish ends and the second begins, and what the first is.

    Attributes:
        rest: the text from there on; whatever wishes it holds are found when it is asked by itself.
    """

    end: int
    rest: str
    first: Verdict


def second(text: str, whole: Verdict, parts: Sequence[tuple[Cut, Verdict, Verdict]]) -> Second | None:
    """Return the second wish of a message, if it has one.

    Args:
        parts: for each place to cut at, what the model says of all that stands before it, and of the clause after it.
    """
    if any(verdict.intent == "crisis" for verdict in (whole, *(each for _, *both in parts for each in both))):
        return None
    for cut, before, after in parts:
        if _are_two(text, cut, before, after):
            return Second(cut.end, text[cut.start :].strip(), before)
    return None


def _are_two(text: str, cut: Cut, before: Verdict, after: Verdict) -> bool:
    head, clause = cut.parts(text)
    own_records = bool(_RECORD.search(head) and set(_RECORD.findall(clause)) - set(_RECORD.findall(head)))
    needed = SURE_ENOUGH if cut.strong or own_records else SURE
    if {before.intent, after.intent} & NO_WISH or min(before.confidence, after.confidence) < needed:
        return False
    if before.intent == after.intent:
        return own_records
    if not cut.strong and not (has_request(head) and is_request(clause)):
        return False  # "they sent the wrong one, can i return it": a reason and one wish
    return cut.strong or own_records or not _akin(before.intent, after.intent)


def of_the_first(entities: Sequence[dict[str, Any]], end: int) -> list[dict[str, Any]]:
    """Return the entities of the first wish; one that gave way to another in the second is no longer `old`."""
    own = [one for one in entities if one["end"] <= end]
    kinds = Counter(one["entity"] for one in own)
    return [
        {
            key: value
            for key, value in one.items()
            if not (key == "role" and value == "old" and kinds[one["entity"]] == 1)
        }
        for one in own
    ]


def _akin(one: str, other: str) -> bool:
    return any({one, other} <= circle for circle in _CIRCLES)

"""What has to come of every fault: how the call ends, what the person hears, and that no write is doubled or lost."""

from __future__ import annotations

from tests.resilience.asked import DIRECT
from tests.resilience.matrix import NOT_ASKED, Cell, is_write

UNREADABLE = ("html", "truncated_json", "wrong_types", "huge_body")
UNREADABLE_BEFORE = "not asked, unreadable"
"""The end of a write that was not come to, because the reply to the question before it cannot be read."""
AWAY = {"unavailable", "busy", "credentials", "protocol", "paused"}
APOLOGY, WITH_CONTACT = "utter_dialog_backend_unavailable", "utter_dialog_backend_unavailable_contact"

# Fault: how a read ends, and how a write does; "lost" is a write that nobody heard of, "done" one that happened.
ENDS = {
    "none": ("ok", "ok"),
    "delay": ("ok", "ok"),
    "hang": ("unavailable", "lost"),
    "refused": ("unavailable", "unavailable"),
    "reset": ("unavailable", "lost"),
    "401": ("credentials", "credentials"),
    "403": ("credentials", "credentials"),
    "404": ("not_found", "not_found"),
    "409": ("conflict", "conflict"),
    "422": ("invalid", "invalid"),
    "429": ("busy", "busy"),
    "500": ("unavailable", "unavailable"),
    "502_after_write": ("unavailable", "done"),
    "503": ("unavailable", "unavailable"),
    **dict.fromkeys(UNREADABLE, ("protocol", "done")),
    # It has happened, but no time is left to look for it.
    "slow_drip": ("unavailable", "done late"),
    "clock_skew": ("ok", "ok"),
}
OK = {
    "commerce.find_order": "utter_orders_other",
    "commerce.search_products": "utter_products_found",
    "crm.create_lead": "utter_sales_created",
    "helpdesk.add_comment": "utter_tickets_updated",
    "helpdesk.create_ticket": "utter_tickets_created",
    "helpdesk.find_ticket": "utter_tickets_new",
}
KEPT = {
    "crm.create_lead": "utter_sales_kept",
    "helpdesk.add_comment": "utter_tickets_kept_comment",
    "helpdesk.create_ticket": "utter_tickets_kept",
}
REFUSED = {
    ("commerce.find_order", "not_found"): "utter_orders_not_found",
    ("helpdesk.find_ticket", "not_found"): "utter_tickets_not_found",
    ("helpdesk.add_comment", "not_found"): "utter_tickets_gone",
    ("helpdesk.add_comment", "conflict"): "utter_tickets_takes_no_comment",
    ("helpdesk.add_comment", "invalid"): "utter_tickets_comment_refused",
    **{
        ("helpdesk.create_ticket", refused): "utter_tickets_refused" for refused in ("not_found", "conflict", "invalid")
    },
    **{("crm.create_lead", refused): "utter_sales_refused" for refused in ("not_found", "conflict", "invalid")},
}


def expected(operation: str, fault: str, state: str) -> Cell:
    """Return what has to come of one cell with the embedded systems."""
    return cell(operation, ENDS[fault][is_write(operation)], state)


def cell(operation: str, ends: str, state: str) -> Cell:
    """Return what has to come of a call that ends so."""
    ends = "paused" if state == "breaker open" else ends
    return _of_a_write(operation, ends) if is_write(operation) else _of_a_read(operation, ends, state)


def _of_a_read(operation: str, outcome: str, state: str) -> Cell:
    if operation in DIRECT:
        return Cell(outcome, "")
    if outcome == "ok":
        return Cell(outcome, OK[operation])
    if outcome not in AWAY:
        return Cell(outcome, REFUSED.get((operation, outcome), APOLOGY))
    # The last answer is for a system that is away; one that refuses us or talks nonsense has to be looked at.
    if state == "cached before" and outcome in {"unavailable", "busy"}:
        return Cell(outcome, f"utter_dialog_as_of {OK[operation]}")
    return Cell(outcome, APOLOGY if operation == "commerce.search_products" else WITH_CONTACT)


def _of_a_write(operation: str, ends: str) -> Cell:
    written = int(ends in {"ok", "done", "done late"})
    outcome = {"done": "ok", "lost": "outcome_unknown", "done late": "outcome_unknown"}.get(ends, ends)
    if operation in DIRECT:
        return Cell(outcome, "", written, settled=1)
    if outcome == "ok":
        return Cell(outcome, OK[operation], 1, settled=1)
    if ends == UNREADABLE_BEFORE:
        return Cell(NOT_ASKED, f"{KEPT[operation]}_unsure", kept=True, settled=1)
    if outcome == "outcome_unknown":
        return Cell(outcome, f"{KEPT[operation]}_unsure", written, kept=True, settled=1)
    if outcome in {*AWAY, NOT_ASKED}:
        return Cell(outcome, KEPT[operation], kept=True, settled=1)
    return Cell(outcome, REFUSED.get((operation, outcome), APOLOGY))

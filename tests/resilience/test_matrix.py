"""What every operation makes of every fault: how the call ends, what the person hears, and that no write is doubled."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

import bridge.ports
from bridge.resilience.operations import operations_of
from bridge.testing.fault_kinds import FAULTS
from scripts.fault_matrix import PAGE, page
from tests.resilience.asked import ASKED, DIRECT
from tests.resilience.matrix import STATES, Cell, Stage

UNREADABLE = ("html", "truncated_json", "wrong_types", "huge_body")
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


@pytest.fixture(scope="module")
def stage(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(migrated_sqlite, tmp_path_factory.mktemp("stage"))


def expected(operation: str, fault: str, state: str) -> Cell:
    """Return what has to come of one cell."""
    if _is_write(operation):
        return _expected_of_a_write(operation, fault, state)
    outcome = "paused" if state == "breaker open" else ENDS[fault][0]
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


def _expected_of_a_write(operation: str, fault: str, state: str) -> Cell:
    ends = "paused" if state == "breaker open" else ENDS[fault][1]
    written = int(ends in {"ok", "done", "done late"})
    outcome = {"done": "ok", "lost": "outcome_unknown", "done late": "outcome_unknown"}.get(ends, ends)
    if operation in DIRECT:
        return Cell(outcome, "", written, settled=written)
    if outcome == "ok":
        return Cell(outcome, OK[operation], 1, settled=1)
    if outcome == "outcome_unknown":
        return Cell(outcome, f"{KEPT[operation]}_unsure", written, kept=True, settled=1)
    if outcome in AWAY:
        return Cell(outcome, KEPT[operation], kept=True, settled=1)
    return Cell(outcome, REFUSED.get((operation, outcome), APOLOGY))


def _is_write(operation: str) -> bool:
    domain, _, name = operation.partition(".")
    return operations_of(domain)[name].kind == "write"


def test_every_operation_of_every_port_is_asked() -> None:
    domains = [module.name for module in pkgutil.iter_modules(bridge.ports.__path__) if module.name[0] != "_"]
    assert set(ASKED) == {f"{domain}.{name}" for domain in domains for name in operations_of(domain)}
    assert set(ENDS) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["commerce.find_order", "helpdesk.create_ticket"])
def test_a_first_call_meets_a_fault(stage: Stage, operation: str, fault: str) -> None:
    assert stage.play(operation, fault, "first call") == expected(operation, fault, "first call")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_matrix_and_its_page_are_true(stage: Stage) -> None:
    cells = {
        (operation, fault, state): stage.play(operation, fault, state)
        for operation in ASKED
        for fault in FAULTS
        for state in STATES
    }
    wrong = {place: (cell, expected(*place)) for place, cell in cells.items() if cell != expected(*place)}
    assert wrong == {}
    assert PAGE.read_text(encoding="utf-8") == page(cells), "python -m scripts.fault_matrix makes it anew"

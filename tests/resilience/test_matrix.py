"""What every operation makes of every fault: how the call ends, what the person hears, and that no write is doubled."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

import bridge.ports
from bridge.resilience.operations import operations_of
from bridge.testing.fault_kinds import FAULTS
from scripts.fault_matrix import PAGE, of_embedded
from tests.resilience.asked import ASKED
from tests.resilience.embedded import EmbeddedWorld
from tests.resilience.expected import ENDS, expected
from tests.resilience.matrix import STATES, Stage


@pytest.fixture(scope="module")
def stage(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    return Stage(EmbeddedWorld(folder), migrated_sqlite, folder)


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
    assert of_embedded(cells) in PAGE.read_text(encoding="utf-8"), "python -m scripts.fault_matrix makes it anew"

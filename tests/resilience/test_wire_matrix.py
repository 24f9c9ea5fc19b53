"""What every operation of every vendor makes of every fault on the wire, and what is true again when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.registry import ADAPTERS
from scripts.fault_matrix import PAGE, of_vendor, of_wires
from tests.resilience.expected_on_the_wire import DIFFERENCES, FAULTS, expected, places
from tests.resilience.matrix import Stage, is_write
from tests.resilience.worlds import WORLDS, on_the_wire

FIRST = {
    "shopify": "commerce.find_order",
    "woocommerce": "commerce.create_checkout",
    "zendesk": "helpdesk.create_ticket",
    "salesforce": "crm.create_lead",
    "request_tracker": "helpdesk.create_ticket",
}
SLOW = {"request_tracker"}
"""A real server, which takes seconds to start."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(vendor, marks=pytest.mark.slow) if vendor in SLOW else vendor for vendor in WORLDS],
)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def stage(vendor: str, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if why := WORLDS[vendor].missing():
        pytest.skip(why)
    with on_the_wire(vendor, migrated_sqlite, tmp_path_factory.mktemp(vendor)) as made:
        yield made


def test_every_vendor_is_played() -> None:
    assert {vendor for _, vendor in ADAPTERS} == {"embedded"} | set(WORLDS)  # the first in test_matrix.py


def test_every_difference_is_of_a_cell_that_is_played() -> None:
    played = [(vendor, *place) for vendor in WORLDS for place in places(vendor)]
    idle = [one for one in DIFFERENCES if not any(one.fits(*place) for place in played)]
    assert idle == []


@pytest.mark.parametrize("name", WORLDS)
def test_page_has_what_is_expected_of_a_vendor_also_where_it_cannot_be_played(name: str) -> None:
    table = of_vendor(name, {place: expected(name, *place) for place in places(name)})
    page = PAGE.read_text(encoding="utf-8")
    assert of_wires() in page
    assert table in page, "python -m scripts.fault_matrix makes it anew"


@pytest.mark.parametrize("fault", ["none", "502_after_write", "dies", "hang"])
def test_a_first_call_meets_a_fault(vendor: str, stage: Stage, fault: str) -> None:
    if fault == "dies" and not is_write(FIRST[vendor]):
        fault = "reset"
    assert stage.play(FIRST[vendor], fault, "first call") == expected(vendor, FIRST[vendor], fault, "first call")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_cells_of_a_vendor_are_as_expected(vendor: str, stage: Stage) -> None:
    cells = {place: stage.play(*place) for place in places(vendor)}
    assert {fault for _, fault, _ in cells} <= set(FAULTS)
    wrong = {place: (cell, expected(vendor, *place)) for place, cell in cells.items()}
    assert {place: pair for place, pair in wrong.items() if pair[0] != pair[1]} == {}

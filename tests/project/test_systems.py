"""The registry, the manifests and the page made of them say the same."""

from __future__ import annotations

import pytest

from bridge.connections.manifest import ADAPTERS as FOLDER
from bridge.connections.manifest import manifest_of, vendors
from bridge.connections.mapping import words_of
from bridge.registry import ADAPTERS, adapter_class
from bridge.resilience.operations import operations_of
from scripts.support_matrix import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "python -m scripts.support_matrix"


def test_every_manifest_is_registered_and_the_other_way_round() -> None:
    named = {(domain, vendor) for vendor in vendors() for domain in manifest_of(vendor).domains}
    assert named == {key for key in ADAPTERS if key[1] != "embedded"}


@pytest.mark.parametrize("vendor", vendors())
def test_an_adapter_has_what_its_manifest_names(vendor: str) -> None:
    manifest = manifest_of(vendor)
    for domain, can in manifest.domains.items():
        operations = set(can.operations)
        assert operations <= set(operations_of(domain))
        assert operations == set(operations_of(domain)) & set(vars(adapter_class(domain, vendor)))
        # Whoever is declared to write can also be read back.
        backs = {operations_of(domain)[name].read_back for name in operations} - {""}
        assert backs <= operations
    assert set(words_of(FOLDER / vendor, {}, lambda *_: "")) <= set(manifest.domains)
    assert (FOLDER / vendor / "README.md").exists()


@pytest.mark.parametrize("vendor", vendors())
def test_an_adapter_is_small(vendor: str) -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (FOLDER / vendor).glob("*.py")}
    assert lengths["client.py"] <= 80
    assert all(length <= 180 for length in lengths.values()), lengths

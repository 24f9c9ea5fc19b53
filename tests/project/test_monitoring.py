"""What is documented of the numbers and alerts is what there is, and no rule names a number that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.metrics import MetricWrapperBase

from bridge.conversation.watches import Watches
from bridge.events.hooks import Hooks, looks
from bridge.events.outbox import Outbox
from bridge.events.watch import OutboxNumbers
from bridge.resilience.metrics import GuardMetrics
from gateway.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/operations/monitoring.md").read_text(encoding="utf-8")
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))
ROW = re.compile(r"^\| `(frontdesk_\w+)` \| (.*?) ?\| (.*) \|$", re.MULTILINE)

Row = tuple[str, tuple[str, ...], str]


def section(title: str) -> set[Row]:
    """Return the rows of one table."""
    (text,) = re.findall(rf"^### {title}\n(.*?)(?=^##)", DOCUMENT, re.MULTILINE | re.DOTALL)
    return {(name, tuple(re.findall(r"`(\w+)`", labels)), meaning) for name, labels, meaning in ROW.findall(text)}


def made(registry: CollectorRegistry) -> set[Row]:
    """Return what a registry holds, with labels and help, whether it was used yet or not."""
    collectors = list(registry._collector_to_names)  # nothing public tells labels without samples
    return {row for collector in collectors for row in _rows(collector)}


def _rows(collector: object) -> Iterator[Row]:
    if isinstance(collector, MetricWrapperBase):
        name = collector._name + ("_total" if collector._type == "counter" else "")
        yield name, tuple(collector._labelnames), collector._documentation
        return
    for metric in collector.describe():  # type: ignore[attr-defined]
        yield metric.name, tuple(metric._labelnames), metric.documentation


@pytest.fixture(scope="module")
def bridge_registry() -> CollectorRegistry:
    registry = GuardMetrics().registry
    engine = sa.create_engine("sqlite://", future=True)
    registry.register(OutboxNumbers(Outbox(engine)))
    Hooks(engine, looks(Outbox(engine)), Watches(engine), {}, lambda _system: None, registry)
    return registry


def test_the_document_lists_every_number_with_its_labels(bridge_registry: CollectorRegistry) -> None:
    assert section("Gateway only") == made(Metrics().registry)
    assert section("Every process") == made(bridge_registry)


def test_every_rule_uses_numbers_and_labels_that_exist(bridge_registry: CollectorRegistry) -> None:
    registries = (Metrics().registry, bridge_registry)
    histograms = {
        collector._name
        for registry in registries
        for collector in registry._collector_to_names
        if isinstance(collector, Histogram)
    }
    known = {
        name + suffix: set(labels)
        for registry in registries
        for name, labels, _ in made(registry)
        for suffix in (("_bucket", "_count", "_sum") if name in histograms else ("",))
    }
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        for name, chosen in re.findall(r"(frontdesk_\w+)(?:\{([^}]*)\})?", rule["expr"]):
            assert name in known, rule["alert"]
            assert set(re.findall(r"(\w+)=", chosen)) <= known[name], rule["alert"]
        if "frontdesk_" not in rule["expr"]:
            assert rule["expr"].startswith("up{")
        assert set(rule["annotations"]) == {"summary", "action"}


def test_every_alert_of_our_own_is_documented() -> None:
    source = "".join((ROOT / "bridge" / file).read_text() for file in ("alerts.py", "events/watch.py"))
    told = set(re.findall(r'(?:tell|Alert)\(\s*"(\w+)"', source))
    (table,) = re.findall(r"^\| alert \| when.*?\n\n", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert told == set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    assert len(told) > 1

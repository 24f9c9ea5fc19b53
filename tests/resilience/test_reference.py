"""docs/reference/resilience.md says what there is."""

from __future__ import annotations

import re

from bridge.resilience.metrics import GuardMetrics
from bridge.settings.resilience import CachePolicy, Resilience, SystemPolicy
from tests.support.frontdesk import ROOT

TEXT = (ROOT / "docs/reference/resilience.md").read_text(encoding="utf-8")


def test_every_setting_is_there_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .+ \| ([\d.]+) \|$", TEXT, re.MULTILINE))
    policy, whole = SystemPolicy(), Resilience()
    plain = {**policy.dict(exclude={"cache"}), **whole.dict(include={"cache_entries", "audit_days"})}
    assert {name: float(value) for name, value in rows.items()} == plain
    assert all(f"`{name}`" in TEXT for name in (*policy.cache, *CachePolicy.__fields__))


def test_every_metric_is_there_and_no_other() -> None:
    families = list(GuardMetrics().registry.collect())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert set(re.findall(r"^\| `(frontdesk_\w+)`", TEXT, re.MULTILINE)) == names

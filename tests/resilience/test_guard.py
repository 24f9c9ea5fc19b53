"""The guard as a whole: its order, what it is for an adapter nobody has written yet, its settings, its numbers."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from bridge import errors
from bridge.bootstrap import build
from bridge.model.identity import Claim
from bridge.ports._kind import read, write
from bridge.ports.helpdesk import Helpdesk
from bridge.resilience import operations
from bridge.resilience.guard import Guards
from bridge.settings.resilience import Resilience
from bridge.settings.schema import Deployment
from bridge.testing.clock import SettableClock
from tests.resilience.conftest import SECRET, Bench
from tests.support.frontdesk import make_settings

ANN = Claim(email="ann@example.test")
MakeBench = Callable[..., Bench]


class Payroll(Protocol):
    @read
    def find_payslip(self, person: str, month: int = 1, *, draft: bool = False) -> str:
        """Return a payslip."""

    @write("find_payment")
    def pay(self, person: str, key: str) -> str:
        """Pay."""

    @read
    def find_payment(self, person: str, key: str) -> str | None:
        """Return the payment of this key."""


def add_port(monkeypatch: pytest.MonkeyPatch, port: type) -> None:
    module = ModuleType("bridge.ports.payroll")
    module.Payroll = port  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bridge.ports.payroll", module)
    operations.operations_of.cache_clear()


def test_a_port_nobody_has_thought_of_gets_everything(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    add_port(monkeypatch, Payroll)
    payroll: Any = bench.guards.guarded(bench.system, "payroll")
    bench.system.then(errors.UnavailableError("down"), "march")
    assert payroll.find_payslip("ann", draft=True) == "march"
    assert bench.system.calls[0] == ("find_payslip", ("ann", 1), {"draft": True})
    assert payroll.pay("ann", "k") == "answer 3"
    assert {row["operation"] for row in bench.audited()} == {"find_payslip", "pay"}
    assert bench.metric("backend_attempt_seconds_count", domain="payroll") == 3


def test_a_port_that_forgets_a_mark_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unmarked(Protocol):
        def find_payslip(self, person: str) -> str: ...

    add_port(monkeypatch, Unmarked)
    with pytest.raises(TypeError, match="find_payslip is marked neither"):
        bench.guards.guarded(bench.system, "payroll")


def test_a_write_without_a_key_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Keyless(Protocol):
        @write("find_payment")
        def pay(self, person: str) -> str: ...

    add_port(monkeypatch, Keyless)
    with pytest.raises(TypeError, match="pay is a write without"):
        bench.guards.guarded(bench.system, "payroll")


def test_a_guarded_adapter_looks_like_its_port(bench: Bench) -> None:
    assert (bench.desk.system, bench.desk.capabilities) == ("acme", frozenset({"all"}))
    mine = {
        name: member for name, member in inspect.getmembers(Helpdesk, inspect.isfunction) if hasattr(member, "kind")
    }
    assert {"create_ticket", "find_ticket", "find_ticket_by_key", "add_comment", "find_comment_by_key"} <= set(mine)
    for name, member in mine.items():
        theirs = getattr(type(bench.desk), name)
        assert (theirs.kind, inspect.signature(theirs)) == (member.kind, inspect.signature(member))


def test_a_wrong_call_is_a_wrong_call(bench: Bench) -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'claim'"):
        bench.shop.find_order("1001")
    assert bench.system.calls == []


def test_an_operation_that_an_adapter_lacks_is_unsupported(bench: Bench) -> None:
    class Bare:
        system = "bare"
        capabilities = frozenset[str]()

    with pytest.raises(errors.UnsupportedError, match="bare: there is no find_order"):
        bench.guards.guarded(Bare(), "commerce").find_order("1001", ANN)  # type: ignore[attr-defined]


class NotThere(Protocol):
    @write("find_payment")
    def pay(self, person: str, key: str) -> str: ...


class NoRead(Protocol):
    @write("pay")
    def pay(self, person: str, key: str) -> str: ...


class AsksForMore(Protocol):
    @write("find_payment")
    def pay(self, person: str, key: str) -> str: ...

    @read
    def find_payment(self, key: str, month: int) -> str | None: ...


@pytest.mark.parametrize(
    ("port", "why"),
    [
        (NotThere, "pay is read back by 'find_payment', which is no read"),
        (NoRead, "pay is read back by 'pay', which is no read"),
        (AsksForMore, "find_payment needs 'month', which pay does not have"),
    ],
)
def test_a_write_that_cannot_be_read_back_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, port: type, why: str
) -> None:
    add_port(monkeypatch, port)
    with pytest.raises(TypeError, match=why):
        bench.guards.guarded(bench.system, "payroll")


def test_a_fresh_answer_needs_neither_time_nor_a_healthy_system(make_bench: MakeBench) -> None:
    bench = make_bench(tries=1, breaker_failures=1, cache={"find_order": {"fresh_seconds": 60}})
    bench.shop.find_order("1001", ANN)
    bench.system.then(errors.UnavailableError("down"))
    with pytest.raises(errors.UnavailableError):
        bench.shop.find_order("1002", ANN)
    assert bench.shop.find_order("1001", ANN) == "answer 1"
    assert [(row["outcome"], row["attempts"]) for row in bench.audited()] == [("ok", 1), ("unavailable", 1), ("ok", 0)]


def test_the_numbers_can_be_read_by_prometheus(bench: Bench) -> None:
    bench.shop.find_order("1001", ANN)
    families = {family.name for family in text_string_to_metric_families(bench.guards.metrics.render().decode())}
    assert {
        "frontdesk_backend_seconds",
        "frontdesk_backend_attempt_seconds",
        "frontdesk_backend_retries",
        "frontdesk_backend_cache",
        "frontdesk_backend_breaker_state",
        "frontdesk_backend_bulkhead_in_use",
        "frontdesk_audit_lost",
    } <= families


def test_a_system_differs_from_the_defaults_only_where_it_says_so() -> None:
    given = {
        "defaults": {"tries": 2, "cache": {"search_products": {"fresh_seconds": 60}}},
        "systems": {"zendesk": {"bulkhead": 8, "cache": {"find_ticket": {"stale_hours": 1}}}},
    }
    settings = Resilience(**given)
    policy = settings.of("zendesk")
    assert (policy.tries, policy.bulkhead, policy.deadline_seconds) == (2, 8, 15)
    assert (policy.cache["search_products"].fresh_seconds, policy.cache["find_ticket"].stale_hours) == (60, 1)
    assert (settings.of("acme").bulkhead, settings.of("acme")) == (48, settings.defaults)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"defaults": {"tries": 0}}, "resilience -> defaults -> tries"),
        ({"defaults": {"deadline_seconds": float("inf")}}, "deadline_seconds"),
        ({"defaults": {"deadline_seconds": float("nan")}}, "deadline_seconds"),
        ({"systems": {"zendesk": {"trys": 2}}}, "resilience -> systems -> zendesk -> trys"),
        ({"systems": {"zendesk": 3}}, "zendesk"),
        ({"systems": ["zendesk"]}, "systems"),
        ({"systems": {"zendesk": {"cache": {"find_order": {"fresh": 1}}}}}, "find_order -> fresh"),
        ({"audit_days": 0}, "audit_days"),
    ],
)
def test_wrong_settings_are_named(given: dict[str, Any], where: str) -> None:
    with pytest.raises(ValueError, match=where):
        Deployment(name="x", contact={"phone": "1", "email": "a@example.test"}, resilience=given)


def test_a_cache_for_an_operation_that_no_port_has_is_refused(sqlite_engine: sa.engine.Engine) -> None:
    settings = Resilience(systems={"zendesk": {"cache": {"find_oder": {"fresh_seconds": 1}}}})
    with pytest.raises(errors.SettingsError, match=r"resilience\.zendesk\.cache: no port has a read 'find_oder'"):
        Guards(settings, sqlite_engine, SECRET, SettableClock())


def test_every_adapter_of_a_frontdesk_is_guarded(database_url: str) -> None:
    built = build(make_settings(database_url))
    with pytest.raises(errors.NotFoundError):
        built.systems.commerce.find_order("1001", ANN)
    with pytest.raises(errors.NotFoundError):
        built.systems.helpdesk.find_ticket("T-1", ANN)
    with pytest.raises(errors.NotFoundError):
        built.systems.crm.find_contact("ann@example.test")
    assert built.guards.trail.flush()
    rendered = built.guards.metrics.render().decode()
    for domain in ("commerce", "helpdesk", "crm"):
        assert f'domain="{domain}"' in rendered
    built.engine.dispose()

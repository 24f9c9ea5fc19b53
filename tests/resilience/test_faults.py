"""The plan of faults: read with clear errors, changed while running, refused where it is meant in earnest."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridge import errors
from bridge.model.identity import Claim
from bridge.settings import load
from bridge.testing.clock import SettableClock
from bridge.testing.fault_kinds import FAULTS
from bridge.testing.faults import Plan, faulty, parse
from tests.resilience.conftest import System

CLAIM = Claim(email="ann@example.test")


@pytest.fixture
def system() -> System:
    return System()


def broken(system: System, plan: str, clock: SettableClock | None = None) -> Any:
    return faulty(system, "commerce", Plan(plan), clock or SettableClock())


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ("commerce.find_order", "a rule is DOMAIN.OPERATION"),
        ("find_order=503", "a rule is DOMAIN.OPERATION"),
        ("shop.find_order=503", "'shop' is no domain"),
        ("commerce.find_ordr=503", "commerce has no 'find_ordr'; known: cancel_order, "),
        ("commerce.find_order=teapot", "'teapot' is no fault; known: none, delay"),
        ("commerce.find_order=503:4", "503 takes no number"),
        ("commerce.find_order=delay:soon", "'soon' is no number"),
        ("commerce.find_order=delay:-1", "'-1' is no number"),
        ("commerce.find_order=503*0", "a whole number from 1"),
        ("commerce.find_order=503*1.5", "a whole number from 1"),
        ("commerce.find_order=503@2", "between 0 and 1"),
        ("commerce.find_order=503@", "a rule is DOMAIN.OPERATION"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named_with_the_reason(plan: str, why: str) -> None:
    with pytest.raises(errors.SettingsError) as caught:
        Plan(f"commerce.search_products=none {plan}")
    assert str(caught.value).startswith(f"FAULTS: {plan}: ")
    assert why in str(caught.value)


@given(st.text(alphabet="comerc.find_ort=[]:*@0159hag \n", max_size=60))
def test_any_text_is_a_plan_or_a_settings_error(text: str) -> None:
    try:
        rules = parse(text)
    except errors.SettingsError:
        return
    assert len(rules) == len(text.split())


def test_a_rule_for_the_first_calls_leaves_the_later_ones_alone(system: System) -> None:
    shop = broken(system, "commerce.find_order=503*2")
    for _ in range(2):
        with pytest.raises(errors.UnavailableError):
            shop.find_order("1001", CLAIM)
    assert shop.find_order("1001", CLAIM) == "answer 1"
    assert shop.search_products("tee") == "answer 2"


def test_a_rule_may_name_what_a_call_is_about(system: System) -> None:
    shop = broken(system, "commerce.*[bob@example.test]=404 commerce.find_order[1002]=503")
    assert shop.find_order("1001", CLAIM) == "answer 1"
    with pytest.raises(errors.UnavailableError):
        shop.find_order("1002", CLAIM)
    with pytest.raises(errors.NotFoundError):
        shop.find_order("1002", Claim(email="bob@example.test"))


def test_an_exception_stands_before_its_rule(system: System) -> None:
    shop = broken(system, "commerce.find_order[1001]=none commerce.find_order=503")
    assert shop.find_order("1001", CLAIM) == "answer 1"
    with pytest.raises(errors.UnavailableError):
        shop.find_order("1002", CLAIM)


def test_a_chance_befalls_that_part_of_the_calls(system: System) -> None:
    shop = faulty(system, "commerce", Plan("commerce.find_order=503@0.25", random.Random(7)), SettableClock())
    failed = 0
    for _ in range(1000):
        try:
            shop.find_order("1001", CLAIM)  # type: ignore[attr-defined]  # what the port has
        except errors.UnavailableError:
            failed += 1
    assert 200 < failed < 300


def test_a_plan_in_a_file_changes_while_calls_are_made(system: System, tmp_path: Path) -> None:
    path = tmp_path / "plan"
    shop = broken(system, f"file:{path}")
    assert shop.find_order("1001", CLAIM) == "answer 1", "no file, no faults"
    path.write_text("commerce.find_order=503")
    with pytest.raises(errors.UnavailableError):
        shop.find_order("1001", CLAIM)
    path.write_text("commerce.find_order=teapot")
    with pytest.raises(errors.UnavailableError):
        shop.find_order("1001", CLAIM)  # what cannot be read changes nothing
    path.write_text("")
    assert shop.find_order("1001", CLAIM) == "answer 2"


def test_a_late_answer_takes_its_time(system: System) -> None:
    clock = SettableClock()
    assert broken(system, "commerce.find_order=delay:7", clock).find_order("1001", CLAIM) == "answer 1"
    assert clock.monotonic() == 7


def test_a_system_with_a_wrong_clock_shifts_every_time_it_tells(system: System) -> None:
    at = datetime(2026, 1, 21, tzinfo=timezone.utc)
    system.then([at, (at, "text")])
    shop = broken(system, "commerce.find_order=clock_skew:60")
    assert shop.find_order("1001", CLAIM) == [at + timedelta(minutes=1), (at + timedelta(minutes=1), "text")]


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"hang"}))
@pytest.mark.parametrize("operation", ["find_ticket_by_key", "create_ticket"])
def test_a_fault_says_whether_a_write_has_happened(system: System, name: str, operation: str) -> None:
    desk: Any = faulty(system, "helpdesk", Plan(f"helpdesk.*={name}"), SettableClock())
    arguments = ("key",) if operation == "find_ticket_by_key" else ("ticket", "key")
    try:
        getattr(desk, operation)(*arguments)
    except (errors.BridgeError, TypeError) as error:
        unknown = isinstance(error, errors.OutcomeUnknownError)
        assert unknown == (operation == "create_ticket" and name in {"reset", "502_after_write"})
    assert system.called(operation) == FAULTS[name].writes


def test_what_is_no_operation_is_the_adapters_own(system: System) -> None:
    shop = broken(system, "commerce.*=503")
    assert (shop.system, shop.capabilities) == ("acme", frozenset({"all"}))


def test_faults_are_refused_where_they_are_not_allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    fields = {"name": "Shop", "contact": {"phone": "+1 202-555-0143", "email": "help@example.test"}}
    monkeypatch.setenv("DEPLOYMENT", str(path))
    monkeypatch.setenv("FRONTDESK_SECRET", "s")
    monkeypatch.setenv("FRONTDESK_INTERNAL_SECRET", "i")
    monkeypatch.setenv("FAULTS", "commerce.find_order=503")
    path.write_text(yaml.safe_dump(fields))
    with pytest.raises(errors.SettingsError, match="allow_faults"):
        load()
    path.write_text(yaml.safe_dump({**fields, "allow_faults": True}))
    assert load().faults == "commerce.find_order=503"

"""The check names what is wrong in which system, and what to do; nothing it asks leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge import errors
from bridge.commands.check import ADVICE, PROBES
from bridge.conversation.sessions import Sessions
from bridge.events.outbox import NewEntry, Outbox
from bridge.registry import ADAPTERS
from bridge.resilience.operations import operations_of
from bridge.storage.business import customers
from bridge.storage.engine import reading, writing
from bridge.storage.events import outbox
from bridge.storage.types import utc_now
from tests.loading.conftest import Bridge
from tests.support.stack import ROOT

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

OPEN = "1 open, the oldest for 2 h 0 min: is the relay running, and are the systems above well?"


def lines(told: str) -> dict[str, str]:
    """Return the lines of the table by their first word."""
    return {line.split()[0]: line for line in told.splitlines() if line}


def keep_entry(engine: sa.engine.Engine, **changes: object) -> None:
    """Put a write into the outbox."""
    conversation = Sessions(engine, "s" * 32).open("en", "203.0.113.7")
    Outbox(engine).keep(NewEntry("key", conversation, "tickets.create", {}), lambda _connection: None)
    with writing(engine) as connection:
        connection.execute(sa.update(outbox).values(**changes))


def test_every_domain_has_a_harmless_question() -> None:
    assert set(PROBES) == {domain for domain, _ in ADAPTERS}


def test_a_healthy_deployment_is_well(bridge: Bridge, engine: sa.engine.Engine) -> None:
    told = bridge("check")
    assert (told.code, told.err) == (0, "")
    table = lines(told.out)
    assert table["commerce"].split()[:3] == ["commerce", "embedded", "embedded"]
    for domain in PROBES:
        assert table[domain].split()[4] == "ok"
        assert int(table[domain].split()[3]) < 15_000
    assert table["helpdesk"].endswith(", ".join(sorted(operations_of("helpdesk"))))
    assert told.out.endswith("Everything is well.\n")
    with reading(engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(customers)).scalar() == 0


def test_another_deployment_is_checked_by_its_name(bridge: Bridge, tmp_path: Path) -> None:
    told = bridge("check", "--deployment", "nowhere")
    assert told.code == 2
    assert "known here: demo, sandbox" in told.err
    shop = tmp_path / "shop.yml"
    lines_of_demo = (ROOT / "deployments" / "demo.yml").read_text(encoding="utf-8").splitlines()
    place = lines_of_demo.index("systems:") + 1
    shop.write_text("\n".join([*lines_of_demo[:place], "  crm: acme"]), encoding="utf-8")
    told = bridge("check", "--deployment", str(shop))
    assert told.code == 2
    assert f"{shop}:{place + 1}: systems.crm" in told.err


def test_a_language_without_words_is_named_with_file_and_line(bridge: Bridge, tmp_path: Path) -> None:
    copied = tmp_path / "de.yml"
    content = (ROOT / "deployments" / "demo.yml").read_text(encoding="utf-8")
    line = 1 + content.splitlines().index("locale: en_US")
    copied.write_text(content.replace("locale: en_US", "locale: de_DE"), encoding="utf-8")
    told = bridge("check", "--deployment", str(copied))
    assert told.code == 2
    assert f"{copied}:{line}: locale: there are no words for 'de'; known: en" in told.err


@pytest.mark.parametrize(
    ("fault", "error"),
    [("503", errors.UnavailableError), ("401", errors.CredentialsError), ("429", errors.BusyError)],
)
def test_a_failing_system_is_named_with_what_to_do(
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    error: type[Exception],
) -> None:
    monkeypatch.setenv("FAULTS", f"crm.find_contact={fault}")
    told = bridge("check")
    advice = next(text for kind, text in ADVICE if kind is error)
    assert f"{advice} ({error.__name__})" in lines(told.out)["crm"]
    assert told.code == 1
    assert told.out.endswith("1 of 7 need attention.\n")


def test_an_old_and_a_dead_entry_are_wrong(bridge: Bridge, engine: sa.engine.Engine) -> None:
    keep_entry(engine, kept_at=utc_now() - timedelta(minutes=10))
    assert "ok, 1 open, the oldest for 10 min" in bridge("check").out
    with writing(engine) as connection:
        connection.execute(sa.update(outbox).values(kept_at=utc_now() - timedelta(hours=2)))
    aged = bridge("check")
    assert (aged.code, OPEN in aged.out) == (1, True)
    with writing(engine) as connection:
        connection.execute(sa.update(outbox).values(state="dead"))
    dead = bridge("check")
    assert dead.code == 1
    assert "1 given up: `python -m bridge outbox list --state dead`" in dead.out


def test_a_database_without_tables_is_told_how_to_get_them(
    bridge_at: Callable[[str], Bridge],
    empty_database_url: str,
) -> None:
    told = bridge_at(empty_database_url)("check")
    assert told.code == 1
    assert "run `python -m bridge migrate`" in lines(told.out)["(migrations)"]
    assert "(outbox)" in lines(told.out)


def test_a_database_that_cannot_be_reached_is_one_line_without_its_password(
    bridge_at: Callable[[str], Bridge],
    tmp_path: Path,
) -> None:
    url = f"postgresql://frontdesk:hunter2@/none?host={tmp_path}"
    told = bridge_at(url)("check")
    assert told.code == 1
    assert "is DATABASE_URL right? (OperationalError)" in lines(told.out)["(database)"]
    assert "hunter2" not in told.out + told.err

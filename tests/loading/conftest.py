"""A shop directory to write files into, and the bridge's commands as an operator runs them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.__main__ import main

Fields = dict[str, Any]


@dataclass
class Outcome:
    """Hold what a command returned and printed."""

    code: int
    out: str
    err: str


Bridge = Callable[..., Outcome]


@pytest.fixture
def bridge_at(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Bridge]:
    """Return a function that gives the commands for a database address."""
    # Without these the settings would make secrets in the checkout.
    monkeypatch.setenv("FRONTDESK_SECRET", "s" * 32)
    monkeypatch.setenv("FRONTDESK_INTERNAL_SECRET", "i" * 32)

    def at(url: str) -> Bridge:
        def run(*arguments: object) -> Outcome:
            monkeypatch.setenv("DATABASE_URL", url)
            capsys.readouterr()
            code = main([str(argument) for argument in arguments])
            printed = capsys.readouterr()
            return Outcome(code, printed.out, printed.err)

        return run

    return at


@pytest.fixture
def bridge(bridge_at: Callable[[str], Bridge], database_url: str) -> Bridge:
    """Run a command on the migrated, empty database of this test (SQLite and PostgreSQL)."""
    return bridge_at(database_url)


@pytest.fixture
def sqlite_bridge(bridge_at: Callable[[str], Bridge], migrated_sqlite: Path, tmp_path: Path) -> Bridge:
    """Run a command on SQLite only, for what happens before any database is asked."""
    path = tmp_path / "frontdesk.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    return bridge_at(f"sqlite:///{path}")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return an empty directory."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def write_rows(path: Path, rows: Iterable[Fields]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def customer(**fields: Any) -> Fields:
    return {"email": "maria@example.test", "name": "Maria Lopez", **fields}


def item(**fields: Any) -> Fields:
    return {"sku": "MUG", "name": "Mug", "quantity": 1, "unit_price": "14.50", **fields}


def order(number: object = "1001", **fields: Any) -> Fields:
    return {
        "number": number,
        "email": "maria@example.test",
        "status": "shipped",
        "currency": "USD",
        "total": "14.50",
        "placed_at": "2026-01-20T09:30:00Z",
        **fields,
    }


def ticket(number: str = "T-1", **fields: Any) -> Fields:
    return {
        "number": number,
        "email": "maria@example.test",
        "subject": "Chip",
        "description": "The mug has a chip.",
        "status": "open",
        "created_at": "2026-01-24T10:00:00Z",
        **fields,
    }

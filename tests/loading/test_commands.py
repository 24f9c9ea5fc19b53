"""The commands say in one sentence what they did or what to do, and the format is documented to the last field."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.loading.files import ROWS, SIDES
from bridge.loading.reading import columns
from bridge.loading.rows import Row
from tests.loading.conftest import Bridge

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "shop"
DOCUMENT = (ROOT / "docs" / "reference" / "data-format.md").read_text(encoding="utf-8")


def test_migrate_makes_a_database_that_can_be_loaded(
    bridge_at: Callable[[str], Bridge], empty_database_url: str
) -> None:
    bridge = bridge_at(empty_database_url)
    before = bridge("load", EXAMPLE)
    assert before.code == 2
    assert before.err == "The database has no tables yet; run `python -m bridge migrate` first.\n"
    for _ in range(2):
        migrated = bridge("migrate")
        assert (migrated.code, migrated.out) == (0, "The database has the newest shape.\n")
    assert bridge("load", EXAMPLE).code == 0


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db",
        "FRONTDESK_SECRET": "s",
        "FRONTDESK_INTERNAL_SECRET": "i",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bridge", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert run("migrate").returncode == 0
    loaded = run("load", "examples/shop")
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert loaded.stdout.splitlines()[-1] == "Loaded examples/shop: 7 added, 0 changed, 0 unchanged."
    environment["PORT"] = "eighty"
    refused = run("load", "examples/shop")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "PORT: must be a port from 1 to 65535, not 'eighty'\n"


@pytest.mark.parametrize("url", ["nonsense", "nosuch://user:hunter2@host/name", "sqlite:////proc/nowhere/x.db"])
def test_a_database_that_cannot_be_opened_is_one_sentence_without_its_password(
    bridge_at: Callable[[str], Bridge], url: str
) -> None:
    outcome = bridge_at(url)("migrate")
    assert outcome.code in {1, 2}
    assert len(outcome.err.splitlines()) == 1
    assert "hunter2" not in outcome.err


def test_a_wrong_call_shows_how_it_is_done(bridge_at: Callable[[str], Bridge]) -> None:
    with pytest.raises(SystemExit) as caught:
        bridge_at("sqlite://")("lod", "x")
    assert caught.value.code == 2


@pytest.mark.parametrize("kind", ROWS)
def test_every_field_and_file_is_documented(kind: str) -> None:
    section = DOCUMENT.split(f"### {kind}\n")[1].split("\n#")[0]
    lists = {side.field: ROWS[kind].__fields__[side.field].type_ for side in SIDES[kind]}
    for name, field in ROWS[kind].__fields__.items():
        assert f"| `{name}`{'*' if field.required else ''} |" in section
    for name, row in lists.items():
        (line,) = [line for line in section.splitlines() if line.startswith(f"| `{name}`")]
        assert _lacking(row, line) == []
    for column in columns(ROWS[kind], lists):
        assert f"`{column}`" in section
    for side in SIDES[kind]:
        assert f"`{side.name}`" in DOCUMENT
        assert f"(column `{side.key}`" in DOCUMENT


def _lacking(row: type[Row], line: str) -> list[str]:
    wanted = [f"`{name}`{'*' if field.required else ''}" for name, field in row.__fields__.items()]
    return [name for name in wanted if name not in line]

"""What `make run` does before anything starts: settings, ports, the files that Rasa gets."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bridge.settings import Settings, load
from bridge.settings.places import state_folder
from scripts.rasa_files import STORE, write_credentials, write_endpoints

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = ("PORT", "INTERNAL_PORT", "RASA_PORT", "ACTIONS_PORT", "ACTIONS_METRICS_PORT")
SECRETS = {"FRONTDESK_SECRET": "s" * 32, "FRONTDESK_INTERNAL_SECRET": "i" * 32}


@pytest.fixture
def free_ports() -> dict[str, str]:
    """Return ports that nobody uses, by variable."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in VARIABLES]
    numbers = {name: str(each.getsockname()[1]) for name, each in zip(VARIABLES, sockets, strict=True)}
    for each in sockets:
        each.close()
    return numbers


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Hold a port as another program would."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def run(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call what `make run` calls."""
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db"}
    return subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=ROOT,
        env={**os.environ, **SECRETS, **database, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_busy_port_is_named_before_anything_starts(
    tmp_path: Path, free_ports: dict[str, str], taken_port: int, variable: str
) -> None:
    done = run(tmp_path, **{**free_ports, variable: str(taken_port)})
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"port {taken_port} is in use; choose another with {variable}=")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_one_number_for_two_ports_is_refused(tmp_path: Path, free_ports: dict[str, str]) -> None:
    done = run(tmp_path, **{**free_ports, "RASA_PORT": free_ports["PORT"]})
    assert done.returncode == 1
    assert done.stderr == f"PORT and RASA_PORT are both {free_ports['PORT']}; they must differ\n"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT: must be a port from 1 to 65535, not 'eighty'"),
        ({"DEPLOYMENT": "acme"}, "DEPLOYMENT: there is no file"),
    ],
)
def test_wrong_settings_are_one_sentence(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    done = run(tmp_path, **environment)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Return settings that touch nothing of this checkout."""
    for name, value in {**SECRETS, "DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db", "RASA_PORT": "15005"}.items():
        monkeypatch.setenv(name, value)
    return load()


def test_a_system_that_is_not_there_is_told_before_anything_is_made(tmp_path: Path, free_ports: dict[str, str]) -> None:
    demo = (ROOT / "deployments" / "demo.yml").read_text(encoding="utf-8")
    (tmp_path / "shop.yml").write_text(demo.replace("crm: embedded", "crm: acme"), encoding="utf-8")
    done = run(tmp_path, DEPLOYMENT=str(tmp_path / "shop.yml"), **free_ports)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "systems.crm: there is no adapter 'acme'" in done.stderr
    assert not (tmp_path / "frontdesk.db").exists()


def test_credentials_hold_the_callback_and_are_private(settings: Settings, tmp_path: Path) -> None:
    path = write_credentials(settings, tmp_path / "state")
    assert yaml.safe_load(path.read_text()) == {
        "callback": {
            "url": f"http://127.0.0.1:{settings.internal_port}/internal/rasa/callback",
            "headers": {"X-Frontdesk-Secret": "i" * 32},
        }
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_older_file_with_open_permissions_becomes_private(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "credentials.yml").write_text("callback: {}\n")
    (tmp_path / "credentials.yml").chmod(0o644)
    path = write_credentials(settings, tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "i" * 32 in path.read_text()


def test_conversations_are_kept_beside_the_sqlite_database(settings: Settings, tmp_path: Path) -> None:
    folder = state_folder(settings, ROOT / "var")
    assert folder == tmp_path
    content = yaml.safe_load(write_endpoints(settings, folder).read_text())
    assert content["tracker_store"] == {"type": STORE, "dialect": "sqlite", "db": str(tmp_path / "rasa.db")}
    assert content["action_endpoint"] == {"url": f"http://127.0.0.1:{settings.actions_port}/webhook"}


def test_conversations_are_kept_in_postgresql_when_the_rest_is(settings: Settings, tmp_path: Path) -> None:
    url = "postgresql+psycopg2://frontdesk:p%40ss@db.example.test:5433/frontdesk"
    on_postgresql = settings.copy(update={"database_url": url})
    assert state_folder(on_postgresql, tmp_path) == tmp_path
    store = yaml.safe_load(write_endpoints(on_postgresql, tmp_path).read_text())["tracker_store"]
    assert store == {"type": STORE, "dialect": "postgresql+psycopg2", "url": url}

"""Run the Request Tracker that is installed on this machine, with a database of its own that is thrown away."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

HERE = Path(__file__).parent
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SET_UP = Path("/usr/sbin/rt-setup-database-5")
USER, PASSWORD = "frontdesk", "a-password-of-tests"
_PATIENCE = 120.0
_IN_MEMORY = Path("/dev/shm")  # noqa: S108  # RT waits for the disk at every step of making its database
_WORKERS = 2
"""Two, so that two requests meet in the server; each is slow with its first ones, and the usual number is ten."""


@dataclass(frozen=True)
class RequestTracker:
    """Hold a running server; its tables are at hand for what its API would not let us bring about."""

    url: str
    database: Path

    def execute(self, statement: str, values: tuple[object, ...]) -> None:
        """Change its tables; it reads them anew with every request."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute(statement, values)


def missing() -> str:
    """Return why there can be no server here, or nothing."""
    if SERVER.exists() and SET_UP.exists():
        return ""
    return "Request Tracker is not installed: apt-get install request-tracker5 rt5-db-sqlite rt5-standalone"


@contextlib.contextmanager
def running() -> Iterator[RequestTracker]:
    """Make a database, start the server on a free port, and stop it at the end."""
    with (
        tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as name,
        _started(Path(name)) as made,
    ):
        yield made


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[RequestTracker]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name in ("none", "mason", "sessions"):
        (folder / name).mkdir()
    environment = {
        **os.environ,
        "FRONTDESK_RT_FOLDER": str(folder),
        "FRONTDESK_RT_PORT": str(port),
        "RT_SITE_CONFIG": str(HERE / "site.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "none"),
    }
    no_admin = ["--dba", "", "--dba-password", ""]
    with (folder / "server.log").open("wb") as log:
        for command in (
            [str(SET_UP), "--action", "init", "--skip-create", *no_admin],
            ["perl", str(HERE / "setup.pl"), USER, PASSWORD],
        ):
            subprocess.run(
                command,
                env=environment,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=_PATIENCE,
            )
        command = [str(SERVER), "--host", "127.0.0.1", "--port", str(port), "--max-workers", str(_WORKERS)]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield RequestTracker(url, folder / "rt.db")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/REST/2.0/rt", timeout=_PATIENCE).status_code == 401:
                return
        time.sleep(0.1)  # another program's start cannot be awaited otherwise
    raise RuntimeError("Request Tracker did not start; see server.log")

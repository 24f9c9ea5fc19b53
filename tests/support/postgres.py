"""A throw-away PostgreSQL server: made for one test run, reached by a socket in its own folder, gone afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import sqlalchemy as sa

OWNER = "frontdesk"
# Nothing here outlives the run, so nothing has to reach the disk.
SERVER_OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c shared_buffers=32MB -c max_connections=150"
)


def find_program(name: str) -> Path | None:
    """Return a server program: from PATH, else where Debian keeps them, the newest version first."""
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version, reverse=True)
    return next(iter([*places, *Path("/usr/local/bin").glob(name)]), None)


def _version(program: Path) -> int:
    folder = program.parent.parent.name
    return int(folder) if folder.isdigit() else 0


class Cluster:
    """Run one server; it takes no network connections, so that no port can be taken or guessed."""

    def __init__(self, initdb: Path, pg_ctl: Path) -> None:
        self._pg_ctl = pg_ctl
        self._initdb = initdb
        # In /tmp itself: the path of a socket may have 107 characters, and a server's own user must reach it.
        self._folder = Path(tempfile.mkdtemp(prefix="frontdesk-pg-", dir="/tmp"))
        self._data = self._folder / "data"
        self._as_user = _unprivileged_user()
        if self._as_user:
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        self._run(self._initdb, "--no-sync", "--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--no-locale")
        log = self._folder / "server.log"
        self._run(self._pg_ctl, "start", "--wait", f"--log={log}", f"--options={SERVER_OPTIONS} -k {self._folder}")

    def stop(self) -> None:
        """Stop the server at once and remove all it wrote."""
        if (self._data / "postmaster.pid").exists():
            self._run(self._pg_ctl, "stop", "--mode=immediate")
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """Return the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg2://{OWNER}@/{database}?host={self._folder}"

    def create_database(self) -> str:
        """Create a database and return its name."""
        name = f"test_{next(self._numbers)}"
        self._administer(f'CREATE DATABASE "{name}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._administer(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        engine = sa.create_engine(
            self.url("postgres"), future=True, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def _run(self, program: Path, *arguments: str) -> None:
        # Output goes to a file: a server started by pg_ctl would keep a pipe open for ever.
        with (self._folder / "commands.log").open("a+b") as output:
            finished = subprocess.run(
                [str(program), *arguments, f"--pgdata={self._data}"],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**os.environ, "LC_ALL": "C"},
                timeout=60,
                **self._as_user,
            )
            if finished.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace")
                raise RuntimeError(f"{program.name} ended with {finished.returncode}:\n{said}")


def _unprivileged_user() -> dict[str, object]:
    """Say as whom to run the server: PostgreSQL refuses root, so root borrows another user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("root cannot run PostgreSQL, and there is neither a user postgres nor nobody")

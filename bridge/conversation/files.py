"""The files that people send: bounded while they come, known by their content, scanned, and kept out of reach.

Each conversation has a folder, and each file a random name in it. Until a file is taken it ends in `.part`; only what
has a row in the table is ever given out.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.conversation.log import append, lock
from bridge.errors import ConflictError, InvalidError
from bridge.formatting.files import clean_name, type_of
from bridge.storage.engine import reading, writing
from bridge.storage.privacy import files
from bridge.storage.types import Clock, utc_now

PART = ".part"
ABANDONED = 3600.0
"""Seconds after which what was never taken is nobody's any more."""
_MB = 1024 * 1024
_HEAD = 64 * 1024
"""Bytes that are looked at to tell a type."""


@dataclass(frozen=True)
class Kept:
    """Say what became of a file."""

    id: str
    seq: int
    name: str
    type: str
    size: int
    fresh: bool = True

    @property
    def shown(self) -> dict[str, Any]:
        """Return what an event tells of it."""
        return {"id": self.id, "name": self.name, "type": self.type, "size": self.size}


class Files:
    """Keep them in a folder that no web server shows."""

    def __init__(self, engine: sa.engine.Engine, folder: Path, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._folder = folder
        self._clock = clock

    def find(self, conversation_id: str, upload_id: str) -> Kept | None:
        """Return the file that was sent under the client's own id before."""
        return self._first(files.c.conversation_id == conversation_id, files.c.upload_id == upload_id)

    def get(self, conversation_id: str, id_: str) -> Kept | None:
        """Return a file of this conversation; another's is as good as none."""
        return self._first(files.c.conversation_id == conversation_id, files.c.id == id_)

    def of(self, conversation_id: str) -> list[Kept]:
        """Return the files of a conversation, oldest first."""
        wanted = sa.select(files).where(files.c.conversation_id == conversation_id).order_by(files.c.seq)
        with reading(self._engine) as connection:
            return [_kept(row, fresh=False) for row in connection.execute(wanted).mappings()]

    def path(self, conversation_id: str, id_: str) -> Path:
        """Return where a file lies."""
        return self._home(conversation_id) / id_

    def count(self, conversation_id: str) -> tuple[int, int]:
        """Return how many files a conversation has, and how many megabytes all conversations have together."""
        with reading(self._engine) as connection:
            mine = sa.select(sa.func.count()).where(files.c.conversation_id == conversation_id)
            size = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(files.c.size), 0))).scalar_one()
            return int(connection.execute(mine).scalar_one()), int(size) // _MB

    def begin(self, conversation_id: str) -> Path:
        """Make an empty file that nobody else may read, for what is coming in."""
        home = self._home(conversation_id)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = home / (uuid.uuid4().hex + PART)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return path

    def recognise(self, part: Path, name: str, allowed: Collection[str]) -> tuple[str, str]:
        """Return a file's name, cleaned, and the type that its content shows.

        Raises:
            InvalidError: it is empty, or none of the types that are allowed.
        """
        with part.open("rb") as content:
            head = content.read(_HEAD)
        found = type_of(head)
        if found is None or found not in allowed:
            raise InvalidError("file", "is of no type that is taken")
        return clean_name(name, found), found

    def keep(
        self,
        conversation_id: str,
        upload_id: str,
        part: Path,
        named: tuple[str, str],
        most: int,
        receipt: dict[str, Any],
    ) -> Kept:
        """Take a file that was found good: its event and the receipt behind it, all or nothing.

        Args:
            named: its name and its type, as `recognise` says.
            most: files of one conversation.
            receipt: the body of a notice.

        Raises:
            NotFoundError: there is no such conversation any more.
            ConflictError: it has as many files as it may have.
        """
        mine = files.c.conversation_id == conversation_id
        with writing(self._engine) as connection:
            lock(connection, conversation_id)
            known = connection.execute(sa.select(files).where(mine, files.c.upload_id == upload_id)).mappings().first()
            if known is not None:
                return _kept(known, fresh=False)
            if connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one() >= most:
                raise ConflictError("too many files")
            name, type_ = named
            kept = Kept(part.name.removesuffix(PART), 0, name, type_, part.stat().st_size)
            seq = append(connection, conversation_id, "user", {"id": upload_id, "text": name, "file": kept.shown})
            append(connection, conversation_id, "notice", receipt)
            row = {"conversation_id": conversation_id, "upload_id": upload_id, "seq": seq, "at": self._clock()}
            connection.execute(sa.insert(files).values(**kept.shown, **row))
            # Last: if it fails, nothing was said.
            part.rename(self.path(conversation_id, kept.id))
        return replace(kept, seq=seq)

    def delete_before(self, before: datetime, limit: int) -> int:
        """Delete the oldest files from before a time; return how many."""
        wanted = sa.select(files.c.id, files.c.conversation_id).where(files.c.at < before)
        with reading(self._engine) as connection:
            old = connection.execute(wanted.order_by(files.c.at).limit(limit)).all()
        for row in old:
            # The row goes last: a process that dies in between leaves it to the next one.
            self.path(row.conversation_id, row.id).unlink(missing_ok=True)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(files).where(files.c.id.in_([row.id for row in old])))
        return len(old)

    def forget(self, conversation_id: str) -> int:
        """Delete the folder of a conversation; return 1 if there was one."""
        home = self._home(conversation_id)
        if not home.exists():
            return 0
        shutil.rmtree(home)
        return 1

    def tidy(self) -> None:
        """Delete what was begun an hour ago and never taken: its process has died."""
        for part in self._folder.glob(f"*/*{PART}"):
            with contextlib.suppress(FileNotFoundError):  # taken, or refused, meanwhile
                if time.time() - part.stat().st_mtime > ABANDONED:
                    part.unlink()

    def _home(self, conversation_id: str) -> Path:
        # A name of our own making: whatever a conversation is called, it stays below our folder.
        return self._folder / hashlib.sha256(conversation_id.encode()).hexdigest()[:32]

    def _first(self, *which: sa.sql.ColumnElement) -> Kept | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(files).where(*which)).mappings().first()
        return None if row is None else _kept(row, fresh=False)


def _kept(row: sa.engine.RowMapping, *, fresh: bool) -> Kept:
    return Kept(row["id"], row["seq"], row["name"], row["type"], row["size"], fresh)

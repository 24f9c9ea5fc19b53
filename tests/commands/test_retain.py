"""What is old goes when the command is run, Rasa's rows and files with it; what could not be reached is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.__main__ import main
from bridge.conversation.files import Files
from bridge.conversation.sessions import Sessions
from bridge.storage.chat import chat_events, conversations
from bridge.storage.engine import migrate, open_engine, writing
from bridge.storage.resilience import audit
from bridge.storage.types import utc_now
from tests.support.rasa_table import RasaTable

OLD = timedelta(days=100)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.engine.Engine]:
    """Set the command up as the demo is, which keeps conversations for ninety days."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/frontdesk.db")
    engine = open_engine(f"sqlite:///{tmp_path}/frontdesk.db")
    yield engine
    engine.dispose()


def conversation(engine: sa.engine.Engine, files: Files, age: timedelta) -> tuple[str, Path]:
    """Hold a conversation with one file, so long ago."""
    name = Sessions(engine, "s" * 32).open("en", "203.0.113.7")
    part = files.begin(name)
    part.write_bytes(b"hello")
    kept = files.keep(name, "upload", part, ("a.txt", "text/plain"), 9, {"text": "Thank you."})
    with writing(engine) as connection:
        at = utc_now() - age
        connection.execute(sa.update(conversations).where(conversations.c.id == name).values(created_at=at))
        connection.execute(sa.update(chat_events).where(chat_events.c.conversation_id == name).values(at=at))
    return name, files.path(name, kept.id)


def test_it_deletes_and_counts(engine: sa.engine.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retain"]) == 2, "no tables yet"
    migrate(engine)
    rasa = RasaTable(f"sqlite:///{tmp_path}/rasa.db")
    files = Files(engine, tmp_path / "files")
    (old, old_file), (fresh, fresh_file) = (conversation(engine, files, age) for age in (OLD, timedelta(days=1)))
    rasa.add(old, "{}")
    rasa.add(fresh, "{}")
    capsys.readouterr()
    assert main(["retain"]) == 0
    assert "Deleted 1 conversations and 0 files.\n" in capsys.readouterr().out
    with engine.connect() as connection:
        assert list(connection.execute(sa.select(conversations.c.id)).scalars()) == [fresh]
        assert list(connection.execute(sa.select(audit.c.operation)).scalars()) == ["retire"]
    assert rasa.senders() == [fresh]
    assert (old_file.exists(), fresh_file.exists()) == (False, True)
    assert main(["retain"]) == 0
    assert "Deleted 0 conversations and 0 files.\n" in capsys.readouterr().out
    rasa.close()


def test_what_cannot_be_reached_is_told(
    engine: sa.engine.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(engine)
    conversation(engine, Files(engine, tmp_path / "files"), OLD)
    monkeypatch.setenv("TRACKER_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    assert main(["retain"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 deletions are not over")

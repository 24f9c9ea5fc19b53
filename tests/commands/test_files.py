"""Whoever works on a ticket fetches the files that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.conversation.files import Files
from bridge.conversation.sessions import Sessions
from bridge.storage.engine import migrate, open_engine


def test_list_and_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/frontdesk.db"
    monkeypatch.setenv("DATABASE_URL", url)
    assert main(["files", "list", "nobody"]) == 2, "no tables yet"
    engine = open_engine(url)
    migrate(engine)
    mine, other = (Sessions(engine, "s" * 32).open("en", "203.0.113.7") for _ in range(2))
    kept, files = [], Files(engine, tmp_path / "files")
    for number in range(2):
        part = files.begin(mine)
        part.write_bytes(b"content %d" % number)
        kept.append(files.keep(mine, f"upload {number}", part, (f"{number}.txt", "text/plain"), 9, {"text": "Thanks."}))
    capsys.readouterr()

    assert main(["files", "list", mine]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [each.id for each in kept]
    assert lines[0].split()[1:] == ["text/plain", "9", "0.txt"]

    out = tmp_path / "out"
    out.mkdir()
    assert main(["files", "get", mine, kept[1].id, "--to", str(out)]) == 0
    (fetched,) = out.iterdir()
    assert capsys.readouterr().out.strip() == str(fetched)
    assert (fetched.name, fetched.read_bytes()) == (f"{kept[1].id}-1.txt", b"content 1")
    assert main(["files", "get", mine, "--to", str(out)]) == 1, "nothing is written over"
    fetched.unlink()
    (out / f"{kept[0].id}-0.txt").unlink()
    assert main(["files", "get", mine, "--to", str(out)]) == 0
    assert len(list(out.iterdir())) == 2
    # By another conversation, by a wrong id, and after the content has gone.
    assert main(["files", "get", other, kept[0].id, "--to", str(out)]) == 1
    assert main(["files", "get", mine, "../frontdesk.db", "--to", str(out)]) == 1
    files.forget(mine)
    assert main(["files", "get", mine, kept[0].id, "--to", str(tmp_path)]) == 1
    engine.dispose()

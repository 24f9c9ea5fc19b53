"""What every file of the project keeps to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.lock import LOCKS, MARK, Lock, digest

ROOT = Path(__file__).resolve().parents[2]
LINES = 400
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
TEXTS = [path for path in FILES if path.suffix not in {".png", ".ico", ".woff2"}]

each_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.target)


def test_modules_are_short() -> None:
    sources = [path for path in FILES if path.suffix in {".py", ".js"} and "versions" not in path.parts]
    assert {path.name: length for path in sources if (length := len(path.read_text().splitlines())) > LINES} == {}


def test_no_file_puts_work_off() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [path for path in TEXTS if later.search(path.read_text())] == []


def test_no_file_knows_this_machine() -> None:
    # The folder that this checkout is in, and people's home folders; a checkout in / itself would match everything.
    machine = re.compile("|".join([re.escape(f"{ROOT.parent}/") + r"\w", r"/home/\w+/", r"/Users/\w+/"]))
    assert ROOT.parent != Path("/")
    assert [path for path in TEXTS if machine.search(path.read_text())] == []


@each_lock
def test_a_lock_is_made_from_what_is_wanted_now(lock: Lock) -> None:
    first = (ROOT / lock.target).read_text().partition("\n")[0]
    assert first == f"{MARK}{digest(lock)}", "requirements changed: make lock"


@each_lock
def test_everything_wanted_is_pinned_by_hash(lock: Lock) -> None:
    text = (ROOT / lock.target).read_text()
    pins = dict(
        re.findall(r"^([a-z0-9-]+)==\S+(?: ; [^\n]+?)? \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M)
    )
    wanted = re.findall(r"^([a-z][\w.-]*)", (ROOT / lock.sources[0]).read_text(), re.MULTILINE | re.IGNORECASE)
    assert wanted
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in wanted} <= set(pins)
    assert len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)) == len(re.findall(r"== ?\S+.*\\\n    --hash", text))


@each_lock
def test_a_lock_names_no_registry(lock: Lock) -> None:
    assert not re.search(r"https?:|--(extra-)?index|--find-links", (ROOT / lock.target).read_text())


def test_a_comment_does_not_make_a_lock_old(tmp_path: Path) -> None:
    lock = Lock("x.lock", ("x.in",), ())
    (tmp_path / "x.in").write_text("# why\nrasa==3.6.21\n")
    before = digest(lock, tmp_path)
    (tmp_path / "x.in").write_text("# other words\nrasa==3.6.21  # and more\n\n")
    assert digest(lock, tmp_path) == before
    (tmp_path / "x.in").write_text("rasa==3.6.22\n")
    assert digest(lock, tmp_path) != before


def test_rasa_has_stories_to_test() -> None:
    # `rasa test` of an empty folder succeeds.
    stories = [path.read_text().count("\n- story:") for path in (ROOT / "tests/stories").glob("test_*.yml")]
    assert sum(stories) >= 10


@pytest.mark.parametrize("module", ["rasa", "rasa.core.agent", "tensorflow"])
def test_the_fast_tests_cannot_import_rasa(module: str) -> None:
    code = f"import scripts.refuse_rasa, rasa_sdk; import {module}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"ImportError: {module.partition('.')[0]} takes seconds to import" in done.stderr

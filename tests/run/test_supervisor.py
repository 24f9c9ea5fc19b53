"""The supervisor of `make run`, with fake children: restarts, a clean stop, no orphans."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.stack import free_port

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

ROOT = Path(__file__).resolve().parents[2]

# Writes its process id where the test finds it, then lives until it is told to stop.
LIVES = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(os.environ["FOLDER"])
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
with open(folder / "{name}.pids", "a") as file: file.write(f"{{os.getpid()}}\\n")
time.sleep(600)
"""
DEAF = LIVES.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
# Answers every question, if only with an error; after FOLDER/slow exists, its next start takes for ever.
ANSWERS = LIVES.replace(
    "time.sleep(600)",
    """
if (folder / "slow").exists(): time.sleep(600)
import http.server
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.BaseHTTPRequestHandler).serve_forever()
""",
)
DIES = "import sys; print('no such deployment'); sys.exit(3)"


class Stack:
    """Hold a running fake stack and what it has said."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.said: list[str] = []

    def wait_for_line(self, pattern: str) -> re.Match[str]:
        """Read on until a line matches; the end of the output is a failure."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"never said {pattern!r}, but: {''.join(self.said)}")

    def pids(self, name: str, count: int) -> list[int]:
        """Return the process ids of a child once it has been started `count` times."""
        file = self.folder / f"{name}.pids"
        wait_until(lambda: file.exists() and file.read_text().count("\n") >= count)
        return [int(line) for line in file.read_text().split()]

    def become_ready(self) -> None:
        """Let it be ready and see it said."""
        (self.folder / "ready").touch()
        self.wait_for_line("^ready: fake$")

    def end(self) -> str:
        """Wait for the end and return the rest of what it said."""
        rest, _ = self.process.communicate(timeout=10)
        return rest


def wait_until(condition: object, seconds: float = 10) -> None:
    """Poll a condition that no event announces."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # gone before, or while, it was read
        return False


@contextmanager
def stack(folder: Path, **children: str) -> Iterator[Stack]:
    """Start a fake stack, and leave nothing of it behind."""
    arguments = [
        f"{name}={code.replace('{name}', name.split('@')[0]).replace('{{', '{').replace('}}', '}')}"
        for name, code in children.items()
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.run.fake_stack", str(folder), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield Stack(process, folder)
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_children_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    with stack(tmp_path, one=LIVES, two=LIVES) as running:
        pids = running.pids("one", 1) + running.pids("two", 1)
        running.become_ready()
        running.process.send_signal(number)
        assert running.end().splitlines()[-1] == "stopped"
        assert running.process.returncode == 0
        assert not any(alive(pid) for pid in pids)


def test_a_terminal_that_goes_away_stops_all_children(tmp_path: Path) -> None:
    with stack(tmp_path, one=LIVES) as running:
        (pid,) = running.pids("one", 1)
        running.become_ready()
        assert running.process.stdout is not None
        running.process.stdout.close()  # what it says now fails
        running.process.send_signal(signal.SIGHUP)
        running.process.wait(10)
        assert not alive(pid)


def test_a_child_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    with stack(tmp_path, deaf=DEAF) as running:
        (pid,) = running.pids("deaf", 1)
        running.become_ready()
        running.process.send_signal(signal.SIGINT)
        running.end()
        assert running.process.returncode == 0
        assert not alive(pid)


def test_a_child_that_dies_is_started_again_and_that_is_said(tmp_path: Path) -> None:
    with stack(tmp_path, one=LIVES, two=LIVES) as running:
        (first,) = running.pids("one", 1)
        (other,) = running.pids("two", 1)
        running.become_ready()
        os.kill(first, signal.SIGKILL)
        line = running.wait_for_line("^one was ended by SIGKILL; starting it again in").string
        assert str(tmp_path / "one.log") in line
        assert running.pids("one", 2)[1] != first
        assert alive(other)


def test_a_child_that_freezes_is_killed_and_started_again(tmp_path: Path) -> None:
    with stack(tmp_path, **{f"one@{free_port()}": ANSWERS, "two": LIVES}) as running:
        (first,) = running.pids("one", 1)
        (other,) = running.pids("two", 1)
        running.become_ready()
        os.kill(first, signal.SIGSTOP)
        running.wait_for_line("^one does not answer any more, and is killed$")
        running.wait_for_line("^one was ended by SIGKILL; starting it again in")
        assert running.pids("one", 2)[1] != first
        assert not alive(first)
        assert alive(other)


def test_a_frozen_child_can_be_stopped(tmp_path: Path) -> None:
    with stack(tmp_path, **{f"one@{free_port()}": ANSWERS}) as running:
        (pid,) = running.pids("one", 1)
        running.become_ready()
        os.kill(pid, signal.SIGSTOP)
        running.process.send_signal(signal.SIGINT)
        assert running.end().splitlines()[-1] == "stopped"
        assert not alive(pid)


def test_a_child_that_hangs_while_it_starts_gets_longer_but_not_for_ever(tmp_path: Path) -> None:
    (tmp_path / "slow").touch()
    with stack(tmp_path, **{f"one@{free_port()}": ANSWERS}) as running:
        running.become_ready()
        running.pids("one", 1)
        began = time.monotonic()
        running.wait_for_line("^one does not answer any more, and is killed$")
        assert time.monotonic() - began >= 1.5  # 3 questions would have been over in 0.3 s
        (tmp_path / "slow").unlink()
        running.pids("one", 2)


def test_the_pauses_grow_and_have_an_upper_bound(tmp_path: Path) -> None:
    (tmp_path / "ready").touch()
    with stack(tmp_path, steady=LIVES, mortal="import time; time.sleep(0.05)") as running:
        running.wait_for_line("^ready")
        pauses = [float(running.wait_for_line(r"exit 0\); starting it again in ([\d.]+) s")[1]) for _ in range(5)]
    assert pauses[0] <= 0.1
    assert max(pauses) <= 0.4
    assert min(pauses[3:]) >= 0.2  # half of the upper bound at least: the rest is chance


def test_a_child_that_never_comes_up_ends_it_all_with_its_last_words(tmp_path: Path) -> None:
    with stack(tmp_path, one=LIVES, wrong=DIES) as running:
        (pid,) = running.pids("one", 1)
        said = running.end()
        assert running.process.returncode == 1
        assert "no such deployment" in said
        assert "wrong does not start" in said
        assert not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child's life to its parent's")
def test_no_child_survives_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with stack(tmp_path, one=LIVES, deaf=DEAF) as running:
        pids = running.pids("one", 1) + running.pids("deaf", 1)
        running.process.kill()
        wait_until(lambda: not any(alive(pid) for pid in pids))


def test_a_big_log_makes_room_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_bytes(b"x" * 5_000_001)
    with stack(tmp_path, one=LIVES) as running:
        running.pids("one", 1)
        assert (tmp_path / "one.log.1").stat().st_size == 5_000_001
        assert (tmp_path / "one.log").stat().st_size < 1000

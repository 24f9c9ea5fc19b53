"""Tell which sentences are understood differently since a commit (`make nlu-compare BASE=main`).

Usage: python -m scripts.nlu.compare REVISION
Trains the commit and this working tree, each from its own data, configuration and components in a folder of its own,
asks both the hold-out and the imagined customers of this tree, and lists every sentence whose intent or entities
changed, better or worse.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.console import ROOT, StepError, say, step, tail
from scripts.nlu.lines import CUSTOMERS, CUSTOMERS2, HOLDOUT, Line, plain_lines
from scripts.nlu.scores import macro_f1

NEEDED = ("config.yml", "domain.yml", "data", "components", "bridge")


@dataclass(frozen=True)
class Change:
    """Hold a sentence that is answered differently now."""

    expected: str
    text: str
    before: str
    now: str

    @property
    def kind(self) -> str:
        """Say whether that is better or worse."""
        if self.now == self.expected:
            return "better"
        return "worse" if self.before == self.expected else "other"


def main(arguments: Sequence[str]) -> int:
    """Compare and print; 1 when more became worse than better."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    lines = [line for path in (HOLDOUT, CUSTOMERS, CUSTOMERS2) for line in plain_lines(path)]
    try:
        with tempfile.TemporaryDirectory() as folder:
            with step(f"training and asking {arguments[0]}"):
                before = answers(commit(arguments[0], Path(folder) / "base"), lines)
            with step("training and asking this tree"):
                now = answers(this_tree(Path(folder) / "tree"), lines)
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    return tell(lines, before, now)


def tell(lines: Sequence[Line], before: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> int:
    """Print the figures and every change; return 1 when more became worse than better."""
    said = [[str(one["intent"]["name"]) for one in one_side] for one_side in (before, now)]
    for name, intents in zip(("before", "now"), said, strict=True):
        pairs = [(line[0], intent) for line, intent in zip(lines, intents, strict=True)]
        say(f"{name:>7}: macro-F1 {macro_f1(pairs):.3f}")
    changes = [Change(*line, was, has) for line, was, has in zip(lines, *said, strict=True) if was != has]
    for kind in ("worse", "better", "other"):
        found = [change for change in changes if change.kind == kind]
        say(f"\n{kind}: {len(found)}")
        for change in found:
            say(f"  {change.text}\n      {change.before} -> {change.now}   ({change.expected})")
    say("\nentities")
    for line, was, has in zip(lines, before, now, strict=True):
        old, new = named(was), named(has)
        if old != new:
            say(f"  {line[1]}\n      - {sorted(old - new)} + {sorted(new - old)}")
    counts = [sum(change.kind == kind for change in changes) for kind in ("better", "worse")]
    return 0 if counts[0] >= counts[1] else 1


def named(answer: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what an answer names, without its normal form."""
    return {(one["entity"], str(one["value"]).lstrip("#").upper()) for one in answer["entities"]}


def commit(revision: str, folder: Path) -> Path:
    """Put what a model is made of, as it was at a commit, into a folder."""
    listed = _git("ls-tree", "--name-only", revision).decode().split()
    packed = _git("archive", revision, *[name for name in NEEDED if name in listed])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder)  # noqa: S202  # made by git from our own repository
    return folder


def this_tree(folder: Path) -> Path:
    """Put what a model is made of now, committed or not, into a folder."""
    folder.mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def _git(*command: str) -> bytes:
    done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, check=False)  # noqa: S607  # git is on PATH
    if done.returncode != 0:
        raise StepError(done.stderr.decode().strip())
    return done.stdout


def answers(folder: Path, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Train what is in a folder and return its answers."""
    log = folder.with_suffix(".log")
    environment = {**os.environ, "RASA_CACHE_DIRECTORY": str(folder.with_suffix(".cache")), "PYTHONPATH": str(folder)}
    train = ["train", "nlu", "--config", "config.yml", "--nlu", "data/nlu", "--domain", "domain.yml"]
    _run([sys.executable, "-m", "rasa", *train, "--out", ".", "--fixed-model-name", "model"], folder, environment, log)
    ask = [sys.executable, str(Path(__file__).with_name("ask.py")), "model.tar.gz"]
    texts = json.dumps([text for _, text in lines])
    said = _run(ask, folder, environment, log, texts)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def _run(command: Sequence[str], folder: Path, environment: dict[str, str], log: Path, given: str = "") -> str:
    with log.open("w") as errors:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=given,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise StepError(f"{done.stdout[-2000:]}\n{tail(log)}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

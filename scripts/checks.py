"""Run every check, group by group, and stop at the first group that fails (`make test`, `make check`).

Usage: python -m scripts.checks [static]
The last line is always "N passed, N failed": each test of pytest counts, and every other group counts as one.
"""

from __future__ import annotations

import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.console import ROOT, say
from scripts.train import MODEL

BIN = Path(sys.executable).parent
LOG = ROOT / "var" / "log"
SUMMARY = LOG / "checks.txt"
"""The last line again: after a failure, make has the last word on the terminal."""


@dataclass(frozen=True)
class Group:
    """Name a group and its command, relative to .venv/bin; `report` is where its pytest writes its counts."""

    name: str
    command: Sequence[str]
    report: Path | None = None


STATIC = (
    Group("ruff", ["ruff", "check", "--quiet"]),
    Group("format", ["ruff", "format", "--check", "--quiet"]),
    Group("types", ["mypy"]),
    Group("import contracts", ["lint-imports"]),
    Group("widget", ["python", "-m", "scripts.widget"]),
)
FAST = LOG / "pytest-fast.xml"
SLOW = LOG / "pytest-slow.xml"
STRICT = ("--fail-on-prediction-errors", "--out", "results")
PYTEST = ("python", "-m", "pytest", "-q")
TESTS = (
    Group(
        "fast tests",
        [
            *PYTEST,
            "-n",
            "2",
            "--dist",
            "worksteal",
            "-m",
            "not slow",
            "-p",
            "scripts.refuse_rasa",
            f"--junitxml={FAST}",
        ],
        FAST,
    ),
    Group("training data", ["rasa", "data", "validate", "--fail-on-warnings"]),
    Group("training", ["python", "-m", "scripts.train"]),
    Group(
        "test stories",
        ["rasa", "test", "core", "--model", f"models/{MODEL}", "--stories", "tests/stories", *STRICT],
    ),
    Group("slow tests", [*PYTEST, "-m", "slow", f"--junitxml={SLOW}"], SLOW),
)


def main(arguments: Sequence[str]) -> int:
    """Run the groups and return 0 when all of them passed."""
    if arguments not in ([], ["static"]):
        print(__doc__, file=sys.stderr)
        return 2
    LOG.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for group in STATIC if arguments else STATIC + TESTS:
        good, bad = run(group)
        passed, failed = passed + good, failed + bad
        if failed:
            break
    line = f"{passed} passed, {failed} failed"
    SUMMARY.write_text(f"{line}\n")
    say(line)
    return 1 if failed else 0


def run(group: Group) -> tuple[int, int]:
    """Run a group and return how much of it passed and failed."""
    started = time.monotonic()
    say(f"== {group.name}")
    if group.report:
        group.report.unlink(missing_ok=True)
    program, *rest = group.command
    code = subprocess.run([str(BIN / program), *rest], cwd=ROOT, check=False).returncode
    say(f"== {group.name} {'passed' if code == 0 else 'FAILED'} ... {time.monotonic() - started:.0f} s")
    passed, failed = counts(group.report) if group.report else (int(code == 0), 0)
    # A pytest that breaks before its first test reports no failure, and is one all the same.
    return passed, max(failed, int(code != 0))


def counts(report: Path) -> tuple[int, int]:
    """Return how many tests passed and failed by a JUnit report; skipped ones are neither."""
    if not report.exists():
        return 0, 0
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314  # written by our own pytest
    total, bad, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (("tests",), ("failures", "errors"), ("skipped",))
    )
    return total - bad - skipped, bad


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

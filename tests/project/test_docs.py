"""What the documents say about the project is true: commands, links, folders, lists."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.quiet import UPSTREAM, is_upstream

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def code(document: Path) -> list[str]:
    """Return what a document shows as code, in lines or in blocks."""
    text = document.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))]


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{target} is not there"


@each_document
def test_make_targets_exist(document: Path) -> None:
    for text in code(document):
        for target in re.findall(r"\bmake ([a-z-]+)", text):
            assert target in TARGETS, f"make {target} is not there"


@each_document
def test_modules_to_run_exist(document: Path) -> None:
    for text in code(document):
        for module in re.findall(r"python -m ([\w.]+)", text):
            assert importlib.util.find_spec(module), f"python -m {module} is not there"


def test_commands_of_the_bridge_exist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = set(re.findall(r"^    (\w+)(?: |$)", done.stdout, re.MULTILINE))
    named = {
        name for document in DOCUMENTS for text in code(document) for name in re.findall(r"-m bridge ([a-z]+)", text)
    }
    assert {"migrate", "load"} <= named <= known


def test_the_readme_names_every_target_and_every_folder() -> None:
    text = (ROOT / "README.md").read_text()
    assert set(re.findall(r"^\| `make ([a-z-]+)`", text, re.MULTILINE)) == TARGETS - {"help"}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {name.partition("/")[0] for name in listed.split("\0") if "/" in name and not name.startswith(".")}
    named = set(re.findall(r"^\| `(\w+)/`", text, re.MULTILINE))
    assert all((ROOT / name).is_dir() for name in named)
    assert folders <= named


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z-]+) ", done.stdout, re.MULTILINE)) == TARGETS


def test_every_silenced_warning_is_listed_with_its_reason() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", (ROOT / "docs/operations/upstream-warnings.md").read_text(), re.MULTILINE
    )
    documented = {(f"/site-packages/{path}", message.replace("`", "").replace("...", "x")) for path, message, _ in rows}
    for part, pattern in UPSTREAM:
        plain = pattern.replace("`", "")
        assert any(part in path and re.match(plain, message) for path, message in documented), (part, pattern)


@pytest.mark.parametrize(
    ("filename", "message"),
    [
        ("/srv/frontdesk/actions/orders.py", "pkg_resources is deprecated"),
        ("/x/rasa/shared/utils/io.py", "The slot 'orders_number' is never used"),
    ],
)
def test_other_warnings_are_shown(filename: str, message: str) -> None:
    assert not is_upstream(filename, message)

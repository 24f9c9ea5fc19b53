"""A new adapter begins with files that pass the linters and a contract that says what is left to do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("bridge", "simulators", "scripts", "tests/__init__.py", "tests/conftest.py", "tests/support")
PARTS += ("tests/adapters/__init__.py", "pyproject.toml", "deployments", "domain.yml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of what a new adapter touches."""
    for part in PARTS:
        place = tmp_path / part
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, place)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow  # starts Python and pytest several times
@pytest.mark.parametrize(("domain", "operation"), [("helpdesk", "create_ticket"), ("crm", "find_contact")])
def test_its_contract_is_a_list_of_what_is_left(copy: Path, domain: str, operation: str) -> None:
    written = run(copy, "scripts/new_adapter.py", "acme", domain)
    assert (written.returncode, written.stderr) == (0, "")
    made = re.findall(r"wrote (\S+\.py)\n", written.stdout)
    assert run(copy, "-m", "ruff", "check", "--quiet", *made).stdout == ""
    assert run(copy, "-m", "ruff", "format", "--check", "--quiet", *made).returncode == 0
    tried = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/adapters/acme")
    assert re.search(r"^1 failed, \d+ skipped", tried.stdout, re.MULTILINE), tried.stdout
    assert f"The {domain} of acme is not finished:" in tried.stdout
    assert "[ ] bridge/adapters/acme/manifest.yml: what says CHANGE" in tried.stdout
    assert re.search(rf"\[ \] Acme{domain.capitalize()}\.{operation}: \w+ ", tried.stdout)
    again = run(copy, "scripts/new_adapter.py", "acme", domain)
    assert (again.returncode, "is there already; nothing was written" in again.stderr) == (1, True)


@pytest.mark.parametrize("arguments", [(), ("acme",), ("acme", "shop"), ("Acme Inc", "crm"), ("../x", "crm")])
def test_a_wrong_call_writes_nothing(arguments: tuple[str, ...]) -> None:
    done = run(ROOT, "scripts/new_adapter.py", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "DOMAIN one of: commerce, crm, helpdesk" in done.stderr

"""scripts/setup.py in a folder of its own, with a uv that only pretends: no network, no installation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("scripts/setup.sh", "scripts/setup.py", "scripts/quiet.py", "requirements.lock", "requirements-setup.lock")

FAKE_UV = """#!/bin/sh
case "$1" in --version) echo "uv {version}"; exit 0;; esac
echo "$@" >> "{calls}"
test ! -e "{broken}"
"""


class Project:
    """Hold a folder with what setup needs, and look at what it did there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.broken = root / "broken"
        self.calls_file = root / "calls"
        for name in COPIED:
            (root / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        (root / "var").mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
        pin = (root / "requirements-setup.lock").read_text().partition("\nuv==")[2].split()[0]
        uv = root / ".venv/tools/bin/uv"
        uv.parent.mkdir(parents=True)
        uv.write_text(FAKE_UV.format(version=pin, calls=self.calls_file, broken=self.broken))
        uv.chmod(0o755)

    def setup(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run setup as make does."""
        return subprocess.run(
            ["sh", "scripts/setup.sh"],
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        """Return how the fake uv was called."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a folder whose .venv has a Python and the fake uv."""
    return Project(tmp_path)


def test_the_lock_is_installed_by_hash_and_the_second_run_does_nothing(project: Project) -> None:
    done = project.setup()
    assert (done.returncode, done.stderr) == (0, "")
    (call,) = project.calls()
    assert call.startswith("pip sync --require-hashes --python ")
    assert "--reinstall" not in call
    again = project.setup()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(project.calls()) == 1


def test_a_changed_lock_is_installed(project: Project) -> None:
    project.setup()
    with (project.root / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    project.setup()
    assert len(project.calls()) == 2


def test_a_failed_installation_says_what_to_do_and_is_repaired(project: Project) -> None:
    project.broken.touch()
    failed = project.setup()
    assert failed.returncode == 1
    assert "Installing the packages failed" in failed.stderr
    assert "HTTPS_PROXY" in failed.stderr
    assert "Traceback" not in failed.stderr
    project.broken.unlink()
    assert project.setup().returncode == 0
    assert project.calls()[-1].endswith("--reinstall")
    assert project.setup().stdout == ""


def test_the_environment_is_quiet_even_for_commands_typed_by_hand(project: Project) -> None:
    project.setup()
    code = "import os; print(os.environ.get('RASA_TELEMETRY_ENABLED'))"
    clean = {name: value for name, value in os.environ.items() if name != "RASA_TELEMETRY_ENABLED"}
    for loud, expected in (("", "false"), ("1", "None")):
        done = subprocess.run(
            [project.root / ".venv/bin/python", "-c", code],
            env={**clean, "FRONTDESK_WARNINGS": loud},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout.strip(), done.stderr) == (expected, "")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 3.11", "is Python 3.11;"),
        ("echo 'version 3.10 is not installed' >&2; exit 127", "is no Python that runs;"),
    ],
    ids=["another version", "a shim without its Python"],
)
def test_another_python_is_refused_in_words(project: Project, script: str, said: str) -> None:
    shutil.rmtree(project.root / ".venv")
    shim = project.root / "python3.10"
    shim.write_text(f"#!/bin/sh\n{script}\n")
    shim.chmod(0o755)
    done = project.setup(PYTHON=str(shim))
    assert done.returncode == 1
    assert f"PYTHON={shim} {said} Frontdesk needs Python 3.10" in done.stderr
    assert "pyenv install 3.10" in done.stderr
    assert not (project.root / ".venv").exists()


def test_a_shim_on_the_path_is_passed_over(project: Project) -> None:
    shutil.rmtree(project.root / ".venv")
    folder = project.root / "shims"
    folder.mkdir()
    for name in ("python3.10", "python3", "python"):
        (folder / name).write_text("#!/bin/sh\nexit 127\n")
        (folder / name).chmod(0o755)
    (folder / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
    shell = shutil.which("sh") or "/bin/sh"
    done = subprocess.run(
        [shell, "scripts/setup.sh"],
        cwd=project.root,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "there is no Python here at all" in done.stderr

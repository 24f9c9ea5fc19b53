"""Check the widget: its types, that the committed build is current and small enough, and its unit tests.

Building needs Node.js 20 or newer; using the widget does not, because its build is committed. Without Node the checks
are left out, with a line that says so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from scripts.console import ROOT, say

WIDGET = ROOT / "widget"
LOCK = WIDGET / "package-lock.json"
INSTALLED = WIDGET / "node_modules" / ".package-lock.json"


def main() -> int:
    """Install what the checks need, if it is not yet there, and run them."""
    npm = shutil.which("npm")
    if npm is None:
        say("widget: left out, because npm is not installed (apt-get install nodejs npm)")
        return 0
    is_current = INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime
    # No package may run a script of its own on this machine.
    if not is_current and run(npm, "ci", "--ignore-scripts"):
        return 1
    return run(npm, "run", "check") or run(npm, "test")


def run(npm: str, *command: str) -> int:
    """Run one npm command in the widget's folder, quiet unless it fails."""
    done = subprocess.run([npm, "--silent", *command], cwd=WIDGET, capture_output=True, text=True, check=False)
    if done.returncode:
        say(f"widget: npm {' '.join(command)} failed\n{done.stdout}{done.stderr}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

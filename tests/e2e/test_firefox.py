"""Walk through the chat in Firefox, against the real stack."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.stack import Stack

pytestmark = pytest.mark.slow

WIDGET = Path(__file__).parents[2] / "widget"


def test_the_chat_works_in_firefox(stack: Stack) -> None:
    firefox, node = shutil.which("firefox-esr") or shutil.which("firefox"), shutil.which("node")
    if firefox is None or node is None:
        pytest.skip("no Firefox or no Node.js on this machine (apt-get install firefox-esr nodejs)")
    if not (WIDGET / "node_modules/puppeteer-core").is_dir():
        pytest.skip("puppeteer-core is not installed (npm ci in widget/)")
    walk = [node, str(WIDGET / "tests/firefox.mjs"), stack.url, firefox]
    done = subprocess.run(walk, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[1:] == [
        "opened by keyboard",
        "answered",
        "kept over a reload",
        "button pressed once",
        "queued while offline",
        "right to left",
        "closed by keyboard",
    ]

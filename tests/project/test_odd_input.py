"""Every test that the table of odd input names exists: docs/how-to/add-an-adapter.md."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_names_tests_that_there_are() -> None:
    guide = (ROOT / "docs/how-to/add-an-adapter.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", guide.partition("### Odd input")[2]))
    files = [*(ROOT / "bridge/testing").glob("*.py"), *(ROOT / "tests").glob("*/**/*.py")]
    known = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))}
    assert len(named) >= 30
    assert named - known == set()

"""A slow module that leaves something open fails by itself, whatever warnings its tests let pass."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]
LEAK = """
import asyncio

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def loop():
    loop = asyncio.SelectorEventLoop()
    yield loop
    {end}


def test_one(loop):
    assert not loop.is_closed()


def test_two(loop):
    assert not loop.is_closed()
"""


@pytest.mark.parametrize(("end", "errors"), [("pass", 1), ("loop.close()", 0)])
def test_a_module_answers_for_its_own_garbage(pytester: pytest.Pytester, end: str, errors: int) -> None:
    pytester.makeini("[pytest]\nmarkers = slow\nfilterwarnings = error")
    pytester.makepyfile(test_leak=LEAK.format(end=end), test_later="def test_later(): pass")
    run = pytester.runpytest_inprocess("-p", "tests.support.leftovers", "-p", "no:asyncio", "-p", "no:cacheprovider")
    run.assert_outcomes(passed=3, errors=errors)
    if errors:
        run.stdout.fnmatch_lines(["*ERROR at teardown of test_two*", "*unclosed event loop*", "*unclosed*socket*"])

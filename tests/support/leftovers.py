"""Fail a slow module for what it left open, instead of whichever later test collects the garbage."""

from __future__ import annotations

import gc
import sys
import traceback
import warnings
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Function, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Collect the garbage of a slow module when its last test is over; fast ones run in any order, side by side."""
    yield
    if item.get_closest_marker("slow") and (nextitem is None or nextitem.path != item.path):
        # The item outlives its teardown, and with it what the fixtures gave.
        item.funcargs.clear()
        if found := leftovers():
            pytest.fail("this module left behind:\n" + "\n".join(found), pytrace=False)


def leftovers() -> list[str]:
    """Collect garbage and return what was not closed, whatever warnings the test itself lets pass."""
    found: list[str] = []

    def note(unraisable: sys.UnraisableHookArgs) -> None:
        lines = traceback.format_exception_only(unraisable.exc_type, unraisable.exc_value)
        found.append("".join(lines).strip())

    hook, sys.unraisablehook = sys.unraisablehook, note
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gc.collect()
    finally:
        sys.unraisablehook = hook
    return found

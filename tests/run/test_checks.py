"""How the groups of `make test` are run and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.checks import Group, counts, run

REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


@pytest.mark.parametrize(("code", "expected"), [("pass", (1, 0)), ("raise SystemExit(3)", (0, 1))])
def test_a_group_without_a_report_counts_as_one(code: str, expected: tuple[int, int]) -> None:
    assert run(Group("a group", ["python", "-c", code])) == expected


def test_the_tests_of_a_report_count_each(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(20, 2, 1, 4))
    assert counts(report) == (13, 3)


def test_a_pytest_that_breaks_before_its_first_test_is_a_failure(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(5, 0, 0, 0))  # of the run before
    assert run(Group("tests", ["python", "-c", "raise SystemExit(4)"], report)) == (0, 1)


def test_a_failed_group_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    run(Group("a group", ["python", "-c", "print('its own words'); raise SystemExit(1)"]))
    said = capfd.readouterr().out
    assert "its own words" in said
    assert said.splitlines()[-1].startswith("== a group FAILED ... ")

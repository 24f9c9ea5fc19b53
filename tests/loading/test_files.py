"""Every way a file can be wrong ends in one clear sentence, exit code 1, and an untouched database."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bridge.loading import progress
from bridge.loading.reading import JsonLines
from tests.loading.conftest import Bridge, ticket, write_rows

HEADER = b"email,name\n"
ROW = b"maria@example.test,Maria Lopez\n"


BAD_CSV = [
    (b"", "customers.csv:1: the first line must name the columns; known: email, name, phone"),
    (HEADER, "customers.csv:1: holds no rows; fill it, or delete the file"),
    (HEADER + b"\n , \n", "customers.csv:1: holds no rows"),
    (b"email,nmae\n" + ROW, 'customers.csv:1: nmae: is not a column here; did you mean "name"?'),
    (b"email,name,name\n" + ROW, "customers.csv:1: name: this column stands twice"),
    (b"email,,name\n" + ROW, "customers.csv:1: ?no?name?: is not a column here"),
    (b"email\n" + ROW, "customers.csv:1: the first line lacks the column name"),
    (ROW, "customers.csv:1: the first line must name the columns"),
    (HEADER + b"a@example.test,A,B\n", "customers.csv:2: has 3 cells, but the first line names 2 columns"),
    (HEADER + ROW + b'b@example.test,"B\n', "customers.csv:3: a quotation mark is opened here and not closed"),
    (HEADER + b'b@example.test,"B"x\n', "customers.csv:2: is not CSV:"),
    (HEADER + ROW + b"m@example.test,Mar\xeda\n", "customers.csv:3: is not UTF-8 text; save the file again as"),
    ("email,name\n".encode("utf-16"), "customers.csv:1: is not UTF-8 text"),
    (HEADER + b"a@example.test,\x00\n", "customers.csv:2: is not CSV:"),
    (HEADER + b"a@example.test,\x07\n", "customers.csv:2: name: has a control character"),
    (HEADER + b"x" * 10_000_000 + b"\n", "customers.csv:2: is longer than 1 MB; each row must be a line"),
    (HEADER + b'a@example.test,"' + b"x\n" * 600_000, "customers.csv:2: a quotation mark is opened here"),
]


@pytest.mark.parametrize(("content", "message"), BAD_CSV, ids=[message for _, message in BAD_CSV])
def test_a_csv_file_that_cannot_be_taken_is_explained(
    sqlite_bridge: Bridge, shop: Path, content: bytes, message: str
) -> None:
    (shop / "customers.csv").write_bytes(content)
    outcome = sqlite_bridge("load", shop)
    assert outcome.code == 1
    assert outcome.err.splitlines()[0].startswith(message)
    assert outcome.err.splitlines()[-1].startswith("Nothing was changed: 1 problem in")
    assert "example.test" not in outcome.err


BAD_LINES = [
    (b'{"email": "a@example.test"', "is not JSON: Expecting ',' delimiter (character 27)"),
    (b"[]", 'must be one JSON object, {"...": ...}, and each on a line of its own'),
    (b'"text"', "must be one JSON object"),
    (b'{"email": "a@example.test", "email": "b@example.test"}', "is not JSON of ours: a field stands twice"),
    (b'{"email": NaN}', "is not JSON of ours: NaN is not a number in JSON"),
    (b'{"email": ' + b"9" * 5000 + b"}", "is not JSON of ours: "),
    (b"[" * 200_000, "is not JSON of ours: nested too deeply"),
    (b'{"email": "' + b"x" * 10_000_000 + b'"}', "is longer than 1 MB; each row must be a line of its own"),
    (b"\xff\xfa", "is not UTF-8 text"),
    (b'{"email": "a@example.test", "name": "\\u0000"}', "name: has a control character"),
    (b'{"email": "a@example.test", "name": "\\ud800"}', "name: has a control character"),
    (b'{"email": "a@example.test", "name": {"a": 1}}', "name: must be text in quotes"),
    (b'{"email": "a@example.test", "name": "' + b"x" * 201 + b'"}', "name: must have at most 200 characters"),
    (b'{"email": "a@example.test", "nmae": "A", "name": "A"}', 'nmae: is not a field here; did you mean "name"?'),
    (b'{"email": "a@example.test", "name": "A", "addresses": {}}', "addresses: must be a list"),
    (b'{"email": "a@example.test", "name": "A", "addresses": [1]}', "addresses.0: must be an object with fields"),
]


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=[message for _, message in BAD_LINES])
def test_a_bad_line_is_explained_and_the_next_ones_are_still_read(
    sqlite_bridge: Bridge, shop: Path, line: bytes, message: str
) -> None:
    good = b'{"email": "maria@example.test", "name": "Maria"}\n'
    (shop / "customers.jsonl").write_bytes(good + line + b"\n" + b'{"email": "m", "name": "M"}\n')
    outcome = sqlite_bridge("load", shop)
    assert outcome.code == 1
    first, second, *_, last = outcome.err.splitlines()
    assert first.startswith(f"customers.jsonl:2: {message}")
    assert second == "customers.jsonl:3: email: must be an e-mail address"
    assert last.startswith("Nothing was changed: 2 problems in")
    assert "example.test" not in outcome.err


def test_one_array_over_many_lines_is_one_problem(sqlite_bridge: Bridge, shop: Path) -> None:
    (shop / "customers.jsonl").write_text("[\n{},\n{}\n]\n")
    outcome = sqlite_bridge("load", shop)
    assert outcome.err.startswith("customers.jsonl:1: is not JSON")
    assert "1 problem in" in outcome.err


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(
    sqlite_bridge: Bridge, shop: Path, newline: str, mark: bytes, delimiter: str
) -> None:
    lines = [["E-Mail".replace("-", ""), "Name", "company", ""], ["maria@example.test", '"Maria\nLopez"', "", ""]]
    text = newline.join(delimiter.join(cells) for cells in lines) + newline + delimiter * 3 + newline
    (shop / "customers.csv").write_bytes(mark + text.encode())
    outcome = sqlite_bridge("load", shop)
    assert (outcome.code, outcome.err) == (0, "")
    assert "customers: 1 added" in outcome.out


def test_json_lines_take_a_byte_order_mark_blank_lines_and_crlf(sqlite_bridge: Bridge, shop: Path) -> None:
    line = b'{"email": "maria@example.test", "name": "Maria", "phone": null}'
    (shop / "customers.jsonl").write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n")
    assert sqlite_bridge("load", shop).code == 0


def test_an_empty_json_lines_file_says_what_to_do(sqlite_bridge: Bridge, shop: Path) -> None:
    (shop / "tickets.jsonl").touch()
    outcome = sqlite_bridge("load", shop)
    assert outcome.err.splitlines()[0] == (
        "tickets.jsonl:1: holds no rows; fill it, or delete the file if there is nothing to load"
    )


def test_a_directory_that_is_not_there_or_holds_nothing_says_what_to_do(sqlite_bridge: Bridge, shop: Path) -> None:
    missing = sqlite_bridge("load", shop / "nowhere")
    assert (missing.code, missing.err.startswith("there is no directory")) == (1, True)
    (shop / "notes.txt").touch()
    (shop / ".~lock.orders.csv").touch()
    empty = sqlite_bridge("load", shop)
    assert empty.code == 1
    assert "examples/shop is a directory to copy" in empty.err


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["order.csv"], 'no file has this name here; did you mean "orders.csv"?'),
        (["orders.csv", "orders.jsonl"], "both hold orders; keep one of them"),
        (["order_items.csv"], "belongs to orders.csv, which is not there"),
        (["orders.jsonl", "payments.csv"], "belongs to orders.csv, which is not there"),
    ],
)
def test_files_that_do_not_go_together_are_refused(
    sqlite_bridge: Bridge, shop: Path, names: list[str], message: str
) -> None:
    for name in names:
        (shop / name).touch()
    outcome = sqlite_bridge("load", shop)
    assert outcome.code == 1
    assert message in outcome.err


def test_a_file_that_cannot_be_opened_is_named(sqlite_bridge: Bridge, shop: Path) -> None:
    (shop / "customers.jsonl").mkdir()
    assert sqlite_bridge("load", shop).err.startswith("customers.jsonl:1: cannot be read (Is a directory)")


def test_progress_is_plain_lines_where_no_terminal_is(
    sqlite_bridge: Bridge, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 1_000)
    write_rows(shop / "tickets.jsonl", [ticket(f"T-{number}") for number in range(1_001)])
    outcome = sqlite_bridge("load", shop)
    assert outcome.err == "tickets.jsonl: 1,000 rows read\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal(shop: Path) -> None:
    write_rows(shop / "tickets.jsonl", [ticket()])
    source = JsonLines(shop / "tickets.jsonl")
    terminal = _Terminal()
    with progress.shown(terminal) as watch:
        rows = len(list(source.entries()))
        watch(source, rows)
    assert source.position == source.size
    assert "tickets.jsonl: 100%" in terminal.getvalue()

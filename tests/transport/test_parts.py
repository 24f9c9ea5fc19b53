"""Addresses that credentials may go to, values that replies may hold, lists that end."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NotFoundError, ProtocolError, SettingsError
from bridge.transport import Data, Reply, Session, paging
from bridge.transport.address import Address
from tests.transport.vendor import Asked, Said, Vendor

LONG_AGO = datetime(1000, 1, 2)  # noqa: DTZ001  # hypothesis adds the zone
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example.test",
        "https://acme.example.test:8443/api/",
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://localhost",
    ],
)
def test_an_address_may_be_safe_or_on_this_machine(url: str) -> None:
    assert Address(url).base == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.example.test",
        "http://acme.example.test",
        "http://localhost.example.test",
        "http://127.0.0.1.example.test",
        "https://ann:secret@acme.example.test",
        "https://acme.example.test?x=1",
        "https://acme.example.test#x",
        "https://acme.example.test:99999",
        "https://[::1",
        "https://a b",
        "https://a\\@b",
        "https://a\n",
        "file:///etc/passwd",
        "ftp://acme.example.test",
        "https://",
    ],
)
def test_credentials_go_nowhere_else(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Address(url)
    assert "secret" not in str(caught.value)


def test_plain_http_elsewhere_must_be_wanted() -> None:
    assert Address("http://shop.example.test", insecure=True).base == "http://shop.example.test"


@given(link=st.text() | st.from_regex(r"(https?:)?//[a-z@:.\\/]{0,20}", fullmatch=True))
def test_no_link_leads_to_another_host(link: str) -> None:
    address = Address("https://acme.example.test/api")
    try:
        target = address.follow("https://acme.example.test/api/tickets?page=1", link)
    except ProtocolError:
        return
    assert re.match(r"https://acme\.example\.test(:443)?([/?#]|$)", target)


@given(value=st.text())
def test_no_value_leaves_its_place_in_the_path(value: str) -> None:
    try:
        url = Address("https://acme.example.test/api").to("tickets/{id}/x", {"id": value})
    except NotFoundError:
        return
    head, middle, tail = url.removeprefix("https://acme.example.test/").partition("/")[2].split("/")
    assert (head, tail) == ("tickets", "x")
    assert not set(middle) & set("?#\\ ")
    assert middle.strip(".")


READS: list[Callable[[Data], Any]] = [
    lambda data: data.text("a"),
    lambda data: data.text("a", ""),
    lambda data: data.id("a"),
    lambda data: data.number("a"),
    lambda data: data.decimal("a"),
    lambda data: data.flag("a", False),
    lambda data: data.time("a"),
    lambda data: data.time_or_none("a"),
    lambda data: [one.text("b") for one in data.each("a")],
    lambda data: data["a"]["b"].text("a"),
    lambda data: "a" in data,
]


@given(raw=JSON, read=st.sampled_from(READS))
def test_whatever_a_reply_holds_reading_it_gives_a_value_or_a_protocol_error(raw: Any, read: Any) -> None:
    with suppress(ProtocolError):
        read(Data(raw))


@pytest.mark.parametrize(
    ("raw", "expected"), [("39.8", "39.8"), ("39,80", "39.80"), (" 5 ", "5"), (7, "7"), (Decimal("1.10"), "1.10")]
)
def test_an_amount_is_read_however_it_is_written(raw: Any, expected: str) -> None:
    assert Data({"a": raw}).decimal("a") == Decimal(expected)


@pytest.mark.parametrize("raw", [None, "", "free", "1,000.50", "NaN", "Infinity", "1e999999", True, [], "9" * 50])
def test_what_is_no_amount_is_not_guessed(raw: Any) -> None:
    with pytest.raises(ProtocolError):
        Data({"a": raw}).decimal("a")


@pytest.mark.parametrize(
    "raw",
    [
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:00:00.000+0000",
        "2026-11-22T12:00:00+02:00",
        "2026-11-22T10:00:00",
        "2026-11-22 10:00",
        "2026-11-22T10:00:00.1234567Z",
    ],
)
def test_a_time_is_utc_however_it_is_written(raw: str) -> None:
    assert Data({"a": raw}).time("a") == datetime(2026, 11, 22, 10, tzinfo=timezone.utc)


@given(st.datetimes(timezones=st.timezones() | st.just(timezone.utc), min_value=LONG_AGO))
def test_every_time_in_iso_form_is_read(at: datetime) -> None:
    if at.utcoffset() is not None and at.utcoffset() % timedelta(minutes=1):  # type: ignore[operator]
        return  # offsets with seconds, of the nineteenth century
    at = at.replace(microsecond=0)
    assert Data({"a": at.isoformat()}).time("a") == at.astimezone(timezone.utc)


def test_an_error_names_the_place_and_not_what_was_there() -> None:
    data = Data({"ticket": {"notes": [{"body": 5}]}}, "acme: GET tickets/{id}: reply")
    (note,) = data["ticket"].each("notes")
    with pytest.raises(ProtocolError) as caught:
        note.text("body")
    assert str(caught.value) == "acme: GET tickets/{id}: reply.ticket.notes[0].body must be a text"


def test_pages_are_walked_by_number() -> None:
    assert list(paging.by_number(lambda page: page, lambda page: page == 3)) == [1, 2, 3]


def test_pages_are_walked_by_cursor() -> None:
    following = {"": "a", "a": "b", "b": ""}
    assert list(paging.by_cursor(lambda cursor: cursor, lambda page: following[page])) == ["", "a", "b"]


def test_pages_are_walked_by_page_info() -> None:
    pages = {
        None: Data({"pageInfo": {"hasNextPage": True, "endCursor": "x"}, "n": 1}),
        "x": Data({"pageInfo": {"hasNextPage": False, "endCursor": None}, "n": 2}),
    }
    assert [page.number("n") for page in paging.by_page_info(lambda cursor: pages[cursor])] == [1, 2]


def test_pages_are_walked_by_link(session: Session, vendor: Vendor) -> None:
    def answer(asked: Asked) -> Said:
        page = int(asked.query.get("page", ["1"])[0])
        links = f'<{vendor.url}/api/x?page=9>; rel="last", <{vendor.url}/api/x?page={page + 1}>; rel="prefetch next"'
        return Said(body=page, headers={"Link": links} if page < 3 else {})

    vendor.answer = answer
    assert [reply.data.raw for reply in paging.by_link(session, session.get("x"))] == [1, 2, 3]


def test_a_next_page_at_another_host_is_refused(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(headers={"Link": '<https://elsewhere.example.test/x>; rel="next"'}))
    with pytest.raises(ProtocolError, match="another host"):
        list(paging.by_link(session, session.get("x")))
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "walk",
    [
        lambda: paging.by_number(lambda page: page, lambda _: False, 5),
        lambda: paging.by_cursor(lambda cursor: cursor, lambda page: page + "x", 5),
        lambda: paging.by_cursor(lambda cursor: cursor, lambda _: "same"),
    ],
)
def test_a_list_without_an_end_ends(walk: Callable[[], Any]) -> None:
    with pytest.raises(ProtocolError):
        list(walk())


@given(header=st.text(alphabet='<>;, ="relnxtp/', max_size=60))
def test_any_link_header_is_survived(header: str) -> None:
    paging.next_link(Reply("x", "http://127.0.0.1", 200, {"Link": header}, b""))

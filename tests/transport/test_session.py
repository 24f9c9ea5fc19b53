"""What an adapter sends arrives as it should, and what comes back is a reply or exactly one kind of error."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest

from bridge import errors
from bridge.storage.types import utc_now
from bridge.testing.contract import assert_tells_nothing_of
from bridge.transport import Reply, Session, Trouble
from bridge.transport.address import Address
from bridge.transport.auth import Fixed, Header, basic, oauth1
from bridge.transport.statuses import STATUSES
from bridge.transport.statuses import Vendor as Table
from bridge.transport.wire import Limits, Wire
from tests.transport.conftest import TOKEN, Connect
from tests.transport.vendor import Asked, Said, Vendor

PRIVATE = "ana.ruiz@example.test"
WRITES = ["POST", "PUT", "PATCH", "DELETE"]
TORN = Said(raw=b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":')


def refusal(session: Session, method: str = "GET", **options: object) -> errors.BridgeError:
    """Return what a request is refused with; it carries something private in its path, query and body."""
    with pytest.raises(errors.BridgeError) as caught:
        session.send(method, "people/{who}", who=PRIVATE, params={"q": PRIVATE}, json={"mail": PRIVATE}, **options)
    assert_tells_nothing_of(caught.value, PRIVATE, "ana.ruiz", TOKEN)
    return caught.value


def test_a_request_arrives_as_it_was_meant(session: Session, vendor: Vendor) -> None:
    query = {"x": "1&2", "no": None, "two": [1, 2]}
    session.post("people/{who}/notes", who="a b/../c?d#é", params=query, json={"a": 1})
    (asked,) = vendor.asked
    assert asked.target == "/api/people/a%20b%2F..%2Fc%3Fd%23%C3%A9/notes?x=1%262&two=1&two=2"
    assert (asked.method, json.loads(asked.body)) == ("POST", {"a": 1})
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["User-Agent"].startswith("frontdesk/0.1 ")
    assert asked.headers["Accept"] == "application/json"


def test_a_path_from_the_root_leaves_the_path_of_the_deployment(session: Session, vendor: Vendor) -> None:
    session.get("/oauth/scopes")
    assert vendor.asked[0].target == "/oauth/scopes"


@pytest.mark.parametrize("value", ["", ".", "..", "...", "9" * 300, "\ud800"])
def test_what_can_be_no_id_is_not_found_and_asks_nothing(session: Session, vendor: Vendor, value: str) -> None:
    with pytest.raises(errors.NotFoundError):
        session.get("tickets/{id}", id=value)
    assert vendor.asked == []


def test_a_reply_is_read_without_losing_cents(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(raw=b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"sum": 39.80}'))
    assert session.get("orders").data.decimal("sum") == Decimal("39.80")


def test_an_empty_reply_is_null(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(204))
    assert not session.patch("contacts/{id}", id="1").data


def test_a_packed_reply_is_unpacked(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(body=gzip.compress(b'{"a": "b"}'), headers={"Content-Encoding": "gzip"}))
    assert session.get("x").data.text("a") == "b"


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_status_of_the_table_is_its_error(session: Session, vendor: Vendor, status: int) -> None:
    vendor.says(Said(status, {"error": PRIVATE}))
    for method in ("GET", *WRITES):
        expected = STATUSES[status]
        if expected is errors.OutcomeUnknownError and method == "GET":
            expected = errors.UnavailableError
        error = refusal(session, method)
        assert type(error) is expected
        assert f"acme: {method} people/{{who}} answered {status}" in str(error)


@pytest.mark.parametrize("status", [300, 304, 418, 451, 507, 599])
def test_a_status_that_nobody_foresaw_fails(session: Session, vendor: Vendor, status: int) -> None:
    vendor.says(Said(status, {}))
    assert type(refusal(session)) is errors.ProtocolError


def read_trouble(reply: Reply) -> Trouble:
    data = reply.data
    return Trouble(data.text("code"), data.text("field", ""), 7.0 if "pause" in data else None)


TABLE = Table(
    "acme",
    statuses={403: errors.BusyError, 404: errors.ProtocolError},
    codes={"LIMIT": errors.BusyError, "TAKEN": errors.ConflictError},
    trouble=read_trouble,
    fields={"EMail": "email"},
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(404, {"code": "x"}), errors.ProtocolError),
        (Said(400, {"code": "LIMIT"}), errors.BusyError),
        (Said(500, {"code": "TAKEN"}), errors.ConflictError),
        (Said(409, {"code": "what?"}), errors.ConflictError),
        (Said(409, b"<h1>Conflict</h1>"), errors.ConflictError),
        (Said(409, ["not", "an", "object"]), errors.ConflictError),
        (Said(409, {"code": 5}), errors.ConflictError),
    ],
)
def test_a_vendor_has_its_own_table_and_words(connect: Connect, vendor: Vendor, said: Said, expected: type) -> None:
    vendor.says(said)
    assert type(refusal(connect(TABLE))) is expected


def test_a_refused_field_has_our_name(connect: Connect, vendor: Vendor) -> None:
    vendor.says(Said(422, {"code": "BAD", "field": "EMail"}))
    error = refusal(connect(TABLE), "POST")
    assert isinstance(error, errors.InvalidError)
    assert (error.field, error.reason) == ("email", "acme: POST people/{who} answered 422 (BAD)")


def test_a_word_that_is_a_sentence_is_not_repeated(connect: Connect, vendor: Vendor) -> None:
    vendor.says(Said(422, {"code": f"{PRIVATE} is taken", "field": f"mail {PRIVATE}"}))
    error = refusal(connect(TABLE), "POST")
    assert isinstance(error, errors.InvalidError)
    assert error.field == "request"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({}, 1.0),
        ({"Retry-After": "soon"}, 1.0),
        ({"Retry-After": "-5"}, 1.0),
        ({"Retry-After": "99999999"}, 3600.0),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_is_as_long_as_asked(
    session: Session, vendor: Vendor, status: int, headers: dict[str, str], expected: float
) -> None:
    vendor.says(Said(status, {}, headers))
    error = refusal(session)
    if status == 503 and not headers:
        assert type(error) is errors.UnavailableError
    elif status == 503 and expected == 1.0:
        assert type(error) is errors.UnavailableError  # what it asks cannot be understood
    else:
        assert isinstance(error, errors.BusyError)
        assert error.retry_after == expected


def test_a_date_is_read_against_our_clock_where_the_vendor_shows_none(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(429, {}, {"Retry-After": format_datetime(utc_now() + timedelta(seconds=100), usegmt=True)}))
    error = refusal(session)
    assert isinstance(error, errors.BusyError)
    assert 90 < error.retry_after <= 100


def test_a_pause_in_the_body_counts(connect: Connect, vendor: Vendor) -> None:
    vendor.says(Said(429, {"code": "LIMIT", "pause": True}))
    error = refusal(connect(TABLE))
    assert isinstance(error, errors.BusyError)
    assert error.retry_after == 7.0


def test_an_accepted_status_is_returned_and_can_be_checked(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(409, {"id": 5}))
    reply = session.send("POST", "leads", accept={409})
    assert reply.data.id() == "5"
    with pytest.raises(errors.ConflictError):
        reply.check()


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b"<html>Maintenance</html>", {"Content-Type": "text/html; charset=utf-8"}),
        Said(200, b'{"a": '),
        Said(200, b'{"a": NaN}'),
        Said(200, b"[" * 100_000),
        Said(200, b"\xff\xfe"),
        Said(200, b"x" * 20, {"Content-Encoding": "gzip"}),
        Said(302, {}, {"Location": "https://elsewhere.example.test/"}),
        Said(302, {}, {"Location": "http://169.254.169.254/latest/meta-data"}),
        Said(302, {}, {"Location": "//127.0.0.1:1/"}),
        Said(302, {}, {"Location": "http://127.0.0.1\\@elsewhere.example.test/"}),
        Said(302, {}, {"Location": "file:///etc/passwd"}),
        Said(307, {}, {"Location": "/api/round"}),
    ],
)
def test_a_reply_that_is_no_answer_is_a_protocol_error(session: Session, vendor: Vendor, said: Said) -> None:
    vendor.says(said)
    with pytest.raises(errors.BridgeError) as caught:
        _ = session.get("people").data
    assert type(caught.value) is errors.ProtocolError
    assert len(vendor.asked) <= 4


def test_a_redirect_at_the_same_host_is_followed_with_our_credentials(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(301, None, {"Location": "/api/people/"}), Said(200, {"a": 1}))
    assert session.get("people").data.number("a") == 1
    assert [asked.headers["Authorization"] for asked in vendor.asked] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize("method", WRITES)
def test_a_write_is_never_sent_on(session: Session, vendor: Vendor, method: str) -> None:
    vendor.says(Said(307, None, {"Location": "/api/elsewhere"}))
    assert type(refusal(session, method)) is errors.ProtocolError
    assert len(vendor.asked) == 1


BOMB = Said(200, gzip.compress(b"x" * 10**7), {"Content-Encoding": "gzip"})


@pytest.mark.parametrize("said", [Said(200, b"x" * 1001), BOMB], ids=["long", "unpacks to much"])
def test_a_reply_that_is_too_large_is_cut_off(connect: Connect, vendor: Vendor, said: Said) -> None:
    vendor.says(said)
    assert type(refusal(connect(limits=Limits(body_bytes=1000)))) is errors.ProtocolError


@pytest.mark.parametrize("said", [Said(raw=b""), TORN, Said(raw=b"HTTP/1.1 2")])
def test_a_broken_connection_leaves_a_write_unknown_and_a_read_unanswered(
    session: Session, vendor: Vendor, said: Said
) -> None:
    vendor.says(said)
    unanswered = errors.ProtocolError if said is TORN else errors.UnavailableError
    assert type(refusal(session)) is unanswered
    assert type(refusal(session, "POST")) is errors.OutcomeUnknownError
    assert type(refusal(session, "POST", reads=True)) is unanswered
    assert len(vendor.asked) == 3


def test_who_does_not_listen_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    wire = Wire(Address(f"http://127.0.0.1:{port}"))
    for method in ("GET", *WRITES):
        assert type(refusal(Session(Table("acme"), wire, Fixed([Header(TOKEN)])), method)) is errors.UnavailableError


def test_no_time_left_means_nothing_is_sent(connect: Connect, vendor: Vendor) -> None:
    assert type(refusal(connect(time_left=lambda: 0.0), "POST")) is errors.UnavailableError
    assert vendor.asked == []


def test_a_slow_answer_is_left_when_the_time_is_over(connect: Connect, vendor: Vendor) -> None:
    go_on = threading.Event()

    def hang(_asked: Asked) -> Said:
        go_on.wait(30)
        return Said()

    vendor.answer = hang
    session = connect(time_left=lambda: 0.2)
    try:
        assert type(refusal(session)) is errors.UnavailableError
        assert type(refusal(session, "POST")) is errors.OutcomeUnknownError
    finally:
        go_on.set()


def test_connections_are_used_again_by_all_threads(session: Session, vendor: Vendor) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: session.get("people"), range(200)))
    assert len(vendor.asked) == 200
    assert len({asked.port for asked in vendor.asked}) <= 8


def test_cookies_are_not_kept(session: Session, vendor: Vendor) -> None:
    vendor.says(Said(headers={"Set-Cookie": "session=of-somebody; Path=/"}))
    session.get("a")
    session.get("b")
    assert "Cookie" not in vendor.asked[1].headers


def test_passwords_of_netrc_are_not_sent(
    connect: Connect, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    connect(auth=Fixed([Header("k", "X-Key", "")])).get("a")
    assert "Authorization" not in vendor.asked[0].headers


def test_everything_goes_through_the_proxy(vendor: Vendor) -> None:
    wire = Wire(Address("http://shop.example.test/api", insecure=True), proxy=vendor.url)
    Session(Table("acme"), wire, Fixed([Header(TOKEN)])).get("people")
    assert vendor.asked[0].target == "http://shop.example.test/api/people"
    wire.close()


def test_of_two_keys_the_one_that_works_is_found_and_remembered(connect: Connect, vendor: Vendor) -> None:
    vendor.answer = lambda asked: Said(200 if asked.headers["X-Key"] == "new" else 401, {})
    session = connect(auth=Fixed([Header("old", "X-Key", ""), Header("new", "X-Key", "")]))
    for _ in range(3):
        session.post("people", json={})
    assert [asked.headers["X-Key"] for asked in vendor.asked] == ["old", "new", "new", "new"]


def test_two_bad_keys_are_tried_once_each(connect: Connect, vendor: Vendor) -> None:
    vendor.says(Said(401, {}))
    assert type(refusal(connect(auth=Fixed([Header("a"), Header("b")])))) is errors.CredentialsError
    assert len(vendor.asked) == 2


def test_a_password_may_hold_any_letter(connect: Connect, vendor: Vendor) -> None:
    connect(auth=Fixed([basic("ann", "pässwörd€")])).get("a")
    assert vendor.asked[0].headers["Authorization"] == "Basic YW5uOnDDpHNzd8O2cmTigqw="


def test_oauth1_signs_and_sends_no_secret(connect: Connect, vendor: Vendor) -> None:
    connect(auth=Fixed([oauth1("ck_1", "cs_5ecret")])).get("orders", params={"search": "a b"})
    (asked,) = vendor.asked
    signed = asked.headers["Authorization"]
    assert signed.startswith("OAuth ")
    assert 'oauth_signature_method="HMAC-SHA256"' in signed
    assert "cs_5ecret" not in signed + asked.target


def test_graphql_raises_what_comes_with_status_200(connect: Connect, vendor: Vendor) -> None:
    def graphql_trouble(reply: Reply) -> Trouble:
        (first, *_) = reply.data.each("errors")
        return Trouble(first["extensions"].text("code"))

    session = connect(Table("acme", codes={"THROTTLED": errors.BusyError}, trouble=graphql_trouble))
    vendor.says(Said(body={"data": {"shop": {"name": "x"}}}))
    assert session.graphql("graphql.json", "{shop{name}}", {}, reads=True)["shop"].text("name") == "x"
    vendor.says(Said(body={"errors": [{"message": PRIVATE, "extensions": {"code": "THROTTLED"}}]}))
    with pytest.raises(errors.BusyError) as caught:
        session.graphql("graphql.json", "{shop{name}}", {}, reads=True)
    assert_tells_nothing_of(caught.value, PRIVATE)


def test_reader_of_errors_that_finds_none_leaves_it_to_the_status(connect: Connect, vendor: Vendor) -> None:
    session = connect(Table("acme", trouble=lambda reply: Trouble(next(reply.data.each("errors")).text("code"))))
    vendor.says(Said(400, {"errors": []}))
    assert type(refusal(session)) is errors.InvalidError


def test_nothing_shows_its_secrets(session: Session, connect: Connect) -> None:
    shown = [session, connect(), Fixed([Header(TOKEN)]), Header(TOKEN), basic("u", TOKEN), oauth1("k", TOKEN)]
    assert TOKEN not in repr(shown)

"""Webhooks: what a vendor has signed is taken, whatever else comes is not, and nothing makes them break."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connections.manifest import manifest_of, vendors
from bridge.connections.webhooks import Delivery, StandardWebhook, Webhook
from bridge.errors import ProtocolError, SettingsError
from bridge.model.changes import Change, OrderChanged, TicketChanged
from bridge.transport.signatures import TOLERANCE, sign
from simulators.catalog import simulator_class
from simulators.frame import Simulator
from tests.support.frontdesk import Clock

NEW, OLD = "the-secret-of-now", "the-secret-of-before"
WHEN: dict[str, tuple[str, Any, Change]] = {
    "shopify": ("ORDERS_FULFILLED", {"id": 5501}, OrderChanged("gid://shopify/Order/5501")),
    "woocommerce": ("order.updated", {"id": 1001}, OrderChanged("1001")),
    "zendesk": (
        "zen:event-type:ticket.status_changed",
        {"type": "zen:event-type:ticket.status_changed", "detail": {"id": "10001"}},
        TicketChanged("10001"),
    ),
}
"""A topic, a body of it, and what it says."""
each_vendor = pytest.mark.parametrize("vendor", WHEN)


def webhook(vendor: str, clock: Clock, *secrets: str) -> Webhook:
    made: Webhook = importlib.import_module(f"bridge.adapters.{vendor}.webhook").WEBHOOK(secrets or (NEW,), clock)
    return made


@cache
def simulator(vendor: str) -> Simulator:
    """Return the one that signs for all tests; its clock stands at the start of theirs."""
    return simulator_class(vendor)(clock=Clock())


def sent(vendor: str, body: bytes, secret: str = NEW, topic: str | None = None) -> dict[str, str]:
    """Return the headers with which the vendor's simulator, which knows nothing of ours, sends a body."""
    signed = simulator(vendor).signed({"secret": secret}, topic or WHEN[vendor][0], body)
    return {name.lower(): value for name, value in signed.items()}


def body_of(vendor: str) -> bytes:
    return json.dumps(WHEN[vendor][1]).encode()


def received(
    vendor: str, clock: Clock, headers: Mapping[str, str], body: bytes, *secrets: str
) -> Delivery | str | None:
    """Return what came of it, where being unreadable is no surprise."""
    try:
        return webhook(vendor, clock, *secrets).receive(headers, body)
    except ProtocolError:
        return "unreadable"


@each_vendor
def test_what_the_vendor_signed_says_which_record_was_changed(vendor: str) -> None:
    clock, body = Clock(), body_of(vendor)
    headers = sent(vendor, body)
    first, again = (webhook(vendor, clock).receive(headers, body) for _ in range(2))
    assert first is not None
    assert first.change == WHEN[vendor][2]
    assert first == again
    assert first.id
    other = webhook(vendor, clock).receive(sent(vendor, body), body)
    assert other is not None
    assert other.id != first.id, "another delivery of the same body"


@each_vendor
@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_body_is_refused(vendor: str, place: int, bit: int) -> None:
    clock, body = Clock(), body_of(vendor)
    headers = sent(vendor, body)
    place %= len(body)
    flipped = body[:place] + bytes([body[place] ^ 1 << bit]) + body[place + 1 :]
    assert webhook(vendor, clock).receive(headers, flipped) is None


@each_vendor
@given(data=st.data())
def test_any_other_signature_is_refused(vendor: str, data: st.DataObject) -> None:
    clock, body = Clock(), body_of(vendor)
    headers, heard = sent(vendor, body), webhook(vendor, clock)
    right = headers[heard.signature]
    other = data.draw(st.one_of(st.text(), st.sampled_from([right[:-1], right + "=", right.lower(), f" {right}"])))
    if other != right:
        assert heard.receive({**headers, heard.signature: other}, body) is None
    del headers[heard.signature]
    assert heard.receive(headers, body) is None


@each_vendor
def test_two_secrets_live_while_one_replaces_the_other(vendor: str) -> None:
    clock, body = Clock(), body_of(vendor)
    for secret in (NEW, OLD):
        assert webhook(vendor, clock, NEW, OLD).receive(sent(vendor, body, secret), body) is not None
    assert webhook(vendor, clock, NEW).receive(sent(vendor, body, OLD), body) is None


@each_vendor
@given(body=st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "type", "detail", "order_id", "data", "x"]), inner, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_a_signed_body_of_any_kind_is_read_or_found_unreadable(vendor: str, body: bytes) -> None:
    clock = Clock()
    came = received(vendor, clock, sent(vendor, body), body)
    assert came == "unreadable" or isinstance(came, Delivery)


@each_vendor
@pytest.mark.parametrize("id_", ["", "x" * 200, "a b", "a\u0000", "\u0663", None, {}, [], True, 1.5])
def test_an_id_that_is_none_is_unreadable(vendor: str, id_: object) -> None:
    clock = Clock()
    body = json.dumps({**WHEN[vendor][1], "id": id_, "detail": {"id": id_}}).encode()
    assert received(vendor, clock, sent(vendor, body), body) == "unreadable"


@pytest.mark.parametrize(
    ("vendor", "topic", "told"),
    [
        ("shopify", "PRODUCTS_UPDATE", {"id": 1}),
        ("woocommerce", "product.updated", {"id": 1}),
        ("zendesk", "any", {"type": "zen:event-type:user.created", "detail": {"id": "1"}}),
        ("zendesk", "any", {}),
    ],
)
def test_what_is_of_no_interest_is_known_as_that(vendor: str, topic: str, told: Any) -> None:
    clock, body = Clock(), json.dumps(told).encode()
    came = webhook(vendor, clock).receive(sent(vendor, body, topic=topic), body)
    assert came is not None
    assert came.change is None


def test_a_parcel_of_shopify_names_its_order() -> None:
    clock, body = Clock(), b'{"id": 7, "order_id": 5501}'
    came = webhook("shopify", clock).receive(sent("shopify", body, topic="FULFILLMENTS_UPDATE"), body)
    assert came is not None
    assert came.change == OrderChanged("gid://shopify/Order/5501")


def test_woocommerce_greets_without_a_signature_and_only_so() -> None:
    heard = webhook("woocommerce", Clock())
    assert heard.receive({"content-type": "application/x-www-form-urlencoded"}, b"webhook_id=7") == Delivery()
    for body in (b"webhook_id=7&id=1001", b"webhook_id=", b"webhook_id=7\n", b'{"id": 1001}'):
        assert heard.receive({}, body) is None
    assert heard.receive({"x-wc-webhook-signature": "x"}, b"webhook_id=7") is None


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_zendesk_signed_at_another_time_is_refused(minutes: int) -> None:
    clock, body = Clock(), body_of("zendesk")
    headers = sent("zendesk", body)
    clock.now += timedelta(minutes=minutes)
    assert webhook("zendesk", clock).receive(headers, body) is None


@pytest.mark.parametrize("at", ["", "now", "2021-13-01T00:00:00Z", "9" * 400, "\u0662"])
def test_a_time_that_is_none_is_refused_although_it_is_signed(at: str) -> None:
    signature = sign(NEW.encode(), at.encode() + b"{}")
    headers = {"x-zendesk-webhook-signature": signature, "x-zendesk-webhook-signature-timestamp": at}
    assert webhook("zendesk", Clock()).receive(headers, b"{}") is None


class TestStandard:
    """What has no webhooks of its own is told by its administrators, in the form of standardwebhooks.com."""

    SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    NAME, AT = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    BODY = b'{"test": 2432232314}'
    RIGHT = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    """The vector that the makers of the form publish."""

    def headers(self, signature: str = RIGHT, at: object = AT) -> dict[str, str]:
        return {"webhook-id": self.NAME, "webhook-timestamp": str(at), "webhook-signature": signature}

    def heard(self, **late: float) -> Webhook:
        clock = Clock(datetime.fromtimestamp(self.AT, timezone.utc))
        clock.forward(**late)
        return StandardWebhook((self.SECRET,), clock)

    def test_the_published_vector_is_right(self) -> None:
        assert self.heard().receive(self.headers(), self.BODY) == Delivery(self.NAME)

    def test_one_right_signature_of_several_is_enough(self) -> None:
        assert self.heard().receive(self.headers(f"v1a,x {self.RIGHT} v1,y"), self.BODY) is not None

    @pytest.mark.parametrize("signature", ["", "v1,", "v1", RIGHT.replace("v1", "v2"), RIGHT[3:], "v1,\u00e9"])
    def test_another_signature_is_refused(self, signature: str) -> None:
        assert self.heard().receive(self.headers(signature), self.BODY) is None

    @pytest.mark.parametrize("at", ["", "-1", "1e9", "9" * 12, "9" * 40, AT + 1, "\u0661"])
    def test_another_time_is_refused(self, at: object) -> None:
        assert self.heard().receive(self.headers(at=at), self.BODY) is None

    def test_it_is_refused_when_it_is_old(self) -> None:
        assert self.heard(seconds=TOLERANCE.total_seconds()).receive(self.headers(), self.BODY) is not None
        assert self.heard(seconds=TOLERANCE.total_seconds() + 1).receive(self.headers(), self.BODY) is None

    def test_a_secret_that_is_no_base64_is_refused_at_the_start(self) -> None:
        with pytest.raises(SettingsError, match="base64") as refused:
            StandardWebhook(("whsec_not base64",), Clock())
        assert "not base64" not in str(refused.value)

    def test_it_names_a_ticket(self) -> None:
        clock, body = Clock(), b'{"type": "ticket.changed", "data": {"id": 17}}'
        at = int(clock().timestamp())
        heard = StandardWebhook(("any words",), clock)
        signature = f"v1,{sign(b'any words', f'm1.{at}.'.encode() + body)}"
        headers = {"webhook-id": "m1", "webhook-timestamp": str(at), "webhook-signature": signature}
        assert heard.receive(headers, body) == Delivery("m1", TicketChanged("17"))


def test_every_manifest_with_a_webhook_has_one_that_can_be_made() -> None:
    with_webhook = {vendor for vendor in vendors() if manifest_of(vendor).webhook is not None}
    assert with_webhook >= set(WHEN)
    for vendor in with_webhook:
        assert isinstance(webhook(vendor, Clock()), Webhook)

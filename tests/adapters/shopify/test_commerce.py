"""What is Shopify's own: its schema, its bucket, its search, its jobs, and answers that it should not give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import Response
from structlog.testing import capture_logs

from bridge.adapters.shopify import documents
from bridge.errors import BridgeError, BusyError, CredentialsError, NotFoundError, ProtocolError, UnavailableError
from bridge.model.commerce import CartLine, OrderStatus, PaymentKind
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.testing.commerce import CommerceContract
from bridge.testing.commerce_records import NEW_ADDRESS, make_order, make_product, make_unshipped
from bridge.testing.contract import new_email
from simulators.shopify.graph import load_schema
from tests.adapters.shopify.world import ShopifyWorld
from tests.support.any_answer import survives
from tests.support.any_json import any_json
from tests.support.specs import needs_specs, shopify_schema

DOCUMENTS = {name: text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_")}


@needs_specs
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_document_fits_the_schema_of_the_vendor(document: str) -> None:
    assert validate(shopify_schema(), parse(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_document_fits_the_simulator(document: str) -> None:
    assert validate(load_schema(), parse(document)) == []


def _email(world: ShopifyWorld, **changes: Any) -> tuple[str, str]:
    email = new_email()
    number = world.add_order(make_order(email))
    world.shop.state["orders"][-1].update(changes)
    return number, email


def test_order_without_an_email_is_nobodys(world: ShopifyWorld) -> None:
    number, _ = _email(world, email=None)
    for claim in (Claim(email="None"), Claim(email="null"), Claim(email="")):
        with pytest.raises(NotFoundError):
            world.adapter.find_order(number, claim)


def test_app_without_protected_data_shows_nothing(world: ShopifyWorld) -> None:
    number, email = _email(world)
    world.shop.state["protected_data"] = False
    try:
        with pytest.raises(NotFoundError):
            world.adapter.find_order(number, Claim(email=email))
        assert world.adapter.list_orders(email) == []
    finally:
        world.shop.state["protected_data"] = True


def test_two_orders_of_one_number_go_to_their_own_people(world: ShopifyWorld) -> None:
    number, first = _email(world)
    second = new_email()
    world.add_order(make_order(second, number=number))
    for email in (first, second):
        assert world.adapter.find_order(number, Claim(email=email)).email == email


def test_number_that_the_search_takes_for_another_is_not_found(world: ShopifyWorld) -> None:
    email = new_email()
    world.add_order(make_order(email, number="1001-B"))
    with pytest.raises(NotFoundError):
        world.adapter.find_order("1001", Claim(email=email))


def test_throttled_says_when_the_bucket_is_full_enough(world: ShopifyWorld) -> None:
    number, email = _email(world)
    world.shop.state["points"] = {"left": -200.0, "at": world.shop.clock().isoformat()}
    with pytest.raises(BusyError) as caught:
        world.adapter.find_order(number, Claim(email=email))
    assert 2 <= caught.value.retry_after <= 4


def test_missing_scope_is_a_matter_of_credentials(world: ShopifyWorld) -> None:
    number, email = _email(world)
    world.shop.state["scopes"].remove("read_orders")
    try:
        with pytest.raises(CredentialsError):
            world.adapter.find_order(number, Claim(email=email))
    finally:
        world.shop.state["scopes"].append("read_orders")


@pytest.mark.parametrize("status", [402, 404, 423])
def test_frozen_or_missing_shop_is_unavailable_and_no_missing_order(world: ShopifyWorld, status: int) -> None:
    world.shop.faults.put(f"POST/admin/api/*={status}")
    with pytest.raises(UnavailableError):
        world.adapter.find_order("1001", Claim(email="ann@example.test"))


@pytest.mark.parametrize(
    ("amount", "minor"), [("39.8", 3980), ("39.80", 3980), ("39,80", 3980), (39.8, 3980), (39, 3900)]
)
def test_money_is_read_however_it_is_written(world: ShopifyWorld, amount: Any, minor: int) -> None:
    money = {"amount": amount, "currencyCode": "USD"}
    number, email = _email(world, totalPriceSet={"shopMoney": money, "presentmentMoney": money})
    assert world.adapter.find_order(number, Claim(email=email)).total == Money(minor, "USD")


def test_time_with_a_zone_is_told_in_utc(world: ShopifyWorld) -> None:
    number, email = _email(world, createdAt="2026-11-21T23:30:00-05:00")
    assert world.adapter.find_order(number, Claim(email=email)).placed_at.isoformat() == "2026-11-22T04:30:00+00:00"


@pytest.mark.parametrize("field", ["name", "createdAt", "displayFulfillmentStatus", "totalPriceSet", "returnStatus"])
def test_null_where_the_schema_says_never_is_a_protocol_error(world: ShopifyWorld, field: str) -> None:
    number, email = _email(world)
    whole = {"id": "gid://shopify/Order/6001", "name": f"#{number}", "email": email, "shippingAddress": None}
    order = {
        **world.shop.state["orders"][-1],
        **whole,
        "lineItems": {"nodes": []},
        "fulfillments": [],
        "transactions": [],
    }
    answers = [{"orders": {"nodes": [whole]}}, {"order": {**order, field: None}}]
    if field == "name":
        answers[0] = {"orders": {"nodes": [{**whole, "name": None}]}}
    with _answering(world, answers), pytest.raises(ProtocolError):
        world.adapter.find_order(number, Claim(email=email))


def test_record_of_another_person_is_refused(world: ShopifyWorld) -> None:
    number, email = _email(world)
    other = {**world.shop.state["orders"][-1], "email": new_email(), "lineItems": {"nodes": []}, "fulfillments": []}
    mine = {"id": other["id"], "name": f"#{number}", "email": email, "shippingAddress": None}
    with _answering(world, [{"orders": {"nodes": [mine]}}, {"order": other}]), pytest.raises(NotFoundError):
        world.adapter.find_order(number, Claim(email=email))


def test_another_order_than_the_one_asked_for_is_refused_and_reported(world: ShopifyWorld) -> None:
    number, email = _email(world)
    mine = {"id": "gid://shopify/Order/6001", "name": f"#{number}", "email": email, "shippingAddress": None}
    other = {**world.shop.state["orders"][-1], "id": "gid://shopify/Order/6002"}
    answers = [{"orders": {"nodes": [mine]}}, {"order": other}]
    with capture_logs() as logs, _answering(world, answers), pytest.raises(ProtocolError):
        world.adapter.find_order(number, Claim(email=email))
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["another_record"]


def test_cancellation_is_a_job_and_asked_for_once(world: ShopifyWorld) -> None:
    email = new_email()
    order = world.adapter.find_order(world.add_order(make_unshipped(email)), Claim(email=email))
    assert world.adapter.cancel_order(order.id, "k").status is OrderStatus.PENDING_SHIPMENT
    world.settle()
    assert world.adapter.cancel_order(order.id, "k").status is OrderStatus.CANCELLED
    assert len(world.shop.state["jobs"]) == 1


def test_user_errors_of_a_checkout_are_told_as_its_lines(world: ShopifyWorld) -> None:
    with pytest.raises(BridgeError) as caught:
        world.adapter.create_checkout("ann@example.test", [CartLine("gid://shopify/ProductVariant/1", 1)], "k")
    assert (type(caught.value).__name__, getattr(caught.value, "field", "")) == ("InvalidError", "lines")


def test_card_is_told_by_brand_and_last_four_only(world: ShopifyWorld) -> None:
    amount = world.shop.state["orders"]
    paid = {
        "__typename": "CardPaymentDetails",
        "company": "Visa",
        "number": "\u2022\u2022\u2022\u2022 4242",
        "paymentMethodName": "card",
    }
    number, email = _email(world)
    sale = {
        "id": "gid://shopify/OrderTransaction/1",
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": "shopify_payments",
    }
    order = amount[-1]
    order["transactions"] = [{**sale, "amountSet": order["totalPriceSet"], "paymentDetails": paid}]
    (payment,) = world.adapter.find_order(number, Claim(email=email)).payments
    assert (payment.kind, payment.brand, payment.last_four) == (PaymentKind.CREDIT_CARD, "Visa", "4242")


def test_address_is_written_as_the_schema_takes_it(world: ShopifyWorld) -> None:
    email = new_email()
    order = world.adapter.find_order(world.add_order(make_unshipped(email)), Claim(email=email))
    world.adapter.change_address(order.id, NEW_ADDRESS, "k")
    sent = [request.json for request in world.shop.requests if b"orderUpdate" in request.body][-1]["variables"]["input"]
    assert sent["shippingAddress"]["countryCode"] == "GB"
    assert set(sent["shippingAddress"]) <= set(load_schema().type_map["MailingAddressInput"].fields)  # type: ignore[attr-defined]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_no_text_breaks_the_search(world: ShopifyWorld, text: str) -> None:
    if not world.shop.state["products"]:
        world.add_product(make_product("Teapot"))
    found = world.adapter.search_products(text)
    assert all(word in "teapot" for product in found for word in text.casefold().split())
    with pytest.raises(NotFoundError):
        world.adapter.find_order(text or "x", Claim(email="nobody@example.test"))


_WORDS = ["", "gid://shopify/Order/6001", "#1001", "ACTIVE", "x@y.test", "2026-01-21T12:00:00Z", "19.90", "USD"]
_VALUES = st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from([*_WORDS, "THROTTLED", "NOT_FOUND"])
_FIELDS = ["order", "orders", "nodes", "products", "shop", "draftOrders", "draftOrder", "orderCancel", "orderUpdate"]
_FIELDS += ["returnRequest", "userErrors", "orderCancelUserErrors", "code", "job", "id", "name", "email", "returns"]
_FIELDS += ["returnLineItems", "customerNote", "pageInfo", "hasNextPage", "cancelledAt", "shippingAddress", "status"]
_ANSWERS = st.one_of(
    any_json(["data", "errors", "extensions", *_FIELDS], _VALUES),
    st.fixed_dictionaries({"data": st.dictionaries(st.sampled_from(_FIELDS), any_json(_FIELDS, _VALUES, 20))}),
    st.fixed_dictionaries({"errors": st.lists(any_json(["extensions", "code", "message"], _VALUES), max_size=2)}),
)


def test_whatever_comes_back_is_a_value_or_an_error_of_ours(world: ShopifyWorld) -> None:
    survives(world.adapter, CommerceContract().calls(world, new_email()), _ANSWERS)


@contextmanager
def _saying(world: ShopifyWorld, *bodies: Any) -> Iterator[None]:
    """Let the simulator answer these, the last of them to everything."""
    left = list(bodies)

    def answered(_query: str, _variables: Any) -> Response:
        return Response(json.dumps(left.pop(0) if len(left) > 1 else left[0]), media_type="application/json")

    world.shop._answered = answered  # type: ignore[method-assign]
    try:
        yield
    finally:
        del world.shop._answered


def _answering(world: ShopifyWorld, answers: list[dict[str, Any]]) -> AbstractContextManager[None]:
    return _saying(world, *({"data": answer} for answer in answers))

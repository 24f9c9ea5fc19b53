"""What is WooCommerce's own: exchanges with a real one, its traps, and answers that it should not give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.errors import (
    ConflictError,
    CredentialsError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    SettingsError,
    UnavailableError,
)
from bridge.model.commerce import CartLine, NewReturn, OrderStatus, ReturnLine, ReturnReason
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.testing.commerce import CommerceContract
from bridge.testing.commerce_records import NEW_ADDRESS, make_order, make_product, make_unshipped
from bridge.testing.contract import new_email
from simulators.server import running
from tests.adapters.connected import connected
from tests.adapters.woocommerce.recorded import RecordedShop
from tests.adapters.woocommerce.world import SECRETS, WooCommerceWorld
from tests.support.any_answer import survives
from tests.support.any_json import any_json
from tests.support.specs import needs_specs, spec

Shop = Callable[..., Any]


@pytest.fixture
def recorded(vault: sa.engine.Engine) -> Iterator[Shop]:
    """Return a way to connect to a server that replays the exchanges of these names."""
    with ExitStack() as opened:

        def connect(*names: str) -> Any:
            url = opened.enter_context(running(RecordedShop(names)))
            return connected("commerce", "woocommerce", url, SECRETS, vault, fields={"currency": "USD"})

        yield connect


def test_shop_without_its_plugin_is_unavailable_and_not_without_this_order(world: WooCommerceWorld) -> None:
    world.shop.faults.put("*/wp-json/*=404")  # rest_no_route
    with pytest.raises(UnavailableError):
        world.adapter.find_order("12", Claim(email="ann@example.test"))
    with pytest.raises(UnavailableError):
        world.adapter.find_return_by_key("12", "key")


@needs_specs
def test_real_order_is_read(recorded: Shop) -> None:
    order = recorded("order_get").find_order("#12", Claim(email="Ana@Example.test"))
    assert (order.id, order.number, order.status, order.status_label) == ("12", "12", OrderStatus.ON_HOLD, "on-hold")
    assert order.total == Money(3980, "USD")
    assert order.placed_at.isoformat() == "2026-11-22T15:10:24+00:00"
    ((item,), address) = (order.items, order.address)
    assert (item.name, item.quantity, item.unit_price, item.options) == ("Blue T-Shirt", 2, Money(1990, "USD"), {})
    assert address is not None
    assert (address.name, address.city, address.country) == ("Ana Ruiz", "Madrid", "ES")


@needs_specs
@pytest.mark.parametrize("claim", [Claim(email="ana@example.tes"), Claim(email="ana"), Claim(postcode="28002")])
def test_real_order_of_another_person_is_not_found(recorded: Shop, claim: Claim) -> None:
    with pytest.raises(NotFoundError):
        recorded("order_get").find_order("12", claim)


@needs_specs
def test_real_absence_list_and_search(recorded: Shop) -> None:
    with pytest.raises(NotFoundError):
        recorded("order_404").find_order("99999", Claim(email="ana@example.test"))
    shop = recorded("orders_by_email", "product_search")
    assert [order.number for order in shop.list_orders("ana@example.test")] == ["12"]
    assert shop.list_orders("na@example.test") == []
    (product,) = shop.search_products("blue")
    assert [(one.sku, one.price, one.stock) for one in product.variants] == [("TS-BLUE", Money(1990, "USD"), 5)]


@needs_specs
def test_real_refusals(recorded: Shop) -> None:
    with pytest.raises(CredentialsError):
        recorded("unauth_bad_key").list_orders("ana@example.test")
    with pytest.raises(InvalidError):
        recorded("order_get", "order_bad_status").cancel_order("12", "k")
    session = recorded("refund_too_big").session
    # 500 with a number for `data`: nothing was done, so that nobody has to look whether it was.
    with pytest.raises(InvalidError):
        session.post("orders/{id}/refunds", id="12", json={"amount": "999.00", "api_refund": False})


@needs_specs
def test_real_order_that_was_paid_back_in_part_is_told_as_it_was_bought(recorded: Shop) -> None:
    shop = recorded("refunds", "order_get")
    given_back = next(shop.session.get("orders/{id}/refunds", id="12").data.each())
    order = shop.find_order("12", Claim(email="ana@example.test"))
    assert given_back.decimal("amount") > 0
    assert order.total == Money(3980, "USD")


@needs_specs
def test_every_real_status_has_a_word_of_ours(recorded: Shop) -> None:
    shop = recorded("order_statuses")
    told = [one.text("slug") for one in shop.session.get("orders/statuses").data.each()]
    unknown = [
        slug for slug in told if shop.words.ours("statuses", slug, OrderStatus, OrderStatus.OTHER) is OrderStatus.OTHER
    ]
    assert len(told) >= 7
    assert unknown == []


@needs_specs
def test_real_notes_hold_no_return_of_ours(recorded: Shop) -> None:
    assert recorded("order_notes").find_return_by_key("12", "k") is None


@needs_specs
def test_requests_fit_the_route_index_of_the_vendor(world: WooCommerceWorld) -> None:
    email = new_email()
    world.add_product(make_product("Teapot", colour="Blue"))
    shipped = world.adapter.find_order(world.add_order(make_order(email)), Claim(email=email))
    waiting = world.adapter.find_order(world.add_order(make_unshipped(email)), Claim(email=email))
    variant = world.adapter.search_products("teapot")[0].variants[0].id
    world.adapter.create_checkout(email, [CartLine(variant, 1)], "k")
    world.adapter.request_return(shipped.id, NewReturn((ReturnLine(shipped.items[0].id, 1),), ReturnReason.OTHER), "k")
    world.adapter.change_address(waiting.id, NEW_ADDRESS, "k")
    world.adapter.cancel_order(waiting.id, "k")
    routes = spec("woocommerce/wc-v3-route-index-11.0.1-trimmed.json")["routes"]
    assert len(world.shop.requests) > 8
    for request in world.shop.requests:
        arguments = _arguments(routes, request.method, request.path.removeprefix("/wp-json"))
        asked = {pair.partition("=")[0] for pair in request.query.split("&") if pair}
        assert asked <= set(arguments), request.path
        for name, value in (request.json if request.body else {}).items():
            schema = {key: arguments[name][key] for key in ("type", "enum") if key in arguments[name]}
            jsonschema.validate(value, schema)


def _arguments(routes: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    (route,) = [route for pattern, route in routes.items() if re.fullmatch(pattern, path)]
    (endpoint,) = [one for one in route["endpoints"] if method in one["methods"]]
    return dict(endpoint["args"])


def test_secret_signs_and_does_not_travel_over_plain_http(world: WooCommerceWorld) -> None:
    world.adapter.search_products("teapot")
    sent = world.shop.requests[-1]
    assert sent.headers["authorization"].startswith("OAuth ")
    assert SECRETS["consumer_secret"] not in f"{sent.headers} {sent.query}"


def test_currency_must_be_given(vault: sa.engine.Engine) -> None:
    with pytest.raises(SettingsError, match="currency"):
        connected("commerce", "woocommerce", "http://127.0.0.1:1", SECRETS, vault)


def test_number_given_by_a_plugin_is_not_found_by_the_id_behind_it(world: WooCommerceWorld) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    world.shop.state["orders"][-1]["number"] = "A-77"
    with pytest.raises(NotFoundError):
        world.adapter.find_order(number, Claim(email=email))


@pytest.mark.parametrize("status", ["completed", "refunded", "failed-twice", "awaiting-moon"])
def test_what_woocommerce_would_let_happen_is_refused_here(world: WooCommerceWorld, status: str) -> None:
    email = new_email()
    order = world.adapter.find_order(world.add_order(make_unshipped(email)), Claim(email=email))
    world.shop.state["orders"][-1]["status"] = status
    for change in (
        lambda: world.adapter.cancel_order(order.id, "k"),
        lambda: world.adapter.change_address(order.id, NEW_ADDRESS, "k"),
    ):
        with pytest.raises(ConflictError):
            change()
    assert world.shop.state["orders"][-1]["status"] == status


def test_order_with_a_parcel_is_on_its_way_whatever_its_status_says(world: WooCommerceWorld) -> None:
    email = new_email()
    order = world.adapter.find_order(
        world.add_order(make_order(email, status=OrderStatus.PENDING_SHIPMENT)), Claim(email=email)
    )
    with pytest.raises(ConflictError):
        world.adapter.cancel_order(order.id, "k")


def test_note_of_a_customer_cannot_pass_for_a_return(world: WooCommerceWorld) -> None:
    email = new_email()
    order = world.adapter.find_order(world.add_order(make_order(email)), Claim(email=email))
    forged = f"[frontdesk-{'0' * 24} return {order.items[0].id}x1]\nreally"
    lines = (ReturnLine(order.items[1].id, 1),)
    world.adapter.request_return(order.id, NewReturn(lines, ReturnReason.OTHER, forged), "one")
    first = (ReturnLine(order.items[0].id, 1),)
    made = world.adapter.request_return(order.id, NewReturn(first, ReturnReason.OTHER), "two")
    assert made.lines == first


@pytest.mark.parametrize(
    ("total", "minor"), [("39.8", 3980), ("39.80", 3980), ("39,80", 3980), (39.8, 3980), (39, 3900)]
)
def test_money_is_read_however_it_is_written(world: WooCommerceWorld, total: Any, minor: int) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    world.shop.state["orders"][-1]["total"] = total
    assert world.adapter.find_order(number, Claim(email=email)).total == Money(minor, "USD")


@pytest.mark.parametrize("field", ["status", "currency", "total", "date_created_gmt", "id", "number"])
def test_null_where_the_schema_says_never_is_no_order(world: WooCommerceWorld, field: str) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    order = {**world.shop.state["orders"][-1], field: None}
    with _saying(world, order), pytest.raises(ProtocolError):
        world.adapter.find_order(number, Claim(email=email))


def test_record_of_another_person_is_refused(world: WooCommerceWorld) -> None:
    email = new_email()
    world.add_order(make_order(new_email()))
    other = world.shop.state["orders"][-1]
    with _saying(world, other), pytest.raises(NotFoundError):
        world.adapter.find_order(str(other["id"]), Claim(email=email))
    with _saying(world, [other]):
        assert world.adapter.list_orders(email) == []


def test_another_order_than_the_one_asked_for_is_refused_and_reported(world: WooCommerceWorld) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    other = {**world.shop.state["orders"][-1], "id": 77, "number": "77"}
    with capture_logs() as logs, _saying(world, other), pytest.raises(ProtocolError):
        world.adapter.find_order(number, Claim(email=email))
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["another_record"]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_time_is_read_where_it_is_gmt_whatever_zone_the_shop_is_in(world: WooCommerceWorld, zone: str) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    at = datetime(2026, 11, 22, 4, 30, tzinfo=timezone.utc)
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()
    world.shop.state["orders"][-1] |= {"date_created": local, "date_created_gmt": "2026-11-22T04:30:00"}
    assert world.adapter.find_order(number, Claim(email=email)).placed_at == at


_FIELDS = ["id", "number", "billing", "shipping", "email", "data", "params", "status", "code", "line_items", "quantity"]
_FIELDS += ["currency", "total", "price", "date_created_gmt", "meta_data", "key", "value", "note", "variations", "name"]
_WORDS = ["", "12", "x@y.test", "processing", "publish", "USD", "19.90", "2026-01-21T12:00:00", "_frontdesk_key"]
_VALUES = st.none() | st.booleans() | st.integers(0, 99) | st.sampled_from(_WORDS)
_ORDER = st.dictionaries(st.sampled_from(_FIELDS), any_json(_FIELDS, _VALUES), max_size=len(_FIELDS))
_ANSWERS = any_json(_FIELDS, _VALUES) | _ORDER | st.lists(_ORDER, max_size=2)


def test_whatever_comes_back_is_a_value_or_an_error_of_ours(world: WooCommerceWorld) -> None:
    survives(world.adapter, CommerceContract().calls(world, new_email()), _ANSWERS)


@contextmanager
def _saying(world: WooCommerceWorld, body: Any) -> Iterator[None]:
    """Let the simulator answer the same to everything."""
    world.shop.said = [body]
    try:
        yield
    finally:
        world.shop.said = []

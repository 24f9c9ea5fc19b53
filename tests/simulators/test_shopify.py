"""The simulator of Shopify does what Shopify's documents say, also where that is unpleasant."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from graphql import (
    is_input_object_type,
    parse,
    validate,
)

from simulators.server import running
from simulators.shopify import Shopify
from simulators.shopify.graph import load_schema
from tests.simulators.toy import Toy
from tests.support.specs import needs_specs, shopify_schema, spec

GRAPHQL = "/admin/api/2026-10/graphql.json"
ORDERS = "query($q:String){orders(first:5,query:$q){nodes{id name email cancelledAt displayFinancialStatus}}}"
CANCEL = (
    "mutation($id:ID!){orderCancel(orderId:$id,reason:CUSTOMER,restock:true,"
    "refundMethod:{originalPaymentMethodsRefund:true}){job{id done} orderCancelUserErrors{code}}}"
)
RETURN = "mutation($i:ReturnRequestInput!){returnRequest(input:$i){return{name status} userErrors{field code}}}"
Ask = Callable[..., dict[str, Any]]


class Clock:
    """Stand still until moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Shopify:
    return Shopify(clock=clock)


@pytest.fixture
def client(shop: Shopify) -> Iterator[httpx.Client]:
    with running(shop) as url, httpx.Client(base_url=url) as opened:
        yield opened


def token(client: httpx.Client, **changes: str) -> httpx.Response:
    given = {"client_id": "sandbox-shopify-client", "client_secret": "sandbox-shopify-secret"}
    body = {**given, "grant_type": "client_credentials", **changes}
    return client.post("/admin/oauth/access_token", json=body)


@pytest.fixture
def ask(client: httpx.Client) -> Ask:
    client.headers["X-Shopify-Access-Token"] = token(client).json()["access_token"]

    def ask(query: str, **variables: Any) -> dict[str, Any]:
        reply = client.post(GRAPHQL, json={"query": query, "variables": variables})
        assert reply.status_code == 200
        return dict(reply.json())

    return ask


def test_token_lives_a_day_and_no_longer(client: httpx.Client, clock: Clock, ask: Ask) -> None:
    assert token(client).json()["expires_in"] == 86_399
    assert token(client, client_secret="wrong").status_code == 400
    clock.now += timedelta(hours=23, minutes=59)
    assert ask(ORDERS)["data"]
    clock.now += timedelta(minutes=1)
    assert client.post(GRAPHQL, json={"query": ORDERS}).status_code == 401


def test_order_is_found_by_name_and_email(ask: Ask) -> None:
    found = ask(ORDERS, q="name:'#1001' AND email:'ana.ruiz@example.test'")["data"]["orders"]["nodes"]
    assert [(order["name"], order["email"]) for order in found] == [("#1001", "ana.ruiz@example.test")]


@pytest.mark.parametrize("query", ["name:1001", "email:ruiz", "email:'ana@example.test'", "ana"])
def test_search_is_loose(ask: Ask, query: str) -> None:
    assert "#1001" in [order["name"] for order in ask(ORDERS, q=query)["data"]["orders"]["nodes"]]


def test_field_that_shopify_does_not_know_filters_nothing(ask: Ask) -> None:
    assert len(ask(ORDERS, q="number:1")["data"]["orders"]["nodes"]) == 5


def test_search_that_cannot_be_read_is_an_error_with_status_200(ask: Ask) -> None:
    assert ask(ORDERS, q='name:"#1001')["errors"]


def test_missing_scope_and_protected_data(shop: Shopify, ask: Ask) -> None:
    shop.state["protected_data"] = False
    assert ask(ORDERS, q="name:1001")["data"]["orders"]["nodes"][0]["email"] is None
    shop.state["scopes"].remove("read_orders")
    assert ask(ORDERS)["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_orders_older_than_sixty_days_need_a_scope_of_their_own(shop: Shopify, clock: Clock, ask: Ask) -> None:
    shop.state["orders"][0]["createdAt"] = "2026-01-01T00:00:00Z"
    assert ask(ORDERS, q="name:1001")["data"]["orders"]["nodes"] == []
    shop.state["scopes"].append("read_all_orders")
    assert len(ask(ORDERS, q="name:1001")["data"]["orders"]["nodes"]) == 1


def test_bucket_empties_and_fills_again(shop: Shopify, clock: Clock, ask: Ask) -> None:
    shop.state["points"]["left"] = 3.0
    throttled = ask(ORDERS)
    status = throttled["extensions"]["cost"]["throttleStatus"]
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert (status["currentlyAvailable"], status["restoreRate"]) == (3, 100.0)
    assert "data" not in throttled
    clock.now += timedelta(seconds=1)
    assert ask(ORDERS)["data"]
    wide = ask("{orders(first:250){nodes{lineItems(first:250){nodes{id}}}}}")
    assert wide["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_cancel_is_a_job_that_takes_its_time(shop: Shopify, clock: Clock, ask: Ask) -> None:
    job = ask(CANCEL, id="gid://shopify/Order/5502")["data"]["orderCancel"]["job"]
    assert job["done"] is False
    assert ask(ORDERS, q="name:1002")["data"]["orders"]["nodes"][0]["cancelledAt"] is None
    clock.now += timedelta(seconds=1)
    cancelled = ask(ORDERS, q="name:1002")["data"]["orders"]["nodes"][0]
    assert cancelled["cancelledAt"]
    assert cancelled["displayFinancialStatus"] == "REFUNDED"
    assert ask("query($i:ID!){job(id:$i){done}}", i=job["id"])["data"]["job"]["done"] is True


@pytest.mark.parametrize(("order", "code"), [("5501", "INVALID"), ("5506", "INVALID"), ("1", "NOT_FOUND")])
def test_cancel_is_refused_in_user_errors(ask: Ask, order: str, code: str) -> None:
    answer = ask(CANCEL, id=f"gid://shopify/Order/{order}")["data"]["orderCancel"]
    assert answer == {"job": None, "orderCancelUserErrors": [{"code": code}]}


def test_return_takes_what_was_sent_and_not_more(ask: Ask) -> None:
    line = {"fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/550400", "quantity": 1}
    asked = {"orderId": "gid://shopify/Order/5504", "returnLineItems": [line]}
    made = ask(RETURN, i=asked)["data"]["returnRequest"]
    assert made == {"return": {"name": "#1004-R1", "status": "REQUESTED"}, "userErrors": []}
    again = ask(RETURN, i=asked)["data"]["returnRequest"]
    assert again["return"] is None
    assert again["userErrors"][0]["code"] == "INVALID"


def test_refund_needs_an_idempotency_key_which_the_schema_does_not_say(ask: Ask) -> None:
    refund = 'mutation($k:String!){refundCreate(input:{orderId:"gid://shopify/Order/5504"}) %s{refund{id}}}'
    assert ask((refund % "").replace("($k:String!)", ""))["errors"]
    first, second = (ask(refund % "@idempotent(key:$k)", k="one")["data"] for _ in range(2))
    assert first == second


def test_webhook_is_signed_with_the_secret_of_the_app(shop: Shopify, ask: Ask, clock: Clock) -> None:
    listener = Toy()
    subscribe = (
        "mutation($w:WebhookSubscriptionInput!)"
        "{webhookSubscriptionCreate(topic:ORDERS_CANCELLED,webhookSubscription:$w){userErrors{message}}}"
    )
    with running(listener) as url:
        ask(subscribe, w={"uri": f"{url}/hook"})
        ask(CANCEL, id="gid://shopify/Order/5502")
        clock.now += timedelta(seconds=1)
        ask(ORDERS)
        shop.settle()
    (got,) = listener.requests
    digest = hmac.new(b"sandbox-shopify-secret", got.body, hashlib.sha256).digest()
    assert got.headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()
    assert (got.headers["x-shopify-topic"], got.json["name"]) == ("orders/cancelled", "#1002")


def test_busy_fault_is_a_bucket_that_needs_so_long(shop: Shopify, ask: Ask) -> None:
    shop.faults.put("POST/admin/api/*=429:7*1")
    told = ask(ORDERS)["extensions"]["cost"]
    missing = told["requestedQueryCost"] - told["throttleStatus"]["currentlyAvailable"]
    assert missing / told["throttleStatus"]["restoreRate"] == pytest.approx(7)


@needs_specs
def test_schema_is_a_part_of_the_vendors() -> None:
    ours, theirs = load_schema(), shopify_schema()
    wrong = []
    for name, kind in ours.type_map.items():
        if name.startswith("__") or not hasattr(kind, "fields"):
            continue
        for field, mine in kind.fields.items():
            vendors = theirs.type_map[name].fields.get(field)  # type: ignore[attr-defined]
            if vendors is None or str(vendors.type) != str(mine.type):
                wrong.append(f"{name}.{field}")
            elif not is_input_object_type(kind):
                wrong += [
                    f"{name}.{field}({arg})"
                    for arg in mine.args
                    if str(vendors.args[arg].type) != str(mine.args[arg].type)
                ]
    assert wrong == []
    for name, kind in ours.type_map.items():
        if hasattr(kind, "values") and not name.startswith("__"):
            assert set(kind.values) <= set(theirs.type_map[name].values), name  # type: ignore[attr-defined]


@needs_specs
@pytest.mark.parametrize("operation", ["find_order", "job", "shop", "return_request", "cancel", "draft", "returnable"])
def test_operations_of_the_sheet_are_understood(operation: str) -> None:
    query = spec("shopify/operations.json")[operation]
    assert validate(load_schema(), parse(query)) == []

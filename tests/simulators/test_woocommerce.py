"""The simulator of WooCommerce has the traps that were measured on a real one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator

import httpx
import jsonschema
import pytest
import requests
from requests_oauthlib import OAuth1

from simulators.server import running
from simulators.woocommerce import WooCommerce
from tests.simulators.toy import Toy
from tests.support.specs import needs_specs, wordpress_schema

API = "/wp-json/wc/v3"
BASIC = ("ck_sandbox", "cs_sandbox")
TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture
def shop() -> WooCommerce:
    return WooCommerce()


@pytest.fixture
def url(shop: WooCommerce) -> Iterator[str]:
    with running(shop) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url + API, auth=BASIC, headers=TLS) as opened:
        yield opened


def test_basic_and_query_keys_count_only_over_https(url: str) -> None:
    keys = {"consumer_key": BASIC[0], "consumer_secret": BASIC[1]}
    address = f"{url}{API}/orders/1001"
    assert httpx.get(address, auth=BASIC, headers=TLS).status_code == 200
    assert httpx.get(address, params=keys, headers=TLS).status_code == 200
    refused = [
        httpx.get(address, auth=BASIC),
        httpx.get(address, params=keys),
        httpx.get(address),
        httpx.get(address, auth=(BASIC[0], "wrong"), headers=TLS),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(401, "woocommerce_rest_cannot_view")] * 4


@pytest.mark.parametrize(
    "path", ["/orders/1001", "/orders?search=ana.ruiz%40example.test&per_page=5", "/products?search=a%20%25b"]
)
def test_signature_counts_over_http(url: str, path: str) -> None:
    signing = OAuth1(BASIC[0], client_secret=BASIC[1], signature_method="HMAC-SHA256")
    assert requests.get(url + API + path, auth=signing, timeout=5).status_code == 200
    wrong = OAuth1(BASIC[0], client_secret="wrong", signature_method="HMAC-SHA256")
    assert requests.get(url + API + path, auth=wrong, timeout=5).status_code == 401


def test_signature_counts_once_and_in_its_time(url: str) -> None:
    def statuses(moment: int) -> list[int]:
        signing = OAuth1(BASIC[0], client_secret=BASIC[1], signature_method="HMAC-SHA256")
        signing.client.nonce, signing.client.timestamp = "one", str(moment)
        return [requests.get(f"{url}{API}/orders/1001", auth=signing, timeout=5).status_code for _ in range(2)]

    now = int(time.time())
    assert statuses(now) == [200, 401]
    assert statuses(now - 3600) == [401, 401]


def test_number_is_ignored_and_search_is_partial(client: httpx.Client) -> None:
    assert len(client.get("/orders", params={"number": "1001"}).json()) == 10
    assert {one["number"] for one in client.get("/orders", params={"search": "ana"}).json()} == {"1001", "1002"}
    assert [one["id"] for one in client.get("/orders", params={"search": "1003"}).json()] == [1003]
    assert client.get("/orders", params={"search": "#1003"}).json() == []


def test_pages_are_counted_in_headers(client: httpx.Client) -> None:
    first = client.get("/orders", params={"per_page": 4})
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("10", "3")
    assert 'rel="next"' in first.headers["Link"]
    assert "Link" not in client.get("/orders", params={"per_page": 4, "page": 3}).headers
    assert client.get("/orders", params={"per_page": 200}).status_code == 400


def test_every_transition_is_accepted_and_stock_comes_back(client: httpx.Client, shop: WooCommerce) -> None:
    item = client.get("/orders/1004").json()["line_items"][0]
    where = f"/products/{item['product_id']}/variations"

    def stock() -> int:
        return int(
            next(one for one in client.get(where, params={"per_page": 50}).json() if one["id"] == item["variation_id"])[
                "stock_quantity"
            ]
        )

    before = stock()
    for status in ("cancelled", "cancelled", "processing", "completed"):
        assert client.put("/orders/1004", json={"status": status}).json()["status"] == status
    assert stock() == before + 1
    refused = client.put("/orders/1004", json={"status": "bogus"})
    assert (refused.status_code, refused.json()["code"]) == (400, "rest_invalid_param")


def test_refund_above_the_rest_is_500_with_a_number_for_data(client: httpx.Client) -> None:
    assert client.post("/orders/1004/refunds", json={"amount": "100.00", "api_refund": False}).status_code == 201
    refused = client.post("/orders/1004/refunds", json={"amount": "20.00", "api_refund": False})
    assert (refused.status_code, refused.json()["data"]) == (500, 500)


def test_same_key_twice_is_two_orders(client: httpx.Client) -> None:
    product = client.get("/products", params={"sku": "LAMP"}).json()[0]
    body = {"line_items": [{"product_id": product["id"], "quantity": 2}], "billing": {"email": "new@example.test"}}
    made = [client.post("/orders", json=body, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]
    assert (made[0]["status"], made[0]["total"]) == ("pending", "78.00")
    assert "pay_for_order=true" in made[0]["payment_url"]


def test_key_that_may_only_read(url: str) -> None:
    read = WooCommerce.read_only
    assert httpx.get(f"{url}{API}/orders/1001", auth=read, headers=TLS).status_code == 200
    assert httpx.put(f"{url}{API}/orders/1001", auth=read, headers=TLS, json={}).status_code == 401


def test_webhook_begins_with_a_ping_without_a_signature(client: httpx.Client, shop: WooCommerce) -> None:
    listener = Toy()
    with running(listener) as url:
        hook = {"name": "x", "topic": "order.updated", "delivery_url": f"{url}/hook", "secret": "shh"}
        assert client.post("/webhooks", json=hook).status_code == 201
        client.put("/orders/1002", json={"status": "on-hold"})
        shop.settle()
    ping, told = listener.requests
    assert ping.body == b"webhook_id=1"
    assert "x-wc-webhook-signature" not in ping.headers
    signature = base64.b64encode(hmac.new(b"shh", told.body, hashlib.sha256).digest()).decode()
    assert told.headers["x-wc-webhook-signature"] == signature
    assert (told.json["id"], told.json["status"]) == (1002, "on-hold")


@needs_specs
def test_replies_fit_the_schemas_of_the_vendor(client: httpx.Client) -> None:
    order, product = (
        wordpress_schema("woocommerce/schema-orders.json"),
        wordpress_schema("woocommerce/schema-products.json"),
    )
    del order["properties"]["status"]["enum"]  # plugins add their own
    del order["properties"]["line_items"]["items"]["properties"]["image"]  # its id is "" on the real one as well
    for one in client.get("/orders", params={"per_page": 100}).json():
        jsonschema.validate(one, order)
        assert set(one) <= {*order["properties"], "currency_symbol"}
    for one in client.get("/products", params={"per_page": 100}).json():
        jsonschema.validate(one, product)
        assert set(one) <= set(product["properties"])

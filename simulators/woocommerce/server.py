"""The routes of wc/v3 that a shop assistant uses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Awaitable, Callable
from typing import ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.seed import Fields
from simulators.woocommerce import records
from simulators.woocommerce.auth import Keys
from simulators.woocommerce.orders import Orders
from simulators.woocommerce.products import Products, sold
from simulators.woocommerce.replies import problem

API = "/wp-json/wc/v3"
_WORDS = {
    400: ("rest_invalid_param", "Invalid parameter(s)"),
    401: ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    404: ("rest_no_route", "No route was found matching the URL and request method."),
    500: ("internal_server_error", "There has been a critical error on this website."),
}
Handler = Callable[[Request], Awaitable[Response]]


class WooCommerce(Simulator):
    """Answer as a WooCommerce shop does."""

    vendor: ClassVar[str] = "woocommerce"
    environment: ClassVar[dict[str, str]] = {
        "WOOCOMMERCE_KEY": "ck_sandbox",
        "WOOCOMMERCE_SECRET": "cs_sandbox",
        "WOOCOMMERCE_WEBHOOK_SECRET": "wh_sandbox_of_the_shop",
    }
    webhook_secret: ClassVar[str] = environment["WOOCOMMERCE_WEBHOOK_SECRET"]
    read_only: ClassVar[tuple[str, str]] = ("ck_sandbox_read", "cs_sandbox_read")

    def first_state(self, shop: Fields) -> Fields:
        """Return the shop of the demo, as if its statuses and parcels came from the usual plugins."""
        products = records.products(shop, self.clock())
        things = {one["sku"]: one for one in sold(products)}
        return {
            "currency": shop["shop"]["currency"],
            "products": products,
            "orders": records.orders(shop, things),
            "notes": {},
            "statuses": {
                **records.STATUSES,
                "partial-shipped": "Partially shipped",
                "delivered": "Delivered",
                "delayed": "Delayed",
                "awaiting-customs": "Awaiting customs",
            },
            "next": 2001,
        }

    def routes(self) -> list[BaseRoute]:
        """Return the routes, all behind the same door."""
        keys = self.environment["WOOCOMMERCE_KEY"], self.environment["WOOCOMMERCE_SECRET"]
        self._keys = Keys({keys[0]: (keys[1], "read_write"), self.read_only[0]: (self.read_only[1], "read")})
        orders, products = Orders(self), Products(self)
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/orders", orders.orders),
            ("POST", "/orders", orders.create_order),
            ("GET", "/orders/statuses", orders.statuses),
            ("GET", "/orders/{id:int}", orders.order),
            ("PUT", "/orders/{id:int}", orders.change_order),
            ("GET", "/orders/{id:int}/notes", orders.notes),
            ("POST", "/orders/{id:int}/notes", orders.add_note),
            ("GET", "/orders/{id:int}/refunds", orders.refunds),
            ("POST", "/orders/{id:int}/refunds", orders.refund),
            ("GET", "/products", products.products),
            ("GET", "/products/{id:int}", products.product),
            ("GET", "/products/{id:int}/variations", products.variations),
            ("POST", "/webhooks", self._add_webhook),
        ]
        return [Route(API + path, self._behind(handler), methods=[method]) for method, path, handler in table]

    def failure(self, status: int, message: str = "") -> Response:
        """Return WordPress' error body."""
        code, words = _WORDS.get(status, (f"rest_error_{status}", "Error"))
        return problem(code, message or words, status)

    def busy(self, seconds: float) -> Response:
        """Return what a host or firewall before the shop answers; the shop itself has no limits."""
        return Response(
            "<html><body><h1>429 Too Many Requests</h1></body></html>",
            429,
            {"Retry-After": f"{seconds:g}", "Content-Type": "text/html"},
        )

    def signed(self, hook: Fields, topic: str, body: bytes) -> dict[str, str]:
        """Return WooCommerce's headers; the signature covers the body only."""
        resource, _, event = topic.partition(".")
        digest = hmac.new(hook["secret"].encode(), body, hashlib.sha256).digest()
        return {
            "X-WC-Webhook-Source": f"{records.SHOP}/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-WC-Webhook-ID": str(hook.get("id", 1)),
            "X-WC-Webhook-Delivery-ID": uuid.uuid4().hex,
        }

    def change(self, number: str, wanted: Fields) -> bool:
        """Bring an order to another status, of the demo or of the shop: {"status": "shipped"}."""
        order = next((one for one in self.state["orders"] if one["number"] == number), None)
        status = str(wanted.get("status"))
        return order is not None and Orders(self).bring(order, records.STATES.get(status, status))

    def _behind(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            permission = self._keys.permission(request, self.clock())
            if not permission:
                return self.failure(401)
            if permission == "read" and request.method != "GET":
                message = "The API key provided does not have write permissions."
                return problem("woocommerce_rest_authentication_error", message, 401)
            return await handler(request)

        return guarded

    async def _add_webhook(self, request: Request) -> Response:
        given = await request.json()
        hook = {
            "id": len(self.state["webhooks"]) + 1,
            "url": given["delivery_url"],
            "secret": given.get("secret", ""),
            "topics": [given["topic"]],
        }
        self.state["webhooks"].append(hook)
        # Measured: a form without a signature comes first, to see whether anybody is there.
        self._sending.append(self._sender.submit(self._ping, hook))
        told = {"id": hook["id"], "name": given.get("name", ""), "status": "active", "topic": given["topic"]}
        return JSONResponse({**told, "delivery_url": hook["url"]}, 201)

    def _ping(self, hook: Fields) -> None:
        try:
            status = httpx.post(hook["url"], data={"webhook_id": str(hook["id"])}, timeout=5.0).status_code
        except httpx.HTTPError:
            status = 0
        self.deliveries.append(("ping", status))

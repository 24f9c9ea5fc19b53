"""A shop at the simulator of WooCommerce, as the contract of shops sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.adapters.woocommerce.writing import asked_for
from bridge.model.commerce import Order, OrderStatus, Product
from bridge.testing.broken import PAUSE, Trouble
from bridge.transport import Data
from simulators.woocommerce import WooCommerce, records
from simulators.woocommerce.server import Handler
from tests.adapters.connected import HASTY, connected, dead_url

SECRETS = {
    "consumer_key": WooCommerce.environment["WOOCOMMERCE_KEY"],
    "consumer_secret": WooCommerce.environment["WOOCOMMERCE_SECRET"],
}
_RULES = {
    Trouble.UNAUTHORIZED: ("*/wp-json/*=401",),
    Trouble.FORBIDDEN: ("*/wp-json/*=403",),
    Trouble.BUSY: (f"*/wp-json/*=429:{PAUSE}",),
    Trouble.FAILING: ("*/wp-json/*=500",),
    Trouble.AWAY: ("*/wp-json/*=503",),
    Trouble.HTML: ("*/wp-json/*=html",),
    Trouble.TRUNCATED: ("*/wp-json/*=truncated_json",),
    Trouble.SILENT: (f"*/wp-json/*=delay:{4 * HASTY}",),
    Trouble.LOST: ("POST/wp-json/*=reset_after_write", "PUT/wp-json/*=reset_after_write"),
}
_STATES = {
    OrderStatus.ON_HOLD: "on-hold",
    OrderStatus.PENDING_SHIPMENT: "processing",
    OrderStatus.PARTLY_SHIPPED: "partial-shipped",
    OrderStatus.SHIPPED: "completed",
    OrderStatus.DELAYED: "delayed",
    OrderStatus.DELIVERED: "delivered",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.RETURNED: "refunded",
}


class ScriptedShop(WooCommerce):
    """Answer what a test wants, where it wants anything: `said` holds that one answer."""

    said: Sequence[Any] = ()

    def _behind(self, handler: Handler) -> Handler:
        usual = super()._behind(handler)

        async def answer(request: Request) -> Response:
            return JSONResponse(self.said[0]) if self.said else await usual(request)

        return answer


class WooCommerceWorld:
    """Hold a shop without orders and products; it is reached over http, so every request is signed."""

    def __init__(self, shop: ScriptedShop, url: str, engine: sa.engine.Engine) -> None:
        self.shop = shop
        how: dict[str, Any] = {"fields": {"currency": "USD"}}
        self._patient = self.adapter = connected("commerce", "woocommerce", url, SECRETS, engine, **how)
        self._hasty = connected("commerce", "woocommerce", url, SECRETS, engine, HASTY, **how)
        self.unreachable = connected("commerce", "woocommerce", dead_url(), SECRETS, engine, **how)
        self.clear()

    @property
    def secrets(self) -> Sequence[str]:
        """Return what must be in no log."""
        return [SECRETS["consumer_secret"]]

    def clear(self) -> None:
        """Take everything out of the shop, and make it whole again."""
        self.shop.state.update(orders=[], products=[], notes={})
        self.mend()

    def add_order(self, order: Order) -> str:
        """Put an order into the shop, which gives it a number of its own."""
        number = self._next()
        sold = [
            {
                "sku": item.sku,
                "name": item.name,
                "price": f"{item.unit_price.minor / 100:.2f}",
                "product_id": 1,
                "variation_id": 0,
                "options": item.options,
            }
            for item in order.items
        ]
        quantities = [item.quantity for item in order.items]
        made = records.order_of(number, list(zip(sold, quantities, strict=True)), order.placed_at, order.total.currency)
        made["status"] = _STATES.get(order.status, order.status_label)
        made["total"] = f"{order.total.minor / 100:.2f}"
        made["billing"]["email"] = order.email
        if order.refunded:
            given_back = {
                "id": number + 1,
                "reason": "",
                "total": f"-{order.refunded.minor / 100:.2f}",
                "total_tax": "0.00",
            }
            made["refunds"] = [given_back]
        if order.address:
            first, _, last = order.address.name.partition(" ")
            made["shipping"].update(
                first_name=first,
                last_name=last,
                address_1=order.address.line1,
                city=order.address.city,
                postcode=order.address.postcode,
                country=order.address.country,
            )
        tracked = [
            {"tracking_provider": one.carrier, "tracking_number": one.tracking_number, "date_shipped": "1768901400"}
            for one in order.fulfilments
        ]
        made["meta_data"] = [{"id": 1, "key": records.TRACKING, "value": tracked}] if tracked else []
        self.shop.state["orders"].append(made)
        return str(number)

    def add_product(self, product: Product, *, active: bool = True) -> None:
        """Put a product into the shop."""
        variants = [
            {
                "sku": one.sku,
                "options": one.options,
                "price": f"{one.price.minor / 100:.2f}",
                "stock": one.stock,
            }
            for one in product.variants
        ]
        given = {"code": "", "name": product.name, "description": product.description, "variants": variants}
        self.shop.state["products"].append(records.product(self._next(100), given, self.shop.clock(), published=active))

    def returns(self, order_id: str) -> int:
        """Return how many notes of an order ask for a return."""
        notes = self.shop.state["notes"].get(order_id, [])
        return sum(asked_for(Data(note)) is not None for note in notes)

    def checkouts(self, email: str) -> int:
        """Return how many pending orders wait for this e-mail."""
        return sum(
            order["billing"]["email"] == email and order["status"] == "pending" for order in self.shop.state["orders"]
        )

    def settle(self) -> None:
        """Do nothing: WooCommerce does everything at once."""

    def break_with(self, trouble: Trouble) -> None:
        """Break the server."""
        self.shop.requests.clear()
        if trouble is Trouble.EXPIRED:
            pytest.skip("keys of WooCommerce do not expire")
        self.shop.faults.put(" ".join(_RULES[trouble]))
        self.adapter = self._hasty if trouble is Trouble.SILENT else self._patient

    def mend(self) -> None:
        """Let the server answer as ever."""
        self.shop.faults.put("")
        self.adapter = self._patient

    def changes(self) -> int:
        """Return how many requests came that change something."""
        return sum(request.method != "GET" for request in self.shop.requests)

    def _next(self, step: int = 1) -> int:
        number = int(self.shop.state["next"])
        self.shop.state["next"] = number + step
        return number

"""A shop at the simulator of Shopify, as the contract of shops sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bridge.model.commerce import Fulfilment, Order, OrderItem, OrderStatus, Product
from bridge.model.money import Money
from bridge.testing.broken import PAUSE, Trouble
from simulators.shopify import Shopify
from simulators.shopify.records import address, bag, gid, stamp
from tests.adapters.connected import HASTY, connected, dead_url

SECRETS = {
    "client_id": Shopify.environment["SHOPIFY_CLIENT_ID"],
    "client_secret": Shopify.environment["SHOPIFY_CLIENT_SECRET"],
}
_RULES = {
    Trouble.UNAUTHORIZED: "=401",
    Trouble.FORBIDDEN: "=403",
    Trouble.BUSY: f"=429:{PAUSE}",
    Trouble.FAILING: "=500",
    Trouble.AWAY: "=503",
    Trouble.HTML: "=html",
    Trouble.TRUNCATED: "=truncated_json",
    Trouble.SILENT: f"=delay:{4 * HASTY}",
    Trouble.LOST: "[mutation]=reset_after_write",
}
# Fulfilment status, what the carrier says, and what else differs.
_STATES: dict[OrderStatus, tuple[str, str, dict[str, Any]]] = {
    OrderStatus.ON_HOLD: ("ON_HOLD", "", {}),
    OrderStatus.PENDING_SHIPMENT: ("UNFULFILLED", "", {}),
    OrderStatus.PARTLY_SHIPPED: ("PARTIALLY_FULFILLED", "IN_TRANSIT", {}),
    OrderStatus.SHIPPED: ("FULFILLED", "IN_TRANSIT", {}),
    OrderStatus.DELAYED: ("FULFILLED", "DELAYED", {}),
    OrderStatus.DELIVERED: ("FULFILLED", "DELIVERED", {}),
    OrderStatus.CANCELLED: ("UNFULFILLED", "", {"cancelledAt": "2026-01-21T10:00:00Z"}),
    OrderStatus.RETURNED: ("FULFILLED", "DELIVERED", {"returnStatus": "RETURNED"}),
}


class ShopifyWorld:
    """Hold a shop without orders and products."""

    def __init__(self, shop: Shopify, url: str, engine: sa.engine.Engine) -> None:
        self.shop = shop
        self._patient = self.adapter = connected("commerce", "shopify", url, SECRETS, engine)
        self._hasty = connected("commerce", "shopify", url, SECRETS, engine, HASTY)
        self.unreachable = connected("commerce", "shopify", dead_url(), SECRETS, engine)
        self.clear()

    @property
    def secrets(self) -> Sequence[str]:
        """Return what must be in no log."""
        return [SECRETS["client_secret"], *self.shop.state["tokens"]]

    def clear(self) -> None:
        """Take everything out of the shop, and make it whole again."""
        self.shop.state.update(orders=[], products=[], drafts=[], jobs=[], counters={})
        self.shop.state["scopes"] = [*dict.fromkeys([*self.shop.state["scopes"], "read_all_orders"])]
        self.shop.state["points"]["left"] = 2000.0
        self.mend()

    def add_order(self, order: Order) -> str:
        """Put an order into the shop."""
        number = self._next()
        status, told, differs = _STATES.get(order.status, (order.status_label, "", {}))
        items = [_item(number * 100 + place, item) for place, item in enumerate(order.items)]
        parcels = [
            _parcel(number * 10 + place, one, told, items)
            for place, one in enumerate(order.fulfilments if told or order.status is OrderStatus.OTHER else ())
        ]
        where = order.address
        self.shop.state["orders"].append(
            {
                "id": gid("Order", number),
                "legacyResourceId": str(number),
                "name": f"#{order.number}",
                "email": order.email,
                "note": None,
                "tags": [],
                "createdAt": stamp(order.placed_at),
                "processedAt": stamp(order.placed_at),
                "updatedAt": stamp(order.placed_at),
                "cancelledAt": None,
                "cancelReason": None,
                "displayFinancialStatus": "PAID",
                "displayFulfillmentStatus": status,
                "returnStatus": "NO_RETURN",
                "totalPriceSet": _bag(order.total),
                "totalRefundedSet": _bag(order.refunded or Money(0, order.total.currency)),
                "shippingAddress": where and address(where.name, vars(where)),
                "lineItems": items,
                "transactions": [],
                "fulfillments": parcels,
                "returns": [],
                **differs,
            }
        )
        return order.number

    def add_product(self, product: Product, *, active: bool = True) -> None:
        """Put a product into the shop."""
        number = self._next()
        self.shop.state["products"].append(
            {
                "id": gid("Product", number),
                "title": product.name,
                "handle": f"product-{number}",
                "description": product.description,
                "status": "ACTIVE" if active else "DRAFT",
                "onlineStoreUrl": None,
                "variants": [
                    {
                        "id": gid("ProductVariant", number * 100 + place),
                        "sku": variant.sku,
                        "title": " / ".join(variant.options.values()) or "Default Title",
                        "price": _bag(variant.price)["shopMoney"]["amount"],
                        "selectedOptions": [{"name": name, "value": value} for name, value in variant.options.items()],
                        "inventoryQuantity": variant.stock,
                        "inventoryItem": {
                            "id": gid("InventoryItem", number * 100 + place),
                            "sku": variant.sku,
                            "tracked": variant.stock is not None,
                        },
                    }
                    for place, variant in enumerate(product.variants)
                ],
            }
        )

    def returns(self, order_id: str) -> int:
        """Return how many returns the shop holds of an order."""
        return sum(len(order["returns"]) for order in self.shop.state["orders"] if order["id"] == order_id)

    def checkouts(self, email: str) -> int:
        """Return how many carts wait for this e-mail."""
        return sum(draft["email"] == email for draft in self.shop.state["drafts"])

    def settle(self) -> None:
        """Let cancellations be done at the next request."""
        for job in self.shop.state["jobs"]:
            job["due"] = ""

    def break_with(self, trouble: Trouble) -> None:
        """Break the server."""
        self.shop.requests.clear()
        if trouble is Trouble.EXPIRED:
            self.shop.state["tokens"].clear()
            return
        self.shop.faults.put(f"POST/admin/api/*{_RULES[trouble]}")
        self.adapter = self._hasty if trouble is Trouble.SILENT else self._patient

    def mend(self) -> None:
        """Let the server answer as ever."""
        self.shop.faults.put("")
        self.adapter = self._patient

    def changes(self) -> int:
        """Return how many mutations came."""
        return sum(b"mutation" in request.body for request in self.shop.requests)

    def _next(self) -> int:
        counters: dict[str, int] = self.shop.state["counters"]
        counters["world"] = counters.get("world", 6000) + 1
        return counters["world"]


def _bag(money: Money) -> dict[str, Any]:
    return bag(f"{money.minor / 100:.2f}", money.currency)


def _item(number: int, item: OrderItem) -> dict[str, Any]:
    return {
        "id": gid("LineItem", number),
        "title": item.name,
        "sku": item.sku,
        "variantTitle": None,
        "quantity": item.quantity,
        "currentQuantity": item.quantity,
        "unfulfilledQuantity": 0,
        "originalUnitPriceSet": _bag(item.unit_price),
    }


def _parcel(number: int, parcel: Fulfilment, told: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": gid("Fulfillment", number),
        "status": "SUCCESS",
        "displayStatus": told or None,
        "createdAt": stamp(parcel.shipped_at),
        "estimatedDeliveryAt": stamp(parcel.estimated_delivery),
        "deliveredAt": stamp(parcel.delivered_at),
        "trackingInfo": [{"company": parcel.carrier, "number": parcel.tracking_number, "url": None}],
        "fulfillmentLineItems": [
            {"id": gid("FulfillmentLineItem", number * 10 + at), "lineItemId": item["id"], "quantity": item["quantity"]}
            for at, item in enumerate(items)
            if item["sku"] in parcel.skus
        ],
    }

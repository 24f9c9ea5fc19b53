"""What can be asked of the shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from simulators.seed import Fields
from simulators.shopify.graph import Info
from simulators.shopify.search import Record, SearchError, Texts, search

_ORDERS: Texts = {
    "": lambda order: [order["name"], order["email"] or "", (order["shippingAddress"] or {}).get("name") or ""],
    "name": lambda order: [order["name"]],
    "email": lambda order: [order["email"] or ""],
    "tag": lambda order: order["tags"],
    "created_at": lambda order: [order["createdAt"]],
}
_PRODUCTS: Texts = {
    "": lambda product: [
        product["title"],
        product["description"],
        *(text for variant in product["variants"] for text in (variant["title"], variant["sku"] or "")),
    ],
    "title": lambda product: [product["title"]],
    "status": lambda product: [product["status"]],
    "sku": lambda product: [variant["sku"] or "" for variant in product["variants"]],
}
_DRAFTS: Texts = {
    "": lambda draft: [draft["name"], draft["email"] or ""],
    "tag": lambda draft: draft["tags"],
    "email": lambda draft: [draft["email"] or ""],
}
_SORTED_BY = {"CREATED_AT": "createdAt", "ID": "id", "PROCESSED_AT": "processedAt", "UPDATED_AT": "updatedAt"}


class Queries:
    """Resolve the fields of QueryRoot.

    Args:
        state: the shop's.
        allow: raises ACCESS_DENIED unless the app has a scope.
    """

    def __init__(self, state: Fields, allow: Any) -> None:
        self._state = state
        self._allow = allow

    def shop(self, _info: Info) -> Fields:
        """Return the shop."""
        return dict(self._state["shop"])

    def currentAppInstallation(self, _info: Info) -> Fields:
        """Return what the app may do."""
        return {"accessScopes": [{"handle": scope, "description": scope} for scope in self._state["scopes"]]}

    def orders(self, _info: Info, **arguments: Any) -> list[Fields]:
        """Return orders; those without `read_all_orders` see the last sixty days."""
        self._allow("read_orders")
        found = _found(arguments.get("query"), self._visible(), _ORDERS)
        field = _SORTED_BY[arguments["sortKey"]]
        return [self.told(order) for order in sorted(found, key=lambda one: one[field], reverse=arguments["reverse"])]

    def order(self, _info: Info, id: str) -> Fields | None:  # the schema's name
        """Return one order."""
        self._allow("read_orders")
        return next((self.told(order) for order in self._visible() if order["id"] == id), None)

    def products(self, _info: Info, **arguments: Any) -> list[Fields]:
        """Return products."""
        self._allow("read_products")
        found = list(_found(arguments.get("query"), self._state["products"], _PRODUCTS))
        return found[::-1] if arguments["reverse"] else found

    def draftOrders(self, _info: Info, **arguments: Any) -> list[Fields]:
        """Return draft orders."""
        self._allow("read_draft_orders")
        found = list(_found(arguments.get("query"), self._state["drafts"], _DRAFTS))
        return found[::-1] if arguments["reverse"] else found

    def job(self, _info: Info, id: str) -> Fields | None:  # the schema's name
        """Return how far a job is."""
        return next((job for job in self._state["jobs"] if job["id"] == id), None)

    def returnableFulfillments(self, _info: Info, **arguments: Any) -> list[Fields]:
        """Return what of an order can still be sent back."""
        self._allow("read_returns")
        order = next((one for one in self._state["orders"] if one["id"] == arguments["orderId"]), None)
        if order is None:
            return []
        told = self.told(order)
        made = []
        for sent in told["fulfillments"]:
            lines = [(line, line["quantity"] - returned(order, line["id"])) for line in sent["fulfillmentLineItems"]]
            open_lines = [{"fulfillmentLineItem": line, "quantity": left} for line, left in lines if left > 0]
            if sent["status"] == "SUCCESS" and open_lines:
                number = sent["id"].rpartition("/")[2]
                made.append(
                    {
                        "id": f"gid://shopify/ReturnableFulfillment/{number}",
                        "fulfillment": sent,
                        "returnableFulfillmentLineItems": open_lines,
                    }
                )
        return made

    def told(self, order: Fields) -> Fields:
        """Return an order with its lines joined to parcels and products; without people, if it may not know them."""
        variants = {one["sku"]: one for product in self._state["products"] for one in product["variants"]}
        lines = {item["id"]: {**item, "variant": variants.get(item["sku"])} for item in order["lineItems"]}
        sent = [
            {
                **one,
                "fulfillmentLineItems": [
                    {**line, "lineItem": lines[line["lineItemId"]]} for line in one["fulfillmentLineItems"]
                ],
            }
            for one in order["fulfillments"]
        ]
        told = {**order, "lineItems": list(lines.values()), "fulfillments": sent}
        return told if self._state["protected_data"] else {**told, "email": None, "shippingAddress": None}

    def _visible(self) -> list[Fields]:
        every: list[Fields] = self._state["orders"]
        if "read_all_orders" in self._state["scopes"]:
            return every
        return [order for order in every if order["createdAt"] >= self._state["orders_since"]]


def returned(order: Fields, line_id: str) -> int:
    """Return how many of a line are on their way back."""
    return sum(
        line["quantity"]
        for one in order["returns"]
        if one["status"] not in ("CANCELED", "DECLINED")
        for line in one["returnLineItems"]
        if line["fulfillmentLineItem"]["id"] == line_id
    )


def _found(query: str | None, records: Sequence[Record], texts: Texts) -> Any:
    try:
        return search(query or "", records, texts)
    except SearchError as error:
        raise GraphQLError(f"Invalid search query: {error}") from error

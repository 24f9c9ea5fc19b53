"""What can be changed in the shop."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from graphql import GraphQLError, StringValueNode, VariableNode

from simulators.seed import Fields
from simulators.shopify.graph import Info
from simulators.shopify.queries import Queries
from simulators.shopify.records import bag, gid, stamp

JOB_SECONDS = 0.5
"""How long a cancellation takes after it was asked for."""


class Mutations:
    """Resolve the fields of Mutation.

    Args:
        shop: the simulator, for its clock and its webhooks.
        queries: what is told of the records.
    """

    def __init__(self, shop: Any, queries: Queries, allow: Any) -> None:
        self._shop = shop
        self._state: Fields = shop.state
        self._queries = queries
        self._allow = allow

    def orderCancel(self, _info: Info, **given: Any) -> Fields:
        """Begin to cancel an order; the job does it later."""
        self._allow("write_orders")
        order = self._order(given["orderId"])
        if order is None:
            return _cancel_error("Order does not exist", "NOT_FOUND")
        if order["cancelledAt"] or any(job["orderId"] == order["id"] for job in self._state["jobs"] if not job["done"]):
            return _cancel_error("Cannot cancel an order that has already been canceled", "INVALID")
        if any(one["status"] == "SUCCESS" for one in order["fulfillments"]):
            return _cancel_error("Cannot cancel an order with fulfilled items", "INVALID")
        refund = (given.get("refundMethod") or {}).get("originalPaymentMethodsRefund", False)
        job = {
            "id": gid("Job", self._number("job")),
            "done": False,
            "orderId": order["id"],
            "reason": given["reason"],
            "refund": refund,
            "restock": given["restock"],
            "due": (self._shop.clock() + timedelta(seconds=JOB_SECONDS)).isoformat(),
        }
        self._state["jobs"].append(job)
        return {"job": job, "orderCancelUserErrors": [], "userErrors": []}

    def work_off(self) -> None:
        """Do the jobs that are due."""
        now = self._shop.clock()
        for job in self._state["jobs"]:
            if not job["done"] and job["due"] <= now.isoformat():
                order = self._order(job["orderId"])
                assert order is not None
                job["done"] = True
                order.update(cancelledAt=stamp(now), cancelReason=job["reason"], updatedAt=stamp(now))
                if job["refund"]:
                    order.update(displayFinancialStatus="REFUNDED", totalRefundedSet=order["totalPriceSet"])
                if job["restock"]:
                    self._restock(order)
                self._announce("ORDERS_CANCELLED", order)

    def returnRequest(self, _info: Info, input: Fields) -> Fields:
        """Note that a customer wants to send something back."""
        self._allow("write_returns")
        order = self._order(input["orderId"])
        if order is None:
            return _return_error(["input", "orderId"], "Order does not exist", "NOT_FOUND")
        open_lines = {
            line["fulfillmentLineItem"]["id"]: line
            for one in self._queries.returnableFulfillments(_info, orderId=order["id"])
            for line in one["returnableFulfillmentLineItems"]
        }
        lines = []
        for place, asked in enumerate(input["returnLineItems"]):
            field = ["input", "returnLineItems", str(place)]
            line = open_lines.get(asked["fulfillmentLineItemId"])
            if line is None:
                return _return_error(
                    [*field, "fulfillmentLineItemId"], "Fulfillment line item is not returnable", "INVALID"
                )
            if not 0 < asked["quantity"] <= line["quantity"]:
                return _return_error([*field, "quantity"], "Quantity is not available for return", "INVALID")
            lines.append(self._return_line(asked, line))
        if not lines:
            return _return_error(["input", "returnLineItems"], "Return must have at least one line item", "INVALID")
        number = order["name"] + f"-R{len(order['returns']) + 1}"
        made = {
            "id": gid("Return", self._number("return")),
            "name": number,
            "status": "REQUESTED",
            "createdAt": stamp(self._shop.clock()),
            "returnLineItems": lines,
        }
        order["returns"].append(made)
        order["returnStatus"] = "RETURN_REQUESTED"
        self._announce("RETURNS_REQUEST", order)
        return {"return": made, "userErrors": []}

    def orderUpdate(self, _info: Info, input: Fields) -> Fields:
        """Change an order; Shopify does not mind when its parcels have left."""
        self._allow("write_orders")
        order = self._order(input["id"])
        if order is None:
            return {"order": None, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]}
        given = input.get("shippingAddress")
        if given is not None:
            missing = [name for name in ("address1", "city") if not given.get(name)]
            if missing:
                field = ["input", "shippingAddress", missing[0]]
                return {"order": None, "userErrors": [{"field": field, "message": f"{missing[0]} can't be blank"}]}
            order["shippingAddress"] = _held(given)
        order.update({name: input[name] for name in ("note", "tags", "email") if name in input})
        order["updatedAt"] = stamp(self._shop.clock())
        self._announce("ORDERS_UPDATED", order)
        return {"order": self._queries.told(order), "userErrors": []}

    def draftOrderCreate(self, _info: Info, input: Fields) -> Fields:
        """Make a draft that can be paid at its link."""
        self._allow("write_draft_orders")
        variants = {one["id"]: one for product in self._state["products"] for one in product["variants"]}
        total = Decimal(0)
        for place, line in enumerate(input.get("lineItems") or []):
            variant = variants.get(line.get("variantId"))
            if variant is None or line["quantity"] < 1:
                field = ["lineItems", str(place), "variantId" if variant is None else "quantity"]
                return {"draftOrder": None, "userErrors": [{"field": field, "message": "Line item is invalid"}]}
            total += Decimal(variant["price"]) * line["quantity"]
        if not input.get("lineItems"):
            return {"draftOrder": None, "userErrors": [{"field": ["lineItems"], "message": "Add at least 1 product"}]}
        number = self._number("draft")
        shop = self._state["shop"]
        draft = {
            "id": gid("DraftOrder", number),
            "name": f"#D{number}",
            "email": input.get("email"),
            "status": "OPEN",
            "tags": input.get("tags") or [],
            "createdAt": stamp(self._shop.clock()),
            "invoiceUrl": f"{shop['url']}/{number}/invoices/{number * 7919:x}",
            "totalPriceSet": bag(f"{total:.2f}", shop["currencyCode"]),
        }
        self._state["drafts"].append(draft)
        return {"draftOrder": draft, "userErrors": []}

    def refundCreate(self, info: Info, input: Fields) -> Fields:
        """Pay money back, once for each key; without @idempotent it is refused, though the schema does not say so."""
        self._allow("write_orders")
        key = _idempotency_key(info)
        if key is None:
            raise GraphQLError(
                "The @idempotent directive is required for this mutation", extensions={"code": "BAD_REQUEST"}
            )
        if key not in self._state["refunds"]:
            if self._order(input["orderId"]) is None:
                return {"refund": None, "userErrors": [{"field": ["orderId"], "message": "Order does not exist"}]}
            zero = bag("0.00", self._state["shop"]["currencyCode"])
            self._state["refunds"][key] = {"id": gid("Refund", self._number("refund")), "totalRefundedSet": zero}
        return {"refund": self._state["refunds"][key], "userErrors": []}

    def webhookSubscriptionCreate(self, _info: Info, **given: Any) -> Fields:
        """Send a topic to an address from now on."""
        topic, uri = given["topic"], given["webhookSubscription"].get("uri")
        if not uri:
            problem = {"field": ["webhookSubscription", "uri"], "message": "Address can't be blank"}
            return {"webhookSubscription": None, "userErrors": [problem]}
        self._state["webhooks"].append({"url": uri, "secret": self._shop.client_secret, "topics": [topic]})
        made = {"id": gid("WebhookSubscription", len(self._state["webhooks"])), "topic": topic, "uri": uri}
        return {"webhookSubscription": made, "userErrors": []}

    def _return_line(self, asked: Fields, line: Fields) -> Fields:
        return {
            "__typename": "ReturnLineItem",
            "id": gid("ReturnLineItem", self._number("return line")),
            "quantity": asked["quantity"],
            "customerNote": asked.get("customerNote"),
            "fulfillmentLineItem": line["fulfillmentLineItem"],
        }

    def _order(self, order_id: str) -> Fields | None:
        return next((order for order in self._state["orders"] if order["id"] == order_id), None)

    def _restock(self, order: Fields) -> None:
        for item in order["lineItems"]:
            for product in self._state["products"]:
                for variant in product["variants"]:
                    if variant["sku"] == item["sku"]:
                        variant["inventoryQuantity"] += item["currentQuantity"]

    def announce(self, order: Fields, *topics: str) -> None:
        """Tell of an order under several topics."""
        for topic in topics:
            self._announce(topic, order)

    def _announce(self, topic: str, order: Fields) -> None:
        # The bodies of webhooks are those of the old REST API, not of GraphQL.
        number = order["id"].rpartition("/")[2]
        payload = {"id": int(number), "admin_graphql_api_id": order["id"], "name": order["name"]}
        self._shop.announce(topic, {**payload, "email": order["email"], "updated_at": order["updatedAt"]})

    def _number(self, kind: str) -> int:
        counters: dict[str, int] = self._state["counters"]
        counters[kind] = counters.get(kind, 0) + 1
        return counters[kind]


def _held(given: Fields) -> Fields:
    names = [given.get("firstName"), given.get("lastName")]
    return {
        "name": " ".join(name for name in names if name),
        "countryCodeV2": given.get("countryCode"),
        **{name: given.get(name) for name in ("address1", "address2", "city", "zip", "provinceCode", "phone")},
    }


def _cancel_error(message: str, code: str) -> Fields:
    error = {"field": ["orderId"], "message": message}
    return {"job": None, "orderCancelUserErrors": [{**error, "code": code}], "userErrors": [error]}


def _return_error(field: list[str], message: str, code: str) -> Fields:
    return {"return": None, "userErrors": [{"field": field, "message": message, "code": code}]}


def _idempotency_key(info: Info) -> str | None:
    for directive in info.field_nodes[0].directives or ():
        if directive.name.value == "idempotent" and directive.arguments:
            given = directive.arguments[0].value
            if isinstance(given, VariableNode):
                return str(info.variable_values.coerced.get(given.name.value))
            return given.value if isinstance(given, StringValueNode) else None
    return None

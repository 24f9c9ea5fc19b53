"""Orders, their notes and refunds."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.frame import Simulator
from simulators.seed import Fields
from simulators.woocommerce import records
from simulators.woocommerce.products import sold
from simulators.woocommerce.replies import invalid, no_order, page, problem

_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")


class Orders:
    """Answer what is asked of orders."""

    def __init__(self, shop: Simulator) -> None:
        self._shop = shop

    async def orders(self, request: Request) -> Response:
        """List orders; what it does not know is ignored, `number` too."""
        query = request.query_params
        found = [order for order in self._shop.state["orders"] if _has(order, query.get("search", ""))]
        wanted = [one for name in ("status", "status[]") for text in query.getlist(name) for one in text.split(",")]
        if wanted and "any" not in wanted:
            if any(one not in self._shop.state["statuses"] for one in wanted):
                return self._not_in_list("status[0]")
            found = [order for order in found if order["status"] in wanted]
        newest = sorted(found, key=lambda order: (order["date_created_gmt"], order["id"]), reverse=True)
        return page(request, newest if query.get("order") != "asc" else newest[::-1])

    async def order(self, request: Request) -> Response:
        """Return an order."""
        order = self._found(request)
        return no_order() if order is None else JSONResponse(order)

    async def create_order(self, request: Request) -> Response:
        """Make an order; an Idempotency-Key is ignored: the same request twice is two orders."""
        given = await request.json()
        things = {(one["product_id"], one["variation_id"]): one for one in sold(self._shop.state["products"])}
        items = []
        for line in given.get("line_items", []):
            thing = things.get((line.get("product_id"), line.get("variation_id", 0)))
            if thing is None:
                return problem("woocommerce_rest_required_product_reference", "Product ID or SKU is required.", 400)
            items.append((thing, int(line.get("quantity", 1))))
        number = self._shop.state["next"]
        self._shop.state["next"] += 1
        order = records.order_of(number, items, self._shop.clock(), self._shop.state["currency"])
        self._shop.state["orders"].append(order)
        return self._changed(order, given) or JSONResponse(order, 201)

    async def change_order(self, request: Request) -> Response:
        """Change an order."""
        order = self._found(request)
        if order is None:
            return no_order()
        return self._changed(order, await request.json()) or JSONResponse(order)

    def bring(self, order: Fields, status: str) -> bool:
        """Bring an order to a status; tell whether the shop knows it."""
        return self._changed(order, {"status": status}) is None

    def _changed(self, order: Fields, given: Fields) -> Response | None:
        """Change an order, or return what is wrong; from any state to any other, as WooCommerce does."""
        status = given.get("status", order["status"])
        if status not in self._shop.state["statuses"]:
            return self._not_in_list("status")
        if status != order["status"]:
            words = self._shop.state["statuses"]
            self._note(order["id"], f"Order status changed from {words[order['status']]} to {words[status]}.")
            if status == "cancelled":
                self._restock(order)
            order["status"] = status
        for kind in ("billing", "shipping"):
            allowed = (*_ADDRESS, "email", "phone") if kind == "billing" else (*_ADDRESS, "phone")
            order[kind].update({name: str(value) for name, value in given.get(kind, {}).items() if name in allowed})
        for meta in given.get("meta_data", []):
            held = next((one for one in order["meta_data"] if one["key"] == meta["key"]), None)
            if held is None:
                order["meta_data"].append({"id": len(order["meta_data"]) + order["id"] * 10, **meta})
            else:
                held["value"] = meta["value"]
        order.update({name: given[name] for name in ("customer_note", "payment_method") if name in given})
        order.update(records.times("date_modified", self._shop.clock()))
        self._shop.announce("order.updated", order)
        return None

    async def notes(self, request: Request) -> Response:
        """Return the notes of an order, newest first."""
        order = self._found(request)
        return no_order() if order is None else JSONResponse(self._shop.state["notes"].get(str(order["id"]), [])[::-1])

    async def add_note(self, request: Request) -> Response:
        """Write a note."""
        order = self._found(request)
        if order is None:
            return no_order()
        given = await request.json()
        if not given.get("note"):
            return problem("rest_missing_callback_param", "Missing parameter(s): note", 400, params=["note"])
        note = self._note(order["id"], given["note"], customer_note=given.get("customer_note", False))
        return JSONResponse(note, 201)

    def _note(self, order_id: int, text: str, *, customer_note: bool = False) -> Fields:
        notes = self._shop.state["notes"].setdefault(str(order_id), [])
        note = {
            "id": order_id * 1000 + len(notes),
            "author": "WooCommerce",
            **records.times("date_created", self._shop.clock()),
            "note": text,
            "customer_note": customer_note,
        }
        notes.append(note)
        return dict(note)

    async def refunds(self, request: Request) -> Response:
        """Return what was paid back."""
        order = self._found(request)
        return no_order() if order is None else page(request, order["refunds"])

    async def refund(self, request: Request) -> Response:
        """Pay back, never more than is left."""
        order = self._found(request)
        if order is None:
            return no_order()
        given = await request.json()
        try:
            amount = Decimal(str(given.get("amount", "0")))
        except InvalidOperation:
            amount = Decimal(0)
        paid_back = sum((-Decimal(one["total"]) for one in order["refunds"]), Decimal(0))
        if not 0 < amount <= Decimal(order["total"]) - paid_back:
            # Measured: 500, and `data` is a number where it is an object everywhere else.
            code = "woocommerce_rest_cannot_create_order_refund"
            return JSONResponse({"code": code, "message": "Invalid refund amount.", "data": 500}, 500)
        made = {
            "id": self._shop.state["next"],
            "reason": given.get("reason", ""),
            "total": f"-{amount:.2f}",
            "total_tax": "0.00",
        }
        self._shop.state["next"] += 1
        order["refunds"].append(made)
        told = {"id": made["id"], **records.times("date_created", self._shop.clock()), "amount": f"{amount:.2f}"}
        return JSONResponse({**told, "reason": made["reason"], "refunded_payment": given.get("api_refund", True)}, 201)

    async def statuses(self, _request: Request) -> Response:
        """Return all statuses."""
        return JSONResponse([{"slug": slug, "name": name} for slug, name in self._shop.state["statuses"].items()])

    def _found(self, request: Request) -> Fields | None:
        wanted = request.path_params["id"]
        return next((order for order in self._shop.state["orders"] if order["id"] == wanted), None)

    def _not_in_list(self, name: str) -> Response:
        *most, last = self._shop.state["statuses"]
        message = f"{name} is not one of {', '.join(most)}, and {last}."
        return invalid({name: message}, "rest_not_in_enum")

    def _restock(self, order: Fields) -> None:
        for line in order["line_items"]:
            for product in self._shop.state["products"]:
                for thing in (product, *product["_variations"]):
                    if (
                        thing["id"] == (line["variation_id"] or line["product_id"])
                        and thing["stock_quantity"] is not None
                    ):
                        thing["stock_quantity"] += line["quantity"]


def _has(order: Fields, text: str) -> bool:
    """Tell whether WordPress would find an order by a text: as its id, or inside of a name or an e-mail."""
    if not text:
        return True
    billing = order["billing"]
    held = [billing["email"], f"{billing['first_name']} {billing['last_name']}", order["shipping"]["last_name"]]
    return text == str(order["id"]) or any(text.casefold() in one.casefold() for one in held)

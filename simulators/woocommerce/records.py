"""The records of the shop as WooCommerce holds them: money as text, times twice, plugins in meta data."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.seed import Fields

SHOP = "https://shop.northwind.example.test"
ZONE = timedelta(hours=-5)
"""Of the shop: times without "_gmt" are its own, and do not say so."""
TRACKING = "_wc_shipment_tracking_items"
"""Where the widespread tracking plugin keeps parcels; the core knows none."""
STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
STATES = {
    "shipped": "completed",
    "pending_shipment": "processing",
    "partly_shipped": "partial-shipped",
    "delivered": "delivered",
    "delayed": "delayed",
    "cancelled": "cancelled",
    "returned": "refunded",
    "on_hold": "on-hold",
}
"""What the demo calls it; words that are not in STATUSES are those of plugins."""


def times(field: str, at: datetime | None) -> Fields:
    """Return a time twice, as WooCommerce does."""
    if at is None:
        return {field: None, f"{field}_gmt": None}
    return {
        field: (at + ZONE).strftime("%Y-%m-%dT%H:%M:%S"),
        f"{field}_gmt": at.strftime("%Y-%m-%dT%H:%M:%S"),
    }


def products(shop: Fields, now: datetime) -> list[Fields]:
    """Return the products; each with its variations, which the API gives at an address of their own."""
    return [product(11 + place * 100, one, now) for place, one in enumerate(shop["products"])]


def product(number: int, given: Fields, now: datetime, *, published: bool = True) -> Fields:
    """Return one product: "simple" with one variant without options, else "variable"."""
    variants = given["variants"]
    variable = bool(variants[0]["options"])
    names = list(variants[0]["options"])
    first = variants[0]
    slug = given["name"].lower().replace(" ", "-")
    return {
        "id": number,
        "name": given["name"],
        "slug": slug,
        "permalink": f"{SHOP}/product/{slug}/",
        **times("date_created", now),
        **times("date_modified", now),
        "type": "variable" if variable else "simple",
        "status": "publish" if published else "private",
        "catalog_visibility": "visible",
        "description": f"<p>{given['description']}</p>\n" if given["description"] else "",
        "short_description": "",
        "sku": given["code"] if variable else first["sku"],
        "price": first["price"],
        "regular_price": "" if variable else first["price"],
        "sale_price": "",
        "purchasable": True,
        "total_sales": 0,
        **_stock(None if variable else first["stock"], managed=not variable and first["stock"] is not None),
        "attributes": [
            {
                "id": 0,
                "name": name,
                "slug": name,
                "position": place,
                "visible": True,
                "variation": True,
                "options": list(dict.fromkeys(one["options"][name] for one in variants)),
            }
            for place, name in enumerate(names)
        ],
        "variations": [number + 1 + place for place in range(len(variants))] if variable else [],
        "meta_data": [],
        "_variations": [_variation(number + 1 + at, one, slug) for at, one in enumerate(variants)] if variable else [],
    }


def _variation(number: int, variant: Fields, slug: str) -> Fields:
    return {
        "id": number,
        "sku": variant["sku"],
        "price": variant["price"],
        "regular_price": variant["price"],
        "sale_price": "",
        "status": "publish",
        "permalink": f"{SHOP}/product/{slug}/?variation={number}",
        **_stock(variant["stock"], managed=variant["stock"] is not None),
        "attributes": [{"id": 0, "name": name, "option": value} for name, value in variant["options"].items()],
        "meta_data": [],
    }


def _stock(count: int | None, *, managed: bool) -> Fields:
    return {
        "manage_stock": managed,
        "stock_quantity": count if managed else None,
        "stock_status": "outofstock" if managed and not count else "instock",
    }


def orders(shop: Fields, sold: dict[str, Fields]) -> list[Fields]:
    """Return the orders; their ids are their numbers.

    Args:
        sold: product, variation and name by SKU.
    """
    people = {person["email"]: person for person in shop["people"]}
    made = []
    for given in shop["orders"]:
        items = [(sold[sku], 1) for sku in given["items"]]
        order = order_of(int(given["number"]), items, given["placed"], shop["shop"]["currency"])
        person = people[given["email"]]
        order["billing"] = {**_address(person), "email": person["email"], "phone": person["phone"]}
        order["shipping"] = {**_address(person), "phone": ""}
        order["status"] = STATES.get(given["status"], given["status"].replace("_", "-"))
        order["total"] = given["total"]
        by_card = given["payment"]["kind"] == "credit_card"
        order["payment_method"] = "stripe" if by_card else "ppcp-gateway"
        order["payment_method_title"] = "Credit Card" if by_card else "PayPal"
        if given.get("parcels"):
            tracked = [_tracked(parcel) for parcel in given["parcels"]]
            order["meta_data"].append({"id": int(given["number"]) * 10, "key": TRACKING, "value": tracked})
        order.update(times("date_paid", None if given["status"] == "on_hold" else given["placed"]))
        made.append(order)
    return made


def order_of(number: int, items: list[tuple[Fields, int]], at: datetime, currency: str) -> Fields:
    """Return an order of these things, not yet anybody's."""
    lines = [_line(number * 10 + place, sold, count) for place, (sold, count) in enumerate(items)]
    total = sum((Decimal(line["total"]) for line in lines), Decimal(0))
    order_key = f"wc_order_{number * 7919:x}"
    return {
        "id": number,
        "parent_id": 0,
        "status": "pending",
        "currency": currency,
        "version": "11.0.1",
        "prices_include_tax": False,
        **times("date_created", at),
        **times("date_modified", at),
        **times("date_completed", None),
        **times("date_paid", None),
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": f"{total:.2f}",
        "total_tax": "0.00",
        "customer_id": 0,
        "order_key": order_key,
        "billing": {**_nobody(), "email": "", "phone": ""},
        "shipping": {**_nobody(), "phone": ""},
        "payment_method": "",
        "payment_method_title": "",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "rest-api",
        "customer_note": "",
        "cart_hash": "",
        "number": str(number),
        "meta_data": [],
        "line_items": lines,
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"{SHOP}/checkout/order-pay/{number}/?pay_for_order=true&key={order_key}",
        "is_editable": True,
        "needs_payment": True,
        "needs_processing": True,
        "currency_symbol": "$",
    }


def _line(number: int, sold: Fields, count: int) -> Fields:
    total = f"{Decimal(sold['price']) * count:.2f}"
    return {
        "id": number,
        "name": sold["name"],
        "product_id": sold["product_id"],
        "variation_id": sold["variation_id"],
        "quantity": count,
        "tax_class": "",
        "subtotal": total,
        "subtotal_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [
            {"id": number * 10 + place, "key": name, "value": value, "display_key": name, "display_value": value}
            for place, (name, value) in enumerate(sold["options"].items())
        ],
        "sku": sold["sku"],
        "global_unique_id": "",
        "price": float(sold["price"]),
        "image": {"id": "", "src": ""},
        "parent_name": sold["name"] if sold["variation_id"] else None,
    }


def _address(person: Fields) -> Fields:
    first, _, last = person["name"].partition(" ")
    given = person["address"]
    return {
        **_nobody(),
        "first_name": first,
        "last_name": last,
        "address_1": given["line1"],
        "city": given["city"],
        "state": given["region"],
        "postcode": given["postcode"],
        "country": given["country"],
    }


def _nobody() -> Fields:
    names = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
    return dict.fromkeys(names, "")


def _tracked(parcel: Fields) -> dict[str, Any]:
    return {
        "tracking_provider": parcel["carrier"],
        "custom_tracking_provider": "",
        "custom_tracking_link": "",
        "tracking_number": parcel["tracking_number"],
        "date_shipped": str(int(parcel["shipped"].timestamp())),
        "tracking_id": parcel["tracking_number"].lower(),
    }

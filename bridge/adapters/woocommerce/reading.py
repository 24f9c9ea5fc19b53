"""Read WooCommerce's records as ours."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime, timezone

from bridge.connections import Words
from bridge.connections.values import money
from bridge.model.commerce import (
    Address,
    Checkout,
    Fulfilment,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    Product,
    Variant,
)
from bridge.model.money import Money
from bridge.transport import Data

TRACKING = "_wc_shipment_tracking_items"
"""Where the widespread plugin keeps parcels; the core of WooCommerce knows none."""
_TAG = re.compile(r"<[^<>]*>")
_PAID_WITH = (("paypal", PaymentKind.PAYPAL), ("ppcp", PaymentKind.PAYPAL), ("gift", PaymentKind.GIFT_CARD))
_CARDS = ("stripe", "woocommerce_payments", "square_credit_card", "braintree_credit_card")


def read_order(order: Data, words: Words) -> Order:
    """Return an order; of its times only those in GMT say when."""
    label, currency = order.text("status"), order.text("currency")
    return Order(
        id=order.id(),
        number=order.id("number"),
        status=words.ours("statuses", label, OrderStatus, OrderStatus.OTHER),
        status_label=label,
        email=order["billing"].text("email", ""),
        placed_at=order.time("date_created_gmt"),
        total=money(order, "total", currency),
        items=tuple(_item(line, currency) for line in order.each("line_items")),
        address=_address(order),
        payments=tuple(_payments(order, currency)),
        fulfilments=tuple(_parcels(order)),
        refunded=_paid_back(order, currency),
    )


def postcode_of(order: Data) -> str:
    """Return the postcode that an order goes to."""
    address = _address(order)
    return address.postcode if address else ""


def has_parcel(order: Data) -> bool:
    """Tell whether a parcel of an order is known."""
    return any(_tracked(order))


def _item(line: Data, currency: str) -> OrderItem:
    return OrderItem(
        sku=line.text("sku", ""),
        name=line.text("parent_name", "") or line.text("name"),
        quantity=line.number("quantity"),
        unit_price=money(line, "price", currency),
        options={
            told.text("display_key"): str(told["display_value"].raw)
            for told in line.each("meta_data")
            if not told.text("key").startswith("_")
        },
        id=line.id(),
    )


def _address(order: Data) -> Address | None:
    """Return where an order goes: an empty address means the one on the bill."""
    for kind in ("shipping", "billing"):
        given = order[kind]
        if given and given.text("address_1", ""):
            names = [given.text("first_name", ""), given.text("last_name", "")]
            parts = ("address_1", "city", "postcode", "country", "address_2", "state")
            return Address(" ".join(name for name in names if name), *(given.text(part, "") for part in parts))
    return None


def _payments(order: Data, currency: str) -> Iterator[Payment]:
    method = order.text("payment_method", "")
    if method and order.time_or_none("date_paid_gmt"):
        kind = next((kind for word, kind in _PAID_WITH if word in method), PaymentKind.OTHER)
        kind = PaymentKind.CREDIT_CARD if method in _CARDS else kind
        yield Payment(kind, money(order, "total", currency))


def _paid_back(order: Data, currency: str) -> Money | None:
    """Return the sum of the refunds, which WooCommerce writes as negative totals."""
    if not order["refunds"]:
        return None
    return Money(-sum(money(refund, "total", currency).minor for refund in order.each("refunds")), currency)


def _tracked(order: Data) -> Iterator[Data]:
    for meta in order.each("meta_data"):
        if meta.text("key") == TRACKING and isinstance(meta["value"].raw, list):
            yield from meta.each("value")


def _parcels(order: Data) -> Iterator[Fulfilment]:
    for parcel in _tracked(order):
        yield Fulfilment(
            carrier=parcel.text("tracking_provider", "") or parcel.text("custom_tracking_provider", ""),
            tracking_number=parcel.id("tracking_number", ""),
            shipped_at=_second(parcel),
            tracking_url=parcel.text("custom_tracking_link", ""),
        )


def _second(parcel: Data) -> datetime | None:
    """Return the day of a parcel, which the plugin keeps as seconds since 1970."""
    told = parcel.number("date_shipped", 0)
    return datetime.fromtimestamp(told, timezone.utc) if 0 < told < 32_503_680_000 else None


def searchable(product: Data) -> Product:
    """Return a product with every word that it may be found by, and without prices."""
    options = [
        Variant("", {attribute.text("name"): str(option.raw)}, Money(0, ""), None)
        for attribute in product.each("attributes")
        for option in attribute.each("options")
    ]
    return Product(product.id(), product.text("name"), tuple(options), _plain(product))


def _plain(product: Data) -> str:
    return html.unescape(_TAG.sub("", product.text("description", ""))).strip()


def read_product(product: Data, variations: list[Data], currency: str) -> Product:
    """Return a product; one without variations is its own."""
    return Product(
        id=product.id(),
        name=product.text("name"),
        variants=tuple(_variant(one, product.id(), currency) for one in variations or [product]),
        description=_plain(product),
        url=product.text("permalink", ""),
    )


def _variant(thing: Data, product_id: str, currency: str) -> Variant:
    is_product = thing.id() == product_id
    count = thing.number("stock_quantity", 0) if thing["manage_stock"].raw is True else None
    if count is None and thing.text("stock_status") == "outofstock":
        count = 0
    told = {} if is_product else {one.text("name"): one.text("option") for one in thing.each("attributes")}
    return Variant(
        sku=thing.text("sku", ""),
        options=told,
        price=money(thing, "price", currency),
        stock=None if count is None else max(0, count),
        id=product_id if is_product else f"{product_id}/{thing.id()}",
    )


def read_checkout(order: Data) -> Checkout:
    """Return a pending order as a checkout."""
    return Checkout(order.id(), order.text("payment_url"), money(order, "total", order.text("currency")))

"""Orders and products in our own database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row, looking_up, storable
from bridge.errors import NotFoundError
from bridge.model.commerce import (
    Address,
    Fulfilment,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    Product,
    Variant,
)
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.storage.business import fulfilments, order_items, order_payments, orders, product_variants, products


class EmbeddedCommerce:
    """Answer questions about orders and products from SQL."""

    system = "embedded"
    capabilities = frozenset({"find_order", "search_products"})

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def find_order(self, number: str, claim: Claim) -> Order:
        """Return the order with this number if the claim matches it."""
        wanted = number.strip().removeprefix("#").upper()
        if storable(wanted):
            with looking_up(self._engine) as connection:
                row = connection.execute(sa.select(orders).where(orders.c.number == wanted)).mappings().first()
                if row is not None and claim.matches(email=row["email"], postcode=_postcode(row)):
                    return _read_order(connection, row)
        raise NotFoundError("no order has this number and belongs to this person")

    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return active products that have every word of `text` in name, description or an option, best first."""
        words = text.casefold().split()
        if not words or limit < 1:
            return []
        with looking_up(self._engine) as connection:
            choice = _perhaps_matching(words)
            rows = connection.execute(choice).mappings().all()
            variants = _variants(connection, choice.with_only_columns(products.c.id))
        ranked = []
        for row in rows:
            product = _product(row, variants[row["id"]])
            rank = _rank(words, product)
            if rank is not None:
                ranked.append((rank, product.name.casefold(), row["id"], product))
        return [product for *_, product in sorted(ranked, key=lambda entry: entry[:3])[:limit]]


def _postcode(order: Row) -> str | None:
    return (order["address"] or {}).get("postcode")


def _read_order(connection: sa.engine.Connection, row: Row) -> Order:
    def parts(table: sa.Table) -> Iterable[Row]:
        found = connection.execute(
            sa.select(table).where(table.c.order_id == row["id"]).order_by(table.c.position, table.c.id)
        )
        return list(found.mappings())

    currency = row["currency"]
    return Order(
        id=str(row["id"]),
        number=row["number"],
        status=_status(row["status"]),
        status_label=row["status"],
        email=row["email"],
        placed_at=row["placed_at"],
        total=Money(row["total_minor"], currency),
        items=tuple(_item(part, currency) for part in parts(order_items)),
        address=_address(row["address"]),
        payments=tuple(_payment(part, currency) for part in parts(order_payments)),
        fulfilments=tuple(_fulfilment(part) for part in parts(fulfilments)),
        expected_by=row["expected_by"],
    )


def _status(word: str) -> OrderStatus:
    try:
        return OrderStatus(word)
    except ValueError:
        return OrderStatus.OTHER


def _item(row: Row, currency: str) -> OrderItem:
    price = Money(row["unit_price_minor"], currency)
    return OrderItem(row["sku"], row["name"], row["quantity"], price, dict(row["options"]))


def _payment(row: Row, currency: str) -> Payment:
    kind = PaymentKind(row["kind"]) if row["kind"] in set(PaymentKind) else PaymentKind.OTHER
    return Payment(kind, Money(row["amount_minor"], currency), row["brand"], row["last_four"])


def _fulfilment(row: Row) -> Fulfilment:
    return Fulfilment(
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        shipped_at=row["shipped_at"],
        estimated_delivery=row["estimated_delivery"],
        delivered_at=row["delivered_at"],
        tracking_url=row["tracking_url"],
        skus=tuple(row["skus"]),
    )


def _address(stored: Mapping[str, Any] | None) -> Address | None:
    if not stored:
        return None
    fields = ("name", "line1", "city", "postcode", "country", "line2", "region")
    return Address(**{field: stored.get(field) or "" for field in fields})


def _perhaps_matching(words: Sequence[str]) -> Any:
    """Select what may match, so that a large shop is not read whole; `_rank` decides.

    Only plain words narrow the search: neither LIKE nor lower() folds letters beyond ASCII on SQLite, and the JSON of
    the options holds them escaped. "ss" is not plain, as it may be written with a sharp s.
    """
    choice = sa.select(products).where(products.c.active)
    for word in words:
        if word.isascii() and word.isalnum() and "ss" not in word:
            of_product = product_variants.c.product_id == products.c.id
            in_option = sa.cast(product_variants.c.options, sa.Text).ilike(f"%{word}%")
            choice = choice.where(
                products.c.name.ilike(f"%{word}%")
                | products.c.description.ilike(f"%{word}%")
                | sa.exists().where(of_product & in_option)
            )
    return choice


def _variants(connection: sa.engine.Connection, product_ids: Any) -> dict[int, list[Variant]]:
    found: dict[int, list[Variant]] = defaultdict(list)
    rows = connection.execute(
        sa.select(product_variants)
        .where(product_variants.c.product_id.in_(product_ids))
        .order_by(product_variants.c.id)
    )
    for row in rows.mappings():
        price = Money(row["price_minor"], row["currency"])
        found[row["product_id"]].append(Variant(row["sku"], dict(row["options"]), price, row["stock"]))
    return found


def _product(row: Row, variants: Sequence[Variant]) -> Product:
    return Product(str(row["id"]), row["name"], tuple(variants), row["description"])


def _rank(words: Sequence[str], product: Product) -> tuple[int, int] | None:
    """Return how many words miss the name, then how many miss the options too; None if one is found nowhere."""
    name = product.name.casefold()
    options = [str(value).casefold() for variant in product.variants for value in variant.options.values()]
    description = product.description.casefold()
    beyond_name = [word for word in words if word not in name]
    beyond_options = [word for word in beyond_name if not any(word in option for option in options)]
    if any(word not in description for word in beyond_options):
        return None
    return len(beyond_name), len(beyond_options)

"""Find products in our own tables, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row
from bridge.model.commerce import Product, Variant
from bridge.model.money import Money
from bridge.storage.business import product_variants, products


def find_products(connection: sa.engine.Connection, words: Sequence[str], limit: int) -> Sequence[Product]:
    """Return active products that have every word in name, description or an option."""
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
        variant = Variant(row["sku"], dict(row["options"]), price, row["stock"], str(row["id"]))
        found[row["product_id"]].append(variant)
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

"""Read products and what they cost."""

from __future__ import annotations

from bridge.connections.values import money
from bridge.model.commerce import Checkout, Product, Variant
from bridge.model.money import Money
from bridge.transport import Data


def amount(bag: Data) -> Money:
    """Return what something costs in the currency of the shop."""
    shop = bag["shopMoney"]
    return money(shop, "amount", shop.text("currencyCode"))


def options(variant: Data) -> dict[str, str]:
    """Return what tells a variant from the others."""
    told = {option.text("name"): option.text("value") for option in variant.each("selectedOptions")}
    return {} if told == {"Title": "Default Title"} else told  # a product without options has this one


def read_product(product: Data, currency: str) -> Product:
    """Return a product with its variants."""
    return Product(
        id=product.id(),
        name=product.text("title"),
        variants=tuple(_variant(variant, currency) for variant in product["variants"].each("nodes")),
        description=product.text("description"),
        url=product.text("onlineStoreUrl", ""),
    )


def _variant(variant: Data, currency: str) -> Variant:
    counted = variant["inventoryItem"].flag("tracked")
    return Variant(
        sku=variant.text("sku", ""),
        options=options(variant),
        price=money(variant, "price", currency),
        stock=max(0, variant.number("inventoryQuantity", 0)) if counted else None,
        id=variant.id(),
    )


def read_checkout(draft: Data) -> Checkout:
    """Return a checkout."""
    return Checkout(draft.id(), draft.text("invoiceUrl"), amount(draft["totalPriceSet"]))

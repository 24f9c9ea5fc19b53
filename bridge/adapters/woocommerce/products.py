"""Search products, which WooCommerce does in names and descriptions only."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.adapters.woocommerce.client import PAGE, is_sayable
from bridge.adapters.woocommerce.reading import read_product, searchable
from bridge.model.commerce import Product
from bridge.model.fitting import best_first
from bridge.transport import Data, Session


def search(session: Session, words: Sequence[str], limit: int, currency: str) -> Sequence[Product]:
    """Return published products that have every word, best first.

    First those that have all words as the vendor sees it, then those with the longest one, and because it does not look
    into options, then any hundred: a larger shop finds its sizes and colours only together with a name.
    """
    if not words or not all(map(is_sayable, words)) or limit < 1:
        return []
    for asked in dict.fromkeys((" ".join(words), max(words, key=len), None)):
        params = {"search": asked, "status": "publish", "per_page": PAGE}
        listed = session.get("products", params=params).data.each()
        found = {product.id(): product for product in listed if product.text("status") == "publish"}
        if ranked := best_first(map(searchable, found.values()), words, limit):
            return [_whole(session, found[one.id], currency) for one in ranked]
    return []


def _whole(session: Session, product: Data, currency: str) -> Product:
    if not list(product.each("variations")):
        return read_product(product, [], currency)
    reply = session.get("products/{id}/variations", id=product.id(), params={"per_page": PAGE})
    return read_product(product, list(reply.data.each()), currency)

"""Products: what is there, and is it in stock?"""

from __future__ import annotations

from bridge.formatting.outbound import Speech
from bridge.model.commerce import Product, Variant
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.usecases.wording import search_words, singular

FEW = 3
SHOWN_PRODUCTS = 3
SHOWN_VARIANTS = 6


class Products:
    """Search the shop."""

    def __init__(self, commerce: Commerce, speech: Speech) -> None:
        self._commerce = commerce
        self._speech = speech

    def search(self, text: str) -> Outcome:
        """Tell which products fit what was typed, with their prices and stock."""
        typed = search_words(text)
        if not typed:
            return Outcome("utter_products_ask")
        words = [singular(word) for word in typed]
        # All words first; where that gives nothing, the last one, which in English is most often the thing itself.
        found = self._commerce.search_products(" ".join(words), SHOWN_PRODUCTS) or self._commerce.search_products(
            words[-1], SHOWN_PRODUCTS
        )
        if not found:
            return Outcome("utter_products_none", {"words": " ".join(typed)})
        return Outcome("utter_products_found", {"products": "\n".join(self._told(product, words) for product in found)})

    def _told(self, product: Product, words: list[str]) -> str:
        best = max((_fitting(variant, words) for variant in product.variants), default=0)
        wanted = [variant for variant in product.variants if _fitting(variant, words) == best]
        lines = [
            f"  {', '.join(variant.options.values()) or variant.sku}: {self._speech.money(variant.price)},"
            f" {self._stock(variant)}"
            for variant in wanted[:SHOWN_VARIANTS]
        ]
        return "\n".join([f"{product.name}", *lines])

    def _stock(self, variant: Variant) -> str:
        if variant.stock is not None and variant.stock <= 0:
            return self._speech.word("stock", "none")
        if variant.stock is not None and variant.stock <= FEW:
            return self._speech.word("stock", "few").format(count=variant.stock)
        return self._speech.word("stock", "some")


def _fitting(variant: Variant, words: list[str]) -> int:
    """Count the words that name an option of this variant."""
    options = {value.casefold() for value in variant.options.values()}
    return len(options.intersection(words))

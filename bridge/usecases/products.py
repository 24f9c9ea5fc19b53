"""Products: what is there, and is it in stock?"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.formatting.cards import products_card
from bridge.formatting.outbound import Speech
from bridge.model.commerce import Product, Variant
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.usecases.choosing import in_stock
from bridge.usecases.degradation import AWAY, Degradation
from bridge.usecases.wording import search_words, singular

SEARCH = "products.search"
FEW = 3
SHOWN_PRODUCTS = 3


class Products:
    """Search the shop."""

    def __init__(self, commerce: Commerce, degradation: Degradation, speech: Speech) -> None:
        self._commerce = commerce
        self._degradation = degradation
        self._speech = speech

    @property
    def can_buy(self) -> bool:
        """Tell whether what is found can be put into a cart here."""
        return "create_checkout" in self._commerce.capabilities

    def search(self, text: str) -> Outcome:
        """Tell which products fit what was typed, with their prices and stock."""
        typed = search_words(text)
        if not typed:
            return Outcome("utter_products_ask")
        words = [singular(word) for word in typed]
        try:
            # All words first; where that gives nothing, the last one, in English most often the thing itself.
            found = self._commerce.search_products(" ".join(words), SHOWN_PRODUCTS)
            found = found or self._commerce.search_products(words[-1], SHOWN_PRODUCTS)
        except AWAY as error:
            return self._degradation.read(SEARCH, error, lambda last: self._found(last, words, text))
        return self._found(found, words, text)

    def _found(self, found: Sequence[Product], words: list[str], text: str) -> Outcome:
        if not found:
            return Outcome("utter_products_none", {"words": " ".join(search_words(text))})
        # Who says a whole name means that one product, though the names of others hold it too.
        named = [product for product in found if product.name.casefold() == text.strip().casefold()]
        named = named or [product for product in found if _names(product, words)] or list(found)
        meant = [(product, _wanted(product, words)) for product in named]
        shown = [(each, wanted, self._price(wanted)) for each, wanted in meant]
        card = products_card(shown, self._speech, can_buy=self.can_buy)
        told = "\n".join(self._told(product, wanted) for product, wanted in meant)
        buys = {"title": self._speech.word("cards", "buy"), "payload": "/place_order"}
        there = any(in_stock(variant) for _, wanted in meant for variant in wanted)
        offered = (buys,) if self.can_buy and there and len(meant) == 1 else ()
        return Outcome("utter_products_found", {"products": told}, card=card, buttons=offered)

    def _told(self, product: Product, wanted: Sequence[Variant]) -> str:
        there = [self._option(variant) for variant in wanted if variant.stock is None or variant.stock > 0]
        gone = [self._option(variant) for variant in wanted if variant.stock is not None and variant.stock <= 0]
        parts = [
            self._speech.word("stock", "product").format(name=product.name, price=self._price(wanted)),
            self._speech.word("stock", "there").format(options=", ".join(there)) if there else "",
            self._speech.word("stock", "gone").format(options=", ".join(gone)) if gone else "",
        ]
        return " ".join(part for part in parts if part)

    def _option(self, variant: Variant) -> str:
        name = " ".join(variant.options.values()) or variant.sku
        few = variant.stock is not None and 0 < variant.stock <= FEW
        return self._speech.word("stock", "few").format(option=name, count=variant.stock) if few else name

    def _price(self, variants: Sequence[Variant]) -> str:
        prices = sorted({variant.price for variant in variants}, key=lambda price: (price.currency, price.minor))
        ends = [prices[0]] if len(prices) == 1 else [prices[0], prices[-1]] if prices else []
        return "\u2013".join(self._speech.money(price) for price in ends)


def _names(product: Product, words: list[str]) -> bool:
    """Tell whether the product's own name has every word that is not an option of it."""
    options = {value.casefold() for variant in product.variants for value in variant.options.values()}
    name = product.name.casefold()
    return all(word in name for word in words if word not in options)


def _wanted(product: Product, words: list[str]) -> list[Variant]:
    """Return the variants that fit best: all of them, where the words name no option."""
    best = max((_fitting(variant, words) for variant in product.variants), default=0)
    return [variant for variant in product.variants if _fitting(variant, words) == best]


def _fitting(variant: Variant, words: list[str]) -> int:
    """Count the words that name an option of this variant."""
    options = {value.casefold() for value in variant.options.values()}
    return len(options.intersection(words))

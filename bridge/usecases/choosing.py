"""Choose what is meant among the products of a shop and their variants; what stays open becomes a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.model.commerce import Product, Variant
from bridge.usecases.wording import singular

MOST_LABELS = 8
"""More buttons than these nobody reads."""


@dataclass(frozen=True)
class Choice:
    """Say which variant is meant, or between what to choose."""

    variant: Variant | None = None
    option: str = ""
    """Which option the labels are values of; empty where they are whole names."""
    labels: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """What was meant, or could have been, and is sold out."""


def meant(found: Sequence[Product], text: str, words: Sequence[str]) -> list[Product]:
    """Return the products that a wish may mean: whose whole name it says, else whose name has its words."""
    said = [product for product in found if product.name.casefold() in text.casefold()]
    if said:
        return [max(said, key=lambda product: len(product.name))]
    named = [product for product in found if _names(product, words)] or list(found)
    best = max((_fit(product, words) for product in named), default=0)
    return [product for product in named if _fit(product, words) == best]


def choose(product: Product, said: Sequence[Sequence[str]], like: Mapping[str, str] | None = None) -> Choice:
    """Return the variant that is meant.

    Args:
        said: the words of each message about it; where two contradict each other, the later one counts.
        like: the options that stay where the words leave them open.
    """
    fitting = list(product.variants)
    for words in ([word for each in said for word in each], *reversed(said)):
        best = max((_fits(variant, words) for variant in fitting), default=0)
        fitting = [variant for variant in fitting if _fits(variant, words) == best]
    if like:
        shared = max((_shared(variant, like) for variant in fitting), default=0)
        fitting = [variant for variant in fitting if _shared(variant, like) == shared]
    there = [variant for variant in fitting if in_stock(variant)]
    gone = tuple(name_of(variant) for variant in fitting if variant.options and not in_stock(variant))
    if len(there) == 1:
        return Choice(there[0], gone=gone)
    return _between(there or [variant for variant in product.variants if in_stock(variant)], gone)


def in_stock(variant: Variant) -> bool:
    """Tell whether a variant can be bought, as far as the shop counts."""
    return variant.stock is None or variant.stock > 0


def name_of(variant: Variant) -> str:
    """Return what tells a variant from the others of its product."""
    return " ".join(variant.options.values()) or variant.sku


def _between(variants: Sequence[Variant], gone: tuple[str, ...]) -> Choice:
    """Ask for the first option in which the variants differ."""
    names = list(dict.fromkeys(name for variant in variants for name in variant.options))
    for name in names:
        values = tuple(dict.fromkeys(variant.options.get(name, "") for variant in variants))
        if len(values) > 1 and all(values):
            return Choice(None, name, values[:MOST_LABELS], gone)
    return Choice(None, "", tuple(dict.fromkeys(map(name_of, variants)))[:MOST_LABELS], gone)


def _names(product: Product, words: Sequence[str]) -> bool:
    name = product.name.casefold()
    options = {word for variant in product.variants for value in variant.options.values() for word in _words(value)}
    return all(word in name for word in words if word not in options)


def _fit(product: Product, words: Sequence[str]) -> int:
    return max((_fits(variant, words) for variant in product.variants), default=0)


def _fits(variant: Variant, words: Sequence[str]) -> int:
    """Count the options of this variant that the words name."""
    said = set(words)
    return sum(_words(value) <= said for value in variant.options.values() if _words(value))


def _shared(variant: Variant, like: Mapping[str, str]) -> int:
    return sum(variant.options.get(name) == value for name, value in like.items())


def _words(value: str) -> set[str]:
    return {singular(word) for word in value.casefold().split()}

"""What every shop decides in the same way: whether a product fits what was typed, and what can still go back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bridge.errors import InvalidError
from bridge.model.commerce import Product, ReturnLine


def best_first(products: Iterable[Product], words: Sequence[str], limit: int) -> list[Product]:
    """Return the products that have every word in name, description or an option; those named so come first."""
    ranked = [(rank, product) for product in products if (rank := _rank(words, product)) is not None]
    return [product for _, product in sorted(ranked, key=lambda one: (one[0], one[1].name.casefold()))[:limit]]


def check_return(lines: Iterable[ReturnLine], left: Mapping[str, int]) -> None:
    """Check that what shall go back is there.

    Args:
        left: by item, how many can still go back.

    Raises:
        InvalidError: it is nothing, or more than that.
    """
    wanted: Counter[str] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise InvalidError("lines", "holds a quantity below one")
        wanted[line.item_id] += line.quantity
    if not wanted:
        raise InvalidError("lines", "names nothing")
    if any(count > left.get(item_id, 0) for item_id, count in wanted.items()):
        raise InvalidError("lines", "names more than is left of the order to return")


def _rank(words: Sequence[str], product: Product) -> tuple[int, int] | None:
    """Return how many words miss the name, then how many miss the options too; None if one is found nowhere."""
    name = product.name.casefold()
    options = [value.casefold() for variant in product.variants for value in variant.options.values()]
    description = product.description.casefold()
    beyond_name = [word for word in words if word not in name]
    beyond_options = [word for word in beyond_name if not any(word in option for option in options)]
    if any(word not in description for word in beyond_options):
        return None
    return len(beyond_name), len(beyond_options)

"""What a conversation has put together to buy, and what of it is still open; a slot keeps it as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bridge.model.money import Money


@dataclass(frozen=True)
class Line:
    """Hold so many of one variant, with what it is called."""

    variant: str
    product: str
    options: dict[str, str]
    quantity: int
    price: Money

    @property
    def name(self) -> str:
        """Return what a person calls it."""
        return " ".join([self.product, *self.options.values()])


@dataclass(frozen=True)
class Question:
    """Hold between what a person is to choose."""

    labels: tuple[str, ...]
    option: str = ""
    """Of which option the labels are values; empty where they are whole names."""
    product: str = ""
    """Empty where the product itself is the question."""
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Basket:
    """Hold the lines, the wishes that are not in it yet, and what is asked about the first of these."""

    lines: tuple[Line, ...] = ()
    wishes: tuple[str, ...] = ()
    question: Question | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        """Return it as a slot keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> Basket:
        """Return the basket of a slot; an empty one where there is none yet."""
        if not kept:
            return cls()
        lines = tuple(Line(**{**line, "price": Money(**line["price"])}) for line in kept["lines"])
        asked = kept["question"]
        lists = {"labels": tuple(asked["labels"]), "gone": tuple(asked["gone"])} if asked else {}
        return cls(lines, tuple(kept["wishes"]), Question(**{**asked, **lists}) if asked else None)

"""Give each simulator the people, products, orders and tickets of the demo shop."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

Fields = dict[str, Any]

_SEED = Path(__file__).with_name("seed.yml")
_DAYS = {"placed", "expected", "shipped", "due", "delivered", "created", "at"}
"""Fields of the file that are days counted from the start."""


def seed(today: date) -> Fields:
    """Return shop, people, products with their variants, orders and tickets; times are UTC, at noon."""
    noon = datetime.combine(today, time(12), timezone.utc)
    read = yaml.safe_load(_read())
    dated: Fields = _dated(read, noon)
    return {**dated, "products": [_product(product) for product in dated["products"]]}


@lru_cache
def _read() -> str:
    return _SEED.read_text(encoding="utf-8")


def _dated(value: Any, noon: datetime) -> Any:
    if isinstance(value, list):
        return [_dated(one, noon) for one in value]
    if isinstance(value, dict):
        return {name: noon + timedelta(days=one) if name in _DAYS else _dated(one, noon) for name, one in value.items()}
    return value


def _product(product: Fields) -> Fields:
    choices = itertools.product(*product["options"].values())
    variants = [
        {
            "sku": "-".join([product["code"], *(choice.upper() for choice in chosen)]),
            "options": dict(zip(product["options"], chosen, strict=True)),
            "price": product["price"],
            "stock": stock,
        }
        for chosen, stock in zip(choices, product["stock"], strict=True)
    ]
    return {
        "code": product["code"],
        "name": product["name"],
        "description": product["description"],
        "variants": variants,
    }

"""Money as integer minor units, so that nothing is lost in binary fractions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Money:
    """Hold an amount in the currency's minor unit (cents for USD, yen for JPY)."""

    minor: int
    currency: str

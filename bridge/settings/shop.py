"""What the embedded shop needs to know of the host site."""

from __future__ import annotations

from pydantic import validator

from bridge.settings.part import Part


class Shop(Part):
    """Say where the host site takes over what it alone can finish."""

    checkout_url: str = ""
    """Where a cart is paid; the cart's token is put behind it. Without it the embedded shop offers no checkout."""

    @validator("checkout_url")
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError('must be an address such as "https://shop.example/checkout/"')
        return value

"""What is sold, and where the host site takes over."""

from __future__ import annotations

from pydantic import Field, validator

from bridge.settings.part import Part


class Shop(Part):
    """Say where the host site takes over what it alone can finish."""

    checkout_url: str = ""
    """Where a cart is paid; the cart's token is put behind it. Without it the embedded shop offers no checkout,
    except in the demo, whose gateway has a page for that (places.py)."""

    url: str = ""
    """Where people are sent to buy if the shop system makes no checkouts for us."""
    most_of_one: int = Field(default=20, ge=1, le=9999)
    """So many of one thing the assistant puts into a cart; who wants more is offered the sales team."""

    @validator("checkout_url", "url")
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError('must be an address such as "https://shop.example/checkout/"')
        return value

"""Where a cart is paid follows the gateway in the demo, and the deployment everywhere else."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.settings import Settings
from bridge.settings.places import checkout_url, gateway_url
from tests.support.frontdesk import make_settings

OWN = "https://shop.example.test/pay/"


def settings(shop: dict[str, str] | None = None, **changes: Any) -> Settings:
    """Return settings of the demo, on its usual address."""
    usual = {"demo": True, "port": 8190}
    return make_settings("sqlite://", shop=shop or {}).copy(update={**usual, **changes})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8190"),
        ("localhost", "http://localhost:8190"),
        ("::1", "http://[::1]:8190"),
        ("0.0.0.0", "http://127.0.0.1:8190"),  # noqa: S104  # what a browser cannot open
        ("::", "http://[::1]:8190"),
    ],
)
def test_the_gateway_is_where_a_browser_here_finds_it(host: str, url: str) -> None:
    assert gateway_url(settings(host=host)) == url


def test_a_cart_of_the_demo_ends_at_the_gateway_whatever_its_port() -> None:
    assert checkout_url(settings()) == "http://127.0.0.1:8190/demo/cart/"
    assert checkout_url(settings({"checkout_url": OWN})) == OWN


@pytest.mark.parametrize("changes", [{"demo": False}, {"host": "0.0.0.0"}])  # noqa: S104  # where the page is not
def test_where_the_page_is_not_no_link_leads_there(changes: dict[str, Any]) -> None:
    assert checkout_url(settings(**changes)) == ""
    assert checkout_url(settings({"checkout_url": OWN}, **changes)) == OWN

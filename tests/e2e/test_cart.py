"""Buy in the chat of the demo, and follow the link to where the shop would take the payment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.shop import bubbles, send
from tests.support.stack import Demo

pytestmark = pytest.mark.slow


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run the demo as `make run` does, on a port of its own."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    running.start()
    yield running
    assert running.stop() == 0, running.output


def test_a_cart_from_the_first_wish_to_the_page_without_a_till(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    page.get_by_role("button", name="Fill a cart").click()
    page.get_by_label("Your message").press("Enter")
    page.get_by_role("button", name="XL", exact=True).click(timeout=20_000)
    expect(bubbles(page).last).to_contain_text("2 \u00d7 Blue T-Shirt XL, $19.90 each", timeout=20_000)
    send(page, "no, that's all")
    link = page.locator("#log a.choice", has_text="Check out at the shop")
    expect(link).to_be_visible(timeout=20_000)
    expect(bubbles(page).last.get_by_role("link")).to_contain_text(f"{demo.url}/demo/cart/")
    with page.context.expect_page() as opened:
        link.click()
    cart = opened.value
    expect(cart.get_by_role("row", name="Blue T-Shirt XL $19.90 2 $39.80")).to_be_visible()
    expect(cart.get_by_text("nothing can be paid")).to_be_visible()
    cart.set_viewport_size({"width": 320, "height": 640})
    assert cart.evaluate("() => document.documentElement.scrollWidth") == 320

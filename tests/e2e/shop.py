"""What every test of the panel does with the page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.fake_gateway import FakeGateway


def open_chat(page: Page, fake: FakeGateway) -> None:
    """Load the shop and open the panel."""
    page.goto(fake.url)
    page.get_by_role("button", name="Chat with us").click()
    expect(page.get_by_text("Here to help")).to_be_visible()
    while not fake.open_streams:
        page.wait_for_timeout(10)


def send(page: Page, text: str) -> None:
    """Type a message and send it."""
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def bubbles(page: Page, kind: str = "") -> Locator:
    """Find the bubbles of the log, or those of one kind of speaker."""
    return page.locator(f"#log .row{kind} > .bubble")

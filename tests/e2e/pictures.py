"""Take the pictures for the documents: `python -m tests.e2e.pictures [URL of a running Frontdesk]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import ARGUMENTS
from tests.e2e.fake_gateway import FakeGateway

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PICTURES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
}
TALK = ["#1001", "ana.ruiz@example.test"]
# What the stand-in answers when no running Frontdesk is named.
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "Where is my order?": [{"type": "bot", "text": "Happy to look. What is your order number?"}],
    TALK[0]: [{"type": "bot", "text": "Thanks. Which e-mail address did you order with?"}],
    TALK[1]: [
        {"type": "notice", "text": "Still looking, one moment please."},
        {
            "type": "bot",
            "text": "Order #1001 from January 20: 2 items (Blue T-Shirt, Black Jeans). Shipped with UPS, "
            "tracking 1Z999AA10123456784, expected by January 25.",
            "buttons": [
                {"title": "Report a problem", "payload": "/create_ticket"},
                {"title": "Talk to a person", "payload": "/talk_to_human"},
            ],
        },
    ],
}


def talk(page: Page) -> None:
    """Ask for the sample order."""
    page.get_by_role("button", name="Chat with us").click()
    page.get_by_role("button", name="Where is my order?").click()
    for answered, text in enumerate(TALK, 1):
        expect(page.locator("#log .row.bot")).to_have_count(answered, timeout=20_000)
        page.get_by_label("Your message").fill(text)
        page.get_by_label("Your message").press("Enter")
    expect(page.locator("#log .row.bot")).to_have_count(len(TALK) + 1, timeout=20_000)
    page.mouse.move(5, 5)


def main(url: str | None) -> None:
    """Take each picture in a fresh profile."""
    fake = FakeGateway()
    fake.answers = ANSWERS
    fake.start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name, options in PICTURES.items():
            page = chromium.new_context(locale="en-US", reduced_motion="reduce", **options).new_page()
            page.goto(url or fake.url)
            talk(page)
            page.screenshot(path=IMAGES / f"chat-{name}.png")
        chromium.close()
    fake.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)

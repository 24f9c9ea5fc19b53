"""Take the pictures for the documents from the real stack: `make pictures` (about two minutes).

Each is taken in a fresh profile, of the demo shop's data. The times of day in it are put to one, so that taking it
again changes nothing but the dates of the demo's orders, which follow today.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import ARGUMENTS
from tests.e2e.shop import send
from tests.support.stack import ROOT, Stack

IMAGES = ROOT / "docs" / "images"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SLOW = "commerce.find_order=delay:9"
STILL = """() => {
  const log = document.querySelector("frontdesk-chat").shadowRoot.querySelector("#log");
  const texts = document.createTreeWalker(log, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.matches(".meta")) text.data = text.data.replace(/\\d+:\\d\\d/, "10:24");
  }
}"""


def ask(page: Page, *texts: str) -> None:
    """Open the chat and say one thing after the other, each when the last has been answered."""
    page.locator("frontdesk-chat").evaluate("chat => chat.open()")
    for answered, text in enumerate(texts, 1):
        page.locator("frontdesk-chat").evaluate("(chat, text) => chat.send(text)", text)
        expect(page.locator("#log .user")).to_have_count(answered)
        expect(page.locator("#log .place:last-child .bot")).to_have_count(1, timeout=40_000)


def order(page: Page) -> None:
    """Ask where an order is."""
    ask(page, "Where is my order 1001?", "ana.ruiz@example.test")


def in_arabic(page: Page) -> None:
    """Show the widget's own words in Arabic, from right to left."""
    page.locator("frontdesk-chat").evaluate("chat => { chat.setAttribute('locale', 'ar'); chat.replaceWith(chat); }")
    page.locator("frontdesk-chat").evaluate("chat => chat.setAttribute('greeting', 'مرحبا! كيف يمكنني مساعدتك؟')")
    order(page)


def waiting(page: Page) -> None:
    """Ask for an order while its system is slow."""
    ask(page, "Where is my order 1001?")
    send(page, "ana.ruiz@example.test")
    expect(page.locator("#log .notice")).to_be_visible(timeout=20_000)


def offline(page: Page) -> None:
    """Write while there is no connection."""
    order(page)
    page.context.set_offline(True)
    send(page, "Thank you! And can I still change the address?")
    expect(page.locator("#log .user").last).to_contain_text("Waiting")


def handoff(page: Page) -> None:
    """Ask for a person."""
    order(page)
    page.locator("frontdesk-chat").evaluate("chat => chat.send('I want to talk to a person')")
    expect(page.locator(".banner")).to_be_visible(timeout=20_000)
    expect(page.locator("#log .place:last-child .bot")).to_have_count(1, timeout=20_000)


def cards(page: Page) -> None:
    """Show a row of cards with the shop's own pictures."""
    items = [
        {
            "title": title,
            "subtitle": price,
            "image": f"/static/art/{art}.svg",
            "alt": title,
            "fields": [{"label": "In stock", "value": stock}],
            "buttons": [{"title": "In my size?", "payload": "/a"}],
        }
        for title, price, art, stock in (
            ("Tarn Rain Jacket", "$189.00", "jacket", "M, L, XL"),
            ("Fell Daypack 22 L", "$118.00", "pack", "rust, green"),
        )
    ]
    answer = {"type": "bot", "text": "These could do:", "card": {"title": "Products", "items": items}}
    said = [{"type": "user", "id": "a", "text": "do you have rain jackets?"}, answer]
    at = datetime.now(timezone.utc).isoformat()
    events = [{"seq": number, "at": at, **event} for number, event in enumerate(said, 1)]
    page.route("**/chat/history*", lambda route: route.fulfill(json={"events": events, "more": False}))
    page.locator("frontdesk-chat").evaluate("chat => chat.open()")
    expect(page.locator(".carousel")).to_be_visible()


@dataclass(frozen=True)
class Picture:
    """Say what is done before a picture is taken, in which browser, and of which part of the page."""

    act: Callable[[Page], None]
    profile: dict[str, Any] = field(default_factory=lambda: DESKTOP)
    part: str = ""
    faults: str = ""


PICTURES = {
    "desktop": Picture(order),
    "dark": Picture(order, {**DESKTOP, "color_scheme": "dark"}, ".panel"),
    "phone": Picture(order, PHONE),
    "right-to-left": Picture(in_arabic, part=".panel"),
    "slow": Picture(waiting, part=".panel", faults=SLOW),
    "offline": Picture(offline, part=".panel"),
    "handoff": Picture(handoff, part=".panel"),
    "cards": Picture(cards, part=".panel"),
}


def take(chromium: Browser, stack: Stack, name: str, picture: Picture) -> int:
    """Take one picture and return its size in bytes."""
    stack.break_systems(picture.faults)
    context = chromium.new_context(locale="en-US", reduced_motion="reduce", **picture.profile)
    page = context.new_page()
    page.goto(f"{stack.url}/")
    picture.act(page)
    if not picture.faults:
        expect(page.locator(".typing")).to_be_hidden(timeout=20_000)
    page.mouse.move(5, 5)
    page.evaluate(STILL)
    shot = (page.locator(picture.part) if picture.part else page).screenshot(caret="hide")
    context.close()
    path = IMAGES / f"chat-{name}.png"
    # 256 colours are enough, and a third of the size.
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(256).save(path, optimize=True)
    return path.stat().st_size


def main(names: list[str]) -> None:
    """Start the stack and take the named pictures, or all."""
    demo = yaml.safe_load((ROOT / "deployments" / "demo.yml").read_text())
    # Somebody is always there, whenever the pictures are taken.
    hours = {**demo["contact"]["hours"], "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    always = {**demo["contact"], "hours": {**hours, "opens": "00:00", "closes": "23:59"}}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        stack = Stack(Path(folder), faults="", deployment={"contact": always})
        stack.start()
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        expect.set_options(timeout=15_000)
        try:
            for name in names or PICTURES:
                size = take(chromium, stack, name, PICTURES[name])
                print(f"docs/images/chat-{name}.png {size / 1024:.0f} KB")
        finally:
            chromium.close()
            stack.stop()


if __name__ == "__main__":
    main(sys.argv[1:])

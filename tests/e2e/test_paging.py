"""Read a long conversation backwards: a page at a time, in place, unannounced, and nothing twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway
from tests.e2e.shop import bubbles, open_chat
from tests.e2e.test_panel_faults import NOTE_WHAT_IS_READ_OUT

pytestmark = pytest.mark.slow

TOP = "node => node.getBoundingClientRect().top"


def texts(first: int, last: int) -> list[str]:
    """Return what a part of the conversation says."""
    return [f"Line {number}" for number in range(first, last + 1)]


def test_a_long_conversation_is_read_backwards(page: Page, fake: FakeGateway, watch: Watch) -> None:
    page.add_init_script(NOTE_WHAT_IS_READ_OUT)
    open_chat(page, fake)
    events = [{"type": "bot", "text": text} for text in texts(1, 120)]
    fake.say({"type": "status", "mode": "human", "agent": "Mara"}, *events)
    expect(page.get_by_text("Line 120", exact=True)).to_be_visible()
    streams: list[str] = []
    page.on("request", lambda sent: streams.append(sent.url) if "/events" in sent.url else None)
    page.reload()
    expect(bubbles(page)).to_have_text(texts(71, 120))
    # It was said before all that is here.
    expect(page.get_by_text("You are talking with Mara.")).to_be_visible()
    assert page.get_by_text("Line 120", exact=True).is_visible()

    # Drawn for the last time: a drawing between a scroll and its event goes back to the end.
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    # By scrolling up; what was on top stays in its place.
    top = page.get_by_text("Line 71", exact=True)
    page.locator(".scroll").evaluate("node => node.scrollTo(0, 0)")
    before = top.evaluate(TOP)
    expect(bubbles(page)).to_have_text(texts(21, 120))
    assert top.evaluate(TOP) == pytest.approx(before, abs=2)

    # By keyboard; the focus stays, and goes to what scrolls when the button has done its work.
    watch.allows_network_errors = True
    page.route("**/history?before=*", lambda route: route.fulfill(status=503, json={}), times=1)
    button = page.get_by_role("button", name="Show earlier messages")
    page.get_by_role("button", name="More", exact=True).focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        if button.evaluate("node => node.matches(':focus')"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    expect(bubbles(page)).to_have_text(texts(21, 120))
    page.keyboard.press("Enter")
    expect(bubbles(page)).to_have_text(texts(1, 120))
    expect(page.locator(".scroll")).to_be_focused()
    expect(page.locator(".scroll > button")).to_have_count(0)
    expect(page.get_by_text("Mara has joined")).to_have_count(1)
    assert page.evaluate("readOut.length") == 0
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    fake.say({"type": "bot", "text": "Line 121"})
    expect(bubbles(page)).to_have_text(texts(1, 121))
    assert page.evaluate("readOut.length") == 1
    assert all("after=121" in url for url in streams)


def test_a_saved_conversation_is_whole(page: Page, fake: FakeGateway) -> None:
    open_chat(page, fake)
    fake.say(*({"type": "bot", "text": text} for text in texts(1, 120)))
    expect(page.get_by_text("Line 120", exact=True)).to_be_visible()
    page.reload()
    expect(bubbles(page)).to_have_count(50)
    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save this conversation").click()
    saved = saving.value.path().read_text(encoding="utf-8")
    assert [line for line in saved.splitlines() if line.startswith("Line")] == texts(1, 120)

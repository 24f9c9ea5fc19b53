"""Delete the conversation in the widget: asked once more, by keyboard, in every tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway, problem
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

ENTRY = "Delete this conversation"


def begin(page: Page) -> None:
    """Open the menu and choose the deletion."""
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name=ENTRY).click()


def test_by_keyboard_and_gone_from_every_tab(page: Page, context: BrowserContext, fake: FakeGateway) -> None:
    open_chat(page, fake)
    send(page, "my quokka has escaped")
    expect(bubbles(page, ".bot")).to_have_count(1)
    other = context.new_page()
    open_chat(other, fake)
    expect(bubbles(other, ".user")).to_have_text(["my quokka has escaped"])
    page.bring_to_front()
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=ENTRY).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes, delete it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#menu [role=status]")).to_contain_text("This conversation is deleted.")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("button", name="More", exact=True)).to_be_focused()
    for tab in (page, other):
        expect(bubbles(tab)).to_have_count(0)
    stored = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "quokka" not in stored
    assert "token-" not in stored
    send(page, "hello again")
    expect(bubbles(page)).to_have_text(["hello again", "You said: hello again"])
    assert len(fake.conversations) == 2


def test_no_deletes_nothing_and_a_failure_is_said(page: Page, fake: FakeGateway, watch: Watch) -> None:
    open_chat(page, fake)
    send(page, "hello")
    expect(bubbles(page, ".bot")).to_have_count(1)
    begin(page)
    page.get_by_role("button", name="No, go on").click()
    expect(bubbles(page)).to_have_count(2)
    watch.allows_network_errors = True
    fake.faults.append(problem(500, "internal", "Something went wrong."))
    begin(page)
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator("#menu [role=status]")).to_contain_text("That did not work.")
    expect(bubbles(page)).to_have_count(2)
    fake.promised = 1
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator("#menu [role=status]")).to_contain_text("still passed on to our team")
    expect(bubbles(page)).to_have_count(0)

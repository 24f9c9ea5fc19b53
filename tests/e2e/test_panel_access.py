"""Use the panel by keyboard, on small screens, in the dark, with large letters and without motion."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway, problem
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
WIDGET = "document.querySelector('frontdesk-chat').shadowRoot"


class TestComposer:
    def test_the_limit_counts_characters_as_people_do(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        field, count = page.get_by_label("Your message"), page.locator("#count")
        field.fill("x" * 1700)
        expect(count).to_be_hidden()
        field.fill("😀" * 1990)
        expect(count).to_have_text("Characters left: 10")
        field.fill("😀" * 2001)
        expect(count).to_have_text("Characters too many: 1")
        expect(page.get_by_role("button", name="Send")).to_be_disabled()
        field.press("Enter")
        expect(field).to_have_value("😀" * 2001)
        field.fill("😀" * 2000)
        field.press("Enter")
        expect(bubbles(page, ".bot")).to_have_count(1)
        assert [message["text"] for message in fake.messages] == ["😀" * 2000]

    def test_nothing_is_not_a_message(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, " \n ")
        send(page, "something")
        expect(bubbles(page, ".user")).to_have_text(["something"])

    def test_enter_that_ends_a_composed_word_does_not_send(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        page.get_by_label("Your message").fill("にほん")
        page.get_by_label("Your message").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        expect(page.get_by_label("Your message")).to_have_value("にほん")

    def test_a_sample_of_the_page_is_only_put_into_the_composer(self, page: Page, fake: FakeGateway) -> None:
        page.goto(fake.url)
        page.get_by_role("button", name="Ask where it is").click()
        expect(page.get_by_label("Your message")).to_have_value("Where is my order #1001?")
        expect(page.get_by_text("Here to help")).to_be_visible()
        assert fake.messages == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Ask where it is")).to_be_focused()


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press a key until the target has the focus."""
    for _ in range(30):
        if target.evaluate("node => node === node.getRootNode().activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError("the keyboard never came there")


class TestForEveryone:
    def test_the_keyboard_alone_is_enough(self, page: Page, fake: FakeGateway) -> None:
        fake.shown["/b"] = "B"
        fake.answers["one\ntwo"] = [
            {
                "type": "bot",
                "text": "Choose.",
                "buttons": [{"title": "A", "payload": "/a"}, {"title": "B", "payload": "/b"}],
            }
        ]
        page.goto(fake.url)
        launcher, field = page.get_by_role("button", name="Chat with us"), page.get_by_label("Your message")
        tab_to(page, launcher)
        page.keyboard.press("Enter")
        expect(field).to_be_focused()
        page.keyboard.type("one")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("two")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="B", exact=True)).to_be_visible()
        tab_to(page, page.get_by_role("button", name="B", exact=True), "Shift+Tab")
        width = page.evaluate(f"parseFloat(getComputedStyle({WIDGET}.activeElement).outlineWidth)")
        assert width >= 2
        page.keyboard.press("Space")
        expect(bubbles(page, ".user")).to_have_text(["one\ntwo", "B"])
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(launcher).to_be_focused()
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(launcher).to_have_attribute("aria-expanded", "false")

    @pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 400), (390, 844), (1280, 800)])
    def test_it_fits_and_can_be_touched(self, page: Page, fake: FakeGateway, width: int, height: int) -> None:
        page.emulate_media(reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        fake.answers["go"] = [
            {"type": "bot", "text": "x" * 300, "buttons": [{"title": "word " * 30, "payload": "/a"}]},
        ]
        page.goto(fake.url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        open_chat(page, fake)
        send(page, "go")
        expect(bubbles(page, ".bot")).to_be_visible()
        assert page.locator(".scroll").evaluate("node => node.scrollWidth <= node.clientWidth")
        panel = page.get_by_role("dialog").bounding_box()
        assert panel is not None
        assert panel["x"] >= 0
        assert panel["y"] >= 0
        assert panel["x"] + panel["width"] <= width
        assert panel["y"] + panel["height"] <= height
        for target in page.locator("button:visible, textarea:visible, nav a").all():
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44, target

    def test_on_a_phone_the_page_behind_takes_no_focus(self, page: Page, fake: FakeGateway) -> None:
        page.set_viewport_size({"width": 390, "height": 844})
        open_chat(page, fake)
        expect(page.locator("main")).to_have_js_property("inert", True)
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(page.locator("main")).to_have_js_property("inert", False)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_all_text_has_enough_contrast(self, page: Page, fake: FakeGateway, scheme: str, watch: Watch) -> None:
        watch.allows_network_errors = True
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        open_chat(page, fake)
        choices = [{"title": "Yes", "payload": "/affirm"}]
        fake.say(
            {"type": "status", "mode": "closed"},
            {"type": "notice", "text": "A notice."},
            {"type": "agent", "name": "Mara", "text": "https://example.test/"},
            {"type": "bot", "text": "Old", "buttons": choices, "card": {"title": "Card", "number": "1"}},
        )
        send(page, "fine")
        expect(bubbles(page, ".bot")).to_have_count(2)
        fake.faults.append(problem(422, "refused", "Refused."))
        send(page, "refused")
        expect(page.get_by_text("Not sent. Refused.")).to_be_visible()
        fake.say({"type": "bot", "text": "New", "buttons": choices})
        page.get_by_label("Your message").fill("x" * 2001)
        expect(bubbles(page, ".bot")).to_have_count(3)
        low = page.evaluate((HERE / "low_contrast.js").read_text())
        assert low["checked"] > 30
        assert low["found"] == []

    def test_no_motion_for_those_who_asked_for_none(self, page: Page, fake: FakeGateway) -> None:
        page.emulate_media(reduced_motion="reduce")
        open_chat(page, fake)
        fake.send_raw('data: {"type": "typing", "on": true}\n\n')
        expect(page.get_by_text("The assistant is writing")).to_be_visible()
        assert page.evaluate(f"{WIDGET}.getAnimations().length") == 0

    def test_without_scripts_there_is_no_dead_launcher(self, browser: Browser, fake: FakeGateway) -> None:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(fake.url)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("frontdesk-chat")).to_be_empty()
        context.close()

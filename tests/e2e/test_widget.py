"""Look at every state of the widget in its gallery: axe finds nothing, and what should be read is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

AXE = Path(__file__).parents[2] / "widget/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Each widget is meant to be alone on its page: here two dozen carry the same names.
ALONE = {"landmark-unique": {"enabled": False}}


def breaches(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds wrong with the page, shadow roots included."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm ci in widget/)")
    page.evaluate(AXE.read_text())
    options = {"runOnly": {"type": "tag", "values": TAGS}, "rules": ALONE}
    found = page.evaluate("options => axe.run(options)", options)
    assert len(found["passes"]) > 20
    return [{"rule": item["id"], "at": [node["target"] for node in item["nodes"]]} for item in found["violations"]]


class TestGallery:
    @pytest.fixture(autouse=True)
    def _gallery(self, page: Page, fake: FakeGateway) -> None:
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{fake.url}widget")
        expect(page.locator("#arabic").get_by_text("تم شحن طلبك رقم 1001.")).to_be_visible()
        expect(page.locator("#long-history .row")).to_have_count(50)
        expect(page.locator("#slowed").get_by_text("Sending again in 3600 s.")).to_be_visible()
        expect(page.locator("#menu").get_by_text("Save this conversation")).to_be_visible()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("locale", ["en", "ar"])
    def test_axe_finds_nothing_in_any_state(self, page: Page, fake: FakeGateway, scheme: Any, locale: str) -> None:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if locale == "ar":
            page.goto(f"{fake.url}widget?locale=ar")
            expect(page.locator("#menu").get_by_text("حفظ هذه المحادثة")).to_be_visible()
            expect(page.locator("#slowed").get_by_text("3600")).to_be_visible()
            others = page.locator("frontdesk-chat:not(#german) .panel")
            assert set(others.evaluate_all("panels => panels.map((panel) => panel.dir)")) == {"rtl"}
        assert breaches(page) == []

    def test_nothing_leaves_the_page_and_no_state_is_wider_than_its_frame(self, page: Page) -> None:
        wide = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth).length"
        assert page.locator(".scroll").evaluate_all(wide) == 0

    def test_long_things_are_cut_and_can_be_asked_for(self, page: Page) -> None:
        story = page.locator("#long-text")
        assert len(bubbles_of(story).inner_text()) < 2_000
        story.get_by_role("button", name="Show all of it").click()
        expect(story.get_by_role("button", name="Show all of it")).to_have_count(0)
        assert len(bubbles_of(story).inner_text()) > 50_000
        history = page.locator("#long-history")
        expect(history.get_by_text("Answer 499")).to_be_visible()
        history.get_by_role("button", name="Show earlier messages").click()
        expect(history.locator(".row")).to_have_count(100)
        expect(history.get_by_text("Question 400")).to_have_count(1)

    def test_a_picture_that_does_not_load_leaves_its_words(self, page: Page) -> None:
        lost = page.get_by_alt_text("A picture that does not load")
        expect(lost).to_be_visible()
        assert lost.evaluate("node => node.naturalWidth") == 0

    def test_days_stand_where_they_change(self, page: Page) -> None:
        expect(page.locator("#days .divider").nth(1)).to_have_text("yesterday")
        expect(page.locator("#days .divider").nth(2)).to_have_text("today")

    def test_right_to_left_and_other_languages(self, page: Page) -> None:
        expect(page.locator("#arabic .panel")).to_have_attribute("dir", "rtl")
        own = page.locator("#arabic .user").bounding_box()
        answer = page.locator("#arabic .bot").bounding_box()
        assert own is not None
        assert answer is not None
        assert own["x"] < answer["x"]
        expect(page.locator("#german").get_by_label("Ihre Nachricht")).to_have_attribute(
            "placeholder", "Nachricht schreiben"
        )

    def test_text_on_a_light_colour_is_dark(self, page: Page) -> None:
        expect(page.locator("#colour .head")).to_have_css("color", "rgb(0, 0, 0)")
        expect(page.locator("#colour .head")).to_have_css("background-color", "rgb(255, 214, 0)")


def bubbles_of(widget: Any) -> Any:
    """Find the first bubble of one widget of the gallery."""
    return widget.locator(".bubble").first


class TestMenu:
    def test_a_conversation_is_saved_as_text(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "hello")
        expect(bubbles(page, ".bot")).to_have_count(1)
        page.get_by_role("button", name="More").click()
        with page.expect_download() as started:
            page.get_by_role("button", name="Save this conversation").click()
        text = Path(started.value.path()).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line]
        assert lines[0].startswith("You, today")
        assert lines[1::2] == ["hello", "You said: hello"]
        expect(page.get_by_role("button", name="More")).to_be_focused()

    def test_starting_anew_asks_first(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        for answer in ("No, go on", "Yes, start anew"):
            page.get_by_role("button", name="More").click()
            page.get_by_role("button", name="Start a new conversation").click()
            page.get_by_role("button", name=answer).click()
            expect(page.get_by_text("Start anew?")).to_have_count(0)
        send(page, "two")
        expect(bubbles(page)).to_have_text(["one", "You said: one", "two", "You said: two"])
        assert len(fake.conversations) == 2

    def test_escape_closes_the_menu_before_the_panel(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        page.get_by_role("button", name="More").click()
        expect(page.get_by_role("button", name="Turn sound on")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="More")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def test_sound_is_remembered(self, page: Page, fake: FakeGateway) -> None:
        page.add_init_script(
            "window.tones = 0; AudioContext.prototype.createOscillator = new Proxy("
            "AudioContext.prototype.createOscillator, { apply: (...all) => (tones++, Reflect.apply(...all)) })"
        )
        open_chat(page, fake)
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Turn sound on").click()
        page.wait_for_function("() => tones === 2")
        fake.say({"type": "bot", "text": "ping"})
        page.wait_for_function("() => tones === 4")
        page.reload()
        page.get_by_role("button", name="More").click()
        expect(page.get_by_role("button", name="Turn sound off")).to_be_visible()


class TestAsAPart:
    def test_a_page_can_open_write_send_and_listen(self, page: Page, fake: FakeGateway) -> None:
        page.goto(fake.url)
        page.evaluate("""() => {
            window.heard = [];
            const chat = document.querySelector("frontdesk-chat");
            for (const name of ["open", "close", "message", "send", "mode"])
                chat.on(name, (detail) => heard.push([name, detail]));
            chat.write("a draft");
        }""")
        expect(page.get_by_label("Your message")).to_have_value("a draft")
        page.evaluate("document.querySelector('frontdesk-chat').send('from the page')")
        expect(bubbles(page)).to_have_text(["from the page", "You said: from the page"])
        fake.say({"type": "status", "mode": "human"})
        expect(page.get_by_text("You are talking with a person.")).to_be_visible()
        page.evaluate("document.querySelector('frontdesk-chat').close()")
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.evaluate("heard") == [
            ["open", None],
            ["send", {"text": "from the page"}],
            ["message", {"type": "bot", "text": "You said: from the page"}],
            ["mode", {"mode": "human"}],
            ["close", None],
        ]

    def test_taken_out_and_put_back_it_goes_on(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        page.evaluate("window.chat = document.querySelector('frontdesk-chat'); chat.remove()")
        page.wait_for_function("() => document.querySelector('frontdesk-chat') === null")
        while fake.open_streams:
            page.wait_for_timeout(10)
        page.evaluate("document.body.append(chat)")
        expect(bubbles(page)).to_have_text(["one", "You said: one"])
        send(page, "two")
        expect(bubbles(page)).to_have_text(["one", "You said: one", "two", "You said: two"])

    def test_the_page_for_iframes_fills_its_frame(self, page: Page, fake: FakeGateway, watch: Watch) -> None:
        page.set_viewport_size({"width": 360, "height": 500})
        page.goto(f"{fake.url}embed?locale=de&heading=Hilfe&color=%23ffd600&server=https://evil.test")
        expect(page.get_by_role("dialog", name="Hilfe")).to_be_visible()
        box = page.get_by_role("dialog").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 360, "height": 500}
        page.get_by_label("Ihre Nachricht").fill("hallo")
        page.keyboard.press("Enter")
        expect(bubbles(page, ".bot")).to_have_text(["You said: hallo"])
        expect(page.get_by_role("button", name="Chat schließen")).to_have_count(0)

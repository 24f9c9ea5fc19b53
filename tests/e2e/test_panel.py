"""Talk in the panel as people do; test_hostile.py talks as the hostile do."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_gateway import Event, FakeGateway
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class TestTalking:
    def test_a_message_is_sent_once_and_answered(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "Where is my parcel?")
        expect(bubbles(page)).to_have_text(["Where is my parcel?", "You said: Where is my parcel?"])
        expect(page.locator(".row.user .meta")).to_contain_text("Sent")
        assert [message["text"] for message in fake.messages] == ["Where is my parcel?"]
        assert UUID.fullmatch(fake.messages[0]["id"])

    def test_a_page_view_alone_opens_no_conversation(self, page: Page, fake: FakeGateway) -> None:
        page.goto(fake.url)
        expect(page.get_by_role("button", name="Chat with us")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert fake.sessions_opened == 0

    def test_an_example_is_sent_as_plain_text(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        page.get_by_role("button", name="Where is my order?").click()
        expect(bubbles(page, ".user")).to_have_text(["Where is my order?"])
        expect(page.get_by_role("button", name="Talk to a person")).to_be_hidden()
        expect(bubbles(page, ".bot")).to_have_count(1)
        assert fake.messages[0]["text"] == "Where is my order?"

    def test_text_stays_text_and_keeps_its_lines(self, page: Page, fake: FakeGateway) -> None:
        text = "ORD_1001_A [x] 3*4*5 a**b**c ** d **\n  *two* &amp; `three`\n\u05e9\u05dc\u05d5\u05dd"
        open_chat(page, fake)
        send(page, text)
        expect(bubbles(page, ".bot")).to_have_count(1)
        assert bubbles(page).all_inner_texts() == [text, f"You said: {text}"]

    def test_two_stars_make_an_answer_strong_and_nothing_else_does(self, page: Page, fake: FakeGateway) -> None:
        fake.answers["go"] = [{"type": "bot", "text": "**Shipped** on *Monday*, **<b>soon</b>** 2**3**4 **\n**"}]
        open_chat(page, fake)
        send(page, "go **now**")
        send(page, "go")
        expect(page.locator("#log .place:last-child strong")).to_have_text(["Shipped", "<b>soon</b>"])
        assert bubbles(page, ".bot").last.inner_text() == "Shipped on *Monday*, <b>soon</b> 2**3**4 **\n**"
        expect(bubbles(page, ".user")).to_have_text(["go **now**", "go"])

    def test_what_the_server_hides_is_hidden_here_too(self, page: Page, fake: FakeGateway) -> None:
        fake.shown["my card is 4111 1111 1111 1111"] = "my card is [hidden]"
        open_chat(page, fake)
        send(page, "my card is 4111 1111 1111 1111")
        expect(bubbles(page, ".user")).to_have_text(["my card is [hidden]"])
        stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "4111" not in stored

    def test_a_button_can_be_pressed_once(self, page: Page, fake: FakeGateway) -> None:
        choices = [{"title": "Yes, please", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
        fake.shown["/affirm"] = "Yes, please"
        fake.answers["cancel it"] = [{"type": "bot", "text": "Are you sure?", "buttons": choices}]
        open_chat(page, fake)
        send(page, "cancel it")
        page.get_by_role("button", name="Yes, please").dblclick()
        expect(bubbles(page, ".user")).to_have_text(["cancel it", "Yes, please"])
        expect(page.get_by_role("button", name="Yes, please")).to_be_disabled()
        expect(page.get_by_role("button", name="No", exact=True)).to_be_disabled()
        expect(bubbles(page, ".bot")).to_have_count(2)
        assert [message.get("payload") for message in fake.messages] == [None, "/affirm"]

    def test_a_question_that_was_passed_over_can_no_longer_be_confirmed(self, page: Page, fake: FakeGateway) -> None:
        fake.answers["change"] = [{"type": "bot", "text": "Sure?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}]
        open_chat(page, fake)
        send(page, "change")
        expect(page.get_by_role("button", name="Yes")).to_be_enabled()
        send(page, "no, the number is 1002")
        expect(page.get_by_role("button", name="Yes")).to_be_disabled()

    def test_every_kind_of_event_has_its_look(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        fields = [{"label": "Status", "value": "Shipped"}, {"label": "Items", "value": 2}]
        fake.say(
            {"type": "notice", "text": "Still looking."},
            {"type": "bot", "text": "Here it is.", "card": {"title": "Order #1001", "fields": fields}},
            {"type": "bot", "card": {"number": "T-10001", "nested": {"not": "shown"}}},
            {"type": "bot", "image": "/static/art/tee.svg"},
            {"type": "agent", "name": "Mara", "text": "Hello."},
            {"type": "hologram", "text": "from a later version"},
        )
        expect(bubbles(page, ".agent")).to_have_text(["Hello."])
        expect(page.locator(".speaker")).to_have_text(["Mara"])
        expect(bubbles(page, ".notice")).to_have_text(["Still looking."])
        expect(page.locator("dt")).to_contain_text(["Status", "Items", "number"])
        expect(page.locator("#log dd")).to_have_text(["Shipped", "2", "T-10001"])
        picture = page.get_by_alt_text("Picture sent by the assistant")
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("node => node.naturalWidth") > 0
        assert "later version" not in page.locator("#log").inner_text()

    def test_typing_shows_and_goes(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        fake.send_raw('data: {"type": "typing", "on": true}\n\n')
        expect(page.get_by_text("The assistant is writing")).to_be_visible()
        fake.send_raw('data: {"type": "typing", "on": false}\n\n')
        expect(page.get_by_text("The assistant is writing")).to_be_hidden()

    def test_the_banner_tells_who_is_there(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        banner = page.locator(".banner")
        fake.say({"type": "status", "mode": "waiting", "queue_position": 2})
        expect(banner).to_have_text("You are in line for a person. Your place in line: 2.")
        fake.say({"type": "status", "mode": "human"})
        expect(banner).to_have_text("You are talking with a person.")
        fake.say({"type": "status", "mode": "bot"})
        expect(banner).to_be_hidden()

    def test_who_comes_and_goes_is_told_by_name(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        name = "$& <b>Maya</b>"
        fake.say({"type": "status", "mode": "human", "agent": name})
        expect(page.locator(".banner")).to_have_text(f"You are talking with {name}.")
        fake.say({"type": "agent", "name": name, "text": "Hello."}, {"type": "status", "mode": "bot", "agent": name})
        lines = [f"{name} has joined.", f"{name} has left. The assistant is back."]
        expect(page.locator("#log .divider")).to_have_text(lines)
        expect(page.locator(".banner")).to_be_hidden()
        page.reload()
        expect(page.locator("#log .divider")).to_have_text(lines)

    def test_a_closed_conversation_is_followed_by_another(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        banner = page.locator(".banner")
        fake.say({"type": "status", "mode": "closed"})
        page.get_by_role("button", name="Start a new conversation").click()
        expect(banner).to_be_hidden()
        send(page, "hello again")
        expect(bubbles(page, ".bot")).to_have_count(1)
        assert len(fake.conversations) == 2

    def test_news_for_a_closed_panel_are_counted(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        page.get_by_role("button", name="Close chat").click()
        fake.say({"type": "notice", "text": "Your parcel has left."}, {"type": "bot", "text": "Anything else?"})
        fake.say({"type": "bot", "text": "", "card": {"title": "What was said, as a card"}})
        # A closed log is read out by nobody: that something came is told beside the launcher.
        expect(page.locator("#launcher + [role=status]")).to_have_text("Chat with us, 2 new")
        page.get_by_role("button", name="Chat with us, 2 new").click()
        expect(page.locator("#launcher + [role=status]")).to_be_empty()
        expect(bubbles(page, ".notice")).to_be_visible()
        page.get_by_role("button", name="Close chat").click()
        expect(page.get_by_role("button", name="Chat with us", exact=True)).to_be_visible()


class TestUnasked:
    NEWS: ClassVar[Event] = {"type": "bot", "text": "Your ticket was made: T-10001.", "proactive": True}
    SLOW: ClassVar[Event] = {"type": "notice", "text": "Still checking.", "kind": "slow"}

    def test_a_word_on_waiting_is_a_quiet_line_that_goes_with_the_answer(self, page: Page, fake: FakeGateway) -> None:
        fake.answers["where"] = [self.SLOW]
        open_chat(page, fake)
        send(page, "where")
        expect(bubbles(page, ".notice")).to_have_text(["Still checking."])
        page.get_by_role("button", name="Close chat").click()
        fake.say(self.SLOW, self.NEWS)
        expect(page.get_by_role("button", name="Chat with us, 1 new")).to_be_visible()
        page.get_by_role("button", name="Chat with us, 1 new").click()
        # What nobody asked for is not what is waited for.
        expect(bubbles(page, ".notice")).to_have_text(["Still checking."] * 2)
        fake.say({"type": "bot", "text": "Here it is."})
        expect(bubbles(page)).to_have_text(["where", self.NEWS["text"], "Here it is."])
        page.reload()
        expect(bubbles(page)).to_have_text(["where", self.NEWS["text"], "Here it is."])

    def test_news_are_a_message_with_a_mark_that_is_read_out(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "hello")
        expect(bubbles(page, ".bot")).to_have_count(1)
        fake.say(self.NEWS, {"type": "bot", "text": "", "card": {"title": "Ticket T-10001"}, "proactive": True})
        row = page.locator("#log .row.bot").nth(1)
        expect(row.locator(".speaker")).to_have_text("Update")
        assert row.aria_snapshot().splitlines() == ['- text: "Update:"', f'- paragraph: "{self.NEWS["text"]}"']
        expect(page.locator("#log")).to_have_attribute("aria-live", "polite")
        # Its card says nothing else, and the answer before it is none.
        expect(page.locator("#log .speaker")).to_have_count(1)

    def test_news_of_a_time_without_a_page_are_counted_on_the_next(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "hello")
        expect(bubbles(page, ".bot")).to_have_count(1)
        page.get_by_role("button", name="Close chat").click()
        page.goto("about:blank")
        fake.say(self.NEWS)
        page.goto(fake.url)
        page.get_by_role("button", name="Chat with us, 1 new").click()
        expect(page.locator("#log .speaker")).to_have_text(["Update"])
        page.get_by_role("button", name="Close chat").click()
        with page.expect_request("**/chat/events*"):  # asked for once the history is here
            page.reload()
        expect(page.get_by_role("button", name="Chat with us", exact=True)).to_be_visible()


class TestAddresses:
    def test_only_plain_web_addresses_become_links(self, page: Page, fake: FakeGateway) -> None:
        text = (
            "See https://example.test/a_(b)?q=1&r=2#x, (http://example.test/c). "
            "Not https://bank.test@evil.test/ or ftp://example.test or example.test or https://"
        )
        fake.answers["links"] = [{"type": "bot", "text": text}]
        open_chat(page, fake)
        send(page, "links https://example.test/mine")
        send(page, "links")
        links = page.locator("#log .place:last-child .bot a")
        expect(links).to_have_text(["https://example.test/a_(b)?q=1&r=2#x", "http://example.test/c"])
        assert bubbles(page, ".bot").last.inner_text() == text
        assert {link.get_attribute("rel") for link in links.all()} == {"noopener noreferrer"}
        expect(page.locator("#log .user a")).to_have_count(0)

    def test_a_picture_of_another_host_is_only_linked(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        fake.say({"type": "bot", "image": "https://example.test/spy.png"})
        expect(page.locator("#log a")).to_have_attribute("href", "https://example.test/spy.png")
        expect(page.locator("#log img")).to_have_count(0)

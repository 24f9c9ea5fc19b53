"""Send what should make a page run code through every door of the widget: nothing runs, and all of it stays text."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from playwright.sync_api import BrowserContext, Page, TimeoutError, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import Event, FakeGateway
from tests.e2e.shop import open_chat

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
PAYLOADS: list[str] = [
    text for texts in yaml.safe_load((HERE / "hostile.yml").read_text(encoding="utf-8")).values() for text in texts
]
# A value that lit-html would take for a template of its own, had it come from a program and not from JSON.
TEMPLATE = {"_$litType$": 1, "strings": ["<img src=x onerror=pwn()>"], "values": []}
BLANKS = " \t\n\u00a0\ufeff"  # of those that a browser trims, the ones that occur here
PROVOKE = (HERE / "provoke.js").read_text(encoding="utf-8")
CHAT = "document.querySelector('frontdesk-chat')"
SHOP = """<!doctype html><html lang=en><title>A shop</title><body><h1>A shop</h1>
<script type=module src=/widget/frontdesk-chat.js></script><frontdesk-chat></frontdesk-chat>"""
NO_POLICY = "without a policy"
with_and_without_policy = pytest.mark.parametrize("shop", ["with our policy", NO_POLICY], indirect=True)


def said(text: Any) -> list[Event]:
    """Return events that carry a text in every field that the widget reads."""
    choice = [{"title": text, "payload": text}]
    card = {"title": text, "subtitle": text, "image": text, "alt": text, "url": text, "link": text, "buttons": choice}
    return [
        {
            "type": "bot",
            "text": text,
            "image": text,
            "alt": text,
            "buttons": choice,
            "card": {**card, "fields": [{"label": text, "value": text}]},
        },
        {"type": "bot", "text": f"**{text}** https://example.test/{text}", "card": {"title": text, "items": [card]}},
        {"type": "bot", "text": "", "image": f"/static/art/mark.svg?{text}", "card": {str(text): text}},
        {"type": "notice", "text": text},
        {"type": "agent", "name": text, "text": text},
        {"type": "user", "id": text, "text": text},
        {"type": "typing", "on": text},
        {"type": "status", "mode": text, "queue_position": text},
        {"type": "status", "mode": "waiting", "queue_position": text},
        {"type": "status", "mode": "human", "agent": text},
        {"type": "status", "mode": text, "agent": text},
        {"type": text, "text": text},
        {"type": "bot", "text": "when", "at": text},
    ]


class Detector:
    """Count what ran, in whichever frame, and where the page was led."""

    def __init__(self, context: BrowserContext) -> None:
        self.ran: list[str] = []
        self.opened: list[str] = []
        context.expose_function("reportRun", self._note)
        context.add_init_script("window.pwn = () => reportRun(location.href)")
        context.on("page", lambda page: page.on("framenavigated", lambda frame: self.opened.append(frame.url)))

    def _note(self, address: str) -> None:
        self.ran.append(address)

    def found(self, page: Page) -> dict[str, Any]:
        """Touch everything in the page; return what is dangerous in it, and what ran until now."""
        report: dict[str, Any] = page.evaluate(PROVOKE)
        # One turn of the loop later, whatever was provoked has been reported.
        page.evaluate("() => new Promise((done) => setTimeout(done))")
        return report | {"ran": list(self.ran)}

    def assert_harmless(self, page: Page, at_least: int) -> None:
        """Check that nothing ran, nothing could, and that there was something to look at."""
        report = self.found(page)
        assert report["ran"] == []
        assert report["dangerous"] == []
        assert report["elements"] > at_least
        assert page.evaluate("Object.keys(Object.prototype).length + Object.keys(Array.prototype).length") == 0
        assert [url for url in self.opened if not re.match(r"about:blank$|http://127\.0\.0\.1:\d+/", url)] == []


@pytest.fixture
def detector(context: BrowserContext) -> Detector:
    """Watch every page of the profile."""
    return Detector(context)


@pytest.fixture
def shop(request: pytest.FixtureRequest, page: Page, fake: FakeGateway, detector: Detector, watch: Watch) -> Page:
    """Open the chat; without a policy of the page, nothing but the widget itself holds."""
    watch.allows_network_errors = True  # pictures that are not there
    if getattr(request, "param", NO_POLICY) == NO_POLICY:
        page.route(fake.url, lambda route: route.fulfill(content_type="text/html", body=SHOP))
    open_chat(page, fake)
    return page


def show_all(page: Page) -> None:
    """Press "Show earlier messages" until there are none."""
    earlier = page.get_by_role("button", name="Show earlier messages")
    while earlier.count():
        # Scrolling up loads them too, so the button may go while it is pressed; none left is what ends this.
        with suppress(TimeoutError):
            earlier.click(timeout=1000)


class TestTheDetector:
    """It must see what runs: otherwise a zero means nothing."""

    def test_it_sees_what_runs_and_what_could(
        self, page: Page, fake: FakeGateway, detector: Detector, watch: Watch
    ) -> None:
        page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<!doctype html><body>"))
        page.goto(fake.url)
        runs = 0
        for text in PAYLOADS:
            before = len(detector.ran)
            page.evaluate("text => { document.body.innerHTML = text; }", text)
            detector.found(page)
            runs += len(detector.ran) > before
            if page.url != fake.url:
                page.goto(fake.url)
        assert runs > 20  # the others wait for a person, another parser, or a browser of old
        page.evaluate("() => { document.body.innerHTML = '<a href=\"java\\tscript:pwn()\">x</a>'; }")
        assert detector.found(page)["dangerous"] == ["a href=javascript:pwn()"]
        watch.problems.clear()

    def test_it_sees_what_the_policy_stopped(
        self, page: Page, fake: FakeGateway, detector: Detector, watch: Watch
    ) -> None:
        page.goto(fake.url)
        page.evaluate("""() => {
            try { document.body.innerHTML = "<b></b>"; } catch {}
            new Image().src = "https://example.invalid/";
        }""")
        detector.found(page)
        assert detector.ran == []
        stopped = {problem.split(":")[1].strip() for problem in watch.problems if problem.startswith("policy")}
        assert stopped == {"require-trusted-types-for", "img-src"}
        watch.problems.clear()


@with_and_without_policy
def test_nothing_that_was_said_runs(shop: Page, fake: FakeGateway, detector: Detector) -> None:
    fake.say(*(event for text in [*PAYLOADS, TEMPLATE] for event in said(text)), {"type": "bot", "text": "the end"})
    expect(shop.get_by_text("the end")).to_be_visible()
    show_all(shop)
    # All of it stands there as it was written, not left out.
    shown = [re.sub(r"^\*\*(.+)\*\*$", r"\1", text) for text in PAYLOADS]
    assert shop.locator("#log .notice > .bubble").all_text_contents()[: len(PAYLOADS)] == shown
    assert shop.locator("#log .user > .bubble").all_text_contents()[: len(PAYLOADS)] == PAYLOADS
    assert shop.locator("#log .speaker").all_text_contents()[: len(PAYLOADS)] == PAYLOADS
    detector.assert_harmless(shop, at_least=len(PAYLOADS) * 40)

    with shop.expect_download() as started:
        shop.get_by_role("button", name="More").click()
        shop.get_by_role("button", name="Save this conversation").click()
    assert started.value.suggested_filename == "conversation.txt"
    # Saved as bytes, so that no line break of a text is taken for another.
    saved = Path(started.value.path()).read_bytes().decode()
    assert [text for text in PAYLOADS if text not in saved] == []

    shop.reload()  # now it comes from history
    expect(shop.get_by_text("the end")).to_be_visible()
    show_all(shop)
    detector.assert_harmless(shop, at_least=len(PAYLOADS) * 40)


def test_nothing_that_a_person_writes_runs(shop: Page, fake: FakeGateway, detector: Detector) -> None:
    shop.evaluate(f"texts => texts.forEach(text => {CHAT}.send(text))", PAYLOADS)
    expect(shop.locator("#log .bot")).to_have_count(100 // 2)  # the last hundred rows are shown
    expect(shop.locator("#log .user .meta").last).to_contain_text("Sent")
    show_all(shop)
    expect(shop.locator("#log .bot")).to_have_count(len(PAYLOADS))
    assert [message["text"] for message in fake.messages] == [text.strip(BLANKS) for text in PAYLOADS]
    detector.assert_harmless(shop, at_least=len(PAYLOADS) * 4)
    for text in PAYLOADS:
        shop.evaluate(f"text => {CHAT}.write(text)", text)
    detector.assert_harmless(shop, at_least=len(PAYLOADS) * 4)


def test_a_hostile_refusal_of_the_server_stays_text(shop: Page, fake: FakeGateway, detector: Detector) -> None:
    shop.route(
        "**/chat/messages",
        lambda route: route.fulfill(status=422, body=json.dumps({"error": {"message": "\n".join(PAYLOADS)}})),
    )
    shop.evaluate(f"{CHAT}.send('x')")
    expect(shop.locator("#log .meta")).to_contain_text(PAYLOADS[0])
    detector.assert_harmless(shop, at_least=30)


@with_and_without_policy
def test_no_attribute_runs(shop: Page, detector: Detector) -> None:
    names = ["heading", "greeting", "picture", "starters", "color", "position", "user-token", "locale", "id", "dir"]
    pictures = ["javascript:pwn()", "data:image/svg+xml,<svg onload='pwn()'/>"]
    # An address that is no link and cannot run in a picture: the page's own choice, and nobody else's.
    ours = [text for text in PAYLOADS if re.match(r"\W*[-a-z&;#\s]+:", text, re.IGNORECASE)]
    assert set(pictures) & set(ours)
    for text in PAYLOADS:
        attributes = {name: text for name in names if name != "picture" or text not in ours}
        shop.evaluate(
            """attributes => {
                const chat = document.createElement("frontdesk-chat");
                for (const [name, value] of Object.entries(attributes)) {
                    chat.setAttribute(name, value);
                    document.querySelector("frontdesk-chat").setAttribute(name, value);
                }
                document.body.append(chat);
            }""",
            attributes,
        )
    expect(shop.locator("frontdesk-chat")).to_have_count(len(PAYLOADS) + 1)
    detector.assert_harmless(shop, at_least=len(PAYLOADS) * 10)
    shop.close()  # with its hundred streams, before the server waits for them to end


def test_no_address_of_the_page_for_iframes_runs(page: Page, fake: FakeGateway, detector: Detector) -> None:
    for text in ("\n".join(PAYLOADS), *(text for text in PAYLOADS if len(text) < 12)):
        wishes = {name: text for name in ("heading", "greeting", "starters", "color", "locale", "picture", "server")}
        page.goto(f"{fake.url}embed?{urlencode(wishes)}")
        expect(page.get_by_role("dialog")).to_be_visible()
        detector.assert_harmless(page, at_least=20)


def test_a_conversation_kept_by_the_browser_may_be_hostile_too(
    shop: Page, fake: FakeGateway, detector: Detector
) -> None:
    waiting = [{"id": text, "text": text, "title": text} for text in PAYLOADS]
    shop.route("**/chat/messages", lambda route: route.abort())
    shop.evaluate("waiting => sessionStorage.setItem('frontdesk.outbox', JSON.stringify(waiting))", waiting)
    shop.reload()
    expect(shop.locator("#log .user").last).to_be_visible()
    show_all(shop)
    expect(shop.locator("#log .user")).to_have_count(len(PAYLOADS))
    detector.assert_harmless(shop, at_least=len(PAYLOADS) * 4)

"""Do all that the widget offers by keyboard alone, small, enlarged, in forced colours, and by screen reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.fake_gateway import FakeGateway
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

PICTURE = "/static/art/tee.svg"
BUTTONS = [{"title": "Yes, please", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
CARDS = [
    {
        "title": name,
        "subtitle": "$189.00",
        "image": PICTURE,
        "alt": f"A picture of the {name}",
        "url": "https://shop.example/jacket",
        "fields": [{"label": "In stock", "value": 12}],
        "buttons": [{"title": "In my size?", "payload": f"/size{name}"}],
    }
    for name in ("Tarn", "Fell", "Harbor")
]
TALK = {
    "hello": [{"type": "bot", "text": "Shall I look?", "buttons": BUTTONS}],
    "/affirm": [{"type": "bot", "text": "These could do:", "card": {"title": "Jackets", "items": CARDS}}],
    "/sizeFell": [
        {"type": "status", "mode": "waiting", "queue_position": 1},
        {"type": "agent", "name": "Mara", "text": "Yes, it is here."},
        {"type": "status", "mode": "human"},
    ],
}
SHOWN = {"/affirm": "Yes, please", "/sizeFell": "In my size?"}
FOCUSED = """() => {
  let node = document.activeElement;
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return { name: node.ariaLabel ?? node.textContent.trim(), outline: parseFloat(getComputedStyle(node).outlineWidth) };
}"""


@pytest.fixture
def talk(fake: FakeGateway) -> FakeGateway:
    """Have an assistant that asks, shows cards and fetches a person."""
    fake.answers, fake.shown = dict(TALK), dict(SHOWN)
    return fake


def walk_to(page: Page, name: str, key: str = "Tab") -> list[str]:
    """Press a key until the thing of this name has the focus, visibly; return what had it on the way."""
    passed: list[str] = []
    for _ in range(40):
        focused = page.evaluate(FOCUSED)
        if focused["name"] == name:
            assert focused["outline"] >= 2, name
            return passed
        passed.append(focused["name"])
        page.keyboard.press(key)
    raise AssertionError(f"the keyboard never came to {name}: {passed}")


class TestByKeyboardAlone:
    def test_everything_can_be_done(self, page: Page, talk: FakeGateway) -> None:
        page.goto(talk.url)
        walk_to(page, "Chat with us")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Your message")).to_be_focused()
        page.keyboard.type("hello")
        walk_to(page, "Send")
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Yes, please")).to_be_visible()
        walk_to(page, "Yes, please", "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("These could do:")).to_be_visible()
        expect(page.get_by_label("Your message")).to_be_focused()

        walk_to(page, "Jackets", "Shift+Tab")  # the row of cards scrolls by arrow keys
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        expect(page.get_by_role("button", name="In my size? Harbor")).to_be_in_viewport(ratio=0.99)
        walk_to(page, "In my size? Fell")
        expect(page.get_by_role("button", name="In my size? Fell")).to_be_in_viewport(ratio=0.99)
        page.keyboard.press("Enter")
        expect(page.get_by_text("You are talking with Mara.")).to_be_visible()

        walk_to(page, "More", "Shift+Tab")
        page.keyboard.press("Enter")
        walk_to(page, "Save this conversation")
        with page.expect_download() as started:
            page.keyboard.press("Enter")
        assert "Yes, it is here." in Path(started.value.path()).read_text(encoding="utf-8")
        expect(page.get_by_role("button", name="More")).to_be_focused()
        page.keyboard.press("Enter")
        walk_to(page, "Start a new conversation")
        page.keyboard.press("Enter")
        walk_to(page, "Yes, start anew")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Your message")).to_be_focused()
        walk_to(page, "Close chat", "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.get_by_role("button", name="Chat with us")).to_be_focused()

    def test_the_focus_goes_in_the_order_of_sight_and_out_again(self, page: Page, talk: FakeGateway) -> None:
        open_chat(page, talk)
        send(page, "hello")
        expect(page.get_by_role("button", name="No", exact=True)).to_be_visible()
        page.get_by_role("button", name="More").focus()
        order = ["More", "Close chat", "Messages", "Yes, please", "No", "Your message", "Send"]
        assert [name for name in walk_to(page, "Send") if name in order] == order[:-1]
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["name"] != "Send"  # no trap: the page goes on


CUT = """() => {
  const cut = [];
  const parts = document.querySelector("frontdesk-chat").shadowRoot.querySelectorAll("button, p, h2, dt, dd, a");
  for (const node of parts) {
    if (!node.checkVisibility() || node.matches(".sr-only, .carousel *")) continue;
    const { left, right } = node.getBoundingClientRect();
    const overflows = node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1;
    if (left < 0 || right > innerWidth || overflows) cut.push(node.outerHTML);
  }
  return cut;
}"""
# Links in a sentence are as high as its line (WCAG 2.5.8 leaves them out).
SMALL = """() => {
  const parts = document.querySelector("frontdesk-chat").shadowRoot.querySelectorAll("button, textarea, a:not(p a)");
  return [...parts].filter((node) => node.checkVisibility()).filter((node) => {
    const { width, height } = node.getBoundingClientRect();
    return width < 44 || height < 44;
  }).map((node) => node.outerHTML);
}"""


class TestSmallAndLarge:
    # 1280 x 800 at 200 % and at 400 % (what WCAG 1.4.10 asks for), a small phone, and one held sideways.
    @pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256), (320, 640), (667, 320)])
    @pytest.mark.parametrize("locale", ["en", "ar"])
    def test_nothing_is_cut_or_too_small_to_touch(
        self, page: Page, talk: FakeGateway, width: int, height: int, locale: str
    ) -> None:
        page.emulate_media(reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        page.goto(talk.url)
        page.locator("frontdesk-chat").evaluate(
            "(chat, locale) => { chat.setAttribute('locale', locale); chat.replaceWith(chat); chat.open(); }", locale
        )
        for text in ("hello", "x" * 400):
            page.locator("frontdesk-chat").evaluate("(chat, text) => chat.send(text)", text)
        expect(bubbles(page, ".bot")).to_have_count(2)
        order = {"title": "Order #1001", "fields": [{"label": "A long label of a field", "value": "1Z999AA1" * 9}]}
        talk.say({"type": "bot", "text": "", "card": {"items": CARDS}}, {"type": "bot", "text": "", "card": order})
        talk.say({"type": "bot", "text": "Choose.", "buttons": BUTTONS}, {"type": "status", "mode": "closed"})
        expect(page.locator("#log .choices").last.get_by_role("button")).to_have_count(2)
        page.locator("frontdesk-chat #menu-button").click()
        expect(page.locator("#menu li").last).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("frontdesk-chat .scroll").evaluate("node => node.scrollWidth <= node.clientWidth")
        assert page.evaluate(CUT) == []
        assert page.evaluate(SMALL) == []
        # The way out, and the place to write, can be reached at every size.
        for part in ("#menu-button", "textarea", ".send"):
            box = page.locator(f"frontdesk-chat {part}").bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height + 1, part

    def test_letters_of_double_size_fit(self, page: Page, talk: FakeGateway) -> None:
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%'; })"
        )
        talk.answers["big"] = [{"type": "bot", "text": "word " * 40, "buttons": BUTTONS, "card": CARDS[0]}]
        open_chat(page, talk)
        send(page, "big")
        expect(page.get_by_role("button", name="Yes, please")).to_be_visible()
        assert bubbles(page, ".bot").evaluate("node => parseFloat(getComputedStyle(node).fontSize)") == 32
        assert page.evaluate(CUT) == []


class TestForcedColours:
    def test_what_is_told_by_colour_has_a_frame(self, page: Page, talk: FakeGateway) -> None:
        page.emulate_media(forced_colors="active")
        open_chat(page, talk)
        send(page, "hello")
        expect(page.get_by_role("button", name="Yes, please")).to_be_visible()
        for part in (".user .bubble", ".bot .bubble", ".choice", "textarea", ".send", ".panel"):
            style = page.locator(f"frontdesk-chat #log {part}" if part.startswith(".user") else part).first
            assert style.evaluate("node => parseFloat(getComputedStyle(node).borderTopWidth)") >= 1, part
        page.get_by_label("Your message").focus()
        assert page.evaluate(FOCUSED)["outline"] >= 2


READ_OUT = """
window.readOut = [];
const follow = () => {
  const log = document.querySelector("frontdesk-chat")?.shadowRoot?.querySelector("#log");
  if (!log) return requestAnimationFrame(follow);
  new MutationObserver((changes) => {
    for (const node of log.ariaLive === "off" ? [] : changes.flatMap((change) => [...change.addedNodes]))
      readOut.push(node.textContent.replace(/\\s+/g, " ").trim());
  }).observe(log, { childList: true });
};
follow();
"""


def read_in_order(page: Page, context: BrowserContext) -> list[tuple[str, str]]:
    """Return role and name of what a screen reader reads of the page's widget, in its order."""
    client = context.new_cdp_session(page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    known = {node["nodeId"]: node for node in nodes}
    dialog = next(node for node in nodes if node.get("role", {}).get("value") == "dialog")

    def follow(node: dict[str, Any]) -> list[tuple[str, str]]:
        found = [] if node["ignored"] else [(node["role"]["value"], node.get("name", {}).get("value", ""))]
        return found + [item for child in node.get("childIds", []) for item in follow(known[child])]

    return follow(dialog)


class TestAsAScreenReaderSeesIt:
    def test_roles_names_and_order(self, page: Page, context: BrowserContext, talk: FakeGateway) -> None:
        open_chat(page, talk)
        send(page, "hello")
        page.get_by_role("button", name="Yes, please").click()
        expect(page.get_by_text("These could do:")).to_be_visible()
        expect(page.get_by_label("Your message")).to_be_focused()
        tree = read_in_order(page, context)
        structure = [(role, name) for role, name in tree if name and role not in {"StaticText", "InlineTextBox"}]
        assert structure[:5] == [
            ("dialog", "Northwind help"),
            ("heading", "Northwind help"),
            ("button", "More"),
            ("button", "Close chat"),
            ("region", "Messages"),
        ]
        assert structure[5] == ("log", "Conversation")
        assert structure[-2:] == [("textbox", "Your message"), ("button", "Send")]
        assert ("group", "Shall I look?") in structure
        assert ("list", "Jackets") in structure
        assert [name for role, name in structure if role == "image"] == [
            f"A picture of the {c['title']}" for c in CARDS
        ]
        assert ("link", "Open Tarn") in structure
        text = "".join(name for role, name in tree if role == "StaticText")
        spoken = ["You:hello", "Assistant:Shall I look?", "You:Yes, please", "Assistant:These could do:"]
        places = [text.find(one) for one in spoken]
        assert places == sorted(places)
        assert places[0] > 0
        assert not [item for item in tree if item[0] in {"button", "link", "textbox", "image"} and not item[1]]

    def test_what_is_new_is_read_once_and_what_is_old_never(self, page: Page, talk: FakeGateway) -> None:
        page.add_init_script(READ_OUT)
        open_chat(page, talk)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        page.reload()
        expect(bubbles(page, ".bot")).to_have_count(1)
        expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
        talk.say({"type": "notice", "text": "Still looking."}, {"type": "bot", "text": "Found."})
        expect(bubbles(page, ".bot")).to_have_count(2)
        page.get_by_role("button", name="Close chat").click()
        page.get_by_role("button", name="Chat with us").click()
        talk.cut()
        page.wait_for_function("() => readOut.length >= 2")
        assert page.evaluate("readOut") == ["Note: Still looking.", "Assistant: Found."]

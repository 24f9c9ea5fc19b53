"""Put the chat on a page of another origin as the guide says; and see what sites that are not listed get."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.conftest import Watch
from tests.support.stack import Stack

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/how-to/embed.md").read_text(encoding="utf-8")
ESBUILD = ROOT / "widget/node_modules/.bin/esbuild"
# What the single-page snippet needs of React: an effect after the element is in the page, and elements from JSX.
REACT = """
const useEffect = (effect) => queueMicrotask(effect);
const h = (tag, attributes) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  return element;
};
"""


def snippet(heading: str, language: str) -> str:
    """Return the guide's first snippet of a language under a heading ("" for before all headings)."""
    part = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    text = part[0] if not heading else next(section for section in part if section.startswith(heading))
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


class Site:
    """Serve pages of an origin that is not the gateway's."""

    def __init__(self, origin: str) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, body = pages.get(self.path, ("text/html", "<!doctype html><title>Empty</title>"))
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", urlsplit(origin).port or 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, body: str) -> str:
        """Serve a body as a page and return its address."""
        self.pages["/"] = ("text/html", f"<!doctype html><html lang=en><title>A shop</title><body>{body}")
        return f"{self.origin}/"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listed(stack: Stack) -> Iterator[Site]:
    """Serve the site that the deployment lists."""
    site = Site(stack.site)
    yield site
    site.close()


@pytest.fixture
def unlisted(watch: Watch) -> Iterator[Site]:
    """Serve a site that it does not list; that the browser complains is what we want."""
    site = Site("http://127.0.0.1:0")
    yield site
    site.close()
    watch.problems.clear()


def ask(chat: Page | FrameLocator) -> None:
    """Send a message and wait for an answer of the assistant."""
    chat.get_by_label("Your message").fill("do you have rain jackets?")
    chat.get_by_label("Your message").press("Enter")
    expect(chat.locator("#log .bot > .bubble").last).to_contain_text("Rain Jacket", timeout=30_000)


class TestTheGuide:
    def test_plain_html(self, page: Page, stack: Stack, listed: Site) -> None:
        page.goto(listed.serve(snippet("", "html").replace("https://chat.example.com", stack.url)))
        page.get_by_role("button", name="Chat with us").click()
        ask(page)
        page.reload()
        expect(page.get_by_text("do you have rain jackets?")).to_have_count(1)

    def test_a_single_page_app(self, page: Page, stack: Stack, listed: Site) -> None:
        if not ESBUILD.exists():
            pytest.skip("esbuild is not installed (npm ci in widget/)")
        source = snippet("A single-page app", "jsx").replace("https://chat.example.com", stack.url)
        compiled = subprocess.run(
            [ESBUILD, "--loader=jsx", "--jsx-factory=h"], input=source, capture_output=True, text=True, check=True
        ).stdout
        script = REACT + re.sub(r"^import .*\n", "", compiled, flags=re.MULTILINE)
        listed.pages["/app.js"] = ("text/javascript", script + "document.body.append(Chat({}));")
        page.goto(listed.serve('<script type="module" src="/app.js"></script>'))
        page.get_by_role("button", name="Chat with us").click()
        ask(page)

    def test_an_iframe(self, page: Page, stack: Stack, listed: Site) -> None:
        page.goto(listed.serve(snippet("In an iframe", "html").replace("https://chat.example.com", stack.url)))
        frame = page.frame_locator("iframe[title=Chat]")
        expect(frame.get_by_role("dialog", name="Help")).to_be_visible()
        ask(frame)

    def test_wordpress_and_shopify_print_the_plain_html(self) -> None:
        plain = snippet("", "html").split("\n")
        php = snippet("WordPress", "php")
        assert re.findall(r"^    echo '(.*)';$", php, re.MULTILINE) == plain[:2]
        assert re.sub(r"'[^']*'|[^(){}]", "", php) == "((){})"
        if interpreter := shutil.which("php"):
            subprocess.run([interpreter, "-l"], input=f"<?php {php}", text=True, capture_output=True, check=True)
        liquid = snippet("Shopify", "liquid")
        assert re.sub(r' locale="\{\{ request\.locale\.iso_code \}\}"', "", liquid).split("\n") == plain


class TestSitesThatAreNotListed:
    def test_they_get_neither_the_widget_nor_an_answer(self, page: Page, stack: Stack, unlisted: Site) -> None:
        with page.expect_event("requestfailed", lambda request: request.url.endswith("frontdesk-chat.js")):
            page.goto(unlisted.serve(snippet("", "html").replace("https://chat.example.com", stack.url)))
        assert page.evaluate("customElements.get('frontdesk-chat') === undefined")
        for path in ("session", "messages", "history"):
            tried = page.evaluate(
                """(address) => fetch(address, { method: "POST", headers: { Authorization: "Bearer x" } })
                    .then(() => "read", () => "refused")""",
                f"{stack.url}/chat/{path}",
            )
            assert tried == "refused", path

    def test_they_can_frame_nothing(self, page: Page, stack: Stack, unlisted: Site) -> None:
        frames = "".join(f'<iframe src="{stack.url}{path}"></iframe>' for path in ("/", "/widget", "/embed"))
        page.goto(unlisted.serve(frames))
        assert framed(page) == [False, False, False]

    def test_even_a_listed_site_frames_only_the_page_for_frames(
        self, page: Page, stack: Stack, listed: Site, watch: Watch
    ) -> None:
        frames = "".join(f'<iframe src="{stack.url}{path}"></iframe>' for path in ("/", "/widget", "/embed"))
        page.goto(listed.serve(frames))
        expect(page.frame_locator("iframe >> nth=2").get_by_role("dialog")).to_be_visible()
        assert framed(page) == [False, False, True]
        assert len(watch.problems) >= 2
        watch.problems.clear()


def framed(page: Page) -> list[bool]:
    """Tell of each frame whether it shows what it was asked to."""
    page.wait_for_load_state("load")
    return [frame.locator("frontdesk-chat").count() > 0 for frame in page.frames[1:]]

"""Start Debian's Chromium and watch every page for errors and breaches of its policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.fake_gateway import FakeGateway

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Chromium itself writes this line for every answer over 399 and every refused connection.
NETWORK_LINE = "Failed to load resource"
REPORT_BREACHES = """
document.addEventListener("securitypolicyviolation", (event) =>
  reportBreach(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`));
"""


class Watch:
    """Collect what goes wrong in the pages of one browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        self.allows_network_errors = False
        context.expose_function("reportBreach", lambda text: self.problems.append(f"policy: {text}"))
        context.add_init_script(REPORT_BREACHES)
        context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if not (self.allows_network_errors and NETWORK_LINE in message.text):
            self.problems.append(f"console: {message.text}")

    def _dialog(self, dialog: object) -> None:
        self.problems.append("a dialog was opened")
        dialog.dismiss()  # type: ignore[attr-defined]


# Per module: while Playwright's synchronous loop lives, no asyncio test can run in this process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one Chromium for the tests of a module."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a fresh profile, as a person who was never here."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    yield context
    context.close()


@pytest.fixture
def watch(context: BrowserContext) -> Iterator[Watch]:
    """Fail the test if a page wrote an error or broke its policy."""
    watch = Watch(context)
    yield watch
    assert watch.problems == []


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """Open an empty, watched page; further ones of its context are watched as well."""
    return context.new_page()


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    """Serve the page with a gateway that does as it is told."""
    gateway = FakeGateway()
    gateway.start()
    yield gateway
    gateway.stop()

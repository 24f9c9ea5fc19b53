"""The widget's states look as they did: small differences are told and kept, large ones fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.fake_gateway import FakeGateway
from tests.e2e.looks import FAILS, FOLDER, TOLD, differing, picture, save

pytestmark = pytest.mark.slow

Open = Callable[[str], Page]
ROOT = Path(__file__).parents[2]
FOUND = ROOT / "var" / "looks"
NOON = "2026-03-04T12:00:00Z"
FONTS = [Path("/usr/share/fonts/truetype") / name for name in ("liberation", "dejavu")]
# Those that also differ in the dark; the others would show the same colours again.
DARK = {"talk", "buttons-used", "card", "human", "refused"}


@pytest.fixture(scope="module")
def gallery(browser: Browser) -> Iterator[Open]:
    """Return a call that opens the gallery at a fixed hour, in one of the schemes."""
    if not all(folder.is_dir() for folder in FONTS):
        pytest.skip("the fonts of the kept pictures are not here (apt-get install fonts-liberation fonts-dejavu-core)")
    fake = FakeGateway()
    fake.start()

    def open_in(scheme: str) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            locale="en-US",
            timezone_id="UTC",
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.clock.set_fixed_time(NOON)
        page.goto(f"{fake.url}widget")
        expect(page.locator("#arabic").get_by_text("تم شحن طلبك رقم 1001.")).to_be_visible()
        expect(page.locator("#long-history .row")).to_have_count(50)
        expect(page.locator("#slowed").get_by_text("Sending again in 3600 s.")).to_be_visible()
        expect(page.locator("#menu").get_by_text("Save this conversation")).to_be_visible()
        expect(page.locator("#refused").get_by_role("button", name="Edit")).to_be_visible()
        page.evaluate("() => Promise.all([document.fonts.ready, document.activeElement.blur()])")
        return page

    yield open_in
    fake.stop()


def shots(page: Page, names: set[str] | None = None) -> dict[str, Image.Image]:
    """Take a picture of each state."""
    found = page.locator("frontdesk-chat").evaluate_all("nodes => nodes.map((node) => node.id)")
    return {
        name: picture(page.locator(f"frontdesk-chat#{name}").screenshot(animations="disabled", caret="hide"))
        for name in found
        if names is None or name in names
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_looks_as_it_did(gallery: Open, scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = gallery(scheme)
    taken = shots(page, DARK if scheme == "dark" else None)
    page.context.close()
    if os.environ.get("RENEW_LOOKS"):
        for old in FOLDER.glob(f"*-{scheme}.png"):
            old.unlink()
        for name, image in taken.items():
            save(image, FOLDER / f"{name}-{scheme}.png")
    kept = {path.stem.removesuffix(f"-{scheme}") for path in FOLDER.glob(f"*-{scheme}.png")}
    shares = {name: compare(name, scheme, image) for name, image in taken.items() if name in kept}
    told = {name: round(share, 4) for name, share in shares.items() if share > TOLD}
    with capsys.disabled():  # told also when nothing fails
        sys.stdout.write(f"\nlooks, {scheme}: {len(shares)} compared; different: {told or 'none'}\n")
    assert {name: share for name, share in told.items() if share > FAILS} == {}, f"see {FOUND.relative_to(ROOT)}/"
    assert set(taken) == kept, "a state came or went: look at it, then make looks"


def compare(name: str, scheme: str, image: Image.Image) -> float:
    """Return how much a state differs; what is worth telling is kept for those who look."""
    share, marked = differing(Image.open(FOLDER / f"{name}-{scheme}.png").convert("RGB"), image)
    if share > TOLD:
        save(image, FOUND / f"{name}-{scheme}-now.png")
        save(marked, FOUND / f"{name}-{scheme}-where.png")
    return share


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ("--main: #25594a", FAILS),  # a slightly lighter green
        ("--bot: #dcdcd4", FAILS),
        ("padding: 4px", FAILS),
        ("--radius: 18px", -1.0),  # what it is already
    ],
)
def test_a_changed_colour_or_space_is_seen(gallery: Open, change: str, least: float) -> None:
    page = gallery("light")
    before = shots(page, {"talk"})["talk"]
    page.evaluate(
        """change => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`.panel { ${change} !important }`);
            document.querySelector("#talk").shadowRoot.adoptedStyleSheets.push(sheet);
        }""",
        change,
    )
    share, _ = differing(before, shots(page, {"talk"})["talk"])
    page.context.close()
    assert share > least if least > 0 else share == 0

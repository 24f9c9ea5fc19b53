"""Send files from the widget: chosen, pasted or dropped; refused before or after the way; cancelled and tried again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway, problem
from tests.e2e.shop import bubbles, open_chat
from tests.e2e.test_widget import breaches

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
# What the browser does when a person pastes or drops a file that another program gave it.
GIVE = """(node, [kind, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["pasted"], name, { type: "image/png" }));
  const options = { bubbles: true, cancelable: true, composed: true, clipboardData: data, dataTransfer: data };
  const event = kind === "paste" ? new ClipboardEvent(kind, options) : new DragEvent(kind, options);
  node.dispatchEvent(event);
}"""


@pytest.fixture(autouse=True)
def _files_are_taken(fake: FakeGateway) -> None:
    fake.takes_files = {"types": ["image/png"], "most_bytes": 104_858}


def a_file(name: str, type_: str = "image/png", content: bytes = PNG) -> Any:
    """Describe a file as the chooser takes it."""
    return {"name": name, "mimeType": type_, "buffer": content}


def choose(page: Page, *files: Any) -> None:
    """Press the button and choose files."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach a file").click()
    chooser.value.set_files(list(files))


def test_files_are_sent_in_every_way_and_saved_again(page: Page, fake: FakeGateway) -> None:
    open_chat(page, fake)
    choose(page, a_file("résumé <b>.png"), a_file("two.png"))
    status = page.locator(".panel > div > [role=status]")
    expect(status).to_have_text("two.png was sent.")
    box = page.get_by_label("Your message")
    box.evaluate(GIVE, ["paste", "pasted.png"])
    expect(bubbles(page, ".user")).to_have_text(["résumé <b>.png", "two.png", "pasted.png"])
    box.evaluate(GIVE, ["dragover", "x"])
    expect(page.locator(".panel.dropping")).to_have_count(1)
    assert [found for found in breaches(page) if "frontdesk-chat" in str(found["at"])] == []
    box.evaluate(GIVE, ["drop", "dropped.png"])
    expect(page.locator(".panel.dropping")).to_have_count(0)
    expect(bubbles(page, ".notice")).to_have_count(4)
    assert [name for name, _ in fake.files.values()] == ["résumé <b>.png", "two.png", "pasted.png", "dropped.png"]
    page.reload()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save: two.png").click()
    assert saving.value.suggested_filename == "two.png"
    assert saving.value.path().read_bytes() == PNG


def test_what_goes_wrong_is_said_and_can_be_mended(page: Page, fake: FakeGateway, watch: Watch) -> None:
    watch.allows_network_errors = True
    open_chat(page, fake)
    status = page.locator(".panel > div > [role=status]")
    files = page.locator(".files li")

    # Before it is sent.
    choose(
        page,
        a_file("page.html", "text/html"),
        a_file("big.png", content=bytes(110_000)),
        a_file("none.png", content=b""),
    )
    expect(files).to_contain_text(["of a kind that cannot", "larger than 0.1 MB", "none.png is empty."])
    expect(status).to_have_text("none.png is empty.")
    for name in ("page.html", "big.png", "none.png"):
        page.get_by_role("button", name=f"Remove: {name}").click()
        expect(page.get_by_label("Your message")).to_be_focused()
    expect(files).to_have_count(0)

    # The server refuses for good; then only for now, and the file goes with the same id.
    fake.faults.append(problem(422, "file_refused", "This file is not safe."))
    choose(page, a_file("one.png"))
    expect(status).to_have_text("one.png could not be sent. This file is not safe.")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("button", name="Remove: one.png").click()
    fake.faults.append(problem(503, "file_not_checked", "Please try later."))
    ids: list[str] = []
    page.on("request", lambda sent: ids.append(sent.headers["x-file-id"]) if "/chat/files" in sent.url else None)
    choose(page, a_file("two.png"))
    expect(status).to_have_text("two.png could not be sent. Please try later.")
    page.get_by_role("button", name="Try again: two.png").click()
    expect(bubbles(page, ".user")).to_have_text(["two.png"])
    assert len(ids) == 2
    assert len(set(ids)) == 1

    # Cancelled while it is under way.
    page.route("**/chat/files", lambda _route: None)  # it hangs
    choose(page, a_file("three.png"))
    expect(page.get_by_role("progressbar", name="Sending three.png")).to_be_visible()
    page.get_by_role("button", name="Cancel: three.png").click()
    expect(status).to_have_text("three.png was not sent.")
    expect(files).to_have_count(0)
    assert [name for name, _ in fake.files.values()] == ["two.png"]


def test_without_an_offer_nothing_is_loaded_for_it(page: Page, fake: FakeGateway) -> None:
    fake.takes_files = None
    loaded: list[str] = []
    page.on("request", lambda sent: loaded.append(sent.url))
    open_chat(page, fake)
    expect(page.get_by_role("button", name="Attach a file")).to_have_count(0)
    assert not [url for url in loaded if "upload" in url]

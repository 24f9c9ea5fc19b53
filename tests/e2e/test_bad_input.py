"""What is wrong, too much or never comes: the chat stays usable and says what is the matter."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

SHIFT_THE_CLOCK = """
    const real = Date, by = %d * 3600_000;
    window.Date = class extends real {
      constructor(...given) { super(...(given.length ? given : [real.now() + by])); }
      static now() { return real.now() + by; }
    };
"""
FILL_THE_STORAGE = """
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""
A_PAGE_OF_A_PROXY = "<html><h1>Please sign in to the Wi-Fi</h1></html>"


def still_works(page: Page) -> None:
    """Send a message and see its answer."""
    send(page, "are you there")
    expect(bubbles(page, ".bot").last).to_have_text("You said: are you there")


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_wrong_by_an_hour(page: Page, fake: FakeGateway, watch: Watch, hours: int) -> None:
    watch.allows_network_errors = True
    page.add_init_script(SHIFT_THE_CLOCK % hours)
    open_chat(page, fake)
    still_works(page)
    fake.expire_tokens(renewable=True)
    send(page, "and now")
    expect(bubbles(page, ".bot").last).to_have_text("You said: and now")
    assert (len(fake.conversations), fake.sessions_opened) == (1, 2)


def test_a_storage_that_is_full(page: Page, fake: FakeGateway) -> None:
    page.add_init_script(FILL_THE_STORAGE)
    open_chat(page, fake)
    for text in ("one", "two"):
        send(page, text)
    expect(bubbles(page, ".bot")).to_have_text(["You said: one", "You said: two"])
    assert fake.sessions_opened == 1


def test_a_message_of_50_000_characters_and_a_hundred_buttons(page: Page, fake: FakeGateway) -> None:
    open_chat(page, fake)
    buttons = [{"title": f"Choice {number}", "payload": f"/pick{number}"} for number in range(100)]
    fake.say({"type": "bot", "text": "long " * 10_000}, {"type": "bot", "text": "Which?", "buttons": buttons})
    expect(page.get_by_role("button", name="Choice ")).to_have_count(100)
    assert len(bubbles(page).first.inner_text()) < 2_000
    page.get_by_role("button", name="Show all of it").click()
    expect(page.get_by_role("button", name="Show all of it")).to_have_count(0)
    assert len(bubbles(page).first.inner_text()) > 49_000
    page.get_by_role("button", name="Choice 99").click()
    expect(bubbles(page, ".bot").last).to_have_text("You said: /pick99")
    still_works(page)


def test_five_hundred_messages_of_history(page: Page, fake: FakeGateway) -> None:
    open_chat(page, fake)
    fake.conversations[0].events += [
        {"seq": number, "type": "bot", "text": f"Answer {number}"} for number in range(1, 501)
    ]
    fake.conversations[0].next_seq = 501
    page.reload()
    expect(bubbles(page).last).to_have_text("Answer 500")
    assert bubbles(page).count() <= 100
    page.get_by_role("button", name="Show earlier messages").click()
    expect(page.get_by_text("Answer 410", exact=True)).to_be_attached()
    still_works(page)


def test_an_image_that_never_loads(page: Page, fake: FakeGateway) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/never.png", hold)
    open_chat(page, fake)
    fake.say({"type": "bot", "text": "Here it is.", "image": "/static/never.png", "alt": "Your parcel"})
    expect(page.get_by_alt_text("Your parcel")).to_be_attached()
    still_works(page)
    held[0].abort()


class TestAnswersOfSomebodyElse:
    """A proxy or a sign-in page answers in the server's place, with 200 and no JSON."""

    @pytest.fixture(autouse=True)
    def _network_errors_are_expected(self, watch: Watch) -> None:
        watch.allows_network_errors = True

    @pytest.mark.parametrize("path", ["history", "session"])
    def test_it_says_that_the_connection_is_lost_until_the_server_is_back(
        self, page: Page, fake: FakeGateway, path: str
    ) -> None:
        answers: list[Route] = []

        def answer(route: Route) -> None:
            answers.append(route)
            route.fulfill(status=200, content_type="text/html", body=A_PAGE_OF_A_PROXY)

        address = f"**/chat/{path}*"
        page.route(address, answer)
        page.goto(fake.url)
        page.get_by_role("button", name="Chat with us").click()
        expect(page.get_by_text("Connection lost. Trying again…")).to_be_visible()
        page.unroute(address)
        still_works(page)
        assert answers
        assert len(fake.conversations) == 1

    def test_a_message_that_nobody_of_ours_took_is_sent_again_once(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        pages = iter([A_PAGE_OF_A_PROXY])

        def answer(route: Route) -> None:
            if body := next(pages, None):
                route.fulfill(status=200, content_type="text/html", body=body)
            else:
                route.continue_()

        page.route("**/chat/messages", answer)
        still_works(page)
        assert [message["text"] for message in fake.messages] == ["are you there"]


def test_an_unknown_type_of_event_leaves_no_gap(page: Page, fake: FakeGateway) -> None:
    open_chat(page, fake)
    fake.say({"type": "hologram", "text": "later"}, {"type": "bot", "text": "after it"})
    expect(bubbles(page)).to_have_text(["after it"])
    with page.expect_request(lambda sent: "/history" in sent.url) as again:
        fake.cut()
    assert again.value.url.endswith("after=2")
    still_works(page)


def test_json_that_is_no_event(page: Page, fake: FakeGateway) -> None:
    open_chat(page, fake)
    for nonsense in ("null", "[]", '{"seq": 1, "type": 7}', '{"seq": "1", "type": "bot", "text": {}}'):
        fake.send_raw(f"data: {nonsense}\n\n")
    still_works(page)

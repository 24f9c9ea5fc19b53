"""Break the network, the server, the session and the stream under the panel; nothing is lost or doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import Watch
from tests.e2e.fake_gateway import FakeGateway, problem
from tests.e2e.shop import bubbles, open_chat, send

pytestmark = pytest.mark.slow

NOTE_WHAT_IS_READ_OUT = """
window.readOut = [];
const follow = () => {
  const log = document.querySelector("frontdesk-chat")?.shadowRoot?.querySelector("#log");
  if (!log) return requestAnimationFrame(follow);
  new MutationObserver((changes) => {
    if (log.ariaLive !== "off") readOut.push(...changes.flatMap((change) => [...change.addedNodes]));
  }).observe(log, { childList: true });
};
follow();
"""


class TestKeepingTheConversation:
    def test_a_reload_shows_everything_once_and_reads_nothing_out(self, page: Page, fake: FakeGateway) -> None:
        page.add_init_script(NOTE_WHAT_IS_READ_OUT)
        open_chat(page, fake)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        before = bubbles(page).all_inner_texts()
        page.reload()
        expect(bubbles(page)).to_have_text(before)
        assert page.evaluate("readOut.length") == 0
        expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
        send(page, "two")
        expect(bubbles(page)).to_have_text([*before, "two", "You said: two"])
        assert page.evaluate("readOut.length") >= 2
        assert fake.sessions_opened == 1

    def test_what_was_missed_is_read_to_its_end(self, page: Page, fake: FakeGateway, watch: Watch) -> None:
        watch.allows_network_errors = True
        open_chat(page, fake)
        fake.say({"type": "bot", "text": "0"})
        expect(bubbles(page)).to_have_count(1)
        pages: list[str] = []
        page.on("request", lambda sent: pages.append(sent.url[-7:]) if "/history" in sent.url else None)
        fake.stop()
        fake.say(*({"type": "bot", "text": str(number)} for number in range(1, 5)))
        fake.page_length = 2
        fake.start()
        expect(bubbles(page)).to_have_text(["0", "1", "2", "3", "4"])
        assert pages[-2:] == ["after=1", "after=3"]

    def test_two_tabs_show_one_conversation(self, page: Page, context: BrowserContext, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "from the first")
        second = context.new_page()
        open_chat(second, fake)
        expect(bubbles(second, ".bot")).to_have_count(1)
        send(second, "from the second")
        said = ["from the first", "You said: from the first", "from the second", "You said: from the second"]
        for tab in (page, second):
            expect(bubbles(tab)).to_have_text(said)
        assert len(fake.conversations) == 1

    def test_two_tabs_opened_together_join(self, page: Page, context: BrowserContext, fake: FakeGateway) -> None:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        context.route("**/chat/session", hold)
        second = context.new_page()
        for tab in (page, second):
            tab.goto(fake.url)
            tab.get_by_role("button", name="Chat with us").click()
        second.wait_for_function("() => navigator.locks.query().then(({ pending }) => pending.length === 1)")
        assert len(held) == 1
        held[0].continue_()
        send(page, "one")
        send(second, "two")
        for tab in (page, second):
            expect(bubbles(tab, ".bot")).to_have_count(2)
        assert len(fake.conversations) == 1

    def test_a_browser_that_blocks_storage_can_still_chat(self, page: Page, fake: FakeGateway) -> None:
        page.add_init_script("""
            for (const kind of ["localStorage", "sessionStorage"])
              Object.defineProperty(window, kind, { get() { throw new DOMException("denied", "SecurityError"); } });
        """)
        open_chat(page, fake)
        for text in ("one", "two"):
            send(page, text)
        expect(bubbles(page, ".bot")).to_have_text(["You said: one", "You said: two"])
        assert fake.sessions_opened == 1


class TestFaults:
    @pytest.fixture(autouse=True)
    def _network_errors_are_expected(self, watch: Watch) -> None:
        watch.allows_network_errors = True

    def test_a_full_minute_waits_and_goes_on(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        fake.faults.append(problem(429, "too_many", "That was quick.", **{"Retry-After": "1"}))
        send(page, "one")
        send(page, "two")
        expect(page.get_by_text("That was quick. Sending again in 1 s.")).to_be_visible()
        expect(bubbles(page, ".bot")).to_have_text(["You said: one", "You said: two"])
        expect(page.get_by_text("That was quick.")).to_have_count(0)

    @pytest.mark.parametrize("status", [413, 422])
    def test_a_refused_message_is_explained_and_given_back(self, page: Page, fake: FakeGateway, status: int) -> None:
        open_chat(page, fake)
        fake.faults.append(problem(status, "refused", "Please say it in fewer words."))
        send(page, "a long story")
        send(page, "next")
        expect(page.get_by_text("Not sent. Please say it in fewer words.")).to_be_visible()
        expect(bubbles(page, ".bot")).to_have_text(["You said: next"])
        page.get_by_role("button", name="Edit").click()
        expect(page.get_by_label("Your message")).to_have_value("a long story")
        expect(page.get_by_label("Your message")).to_be_focused()
        expect(bubbles(page, ".user")).to_have_text(["next"])

    def test_a_failed_message_is_tried_again_with_its_id_and_keeps_its_place(
        self, page: Page, fake: FakeGateway
    ) -> None:
        open_chat(page, fake)
        tried: list[str] = []
        page.on(
            "request", lambda request: tried.append(request.post_data or "") if "/messages" in request.url else None
        )
        fake.faults.extend(problem(503, "unavailable", "Back soon.") for _ in range(3))
        send(page, "first")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        send(page, "second")
        expect(bubbles(page, ".bot")).to_have_text(["You said: first", "You said: second"])
        assert len(set(tried[:4])) == 1
        assert len(tried) == 5

    def test_a_lost_answer_does_not_send_twice(self, page: Page, fake: FakeGateway) -> None:
        lost: list[Route] = []

        def lose_first(route: Route) -> None:
            if lost:
                route.continue_()
                return
            lost.append(route)
            route.fetch()
            route.abort()

        page.route("**/chat/messages", lose_first)
        open_chat(page, fake)
        send(page, "just once")
        expect(page.locator(".row.user .meta")).to_contain_text("Sent")
        expect(bubbles(page)).to_have_text(["just once", "You said: just once"])
        assert len(fake.messages) == 1

    def test_offline_messages_wait_and_survive_a_reload(
        self, page: Page, context: BrowserContext, fake: FakeGateway
    ) -> None:
        open_chat(page, fake)
        context.set_offline(True)
        for text in ("one", "two"):
            send(page, text)
        expect(page.get_by_text("Waiting for a connection…")).to_have_count(2)
        assert fake.messages == []
        context.set_offline(False)
        expect(bubbles(page, ".bot")).to_have_text(["You said: one", "You said: two"])
        fake.faults.extend(problem(500, "oops", "Sorry.") for _ in range(3))
        send(page, "three")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        page.reload()
        expect(bubbles(page, ".bot")).to_have_text(["You said: one", "You said: two", "You said: three"])
        expect(bubbles(page, ".user")).to_have_text(["one", "two", "three"])

    def test_an_expired_token_is_renewed_in_the_middle(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        fake.expire_tokens(renewable=True)
        send(page, "two")
        expect(bubbles(page, ".bot")).to_have_text(["You said: one", "You said: two"])
        assert len(fake.conversations) == 1
        expect(page.locator(".divider")).to_have_count(0)

    def test_a_forgotten_conversation_goes_on_as_a_new_one(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        fake.expire_tokens(renewable=False)
        send(page, "two")
        expect(bubbles(page)).to_have_text(["one", "You said: one", "two", "You said: two"])
        expect(page.locator("#log > *:nth-child(3) .divider")).to_have_text("A new conversation starts here")
        assert len(fake.conversations) == 2

    def test_a_page_that_only_listens_renews_before_it_is_too_late(self, page: Page, fake: FakeGateway) -> None:
        fake.lifetime = timedelta(seconds=122)
        with page.expect_request(lambda sent: "authorization" in sent.headers and sent.url.endswith("/session")):
            open_chat(page, fake)
        fake.say({"type": "bot", "text": "still here"})
        expect(bubbles(page)).to_have_text(["still here"])
        assert len(fake.conversations) == 1

    @pytest.mark.parametrize("minutes", [0, -60])
    def test_a_wrong_clock_does_not_renew_before_every_request(
        self, page: Page, fake: FakeGateway, minutes: int
    ) -> None:
        fake.lifetime *= minutes
        open_chat(page, fake)
        send(page, "one")
        send(page, "two")
        expect(bubbles(page, ".bot")).to_have_count(2)
        assert fake.sessions_opened == 1

    def test_a_restart_of_the_server_loses_and_doubles_nothing(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "before")
        expect(bubbles(page, ".bot")).to_have_count(1)
        fake.stop()
        expect(page.get_by_text("Connection lost. Trying again…")).to_be_visible()
        fake.say({"type": "notice", "text": "Written meanwhile."})
        send(page, "during")
        fake.start()
        expect(page.get_by_text("Here to help")).to_be_visible()
        expect(bubbles(page)).to_have_text(
            ["before", "You said: before", "Written meanwhile.", "during", "You said: during"]
        )

    def test_events_out_of_order_or_repeated_stand_in_order_once(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        for seq in (3, 1, 2, 3, 1):
            fake.send_raw(f'id: {seq}\ndata: {{"seq": {seq}, "type": "bot", "text": "{seq}"}}\n\n')
        fake.say({"seq": 4, "type": "bot", "text": "4"})
        expect(bubbles(page)).to_have_text(["1", "2", "3", "4"])

    def test_a_gap_in_the_stream_is_filled_at_the_next_connection(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        fake.say({"seq": 1, "type": "bot", "text": "1"})
        expect(bubbles(page)).to_have_text(["1"])
        # The stream leaves out the second event, the log has it.
        fake.conversations[0].events.append({"seq": 2, "type": "bot", "text": "2"})
        fake.say({"seq": 3, "type": "bot", "text": "3"})
        expect(bubbles(page)).to_have_text(["1", "3"])
        fake.cut()
        expect(bubbles(page)).to_have_text(["1", "2", "3"])

    def test_nonsense_in_the_stream_is_passed_over(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        fake.send_raw(": a comment\n\ndata\n\ndata: {broken\n\ndata: null\n\ndata: 7\n\ndata: {}\n\nevent: odd\n\n")
        fake.send_raw('retry: 1\nid: 1\r\ndata: {"type": "bot",\r\ndata: "text": "sound"}\r\n\r\n')
        expect(bubbles(page)).to_have_text(["sound"])

    def test_a_page_out_of_sight_gives_its_connection_back(self, page: Page, fake: FakeGateway) -> None:
        open_chat(page, fake)
        send(page, "one")
        expect(bubbles(page, ".bot")).to_have_count(1)
        become = "state => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });"
        become += "document.dispatchEvent(new Event('visibilitychange')); }"
        with page.expect_event("requestfailed", lambda request: "/events" in request.url):
            page.evaluate(become, "hidden")
        fake.say({"type": "bot", "text": "meanwhile"})
        page.evaluate(become, "visible")
        expect(bubbles(page, ".bot")).to_have_text(["You said: one", "meanwhile"])

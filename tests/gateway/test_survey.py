"""How it was is asked once, in a quiet moment, and whoever ignores it is left alone."""

from __future__ import annotations

from bridge.conversation.surveys import TALK, TICKET
from bridge.handoff.talks import Talks
from gateway.texts import load_texts
from tests.gateway.harness import Client, Stack, eventually
from tests.gateway.test_handoff import HOW, RETURNED, hand_over, says

TEXTS = load_texts("en")
TALKED = TEXTS.survey["talk"]
ABOUT_TICKET = TEXTS.survey["ticket"].format(subject="T-1")


async def talk(stack: Stack, client: Client) -> Talks:
    """Let a person take the conversation."""
    await hand_over(stack, client)
    talks = Talks(stack.engine)
    talks.take(client.conversation, "Maya")
    return talks


async def heard(client: Client) -> list[str]:
    """Return all that the bot said."""
    return [event["text"] for event in await client.history() if event["type"] == "bot"]


async def test_after_a_talk_it_is_asked_with_five_buttons_that_may_be_pressed(stack: Stack, client: Client) -> None:
    (await talk(stack, client)).release(client.conversation)
    asked = (await client.until(says(TALKED)))[-1]
    assert (await heard(client))[-2:] == [RETURNED, TALKED]
    assert [button["title"] for button in asked["buttons"]] == ["Very good", "Good", "All right", "Bad", "Very bad"]
    payloads = [button["payload"] for button in asked["buttons"]]
    assert payloads == [f'/give_feedback{{"rating": {rating}, "survey": 1}}' for rating in (5, 4, 3, 2, 1)]
    await client.answers(1, after=await client.press(payloads[0]))
    assert stack.rasa.texts(client.conversation)[-1] == payloads[0]
    other = await stack.client()
    assert (await other.post(payload=payloads[0])).status_code == 422


async def test_who_leaves_a_talk_is_asked_too_and_each_talk_is_asked_about(stack: Stack, client: Client) -> None:
    for times in (1, 2):
        await talk(stack, client)
        await client.say("back to bot")
        await stack.done(client)
        assert (await heard(client)).count(TALKED) == times
    await client.answers(1, after=await client.say("where is my order"))
    await stack.done(client)
    assert (await heard(client)).count(TALKED) == 2


async def test_who_met_nobody_is_not_asked(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    await client.say("back to bot")
    await stack.done(client)
    assert (await heard(client))[-1] == RETURNED


async def test_whoever_waited_in_vain_hears_that_kindly(stack: Stack, client: Client) -> None:
    seq = await hand_over(stack, client)
    Talks(stack.engine).release(client.conversation)
    events = await client.until(says(TEXTS.handoff["unmet"]), after=seq)
    assert [event.get("mode") for event in events] == ["bot", None]
    await client.answers(1, after=await client.say("where is my order"))
    assert HOW not in await heard(client)
    assert TALKED not in await heard(client)


async def test_about_a_ticket_it_is_asked_once_no_form_asks(stack: Stack, client: Client) -> None:
    async def see_that_it_is_solved(_text: str) -> None:
        stack.gateway.desk.surveys.want(client.conversation, TICKET, "T-1")

    stack.rasa.before = see_that_it_is_solved
    stack.rasa.form = lambda text: "some_form" if text == "open one" else None
    await client.answers(1, after=await client.say("open one"))
    await client.until(says(ABOUT_TICKET), after=await client.say("yes"))
    for again in ("how is it now", "bye"):
        await client.answers(1, after=await client.say(again))
    said = ["You said: open one", "You said: yes", ABOUT_TICKET, "You said: how is it now", "You said: bye"]
    assert await heard(client) == said


async def test_rasa_learns_the_words_and_no_offer(stack: Stack, client: Client) -> None:
    async def want(_text: str) -> None:
        stack.gateway.desk.surveys.want(client.conversation, TALK, "1")

    stack.rasa.before = want
    await client.say("hello")
    await client.until(says(TALKED))
    tracker = stack.rasa.trackers[client.conversation]
    await eventually(lambda: tracker[-1].get("text") == TALKED)
    assert (tracker[-1]["event"], tracker[-1]["data"]) == ("bot", {"buttons": []})


async def test_a_second_wish_goes_first(stack: Stack, client: Client) -> None:
    async def want(_text: str) -> None:
        stack.gateway.desk.surveys.want(client.conversation, TICKET, "T-1")

    stack.rasa.before = want
    stack.rasa.parse = lambda text: {"next_wish": {"first": "a", "text": "b"}} if text == "a and b" else {}
    await client.say("a and b")
    await client.until(says(ABOUT_TICKET))
    wish = TEXTS.about_wish("now", "b")["text"]
    assert await heard(client) == ["You said: a and b", wish, "You said: b", ABOUT_TICKET]

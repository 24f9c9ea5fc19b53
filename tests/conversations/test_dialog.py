"""Small talk, unclear messages, and the promise that no message is left without an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from bridge.conversation.offers import Offers
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text())
INTENTS = [name for intent in DOMAIN["intents"] for name in (intent if isinstance(intent, dict) else [intent])]
FORMS = {
    "no form": [],
    "track_order_form": ["where is my order"],
    "create_ticket_form": ["i want to open a ticket"],
    "check_ticket_form": ["check the status of my ticket"],
    "update_ticket_form": ["add a comment to my ticket"],
    "contact_sales_form": ["i want to talk to sales"],
}


@pytest.mark.parametrize("opening", FORMS.values(), ids=FORMS)
def test_every_intent_is_answered_in_every_context(stack: Stack, opening: list[str]) -> None:
    """Ask Rasa itself by intent: the public door takes only payloads that were offered."""
    silent = [intent for intent in INTENTS if not _answer_to(stack, opening, f"/{intent}")]
    assert silent == []


def _answer_to(stack: Stack, opening: list[str], payload: str) -> str:
    chat = stack.chat()
    for text in opening:
        chat.say(text)
    before = chat.history()
    _offer(stack, chat, payload)
    chat.wait_for(chat.send(payload=payload))
    return "\n".join(chat.bot_texts(before[-1]["seq"] if before else 0))


def _offer(stack: Stack, chat: Chat, payload: str) -> None:
    Offers(stack.engine()).allow(chat.conversation, [{"title": "test", "payload": payload}])


def test_help_offers_what_it_can_do_as_buttons(chat: Chat) -> None:
    chat.say("help")
    (event,) = [event for event in chat.history() if event["type"] == "bot"]
    assert {button["title"] for button in event["buttons"]} >= {"Track an order", "Open a ticket", "Talk to a person"}
    assert "order number" in chat.click("Track an order")


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f600\U0001f600\U0001f600",
        "\u0645\u0631\u062d\u0628\u0627 \u0623\u064a\u0646 \u0637\u0644\u0628\u064a",
        "'; DROP TABLE orders; --",
        "<script>alert(1)</script>",
        "/restart",
        "\u00a0/restart",
        "/EXTERNAL_x{}",
        '/track_order{"orders_number": "1001"}',
        "{orders_number}",
        "a" * 2000,
        "?!",
    ],
)
def test_odd_messages_get_an_answer_and_execute_nothing(stack: Stack, chat: Chat, text: str) -> None:
    chat.say("where is my order 1001")
    assert chat.say(text), "an answer"
    with reading(stack.engine()) as connection:
        rows = connection.execute(
            sa.select(inbox.c.intent, inbox.c.kind)
            .where(inbox.c.conversation_id == chat.conversation)
            .order_by(inbox.c.id)
        ).all()
    assert rows[-1].kind == "text"
    assert rows[-1].intent not in ("restart", "EXTERNAL_x", "session_start")


def test_each_message_is_kept_with_model_parse_and_candidates(stack: Stack, chat: Chat) -> None:
    chat.say("where is my order 1001")
    with reading(stack.engine()) as connection:
        row = connection.execute(sa.select(inbox).where(inbox.c.conversation_id == chat.conversation)).one()
    assert row.intent == "track_order"
    assert row.model_id
    assert row.parse["entities"][0]["value"] == "1001"
    assert [candidate["name"] for candidate in row.candidates][:1] == ["track_order"]

"""Ask how somebody was helped, in a quiet moment: no form waits for an answer, and the bot has the word."""

from __future__ import annotations

from typing import Any

from gateway.chat.kit import Kit


def ask_how_it_was(kit: Kit, conversation_id: str) -> list[dict[str, Any]]:
    """Ask what is to be asked; return what Rasa shall know of it.

    That is the text alone: to Rasa the question offers nothing, so a "yes" still takes what was offered before.
    """
    body = kit.desk.surveys.ask(conversation_id, kit.texts.how_it_was)
    return [{"text": body["text"]}] if body else []

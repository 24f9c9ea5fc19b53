"""While a person is awaited or talking, messages do not go to Rasa; a phrase or a button brings the bot back.

A button that asks for a person needs neither Rasa nor the action server: when they are away, it works from here.
"""

from __future__ import annotations

from typing import Any

from bridge.conversation.inbox import Message
from bridge.conversation.log import PROACTIVE
from bridge.handoff.talks import UNMET
from bridge.model.outcome import Outcome
from gateway.chat.kit import Kit
from gateway.chat.survey import ask_how_it_was
from gateway.chat.tracker import END_FORM, own_event
from gateway.texts import RETURN_TO_BOT, TALK_TO_HUMAN, bot_body

_WITH_PEOPLE = ("waiting", "human")
_CRISIS = "crisis"


def asks_for_person(message: Message) -> bool:
    """Tell whether a message is the press of a button that asks for a person."""
    return message.kind == "payload" and message.body == TALK_TO_HUMAN


class HandoffDesk:
    """Take the messages that are meant for people."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._desk = kit.desk
        self._threads = kit.threads
        self._texts = kit.texts

    async def takes(self, message: Message) -> bool:
        """Deal with a message if it is not Rasa's, and tell whether it was."""
        returns = message.kind == "payload" and message.body == RETURN_TO_BOT
        if message.mode not in _WITH_PEOPLE and not returns:
            asks = asks_for_person(message) and not await self._kit.is_ready()
            return asks and await self.put_in_queue(message)
        conversation_id = message.conversation_id
        if returns or (message.kind == "text" and self._texts.asks_for_bot(message.body)):
            await self._bring_back(conversation_id, message.id)
        elif message.mode == "waiting" and message.kind == "text" and await self._is_crisis(message):
            # Nobody may be at hand for hours: whoever is in danger must not read only that it is saved.
            await self._say(message, bot_body(self._texts.handoff["crisis"]))
        elif await self._threads.read(self._desk.offers.title, conversation_id, RETURN_TO_BOT) is None:
            # The offer is withdrawn when the bot comes back: so this is said once a handoff.
            await self._say(message, self._texts.how_to_return())
        self._kit.hub.wake(conversation_id)
        return True

    async def takes_ahead(self, message: Message) -> bool:
        """Deal with a message behind a turn that hangs, and tell whether it need not wait for that."""
        if message.mode in _WITH_PEOPLE:
            return await self.takes(message)
        return asks_for_person(message) and await self.put_in_queue(message)

    async def put_in_queue(self, message: Message) -> bool:
        """Ask for a person without Rasa and the action server, and say so; tell whether that could be done."""
        outcome = await self._threads.write(self._keep, message.id)
        body = self._texts.handed_over(outcome)
        if body is None:
            return False
        await self._say(message, body)
        self._kit.metrics.backstop.labels("handoff").inc()
        self._kit.hub.wake(message.conversation_id)
        return True

    async def quieten(self, message: Message) -> None:
        """Let Rasa tell what it has to without going on with a form: the answer would go to people."""
        if message.mode in _WITH_PEOPLE:
            await self._kit.rasa.append(message.conversation_id, list(END_FORM))

    async def _is_crisis(self, message: Message) -> bool:
        return await self._kit.rasa.intent(message.body) == _CRISIS

    async def _say(self, message: Message, body: dict[str, Any]) -> None:
        await self._threads.write(self._desk.log.say, message.conversation_id, "bot", body, message.id)

    def _keep(self, inbox_id: int) -> Outcome:
        # What Rasa knows besides cannot be had now; the agent reads it in the conversation.
        return self._desk.handoff.keep(self._desk.turns.of(inbox_id), {})

    async def _bring_back(self, conversation_id: str, inbox_id: int) -> None:
        await self._threads.write(self._desk.handoffs.close, conversation_id)
        # Closing a queued handoff does this as well; without one in the queue, nobody else would.
        await self.take_up(conversation_id, inbox_id)

    async def take_up(self, conversation_id: str, inbox_id: int, how: str = "") -> None:
        """Let the bot say that it is back, and forget what it had asked before the talk.

        Args:
            how: `UNMET` where nobody came to talk.
        """
        await self._threads.write(self._desk.sessions.return_to_bot, conversation_id, RETURN_TO_BOT)
        body = bot_body(self._texts.handoff["returned"])
        if how == UNMET:
            body = bot_body(self._texts.handoff["unmet"]) | PROACTIVE
        await self._threads.write(self._desk.log.say, conversation_id, "bot", body, inbox_id)
        said = [body, *await self._threads.write(ask_how_it_was, self._kit, conversation_id)]
        # Where an action paused the conversation, Rasa would stay silent: resuming is harmless otherwise.
        await self._kit.rasa.append(conversation_id, [*END_FORM, {"event": "resume"}, *map(own_event, said)])

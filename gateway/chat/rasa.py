"""Talk to Rasa over its loopback port; with aiohttp, which takes a third of the processor time that httpx takes."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Any

import aiohttp
import structlog

from bridge.conversation.turns import CORRELATION_HEADER
from gateway.timing import Timing

log = structlog.get_logger(__name__)


class Delivery(Enum):
    """Say what is known after a message was posted."""

    OVER = "over"
    """Rasa says that the turn is over."""
    FAILED = "failed"
    """It broke off: perhaps saved, perhaps not."""
    DOWN = "down"
    """Nobody took the message."""


class Rasa:
    """Deliver messages, read and extend trackers; made in a running loop. Logs carry no address: it holds the token."""

    def __init__(self, base_url: str, token: str, timing: Timing) -> None:
        self._token = token

        def session(most: float, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
            # It asks no environment for a proxy, which has no business on loopback, and keeps no cookies.
            timeout = aiohttp.ClientTimeout(most, sock_connect=timing.connect_most)
            return aiohttp.ClientSession(
                base_url, connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
            )

        # A turn has a connection of its own: on a kept one, a Rasa that restarts looks like one that broke off.
        self._turns = session(timing.turn_most, aiohttp.TCPConnector(limit=0, force_close=True))
        self._questions = session(timing.ask_most, aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Let go of all connections."""
        await self._turns.close()
        await self._questions.close()

    async def deliver(self, conversation_id: str, text: str, correlation: str) -> Delivery:
        """Post a user message and wait for the end of its turn; `correlation` names it in Rasa's log."""
        message, headers = {"sender": conversation_id, "message": text}, {CORRELATION_HEADER: correlation}
        try:
            async with self._turns.post("/webhooks/callback/webhook", json=message, headers=headers) as response:
                await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
            return Delivery.DOWN  # the second: no connection in time; a turn that takes too long raises its parent
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            log.warning("a turn broke off", conversation=conversation_id, error=type(error).__name__)
            return Delivery.FAILED
        if response.status == 200:
            return Delivery.OVER
        log.warning("Rasa refused a message", conversation=conversation_id, status=response.status)
        return Delivery.DOWN if response.status == 404 else Delivery.FAILED

    async def events(self, conversation_id: str) -> list[dict[str, Any]] | None:
        """Return the stored tracker's events, oldest first, or None if Rasa does not say."""
        answer = await self._ask("GET", f"/conversations/{conversation_id}/tracker", {"include_events": "ALL"})
        events = answer.get("events") if isinstance(answer, dict) else None
        return events if isinstance(events, list) else None

    async def append(self, conversation_id: str, events: list[dict[str, Any]]) -> None:
        """Add events to the tracker; no harm if that fails."""
        await self._ask("POST", f"/conversations/{conversation_id}/tracker/events", {}, json=events)

    async def intent(self, text: str) -> str | None:
        """Return what Rasa takes a text for, without saying it to the assistant; None if Rasa does not tell."""
        answer = await self._ask("POST", "/model/parse", {}, json={"text": text})
        intent = answer.get("intent") if isinstance(answer, dict) else None
        return intent.get("name") if isinstance(intent, dict) else None

    async def is_ready(self) -> bool:
        """Tell whether Rasa answers and has a model."""
        status = await self._ask("GET", "/status", {})
        return isinstance(status, dict) and bool(status.get("model_file"))

    async def _ask(self, method: str, path: str, params: dict[str, str], **kwargs: Any) -> Any:
        try:
            named = {**params, "token": self._token}
            async with self._questions.request(method, path, params=named, **kwargs) as response:
                if response.status == 200:
                    return await response.json(content_type=None)
                log.warning("Rasa did not answer a question", method=method, status=response.status)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            log.info("Rasa cannot be asked", method=method, error=type(error).__name__)
        return None

"""Talk to Rasa over its loopback port."""

from __future__ import annotations

from enum import Enum
from typing import Any

import httpx
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
    """Deliver messages, read and extend trackers. Errors carry no address: it holds the token."""

    def __init__(self, base_url: str, token: str, timing: Timing) -> None:
        self._token = token
        self._turn = httpx.Timeout(timing.turn_most, connect=timing.connect_most)
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(timing.ask_most, connect=timing.connect_most),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,  # a proxy has no business on loopback
        )

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()

    async def deliver(self, conversation_id: str, text: str, correlation: str) -> Delivery:
        """Post a user message and wait for the end of its turn; `correlation` names it in Rasa's log."""
        try:
            # A connection of its own: on a kept one, a Rasa that restarts looks like one that broke off.
            response = await self._client.post(
                "/webhooks/callback/webhook",
                json={"sender": conversation_id, "message": text},
                headers={"Connection": "close", CORRELATION_HEADER: correlation},
                timeout=self._turn,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Delivery.DOWN
        except httpx.HTTPError as error:
            log.warning("a turn broke off", conversation=conversation_id, error=type(error).__name__)
            return Delivery.FAILED
        if response.status_code == 200:
            return Delivery.OVER
        log.warning("Rasa refused a message", conversation=conversation_id, status=response.status_code)
        return Delivery.DOWN if response.status_code == 404 else Delivery.FAILED

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
            response = await self._client.request(method, path, params={**params, "token": self._token}, **kwargs)
            if response.status_code == 200:
                return response.json()
            log.warning("Rasa did not answer a question", method=method, status=response.status_code)
        except (httpx.HTTPError, ValueError) as error:
            log.info("Rasa cannot be asked", method=method, error=type(error).__name__)
        return None

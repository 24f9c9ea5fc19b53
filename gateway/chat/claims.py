"""Hold the conversations that this gateway answers, and notice when another one has taken them over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import structlog

from bridge.conversation.claims import Claims
from gateway.threads import Threads
from gateway.timing import Timing

log = structlog.get_logger(__name__)


class Office:
    """Take, keep and give up claims; `lost` is called with each conversation that another gateway has taken."""

    def __init__(self, claims: Claims, threads: Threads, timing: Timing, lost: Callable[[str], None]) -> None:
        self._claims = claims
        self._threads = threads
        self._timing = timing
        self._lost = lost
        self._held: dict[str, object] = {}
        self._renewed_at = time.monotonic()
        self._doubtful_until = 0.0

    async def take(self, conversation_id: str) -> bool:
        """Take a conversation unless another gateway has it, and tell whether that worked."""
        taken = not self._claims.shared or await self._threads.write(self._claims.take, conversation_id)
        if taken:
            self._held[conversation_id] = object()
        return taken

    async def release(self, conversation_id: str) -> bool:
        """Give a conversation up, and tell whether messages are left that nobody may work on."""
        self._held.pop(conversation_id, None)
        return self._claims.shared and await self._threads.write(self._claims.release, conversation_id)

    @contextmanager
    def working_on(self, conversation_id: str) -> Iterator[None]:
        """Let nothing be written in the block once another gateway has the conversation."""
        with self._claims.held(conversation_id):
            yield

    def answering(self, conversation_id: str) -> AbstractContextManager[None] | None:
        """Return what an answer of Rasa's is to be stored under; None: it must not be stored.

        Any gateway may take the answers to a message that another one dispatched. But one that was frozen finds
        answers on its doorstep which were meant for a turn that another gateway has had repeated since.
        """
        if self._claims.shared and self._is_in_doubt():
            return None
        return self._claims.held(conversation_id) if conversation_id in self._held else nullcontext()

    async def keep(self) -> None:
        """Renew the claims for ever, and let go of what was lost."""
        while self._claims.shared:
            before = dict(self._held)
            try:
                kept = await self._threads.urgent(self._claims.renew, list(before))
            except Exception as error:
                log.warning("claims cannot be renewed", error=type(error).__name__)
            else:
                self._is_in_doubt()  # before the time is set anew: it has to be remembered
                self._renewed_at = time.monotonic()
                for conversation_id, mark in before.items():
                    if conversation_id not in kept and self._held.get(conversation_id) is mark:
                        log.warning("another gateway has taken over", conversation=conversation_id)
                        self._lost(conversation_id)
            await asyncio.sleep(self._timing.renew)

    def _is_in_doubt(self) -> bool:
        now = time.monotonic()
        if now - self._renewed_at > self._timing.stale:
            self._doubtful_until = now + self._timing.settle
        return now < self._doubtful_until

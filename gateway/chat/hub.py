"""Wake the open streams of a conversation when its log grows, whoever wrote."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import structlog

from bridge.conversation.log import EventLog
from gateway.errors import ApiError
from gateway.metrics import Metrics
from gateway.threads import Threads

log = structlog.get_logger(__name__)

_CHUNK = 500


class Subscription:
    """Stand for one open stream."""

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.changed = asyncio.Event()
        self.behind = True
        """Whether the log may hold events that were not sent."""
        self.cursor = 0
        """The number of the newest event that was sent."""
        self.typing: bool | None = None
        """A typing state that was not sent yet; only the newest matters."""
        self.over = False
        self.erased = False
        """It ends because its conversation was deleted."""


class Hub:
    """Keep the open streams."""

    def __init__(self, events: EventLog, threads: Threads, metrics: Metrics, *, most: int, most_each: int) -> None:
        self._events = events
        self._threads = threads
        self._metrics = metrics
        self._most = most
        self._most_each = most_each
        self._streams: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._count = 0
        self._typing: set[str] = set()
        self.told = False
        """Whether other processes tell when they write, so that looking is only for what was missed."""

    def open(self, conversation_id: str) -> Subscription:
        """Register a stream; its owner must `close` it.

        Raises:
            ApiError: too many are open.
        """
        if self._count >= self._most or len(self._streams.get(conversation_id, ())) >= self._most_each:
            raise ApiError(503, "too_many_streams", retry_after=5)
        subscription = Subscription(conversation_id)
        if conversation_id in self._typing:
            subscription.typing = True
        self._streams[conversation_id].add(subscription)
        self._count += 1
        self._metrics.streams.set(self._count)
        return subscription

    def close(self, subscription: Subscription) -> None:
        """Forget a stream; a second time changes nothing."""
        mine = self._streams.get(subscription.conversation_id)
        if mine is None or subscription not in mine:
            return
        mine.discard(subscription)
        if not mine:
            del self._streams[subscription.conversation_id]
        self._count -= 1
        self._metrics.streams.set(self._count)

    def wake(self, conversation_id: str) -> None:
        """Let the streams of a conversation look into the log."""
        for subscription in self._streams.get(conversation_id, ()):
            subscription.behind = True
            subscription.changed.set()

    def wake_beyond(self, conversation_id: str, seq: int) -> None:
        """The same, for those that have not sent up to a number yet."""
        for subscription in self._streams.get(conversation_id, ()):
            if seq > subscription.cursor:
                subscription.behind = True
                subscription.changed.set()

    def show_typing(self, conversation_id: str, on: bool) -> None:
        """Tell the streams that the bot has begun or ended its turn; nothing of this is stored."""
        (self._typing.add if on else self._typing.discard)(conversation_id)
        for subscription in self._streams.get(conversation_id, ()):
            subscription.typing = on
            subscription.changed.set()

    def shut(self) -> None:
        """End all streams: their clients come back elsewhere or later, and resume."""
        for subscriptions in self._streams.values():
            for subscription in subscriptions:
                subscription.over = True
                subscription.changed.set()

    def end(self, conversation_id: str) -> None:
        """End the streams of a conversation that was deleted, and let them say so."""
        self._typing.discard(conversation_id)
        for subscription in self._streams.get(conversation_id, ()):
            subscription.over = subscription.erased = True
            subscription.changed.set()

    async def watch(self, every: float, every_when_told: float) -> None:
        """Look for events that other processes wrote: one question for all open streams."""
        while True:
            # In short steps: when the others fall silent, the next look is near.
            for _ in range(max(1, round(every_when_told / every))):
                await asyncio.sleep(every)
                if not self.told:
                    break
            try:
                await self.look()
            except Exception as error:
                # The next look finds what this one did not; streams that wait are only later.
                log.warning("the log cannot be watched", error=type(error).__name__)

    async def look(self) -> None:
        """Wake the streams that have not sent everything."""
        waiting = list(self._streams)
        for start in range(0, len(waiting), _CHUNK):
            asked = waiting[start : start + _CHUNK]
            seqs = await self._threads.read(self._events.last_seqs, asked)
            for gone in set(asked) - set(seqs):
                self.end(gone)  # another process has deleted it
            for conversation_id, seq in seqs.items():
                self.wake_beyond(conversation_id, seq)

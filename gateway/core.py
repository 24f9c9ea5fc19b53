"""Wire the gateway: everything it holds, made once from the bridge's stores and the settings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from bridge.events.relay import Background
from bridge.settings import Settings
from gateway.chat.dispatcher import Dispatcher
from gateway.chat.host_tokens import HostTokens
from gateway.chat.hub import Hub
from gateway.chat.kit import Desk, Kit
from gateway.chat.limits import Buckets
from gateway.chat.news import Reporter
from gateway.chat.origins import Origins
from gateway.chat.rasa import Rasa
from gateway.chat.requests import Proxies
from gateway.chat.tokens import Tokens
from gateway.health import Readiness
from gateway.metrics import Metrics
from gateway.texts import load_texts
from gateway.threads import Threads
from gateway.timing import Timing


class Gateway:
    """Hold the parts; the applications find them in `app.state.gateway`."""

    def __init__(self, desk: Desk, timing: Timing | None = None) -> None:
        self.desk = desk
        self.settings: Settings = desk.settings
        self.timing = timing or Timing()
        chat = self.settings.deployment.chat
        self.texts = load_texts(self.settings.deployment.locale)
        self.metrics = Metrics()
        self.threads = Threads()
        self.tokens = Tokens(self.settings.secret, chat, ticket_seconds=self.timing.ticket)
        self.host_tokens = HostTokens(self.settings)
        self.origins = Origins(chat.allowed_origins)
        self.proxies = Proxies(chat.trusted_proxies)
        self.session_limit = Buckets(chat.sessions_per_minute)
        self.message_limit = Buckets(chat.messages_per_minute)
        self.client_limit = Buckets(chat.client_messages_per_minute)
        self.total_messages = Buckets(chat.total_messages_per_minute)
        self.total_sessions = Buckets(chat.total_sessions_per_minute)
        self.file_limit = Buckets(self.settings.deployment.files.client_per_minute)
        self.hook_bodies = asyncio.Semaphore(64)
        """How many webhooks are read at a time: their bodies may be large (gateway/hooks)."""
        self.hub = Hub(desk.log, self.threads, self.metrics, most=chat.streams, most_each=chat.streams_per_conversation)
        rasa_url = f"http://127.0.0.1:{self.settings.rasa_port}"
        self.rasa = Rasa(rasa_url, self.settings.internal_secret, self.timing)
        self.readiness = Readiness(self)
        kit = Kit(
            desk,
            self.threads,
            self.hub,
            self.rasa,
            self.texts,
            self.timing,
            self.metrics,
            self.readiness.is_ready,
        )
        self.dispatcher = Dispatcher(kit)
        self.reporter = Reporter(desk.news, self.hub, self.threads, self.timing, self.dispatcher.hear)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        """Work on messages until the block ends."""
        watches = [
            asyncio.create_task(self.dispatcher.watch(self.timing.poll)),
            asyncio.create_task(self.dispatcher.office.keep()),
            asyncio.create_task(self.hub.watch(self.timing.poll, self.timing.poll_when_told)),
            asyncio.create_task(self.reporter.listen()),
        ]
        works = [self.desk.watch, self.desk.places, self.desk.housekeeping, self.desk.summaries]
        workers = [Background(work) for work in works]
        if self.settings.deployment.outbox.relay_in_gateway:
            workers.append(Background(self.desk.relay))
        try:
            yield self
        finally:
            await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in workers))
            await self.dispatcher.close()
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await self.rasa.close()


def gateway_of(request: Request) -> Gateway:
    """Return the gateway that a request came to."""
    gateway = request.app.state.gateway
    assert isinstance(gateway, Gateway)
    return gateway

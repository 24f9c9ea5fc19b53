"""What uvicorn leaves out: a client may be slow for so long, and not for ever.

A connection costs a file, some memory, perhaps a place among the streams. Whoever sends a byte a second, or never reads
what it is sent, would hold them as long as it likes. So there is a time for a request's head, one for its body, and one
in which a full buffer must be read; after that the connection is cut.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.chat.callback import ABORT

HEAD_SECONDS = 10.0
"""From the first moment of a connection, or the first byte of a further request, to the end of its headers."""
BODY_SECONDS = 20.0
"""From there to the end of the body, and again for a body (a file) of which so much has come meanwhile:"""
BODY_BYTES = 80_000
READ_SECONDS = 30.0
"""For reading 64 KB of what was sent."""


class PatientProtocol(H11Protocol):
    """Cut connections that take too long; and let an application cut its own, for which ASGI knows no way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner: ASGIApp = self.app
        self._sending: asyncio.TimerHandle | None = None
        self._sends = ""
        self._received = 0
        self._reading: asyncio.TimerHandle | None = None

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = self.transport.abort
            await inner(scope, receive, send)

        self.app = app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._await("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._await("")
        if self._reading is not None:
            self._reading.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        state = self.conn.their_state
        self._await("head" if state is h11.IDLE else "body" if state is h11.SEND_BODY else "")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()

    def _await(self, what: str) -> None:
        """Give the client its time for a part of the request, once; what comes in between does not extend it."""
        if what == self._sends:
            return
        self._sends = what
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        if what:
            self._received = 0
            seconds = HEAD_SECONDS if what == "head" else BODY_SECONDS
            self._sending = self.loop.call_later(seconds, self._judge)

    def _judge(self) -> None:
        """Cut the connection, unless it brings a body that is long and not slow."""
        if self._sends == "body" and self._received >= BODY_BYTES:
            self._received = 0
            self._sending = self.loop.call_later(BODY_SECONDS, self._judge)
        else:
            self.transport.abort()

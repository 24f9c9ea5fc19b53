"""Headers that every public answer carries."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_UNFRAMED = {"X-Frame-Options": "DENY"}


def policy(framed_by: Iterable[str] = ()) -> str:
    """Return the content policy of a page that these origins may show in a frame."""
    ancestors = " ".join(framed_by) or "'none'"
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {ancestors}; require-trusted-types-for 'script'; trusted-types lit-html"
    )


_DEFAULT_POLICY = policy()


class SecurityHeaders:
    """Add the headers; conversations are never kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A page with a policy of its own has said there who may frame it; the old header knows only "nobody".
                unframed = {} if "Content-Security-Policy" in headers else _UNFRAMED
                headers.setdefault("Content-Security-Policy", _DEFAULT_POLICY)
                for name, value in {**_HEADERS, **unframed}.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/chat/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)

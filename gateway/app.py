"""The two applications: one for the public, one for our own processes on loopback."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway import demo, health
from gateway.chat import api, callback, erasure, files
from gateway.core import Gateway
from gateway.errors import handlers
from gateway.hooks import api as hooks
from gateway.security import SecurityHeaders, policy

WEB = Path(__file__).parent / "web"
WIDGET = Path(__file__).parent.parent / "widget" / "dist"


def page(name: str, **headers: str) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that serves one page."""

    async def serve(_request: Request) -> Response:
        return FileResponse(WEB / name, headers={"Cache-Control": "no-cache", **headers})

    return serve


def public_app(gateway: Gateway) -> Starlette:
    """Return the application that everybody reaches."""
    origins = list(gateway.settings.deployment.chat.allowed_origins)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-File-Id", "X-File-Name"],
        expose_headers=["Retry-After"],
        max_age=600,
    )
    app = Starlette(
        routes=[
            *(demo.routes if gateway.settings.has_mailbox else []),
            Route("/", page("index.html")),
            Route("/widget", page("widget.html")),
            Route("/embed", page("embed.html", **{"Content-Security-Policy": policy(origins)})),
            Mount("/static", StaticFiles(directory=WEB, check_dir=False)),
            Mount("/widget", StaticFiles(directory=WIDGET, check_dir=False)),
            *api.routes,
            *erasure.routes,
            *files.routes,
            *(hooks.routes if gateway.desk.hooks.systems else []),
            *health.public_routes,
        ],
        middleware=[Middleware(SecurityHeaders), cors],
        exception_handlers=handlers(gateway.texts),
    )
    app.state.gateway = gateway
    return app


def internal_app(gateway: Gateway) -> Starlette:
    """Return the application that only our own processes reach."""
    app = Starlette(
        routes=[*callback.routes, *health.internal_routes],
        exception_handlers=handlers(gateway.texts),
    )
    app.state.gateway = gateway
    return app

"""The mailbox of the demo and the way to it: where its codes arrive, on the machine that runs it and nowhere else."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.core import gateway_of
from gateway.errors import ApiError

_WEB = Path(__file__).parent / "web"
_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def _check_host(request: Request) -> None:
    """Refuse a name that somebody else's DNS has pointed here: their page would read the codes as its own.

    Raises:
        ApiError: it is none of this machine's names.
    """
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in _NAMES:
        raise ApiError(404, "not_found")


async def show_shop(_request: Request) -> Response:
    """Return the shop's page with the way to the mailbox, which is hidden where there is none."""
    page = (_WEB / "index.html").read_text(encoding="utf-8").replace(' id="mailbox" hidden', ' id="mailbox"')
    return HTMLResponse(page, headers={"Cache-Control": "no-cache"})


async def show_mailbox(request: Request) -> Response:
    """Return the page."""
    _check_host(request)
    return FileResponse(_WEB / "mailbox.html", headers={"Cache-Control": "no-store"})


async def list_mails(request: Request) -> Response:
    """Return the mails, newest first."""
    _check_host(request)
    gateway = gateway_of(request)
    mailbox = gateway.desk.mailbox
    mails = await gateway.threads.read(mailbox.newest) if mailbox else []
    told = [{"at": mail.at.isoformat(), "to": mail.to, "subject": mail.subject, "text": mail.text} for mail in mails]
    return JSONResponse({"mails": told}, headers={"Cache-Control": "no-store"})


routes = [
    Route("/", show_shop, methods=["GET"]),
    Route("/demo/mailbox", show_mailbox, methods=["GET"]),
    Route("/demo/mails", list_mails, methods=["GET"]),
]

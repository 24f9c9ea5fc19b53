"""What only the demo has, on the machine that runs it and nowhere else: a mailbox for its codes, a page for carts."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bridge.model.money import Money
from bridge.settings.places import DEMO_CART
from bridge.till import WaitingCart
from gateway.core import gateway_of
from gateway.errors import ApiError

_WEB = Path(__file__).parent / "web"
_PAGES = Path(__file__).parent / "pages"
_EACH_LINE = "<!-- each line -->"
_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def _check_host(request: Request) -> None:
    """Refuse a name that somebody else's DNS has pointed here: their page would read the codes as its own.

    Raises:
        ApiError: it is none of this machine's names.
    """
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in _NAMES and name != gateway_of(request).settings.host:
        raise ApiError(404, "not_found")


async def show_shop(_request: Request) -> Response:
    """Return the shop's page with what only the demo has, which is hidden elsewhere."""
    page = (_WEB / "index.html").read_text(encoding="utf-8").replace(" data-demo hidden", "")
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


async def show_cart(request: Request) -> Response:
    """Return the page of the cart with this token, or one that says that there is none."""
    _check_host(request)
    gateway = gateway_of(request)
    till = gateway.desk.till
    cart = await gateway.threads.read(till.cart, request.path_params["token"]) if till else None
    page = _no_cart() if cart is None else _cart(cart, gateway.desk.speech.money)
    return HTMLResponse(page, 404 if cart is None else 200, {"Cache-Control": "no-store"})


def _no_cart() -> str:
    return (_PAGES / "no_cart.html").read_text(encoding="utf-8")


def _cart(cart: WaitingCart, told: Callable[[Money], str]) -> str:
    before, line, after = (_PAGES / "cart.html").read_text(encoding="utf-8").split(_EACH_LINE)
    lines = [
        _put(
            line,
            name=one.name,
            options=", ".join(one.options),
            price=told(one.price),
            quantity=str(one.quantity),
            sum=told(one.sum),
        )
        for one in cart.lines
    ]
    return "".join([before, *lines, _put(after, total=told(cart.total))])


def _put(html: str, **values: str) -> str:
    """Put values into HTML, where each stays text."""
    return Template(html).substitute({name: escape(value) for name, value in values.items()})


routes = [
    Route("/", show_shop, methods=["GET"]),
    Route("/demo/mailbox", show_mailbox, methods=["GET"]),
    Route("/demo/mails", list_mails, methods=["GET"]),
    Route(DEMO_CART + "{token}", show_cart, methods=["GET"]),
]

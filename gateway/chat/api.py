"""The public chat API (docs/reference/chat-api.md)."""

from __future__ import annotations

import re
import uuid
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.conversation.identities import Voucher
from bridge.conversation.inbox import Receipt
from bridge.conversation.log import SLOW
from bridge.conversation.turns import correlation_id
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.formatting.masking import mask
from bridge.tracing import span
from gateway.chat.limits import Buckets
from gateway.chat.requests import bearer, read_json
from gateway.chat.stream import EventStream
from gateway.chat.tokens import Grant
from gateway.chat.words import LONGEST, clean
from gateway.core import Gateway, gateway_of
from gateway.errors import ApiError
from gateway.texts import TRY_AGAIN

log = structlog.get_logger(__name__)

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_HISTORY_MOST = 1000


async def open_session(request: Request) -> Response:
    """Start a conversation, or renew the one that the Bearer opens."""
    gateway = gateway_of(request)
    origin = gateway.origins.of(request)
    address = gateway.proxies.client(request)
    take(gateway.session_limit, address, "too_many_sessions")
    take(gateway.total_sessions, "", "too_busy", status=503)
    content = await read_json(request)
    locale = content.get("locale") or gateway.settings.deployment.locale
    if not isinstance(locale, str) or len(locale) > 20 or not _LOCALE.fullmatch(locale):
        raise ApiError(422, "locale_invalid")
    given = content.get("user_token")
    voucher = None if given is None else gateway.host_tokens.read(given)
    renewed = await _renewed(request, origin) if bearer(request) is not None else None
    conversation_id = await _conversation_for(gateway, renewed, voucher, locale, address)
    goes_on = renewed if renewed and renewed.conversation_id == conversation_id else None
    token, expires_at = gateway.tokens.issue(conversation_id, origin, goes_on)
    return JSONResponse(
        {
            "conversation": conversation_id,
            "token": token,
            "expires_at": expires_at.isoformat().replace("+00:00", "Z"),
            **gateway.settings.deployment.files.offered,
        },
        status_code=201,
    )


async def post_message(request: Request) -> Response:
    """Store one message of the person, then acknowledge it."""
    gateway = gateway_of(request)
    grant = grant_of(request)
    take(gateway.message_limit, grant.conversation_id, "too_many_messages")
    take(gateway.client_limit, gateway.proxies.client(request), "too_many_messages")
    take(gateway.total_messages, "", "too_busy", status=503)
    content = await read_json(request)
    message_id = content.get("id")
    if not isinstance(message_id, str) or not _UUID.fullmatch(message_id):
        raise ApiError(422, "id_invalid")
    with span("accept message", conversation=grant.conversation_id) as note:
        try:
            kind, receipt = await _store(gateway, grant.conversation_id, str(uuid.UUID(message_id)), content)
        except NotFoundError:
            raise ApiError(401, "token_invalid") from None
        except InvalidError:
            raise ApiError(422, "payload_not_offered") from None
        if receipt.fresh:
            note("correlation", correlation_id(receipt.id))
    if receipt.fresh:
        gateway.metrics.received.labels(kind).inc()
        named = correlation_id(receipt.id)
        log.info("message stored", correlation=named, conversation=grant.conversation_id, seq=receipt.seq)
        gateway.hub.wake_beyond(grant.conversation_id, receipt.seq)
        gateway.dispatcher.wake(grant.conversation_id)
    return JSONResponse({"seq": receipt.seq}, status_code=202 if receipt.fresh else 200)


async def get_history(request: Request) -> Response:
    """Return the log after a number, or the newest part of it before one."""
    gateway = gateway_of(request)
    grant = await granted(request)
    given = request.query_params
    limit = min(_HISTORY_MOST, _number(given.get("limit"), "limit_invalid") or _HISTORY_MOST)
    log_, read = gateway.desk.log, gateway.threads.read
    if "after" in given or not given.keys() & {"before", "limit"}:
        after = _number(given.get("after"), "after_invalid")
        events = await read(log_.after, grant.conversation_id, after, limit)
        return JSONResponse({"events": events, "more": len(events) == limit})
    before = _number(given.get("before"), "before_invalid")
    page = await read(log_.before, grant.conversation_id, before or None, limit)
    return JSONResponse({"events": page.events, "more": page.more, "status": page.status})


async def make_ticket(request: Request) -> Response:
    """Give a ticket that opens one stream without a header."""
    gateway = gateway_of(request)
    grant = await granted(request)
    take(gateway.message_limit, grant.conversation_id, "too_many_messages")
    return JSONResponse({"ticket": gateway.tokens.issue_ticket(grant)}, status_code=201)


async def get_events(request: Request) -> Response:
    """Open the event stream."""
    gateway = gateway_of(request)
    after = _number(request.headers.get("last-event-id") or request.query_params.get("after"), "after_invalid")
    ticket = request.query_params.get("ticket")
    grant = await granted(request) if ticket is None else await _by_ticket(gateway, request, ticket)
    return EventStream(
        gateway.hub.open(grant.conversation_id),
        gateway.hub,
        gateway.desk.log,
        gateway.threads,
        after=after,
        seconds=gateway.tokens.seconds_left(grant),
        heartbeat=gateway.timing.heartbeat,
    )


async def _conversation_for(
    gateway: Gateway, renewed: Grant | None, voucher: Voucher | None, locale: str, address: str
) -> str:
    """Return the conversation of a session: the one that is renewed, unless it belongs to another person."""
    known, write = renewed.conversation_id if renewed else None, gateway.threads.write
    if voucher is None:
        return known if known else await write(gateway.desk.sessions.open, locale, address)
    try:
        return await write(gateway.desk.identities.sign_in, known, voucher, locale, address)
    except InvalidError:
        raise ApiError(401, "user_token_expired") from None
    except ConflictError:
        log.warning("a user token was used again", conversation=known)
        raise ApiError(401, "user_token_used") from None


async def _store(
    gateway: Gateway, conversation_id: str, message_id: str, content: dict[str, Any]
) -> tuple[str, Receipt]:
    text, payload = content.get("text"), content.get("payload")
    if (text is None) == (payload is None):
        raise ApiError(422, "text_or_payload")
    if not isinstance(text if payload is None else payload, str):
        raise ApiError(422, "text_invalid")
    inbox, write = gateway.desk.inbox, gateway.threads.write
    if payload is None:
        assert isinstance(text, str)
        ready, masked = _prepare(text, gateway.texts.hidden)
        remark = {"text": gateway.texts.hidden_remark} if masked else None
        return "text", await write(inbox.receive_text, conversation_id, message_id, ready, remark)
    if len(payload) > LONGEST:
        raise ApiError(413, "text_too_long")
    if again := TRY_AGAIN.fullmatch(payload):
        still_trying = {"text": gateway.texts.still_trying, **SLOW}
        return "payload", await write(
            inbox.receive_again, conversation_id, message_id, payload, int(again[1]), still_trying
        )
    return "payload", await write(inbox.receive_payload, conversation_id, message_id, payload)


def _prepare(text: str, hidden: str) -> tuple[str, bool]:
    """Return the message as it may be stored, and whether anything in it had to be hidden."""
    if len(text) > LONGEST:
        raise ApiError(413, "text_too_long")
    said = clean(text)
    if not said:
        raise ApiError(422, "text_empty")
    ready = mask(said, hidden)
    return ready, ready != said


def grant_of(request: Request) -> Grant:
    """Return what the token of a request grants."""
    token = bearer(request)
    if not token:
        raise ApiError(401, "token_missing")
    gateway = gateway_of(request)
    return gateway.tokens.check(token, gateway.origins.of(request))


async def _by_ticket(gateway: Gateway, request: Request, ticket: str) -> Grant:
    grant, mark, until = gateway.tokens.read_ticket(ticket, gateway.origins.of(request))
    if not await gateway.threads.write(gateway.desk.stream_tickets.use, mark, until):
        raise ApiError(401, "ticket_invalid")
    return grant


async def granted(request: Request) -> Grant:
    """Return the grant of a request whose conversation still exists."""
    return await _existing(gateway_of(request), grant_of(request))


async def _renewed(request: Request, origin: str) -> Grant:
    """Return the grant that a request asks to renew, whose conversation still exists."""
    gateway = gateway_of(request)
    return await _existing(gateway, gateway.tokens.check_renewal(bearer(request) or "", origin))


async def _existing(gateway: Gateway, grant: Grant) -> Grant:
    if await gateway.threads.read(gateway.desk.sessions.find, grant.conversation_id) is None:
        raise ApiError(401, "token_invalid")
    return grant


def take(limit: Buckets, key: str, code: str, status: int = 429) -> None:
    """Let a request through, or tell it when to come again."""
    if wait := limit.take(key):
        raise ApiError(status, code, retry_after=wait)


def _number(text: str | None, code: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ApiError(422, code)
    return int(text)


routes = [
    Route("/chat/session", open_session, methods=["POST"]),
    Route("/chat/messages", post_message, methods=["POST"]),
    Route("/chat/history", get_history, methods=["GET"]),
    Route("/chat/ticket", make_ticket, methods=["POST"]),
    Route("/chat/events", get_events, methods=["GET"]),
]

"""Take the bot's messages from Rasa's callback channel."""

from __future__ import annotations

import hmac

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bridge.errors import NotFoundError
from gateway.chat.requests import read_json
from gateway.chat.tracker import bot_event, shows_nothing
from gateway.core import gateway_of
from gateway.errors import ApiError

log = structlog.get_logger(__name__)

ABORT = "frontdesk.abort"
"""In the scope of a connection: cuts it (gateway/protocol.py puts it there)."""


class Cut(Response):
    """Cut the connection instead of answering.

    Rasa answered 500 takes a callback for delivered and saves the turn: the reply would be lost. A connection that
    breaks off makes it give up the turn unsaved, and the message is delivered again.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ABORT]()
        while (await receive())["type"] != "http.disconnect":
            pass


async def callback(request: Request) -> Response:
    """Append one bot message to the log of its conversation."""
    gateway = gateway_of(request)
    offered = request.headers.get("x-frontdesk-secret", "")
    if not hmac.compare_digest(offered.encode(), gateway.settings.internal_secret.encode()):
        raise ApiError(401, "secret_invalid")
    message = await read_json(request, limit=1_000_000)
    conversation_id = message.get("recipient_id")
    if not isinstance(conversation_id, str):
        raise ApiError(400, "bad_request")
    type_, body = bot_event(message, gateway.texts.notice)
    if shows_nothing(body):
        log.warning("a message with nothing to show was dropped", conversation=conversation_id)
        return JSONResponse({})
    claim = gateway.dispatcher.office.answering(conversation_id)
    if claim is None:
        log.warning("an answer may be to a turn that was repeated since", conversation=conversation_id)
        return Cut()
    try:
        with claim:
            seq = await gateway.threads.write(gateway.desk.log.reply, conversation_id, type_, body)
    except NotFoundError:
        log.info("a reply came for a conversation that is gone", conversation=conversation_id)
        return Cut()
    except Exception as error:
        log.error("a reply cannot be stored", conversation=conversation_id, error=type(error).__name__)
        return Cut()
    if seq is not None:
        gateway.hub.wake_beyond(conversation_id, seq)
    return JSONResponse({})


routes = [Route("/internal/rasa/callback", callback, methods=["POST"])]

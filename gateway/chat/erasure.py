"""Let people delete their conversation."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.errors import NotFoundError
from gateway.chat.api import grant_of
from gateway.core import gateway_of
from gateway.errors import ApiError

log = structlog.get_logger(__name__)


async def erase(request: Request) -> Response:
    """Delete the conversation of the token; its token dies with it."""
    gateway = gateway_of(request)
    conversation_id = grant_of(request).conversation_id
    try:
        promised = await gateway.threads.write(gateway.desk.erasures.erase, conversation_id)
    except NotFoundError:
        raise ApiError(401, "token_invalid") from None
    gateway.dispatcher.forget(conversation_id)
    gateway.hub.end(conversation_id)
    log.info("a conversation was deleted", conversation=conversation_id, promised=promised)
    text = gateway.texts.erased["promised" if promised else "done"]
    return JSONResponse({"erased": True, "promised": promised, "message": text})


routes = [Route("/chat/conversation", erase, methods=["DELETE"])]

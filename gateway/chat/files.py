"""Take the files that people send, and give them back to whoever may see them."""

from __future__ import annotations

import asyncio
import re
import uuid
from pathlib import Path
from urllib.parse import quote, unquote

import structlog
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bridge.conversation.files import Kept
from bridge.conversation.scan import scan
from bridge.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from bridge.settings.privacy import Files as Limits
from gateway.chat.api import granted, take
from gateway.core import Gateway, gateway_of
from gateway.errors import ApiError

log = structlog.get_logger(__name__)

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAME = re.compile(r"[!-~]{1,1000}")
"""As encodeURIComponent writes it: a header holds no other letters."""
_DRAINED = 1024 * 1024
_CONFINED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def post_file(request: Request) -> Response:
    """Take one file, whose content is the body."""
    gateway, limits = gateway_of(request), gateway_of(request).settings.deployment.files
    grant = await granted(request)
    if not limits.allowed:
        raise ApiError(403, "files_off")
    upload_id, name = _described(request)
    files, threads = gateway.desk.files, gateway.threads
    if known := await threads.read(files.find, grant.conversation_id, upload_id):
        return _answer(known)
    take(gateway.file_limit, gateway.proxies.client(request), "too_many_files_at_once")
    await _check_room(gateway, grant.conversation_id, limits)
    part = await threads.write(files.begin, grant.conversation_id)
    try:
        await asyncio.wait_for(_receive(request, part, limits.most_bytes), gateway.timing.upload_most)
        named = await threads.read(files.recognise, part, name, limits.types)
        await _scanned(part, gateway)
        receipt = {"text": gateway.texts.files["received"].format(name=named[0])}
        kept = await threads.write(
            files.keep, grant.conversation_id, upload_id, part, named, limits.per_conversation, receipt
        )
    except asyncio.TimeoutError:
        raise ApiError(408, "file_too_slow") from None
    except InvalidError:
        raise ApiError(422, "file_type") from None
    except ConflictError:
        raise ApiError(422, "too_many_files") from None
    except NotFoundError:
        raise ApiError(401, "token_invalid") from None
    except FileNotFoundError:
        await granted(request)  # deleted with its conversation meanwhile: then this refuses the request
        raise
    finally:
        part.unlink(missing_ok=True)
    log.info("file stored", conversation=grant.conversation_id, type=kept.type, size=kept.size)
    gateway.hub.wake(grant.conversation_id)
    return _answer(kept)


async def get_file(request: Request) -> Response:
    """Give a file back to its conversation, as something to save and never as a page."""
    gateway = gateway_of(request)
    grant = await granted(request)
    files = gateway.desk.files
    kept = await gateway.threads.read(files.get, grant.conversation_id, request.path_params["id"])
    path = files.path(grant.conversation_id, request.path_params["id"])
    if kept is None or not path.is_file():
        raise ApiError(404, "file_gone")
    shown = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    return FileResponse(path, media_type=kept.type, headers={**_CONFINED, "Content-Disposition": shown})


def _described(request: Request) -> tuple[str, str]:
    upload_id, name = request.headers.get("x-file-id", ""), request.headers.get("x-file-name", "")
    if not _UUID.fullmatch(upload_id):
        raise ApiError(422, "id_invalid")
    if not _NAME.fullmatch(name):
        raise ApiError(422, "file_name")
    return str(uuid.UUID(upload_id)), unquote(name)


async def _check_room(gateway: Gateway, conversation_id: str, limits: Limits) -> None:
    mine, megabytes = await gateway.threads.read(gateway.desk.files.count, conversation_id)
    if mine >= limits.per_conversation:
        raise ApiError(422, "too_many_files")
    if megabytes + limits.most_mb > limits.total_mb:
        log.error("no room for files", megabytes=megabytes)
        raise ApiError(503, "files_full", retry_after=3600)


async def _receive(request: Request, part: Path, most: int) -> None:
    """Write the body down while it comes; what is too large is not kept, and not read to its end."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most + _DRAINED:
        raise ApiError(413, "file_too_large")
    size = 0
    with part.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            # Read on for a while, so that an honest client gets to see the answer.
            if size > most + _DRAINED:
                break
            if size <= most:
                # Some ten kilobytes for the page cache: a thread for each would take longer.
                file.write(chunk)
    if size > most:
        raise ApiError(413, "file_too_large")
    if not size:
        raise ApiError(422, "file_empty")


async def _scanned(part: Path, gateway: Gateway) -> None:
    try:
        await asyncio.to_thread(scan, part, gateway.settings.deployment.files.scan)
    except InvalidError:
        raise ApiError(422, "file_refused") from None
    except UnavailableError:
        raise ApiError(503, "file_not_checked", retry_after=60) from None


def _answer(kept: Kept) -> Response:
    return JSONResponse({"seq": kept.seq, "file": kept.shown}, status_code=202 if kept.fresh else 200)


routes = [
    Route("/chat/files", post_file, methods=["POST"]),
    Route("/chat/files/{id}", get_file, methods=["GET"]),
]

"""One JSON form for every error: {"error": {"code", "message"}}, where the message tells what to do next."""

from __future__ import annotations

import math

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from gateway.texts import Texts

log = structlog.get_logger(__name__)

_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}


class ApiError(Exception):
    """Carry a refusal to the client.

    Args:
        code: a key of `errors` in the label file.
        retry_after: seconds, rounded up for the header.
    """

    def __init__(self, status: int, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


def handlers(texts: Texts) -> dict[type[Exception], ExceptionHandler]:
    """Return the exception handlers of an application."""

    def answer(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
        content = {"error": {"code": code, "message": texts.errors[code]}}
        return JSONResponse(content, status_code=status, headers=headers)

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        headers = {}
        if error.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
        if error.status == 413:
            # Or the client would send the rest, and the server would read it, to no end.
            headers["Connection"] = "close"
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return answer(error.status, error.code, headers)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        return answer(error.status_code, _BY_STATUS.get(error.status_code, "bad_request"), headers)

    async def gone(_request: Request, _error: Exception) -> Response:
        # Nobody is there to read this; a status of its own would only be noise in the log.
        return Response(status_code=400)

    async def broken(request: Request, error: Exception) -> Response:
        log.error("request failed", path=request.url.path, error=type(error).__name__)
        return answer(500, "internal")

    return {ApiError: refused, HTTPException: http_error, ClientDisconnect: gone, Exception: broken}

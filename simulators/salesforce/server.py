"""The routes of the REST API that a chat assistant uses."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.salesforce import objects
from simulators.salesforce.oauth import Tokens
from simulators.salesforce.records import Org, RefusedError
from simulators.seed import Fields

API = f"/services/data/{objects.VERSION}"
CALLS_A_DAY = 15_000
MOST_SUBREQUESTS = 25
_REFERENCE = re.compile(r"@\{(\w+)\.(\w+)\}")
Handler = Callable[[Request], Awaitable[Response]]
_WORDS = {
    400: "JSON_PARSER_ERROR",
    401: "INVALID_SESSION_ID",
    403: "INSUFFICIENT_ACCESS",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "DUPLICATE_VALUE",
    500: "UNKNOWN_EXCEPTION",
    503: "SERVER_UNAVAILABLE",
}


class Salesforce(Simulator):
    """Answer as an org does at its My Domain host."""

    vendor: ClassVar[str] = "salesforce"
    environment: ClassVar[dict[str, str]] = {
        "SALESFORCE_CLIENT_ID": "sandbox-salesforce-client",
        "SALESFORCE_CLIENT_SECRET": "sandbox-salesforce-secret",
        "SALESFORCE_USERNAME": "frontdesk@northwind.example.test",
    }
    certificate = ""
    """The public key of the app, in PEM, as one uploads it; JWT bearer is refused without it."""

    def first_state(self, shop: Fields) -> Fields:
        """Return the org of the demo."""
        return objects.first(shop, self.clock())

    def routes(self) -> list[BaseRoute]:
        """Return the routes; all but the token endpoint and the list of versions are behind one door."""

        async def tokens(request: Request) -> Response:
            return await self._tokens.give(request, self.clock())

        async def versions(_request: Request) -> Response:
            version = objects.VERSION.removeprefix("v")
            return JSONResponse([{"label": "Summer '26", "url": API, "version": version}])

        return [
            Route("/services/oauth2/token", tokens, methods=["POST"]),
            Route("/services/data", versions),
            Route(f"{API}/composite", self._behind(self._composite), methods=["POST"]),
            Route(f"{API}/{{rest:path}}", self._behind(self._single), methods=["GET", "POST", "PATCH"]),
        ]

    def failure(self, status: int, message: str = "") -> Response:
        """Return Salesforce's error body: a list."""
        code = _WORDS.get(status, "UNKNOWN_EXCEPTION")
        return JSONResponse([{"message": message or "The request was refused", "errorCode": code}], status)

    def busy(self, seconds: float) -> Response:
        """Refuse because the calls of the day are used up; nobody is told for how long."""
        body = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        return JSONResponse(body, 403, {"Sforce-Limit-Info": f"api-usage={CALLS_A_DAY}/{CALLS_A_DAY}"})

    @property
    def _tokens(self) -> Tokens:
        return Tokens(self.state, self.environment, self.certificate)

    def _behind(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            if not self._tokens.known(request):
                return self.failure(401, "Session expired or invalid")
            reply = await handler(request)
            reply.headers["Sforce-Limit-Info"] = f"api-usage={len(self.requests)}/{CALLS_A_DAY}"
            return reply

        return guarded

    async def _single(self, request: Request) -> Response:
        body = await request.body()
        try:
            told = json.loads(body) if body else {}
        except ValueError:
            return self.failure(400, "The HTTP entity body is required to be JSON")
        status, answer = self._do(request.method, str(request.url), told, request.headers)
        return Response(status_code=status) if answer is None else JSONResponse(answer, status)

    async def _composite(self, request: Request) -> Response:
        """Do one request after the other; with allOrNone, all of them or nothing."""
        told = await request.json()
        before, done = json.dumps(self.state), list[Fields]()
        known: Fields = {}
        if len(told["compositeRequest"]) > MOST_SUBREQUESTS:
            return self.failure(400, "Too many subrequests")
        for each in told["compositeRequest"]:
            url, body = (_resolved(each.get(part), known) for part in ("url", "body"))
            headers = Headers(each.get("httpHeaders"))
            status, answer = self._do(each["method"], url, body or {}, headers)
            known[each["referenceId"]] = answer
            name = each["referenceId"]
            done.append({"body": answer, "httpHeaders": {}, "httpStatusCode": status, "referenceId": name})
            if status >= 300 and told.get("allOrNone"):
                self.state.update(json.loads(before))
                return JSONResponse({"compositeResponse": _halted(done, told["compositeRequest"])})
        return JSONResponse({"compositeResponse": done})

    def _do(self, method: str, url: str, told: Fields, headers: Headers) -> tuple[int, Any]:
        saves = "allowSave=true" in headers.get("sforce-duplicate-rule-header", "")
        assigns = headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE"
        parts = urlsplit(url)
        path = [unquote(one) for one in parts.path.removeprefix(API).strip("/").split("/")]
        org = Org(self.state, self.clock())
        try:
            if method == "GET" and path == ["query"]:
                return 200, org.query(parse_qs(parts.query).get("q", [""])[0])
            if method == "POST" and path[0] == "sobjects" and len(path) == 2:
                return 201, org.create(path[1], told, saves=saves, assigns=assigns)
            if method == "PATCH" and path[0] == "sobjects" and len(path) == 3:
                org.update(path[1], path[2], told, assigns=assigns)
                return 204, None
            if method == "GET" and path[0] == "sobjects" and len(path) == 3:
                return 200, org.record(path[1], path[2])
        except RefusedError as refusal:
            return refusal.status, [refusal.told]
        return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def _resolved(value: Any, known: Fields) -> Any:
    """Put what earlier requests of a composite answered where a later one names it."""
    if isinstance(value, dict):
        return {name: _resolved(one, known) for name, one in value.items()}
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: str(known[found[1]][found[2]]), value)
    return value


def _halted(done: list[Fields], asked: list[Fields]) -> list[Fields]:
    """Return the answers of a composite that was undone: only the request that failed says why."""
    code = "PROCESSING_HALTED"
    body = [{"errorCode": code, "message": "The transaction was rolled back since another operation failed."}]
    halted = [
        {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": one["referenceId"]} for one in asked
    ]
    return [*halted[: len(done) - 1], done[-1], *halted[len(done) :]]

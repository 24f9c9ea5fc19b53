"""The routes of the Ticketing API v2 that a chat assistant uses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.seed import Fields
from simulators.zendesk import records
from simulators.zendesk.oauth import Tokens

API = "/api/v2"
STATUSES = {"new", "open", "pending", "hold", "solved"}
PRIORITIES = {"low", "normal", "high", "urgent"}
KEY_LIFE = timedelta(hours=2)
Handler = Callable[[Request], Awaitable[Response]]


class Zendesk(Simulator):
    """Answer as a Zendesk account does."""

    vendor: ClassVar[str] = "zendesk"
    environment: ClassVar[dict[str, str]] = {
        "ZENDESK_CLIENT_ID": "frontdesk_sandbox",
        "ZENDESK_CLIENT_SECRET": "zd_secret_sandbox",
        "ZENDESK_REFRESH_TOKEN": "zd_refresh_sandbox",
        "ZENDESK_EMAIL": "frontdesk@northwind.example.test",
        "ZENDESK_API_TOKEN": "zd_token_sandbox",
        "ZENDESK_WEBHOOK_SECRET": "zd_webhook_sandbox",
    }
    webhook_secret: ClassVar[str] = environment["ZENDESK_WEBHOOK_SECRET"]

    def first_state(self, shop: Fields) -> Fields:
        """Return the tickets of the demo."""
        return records.first(shop)

    def routes(self) -> list[BaseRoute]:
        """Return the routes; all but the token endpoint are behind one door."""
        table: list[tuple[str, str, str, Handler]] = [
            ("GET", "/tickets", "tickets:read", self._tickets),
            ("POST", "/tickets", "tickets:write", self._create),
            ("GET", "/tickets/{id}", "tickets:read", self._ticket),
            ("PUT", "/tickets/{id}", "tickets:write", self._update),
            ("GET", "/tickets/{id}/comments", "tickets:read", self._comments),
            ("GET", "/tickets/{id}/audits", "tickets:read", self._audits),
            ("GET", "/users/me", "users:read", self._me),
            ("GET", "/users/search", "users:read", self._users),
            ("POST", "/users/create_or_update", "users:write", self._upsert),
            ("GET", "/users/{id}/tickets/requested", "tickets:read", self._requested),
            ("GET", "/groups/assignable", "groups:read", self._groups),
        ]

        async def tokens(request: Request) -> Response:
            return await self.tokens.give(request, self.clock())

        routes: list[BaseRoute] = [Route("/oauth/tokens", tokens, methods=["POST"])]
        for method, path, scope, handler in table:
            routes.append(Route(API + path, self._behind(scope, handler), methods=[method]))
        return routes

    @property
    def tokens(self) -> Tokens:
        """Return the tokens of the present state."""
        return Tokens(self.state, self.environment)

    def failure(self, status: int, message: str = "") -> Response:
        """Return Zendesk's error body, whose shape differs from status to status."""
        bodies: dict[int, object] = {
            401: {"error": "Couldn't authenticate you"},
            403: {"error": {"title": "Forbidden", "message": message or "You do not have access to this page."}},
            404: {"error": "RecordNotFound", "description": "Not found"},
            409: {"error": "UpdateConflict", "description": message or "The ticket was changed by somebody else"},
        }
        return JSONResponse(bodies.get(status, {"error": f"Error{status}", "description": message}), status)

    def busy(self, seconds: float) -> Response:
        """Refuse for a while."""
        headers = {"Retry-After": f"{seconds:g}", "x-rate-limit": "700", "x-rate-limit-remaining": "0"}
        return JSONResponse({"error": "APIRateLimitExceeded", "description": "Too many requests"}, 429, headers)

    def signed(self, hook: Fields, topic: str, body: bytes) -> dict[str, str]:
        """Sign the time and the body."""
        at = self.clock().isoformat()
        digest = hmac.digest(hook["secret"].encode(), at.encode() + body, hashlib.sha256)
        return {
            "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": at,
            "X-Zendesk-Webhook-Id": "01SANDBOX",
            "X-Zendesk-Webhook-Invocation-Id": str(uuid.uuid4().int)[:10],
        }

    def change(self, number: str, wanted: Fields) -> bool:
        """Let an agent answer or change a ticket: {"status": "solved", "comment": "...", "public": false}."""
        ticket = self._by_id(int(number)) if number.isdecimal() else None
        if ticket is None or self._wrong(wanted, new=False):
            return False
        before, now = ticket["status"], self.clock()
        ticket["status"] = wanted.get("status", before)
        records.touch(ticket, now)
        if "comment" in wanted:
            agent = records.user_of(self.state, "sam@northwind.example.test", "Sam", "agent")
            said = {"body": wanted["comment"], "public": wanted.get("public", True), "author_id": agent["id"]}
            records.put_comment(self.state, ticket["id"], said, now)
            self._tell("comment_added", ticket)
        self._tell("status_changed" if ticket["status"] != before else "priority_changed", ticket)
        return True

    def _tell(self, what: str, ticket: Fields) -> None:
        """Announce an event about a ticket."""
        told = records.event(ticket, what, self.clock())
        self.announce(told["type"], told)

    def _behind(self, scope: str, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            scopes = self.tokens.scopes(request, self.clock())
            if scopes is None:
                return self.failure(401)
            if not scopes & {scope, scope.partition(":")[2]}:
                return self.failure(403, f"Missing the required scope {scope}")
            return await handler(request)

        return guarded

    async def _tickets(self, request: Request) -> Response:
        wanted = request.query_params.get("external_id")
        found = [one for one in self.state["tickets"] if wanted is None or one["external_id"] == wanted]
        return self._page(request, "tickets", found)

    async def _ticket(self, request: Request) -> Response:
        ticket = self._found(request)
        return self.failure(404) if ticket is None else JSONResponse(self._shown(request, ticket))

    async def _create(self, request: Request) -> Response:
        told = (await request.json()).get("ticket", {})
        key, now = request.headers.get("idempotency-key", ""), self.clock()
        digest = hashlib.sha256(await request.body()).hexdigest()
        known = self.state["keys"].get(key)
        if known and known["until"] > now.isoformat():
            if known["digest"] != digest:
                return JSONResponse({"error": "IdempotentRequestError", "description": "other parameters"}, 400)
            made = self._by_id(known["ticket"])
            return JSONResponse({"ticket": made}, 201, {"x-idempotency-lookup": "hit"})
        if wrong := self._wrong(told, new=True):
            return wrong
        asked = told.get("requester", {})
        requester = records.user_of(self.state, asked["email"], asked.get("name", ""))
        ticket = records.put_ticket(self.state, told, told["comment"]["body"], requester["id"], now)
        if key:
            until = (now + KEY_LIFE).isoformat()
            self.state["keys"][key] = {"digest": digest, "ticket": ticket["id"], "until": until}
        self._tell("created", ticket)
        return JSONResponse({"ticket": ticket}, 201, {"x-idempotency-lookup": "miss"})

    async def _update(self, request: Request) -> Response:
        ticket, told = self._found(request), (await request.json()).get("ticket", {})
        if ticket is None:
            return self.failure(404)
        if ticket["status"] == "closed":
            return self._invalid("status", "Status: closed prevents ticket update")
        if told.get("safe_update") and told.get("updated_stamp") != ticket["updated_at"]:
            return self.failure(409)
        if wrong := self._wrong(told, new=False):
            return wrong
        now, before = self.clock(), ticket["status"]
        for name in ("status", "priority", "group_id", "subject", "custom_fields", "external_id"):
            if name in told:
                ticket[name] = told[name]
        if "tags" in told:
            ticket["tags"] = sorted(set(told["tags"]))
        records.touch(ticket, now)
        metadata = (told.get("metadata") or {}).get("custom")
        if "comment" in told:
            records.put_comment(self.state, ticket["id"], told["comment"], now, metadata)
            self._tell("comment_added", ticket)
        else:
            change = {"id": records.take(self.state), "type": "Change", "field_name": "status"}
            records.put_audit(self.state, ticket["id"], [change], now, metadata)
        if ticket["status"] != before:
            self._tell("status_changed", ticket)
        return JSONResponse({"ticket": ticket, "audit": self.state["audits"][-1]})

    async def _comments(self, request: Request) -> Response:
        ticket = self._found(request)
        if ticket is None:
            return self.failure(404)
        found = [one for one in self.state["comments"] if one["ticket_id"] == ticket["id"]]
        plain = [{name: value for name, value in one.items() if name != "ticket_id"} for one in found]
        people = self._people({one["author_id"] for one in found}) if _includes(request, "users") else {}
        return self._page(request, "comments", plain, people)

    async def _audits(self, request: Request) -> Response:
        ticket = self._found(request)
        if ticket is None:
            return self.failure(404)
        found = [one for one in self.state["audits"] if one["ticket_id"] == ticket["id"]]
        said = {event["author_id"] for one in found for event in one["events"] if "author_id" in event}
        return self._page(request, "audits", found, self._people(said) if _includes(request, "users") else {})

    async def _me(self, _request: Request) -> Response:
        return JSONResponse({"user": self.state["users"][0]})

    async def _users(self, request: Request) -> Response:
        # The search takes words apart: a part of an address finds it as well.
        said = re.fullmatch(r'(?:email:)?"?(.*?)"?', request.query_params.get("query", ""), re.DOTALL)
        part = said[1].lower() if said else ""
        found = [user for user in self.state["users"] if part and part in user["email"].lower()]
        return JSONResponse({"users": found[:100], "count": len(found), "next_page": None, "previous_page": None})

    async def _upsert(self, request: Request) -> Response:
        told = (await request.json()).get("user", {})
        before = len(self.state["users"])
        user = records.user_of(self.state, told.get("email", ""), told.get("name", ""))
        return JSONResponse({"user": user}, 201 if len(self.state["users"]) > before else 200)

    async def _requested(self, request: Request) -> Response:
        found = [one for one in self.state["tickets"] if str(one["requester_id"]) == request.path_params["id"]]
        if request.query_params.get("sort_by") == "created_at":
            found.sort(key=lambda one: str(one["created_at"]), reverse=request.query_params.get("sort_order") == "desc")
        return self._page(request, "tickets", found)

    async def _groups(self, request: Request) -> Response:
        found = [{"id": number, "name": name} for name, number in records.GROUPS.items()]
        return self._page(request, "groups", found)

    def _page(self, request: Request, name: str, found: list[Fields], more: Fields | None = None) -> Response:
        """Return a page: by cursor where one is asked for, else by number."""
        params = request.query_params
        if "page[size]" in params:
            size, begin = min(int(params["page[size]"]), 100), int(params.get("page[after]") or 0)
            rest = begin + size < len(found)
            after = str(begin + size) if rest else None
            link = str(request.url.include_query_params(**{"page[after]": after})) if rest else None
            page = {"meta": {"has_more": rest, "after_cursor": after}, "links": {"next": link, "prev": None}}
        else:
            size, begin = min(int(params.get("per_page") or 100), 100), 0
            begin = (int(params.get("page") or 1) - 1) * size
            page = {"count": len(found), "next_page": None, "previous_page": None}
        return JSONResponse({name: found[begin : begin + size], **(more or {}), **page})

    def _shown(self, request: Request, ticket: Fields) -> Fields:
        shown: Fields = {"ticket": dict(ticket)}
        if _includes(request, "slas"):
            shown["ticket"]["slas"] = records.slas(ticket)
        if _includes(request, "users"):
            shown |= self._people({ticket["requester_id"], ticket["submitter_id"]})
        if _includes(request, "groups"):
            groups = ({"id": number, "name": name} for name, number in records.GROUPS.items())
            shown["groups"] = [group for group in groups if group["id"] == ticket["group_id"]]
        return shown

    def _people(self, ids: set[int]) -> Fields:
        return {"users": [user for user in self.state["users"] if user["id"] in ids]}

    def _found(self, request: Request) -> Fields | None:
        number = request.path_params["id"]
        return self._by_id(int(number)) if number.isdecimal() and len(number) < 20 else None

    def _by_id(self, number: int) -> Fields | None:
        return next((one for one in self.state["tickets"] if one["id"] == number), None)

    def _wrong(self, told: Fields, *, new: bool) -> Response | None:
        email = (told.get("requester") or {}).get("email", "")
        if new and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            return self._invalid("requester", f"Requester: Email: {email} is not properly formatted")
        if new and not (told.get("comment") or {}).get("body"):
            return self._invalid("base", "Description: cannot be blank")
        if told.get("status", "new") not in STATUSES:
            return self._invalid("status", f"Status: {told['status']} is not valid")
        if told.get("priority", "low") not in PRIORITIES:
            return self._invalid("priority", f"Priority: {told['priority']} is not valid")
        if told.get("group_id") not in (None, *records.GROUPS.values()):
            return self._invalid("group", "Group: is invalid")
        return None

    def _invalid(self, field: str, description: str) -> Response:
        details = {field: [{"description": description, "error": "InvalidValue"}]}
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        return JSONResponse(body, 422)


def _includes(request: Request, what: str) -> bool:
    return what in request.query_params.get("include", "").split(",")

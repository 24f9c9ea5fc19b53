"""One shop with one app: tokens that live a day, a bucket of points, and GraphQL that answers 200 to nearly all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from graphql import GraphQLError, OperationDefinitionNode, OperationType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.seed import Fields
from simulators.shopify import records
from simulators.shopify.graph import cost, load_schema, read, resolved, used
from simulators.shopify.mutations import Mutations
from simulators.shopify.queries import Queries

VERSION = "2026-10"
TOKEN_SECONDS = 86_399
MOST_POINTS = 2000.0
POINTS_A_SECOND = 100.0
MOST_FOR_ONE = 1000
VISIBLE = timedelta(days=60)
SCOPES = (
    "read_orders",
    "write_orders",
    "read_products",
    "read_inventory",
    "read_returns",
    "write_returns",
    "read_draft_orders",
    "write_draft_orders",
)
_BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"


class Shopify(Simulator):
    """Answer as a Shopify shop does."""

    vendor: ClassVar[str] = "shopify"
    environment: ClassVar[dict[str, str]] = {
        "SHOPIFY_CLIENT_ID": "sandbox-shopify-client",
        "SHOPIFY_CLIENT_SECRET": "sandbox-shopify-secret",
    }

    client_secret = environment["SHOPIFY_CLIENT_SECRET"]
    webhook_secret: ClassVar[str] = client_secret
    """An app signs its webhooks with the secret that it has anyway."""
    _schema = load_schema()

    def first_state(self, shop: Fields) -> Fields:
        """Return the shop of the demo, with an app that has every scope it needs."""
        products = records.products(shop)
        sold = {
            variant["sku"]: {"title": product["title"], "variant": variant}
            for product in products
            for variant in product["variants"]
        }
        now = self.clock()
        return {
            "shop": {
                "name": shop["shop"]["name"],
                "myshopifyDomain": "northwind-sandbox.myshopify.com",
                "url": "https://northwind-sandbox.myshopify.com",
                "currencyCode": shop["shop"]["currency"],
            },
            "scopes": list(SCOPES),
            "protected_data": True,
            "orders_since": records.stamp(now - VISIBLE),
            "products": products,
            "orders": records.orders(shop, sold),
            "drafts": [],
            "jobs": [],
            "refunds": {},
            "counters": {},
            "tokens": {},
            "points": {"left": MOST_POINTS, "at": now.isoformat()},
        }

    def routes(self) -> list[BaseRoute]:
        """Return the token endpoint and the one that everything else goes through."""
        return [
            Route("/admin/oauth/access_token", self._token, methods=["POST"]),
            Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
        ]

    def failure(self, status: int, message: str = "") -> Response:
        """Return Shopify's short error body."""
        words = {401: _BAD_TOKEN, 402: "Unavailable Shop", 404: "Not Found", 423: "This shop is locked"}
        return JSONResponse({"errors": message or words.get(status, f"error {status}")}, status)

    def busy(self, seconds: float) -> Response:
        """Return a throttled answer whose bucket needs that many seconds."""
        return self._throttled(MOST_FOR_ONE, MOST_FOR_ONE - seconds * POINTS_A_SECOND)

    def errors(self) -> Response:
        """Return the error of an API that broke: of GraphQL, with status 200."""
        code = {"code": "INTERNAL_SERVER_ERROR", "requestId": str(uuid.uuid4())}
        return JSONResponse(
            {"errors": [{"message": "Internal error. Looks like something went wrong.", "extensions": code}]}
        )

    def signed(self, hook: Fields, topic: str, body: bytes) -> dict[str, str]:
        """Return Shopify's headers; the signature covers the body only."""
        digest = hmac.new(hook["secret"].encode(), body, hashlib.sha256).digest()
        now = self.clock().isoformat()
        return {
            "X-Shopify-Topic": topic.lower().replace("_", "/", 1),
            "X-Shopify-Hmac-SHA256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": self.state["shop"]["myshopifyDomain"],
            "X-Shopify-API-Version": VERSION,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": str(uuid.uuid4()),
            "X-Shopify-Triggered-At": now,
        }

    def change(self, number: str, wanted: Fields) -> bool:
        """Bring an order to another status of the demo: {"status": "shipped"}."""
        order = next((one for one in self.state["orders"] if one["name"] == f"#{number}"), None)
        if order is None or not records.bring(order, str(wanted.get("status")), self.clock()):
            return False
        # A shop tells of one change more than once, under several topics and in no order that could be relied on.
        Mutations(self, Queries(self.state, self._allow), self._allow).announce(order, *records.topics(order))
        return True

    async def _token(self, request: Request) -> Response:
        given = await request.json()
        known = (self.environment["SHOPIFY_CLIENT_ID"], self.client_secret)
        if given.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if (given.get("client_id"), given.get("client_secret")) != known:
            return JSONResponse({"error": "invalid_client", "error_description": "unknown app"}, 400)
        token = f"shpat_{secrets.token_hex(16)}"
        ends = self.clock() + timedelta(seconds=TOKEN_SECONDS)
        self.state["tokens"][token] = ends.isoformat()
        scope = ",".join(self.state["scopes"])
        return JSONResponse({"access_token": token, "scope": scope, "expires_in": TOKEN_SECONDS})

    async def _graphql(self, request: Request) -> Response:
        ends = self.state["tokens"].get(request.headers.get("X-Shopify-Access-Token", ""))
        if ends is None or datetime.fromisoformat(ends) <= self.clock():
            return self.failure(401)
        try:
            asked = await request.json()
            query, variables = asked["query"], asked.get("variables") or {}
        except (ValueError, KeyError, TypeError):
            return self.failure(400, "Bad Request")
        response = self._answered(query, variables)
        response.headers["X-Shopify-API-Version"] = VERSION
        response.headers["X-Request-Id"] = str(uuid.uuid4())
        return response

    def _answered(self, query: str, variables: Fields) -> Response:
        document, problems = read(self._schema, query)
        if document is None:
            return JSONResponse({"errors": [_told(problem) for problem in problems]})
        requested = cost(document, variables)
        if requested > MOST_FOR_ONE:
            error = {"message": f"Query cost is {requested}", "extensions": {"code": "MAX_COST_EXCEEDED"}}
            return JSONResponse({"errors": [error], "extensions": self._cost(requested, None)})
        self._refill()
        if requested > self.state["points"]["left"]:
            return self._throttled(requested, self.state["points"]["left"])
        queries = Queries(self.state, self._allow)
        mutations = Mutations(self, queries, self._allow)
        mutations.work_off()
        result = resolved(self._schema, document, mutations if _changes(document) else queries, variables)
        spent = min(requested, used(result.data))
        self.state["points"]["left"] -= spent
        body: Fields = {"data": result.data, "extensions": self._cost(requested, spent)}
        if result.errors:
            body["errors"] = [_told(error) for error in result.errors]
        return JSONResponse(json.loads(json.dumps(body)))

    def _allow(self, scope: str) -> None:
        if scope not in self.state["scopes"]:
            message = f"Access denied for this field. Required access: `{scope}` access scope."
            raise GraphQLError(message, extensions={"code": "ACCESS_DENIED", "requiredAccess": scope})

    def _refill(self) -> None:
        points, now = self.state["points"], self.clock()
        passed = max(0.0, (now - datetime.fromisoformat(points["at"])).total_seconds())
        self.state["points"] = {
            "left": min(MOST_POINTS, points["left"] + passed * POINTS_A_SECOND),
            "at": now.isoformat(),
        }

    def _throttled(self, requested: int, left: float) -> Response:
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
        return JSONResponse({"errors": [error], "extensions": self._cost(requested, None, left)})

    def _cost(self, requested: int, actual: int | None, left: float | None = None) -> Fields:
        available = self.state["points"]["left"] if left is None else left
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": {
                    "maximumAvailable": MOST_POINTS,
                    "currentlyAvailable": int(available),
                    "restoreRate": POINTS_A_SECOND,
                },
            }
        }


def _changes(document: Any) -> bool:
    return any(
        isinstance(one, OperationDefinitionNode) and one.operation is OperationType.MUTATION
        for one in document.definitions
    )


def _told(error: GraphQLError) -> Fields:
    return dict(error.formatted)

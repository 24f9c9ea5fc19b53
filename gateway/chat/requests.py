"""Read what clients send: the body, the Bearer, the address."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from gateway.errors import ApiError

BODY_LIMIT = 64 * 1024
_DRAIN_LIMIT = 1024 * 1024


async def read_json(request: Request, limit: int = BODY_LIMIT) -> dict[str, Any]:
    """Return the body as a JSON object; no body at all is an empty one.

    Raises:
        ApiError: it is too large (413) or not a JSON object in UTF-8 (400).
    """
    body = await read_body(request, limit)
    if not body:
        return {}
    try:
        content = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ApiError(400, "malformed_json") from None
    if not isinstance(content, dict):
        raise ApiError(400, "malformed_json")
    return content


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body as it came.

    Raises:
        ApiError: it is too large (413).
    """
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit + _DRAIN_LIMIT:
            break
        if size <= limit:
            body += chunk
    if size > limit:
        # Read on for a while, so that an honest client gets to see the answer.
        raise ApiError(413, "body_too_large")
    return bytes(body)


def bearer(request: Request) -> str | None:
    """Return the Bearer token of a request, or None if it has no Authorization header."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class Proxies:
    """Know which peers may speak for their clients."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(each, strict=False) for each in trusted]

    def client(self, request: Request) -> str:
        """Return the address of the client: the nearest one in the chain that is not a trusted proxy."""
        peer = request.client.host if request.client else ""
        chain = [peer]
        for header in reversed(request.headers.getlist("x-forwarded-for")):
            chain += [each.strip() for each in reversed(header.split(","))]
        for address in chain[:-1]:
            if not self._trusts(address):
                return _limited(address)
        return _limited(chain[-1]) if _parse(chain[-1]) or len(chain) == 1 else _limited(peer)

    def _trusts(self, address: str) -> bool:
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _limited(address: str) -> str:
    """Reduce an IPv6 address to its network: one household has 2**64 of them."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address

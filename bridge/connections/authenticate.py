"""Make the authentication of a connection from what the manifest wants and what the deployment has."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta

from requests.auth import AuthBase

from bridge.connections.manifest import OAUTH, Way
from bridge.errors import SettingsError
from bridge.storage.types import Clock
from bridge.transport.address import Address
from bridge.transport.auth import Auth, Fixed, Header, basic, oauth1
from bridge.transport.oauth import Client, ClientCredentials, Code, Endpoint, Grant, JwtBearer, OAuth2, Refresh
from bridge.transport.vault import Vault
from bridge.transport.wire import Limits, Wire

TOKEN_SECONDS = 10.0
"""Less than the lease in the vault. Nobody's deadline ends it earlier: a refresh token that is used up must arrive."""

Secrets = Mapping[str, Sequence[str]]
"""By our names; two of one while they are being replaced."""


def authentication(
    vendor: str, way: Way, secrets: Secrets, fields: Mapping[str, str], scope: str, tokens: tuple[Wire, Vault, Clock]
) -> Auth:
    """Return what signs the requests of a connection.

    Args:
        tokens: what the ways with tokens need: the wire to their endpoint, where they are kept, the clock.
    """
    if way.kind not in OAUTH:
        return Fixed([_fixed(way, dict(zip(secrets, values, strict=True))) for values in _pairs(secrets)])
    wire, vault, now = tokens
    life = None if way.token_seconds is None else timedelta(seconds=way.token_seconds)
    path = "" if "://" in way.token_path else way.token_path.format_map(fields)
    endpoint = Endpoint(path, way.style, way.header, way.prefix, life)
    client = Client(secrets["client_id"][0], secrets.get("client_secret", ()))
    return OAuth2(vendor, wire, endpoint, client, _grant(way, secrets, fields, scope), vault, now)


def token_wire(way: Way, base: Address, fields: Mapping[str, str], proxy: str | None, ca_bundle: str | None) -> Wire:
    """Return the wire to the token endpoint of a connection, which may be at another host that the manifest names."""
    address = Address(way.token_path.format_map(fields)) if "://" in way.token_path else base
    return Wire(address, limits=Limits(read_seconds=TOKEN_SECONDS), proxy=proxy, ca_bundle=ca_bundle)


def _pairs(secrets: Secrets) -> list[tuple[str, ...]]:
    """Return each live key with what belongs to it: what there is one of belongs to both."""
    most = max(len(values) for values in secrets.values())
    each = [list(itertools.islice(itertools.cycle(values), most)) for values in secrets.values()]
    return list(zip(*each, strict=True))


def _fixed(way: Way, secret: Mapping[str, str]) -> AuthBase:
    try:
        if way.kind == "basic":
            return basic(secret["user"] + way.user_suffix, secret["password"])
        if way.kind == "oauth1":
            return oauth1(secret["key"], secret["secret"])
        return Header(secret["key"], way.header, way.prefix)
    except UnicodeError:
        raise SettingsError("a secret holds letters that cannot be sent") from None


def _grant(way: Way, secrets: Secrets, fields: Mapping[str, str], scope: str) -> Grant:
    if way.kind == "client_credentials":
        return ClientCredentials(scope if way.asks_scopes else "")
    if way.kind == "refresh_token":
        return Refresh(secrets["refresh_token"][0])
    if way.kind == "authorization_code":
        return Code(secrets["code"][0], secrets["redirect_uri"][0])
    return JwtBearer(secrets["client_id"][0], secrets["user"][0], fields["audience"], secrets["private_key"][0])

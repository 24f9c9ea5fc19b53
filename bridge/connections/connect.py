"""Make the connection of each system that the deployment names: checked whole before the first request."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from bridge.connections.authenticate import authentication, token_wire
from bridge.connections.manifest import ADAPTERS, Hook, Manifest, Way, manifest_of
from bridge.connections.mapping import Words, words_of
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.settings.connections import Reached
from bridge.settings.marked import did_you_mean
from bridge.storage.types import Clock
from bridge.transport import Session
from bridge.transport.address import Address
from bridge.transport.auth import Auth
from bridge.transport.oauth import OAuth2
from bridge.transport.vault import Vault
from bridge.transport.wire import Limits, TimeLeft, Wire

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, repr=False)
class Connection:
    """Hold what the adapters of one system share."""

    system: str
    manifest: Manifest
    session: Session
    words: Mapping[str, Words]
    """By domain."""
    fields: Mapping[str, str]
    base_url: str
    way: Way
    way_name: str
    scopes: tuple[str, ...]
    """The least that the configured domains need."""
    auth: Auth

    def __repr__(self) -> str:
        return f"Connection({self.system})"

    def capabilities(self, domain: str) -> frozenset[str]:
        """Return the operations that the manifest names."""
        return frozenset(self.manifest.domains[domain].operations)

    def granted(self) -> frozenset[str]:
        """Return the scopes that the vendor says we have; empty where it does not tell."""
        return self.auth.granted() if isinstance(self.auth, OAuth2) else frozenset()


class Connections:
    """Make connections, one for each system.

    Args:
        time_left: tells what is left of the time of the call in hand.
    """

    def __init__(self, settings: Settings, engine: sa.engine.Engine, time_left: TimeLeft, now: Clock) -> None:
        self._settings = settings
        self._time_left = time_left
        self._now = now
        self._vault = Vault(engine, settings.token_secrets or (settings.secret,), now)
        self._made: dict[str, Connection] = {}

    def to(self, system: str) -> Connection:
        """Return the connection to a system.

        Raises:
            SettingsError: it cannot be made of what the deployment says; one line for each reason.
        """
        if system not in self._made:
            self._made[system] = self._make(system)
        return self._made[system]

    def made(self) -> list[Connection]:
        """Return the connections that there are."""
        return list(self._made.values())

    def close(self) -> None:
        """Close them all."""
        for connection in self._made.values():
            connection.session.close()

    def _make(self, system: str) -> Connection:
        manifest, reached = manifest_of(system), self._settings.connections.get(system)
        if reached is None:
            where = self._settings.where("connections")
            raise SettingsError(f"{where}: {system} needs an entry: base_url and secrets, such as {manifest.example}")
        place = _Place(self._settings, system)
        fields = _fields(manifest, reached, place)
        base, api = _addresses(manifest, reached, fields, place)
        way_name, way = _way(manifest, reached, base, place)
        secrets = _secrets(way, manifest.webhook, reached, place)
        scopes = manifest.scopes(self._domains(system) & set(manifest.domains))
        tokens = token_wire(way, base, fields, reached.proxy, reached.ca_bundle)
        auth = authentication(system, way, secrets, fields, " ".join(scopes), (tokens, self._vault, self._now))
        words = words_of(ADAPTERS / system, reached.mapping, lambda *at: place.at("mapping", *at))
        wire = Wire(api, self._time_left, limits=self._limits(system), proxy=reached.proxy, ca_bundle=reached.ca_bundle)
        vendor = importlib.import_module(f"bridge.adapters.{system}.client").VENDOR
        if way.legacy:
            _log.warning("auth_is_legacy", system=system, auth=way_name, why=way.legacy)
        session = Session(vendor, wire, auth, self._now)
        every = {domain: words.get(domain, Words({})) for domain in manifest.domains}
        return Connection(system, manifest, session, every, fields, base.base, way, way_name, scopes, auth)

    def _domains(self, system: str) -> set[str]:
        return {domain for domain, name in self._settings.deployment.systems.dict().items() if name == system}

    def _limits(self, system: str) -> Limits:
        policy = self._settings.deployment.resilience.of(system)
        return Limits(connect_seconds=policy.connect_seconds, read_seconds=policy.deadline_seconds)


class _Place:
    """Name places of one connection in the deployment."""

    def __init__(self, settings: Settings, system: str) -> None:
        self._settings = settings
        self._system = system

    def at(self, *field: str) -> str:
        return self._settings.where("connections", self._system, *field)


def _fields(manifest: Manifest, reached: Reached, place: _Place) -> dict[str, str]:
    for name in reached.fields:
        if name not in manifest.fields:
            known = did_you_mean(name, list(manifest.fields))
            raise SettingsError(f"{place.at('fields', name)}: is no field of this adapter{known}")
    return {**manifest.fields, **reached.fields}


def _addresses(
    manifest: Manifest, reached: Reached, fields: Mapping[str, Any], place: _Place
) -> tuple[Address, Address]:
    try:
        base = Address(reached.base_url, insecure=reached.insecure)
        return base, Address(f"{base.base}/{manifest.path.format_map(fields)}", insecure=reached.insecure)
    except SettingsError as error:
        raise SettingsError(f"{place.at('base_url')}: {error}; an example: {manifest.example}") from None


def _way(manifest: Manifest, reached: Reached, base: Address, place: _Place) -> tuple[str, Way]:
    scheme = base.origin.partition(":")[0]
    if reached.auth is None:
        fitting = (item for item in manifest.auth.items() if item[1].only in (None, scheme))
        if (found := next(fitting, None)) is None:
            raise SettingsError(f"{place.at('base_url')}: there is no way to authenticate over {scheme}")
        return found
    if reached.auth not in manifest.auth:
        known = did_you_mean(reached.auth, list(manifest.auth))
        raise SettingsError(f"{place.at('auth')}: {reached.auth!r} is no way to authenticate there{known}")
    return reached.auth, manifest.auth[reached.auth]


def _secrets(way: Way, hook: Hook | None, reached: Reached, place: _Place) -> dict[str, tuple[str, ...]]:
    """Return the secrets by our names for them; that of the webhook is no part of any way to authenticate."""
    wanted = way.secrets
    known = [*wanted.values(), *([hook.secret] if hook else [])]
    problems = [
        f"{place.at('secrets', name)}: is no secret of {way.kind}{did_you_mean(name, known)}"
        for name in reached.secrets
        if name not in known
    ]
    missing = [theirs for theirs in wanted.values() if theirs not in reached.secrets]
    problems += [f"{place.at('secrets')}: {theirs} is missing; {way.about}" for theirs in missing]
    problems += [f"{place.at('secrets', name)}: is empty" for name, values in reached.secrets.items() if "" in values]
    if problems:
        raise SettingsError("\n".join(problems))
    return {ours: reached.secrets[theirs] for ours, theirs in wanted.items()}

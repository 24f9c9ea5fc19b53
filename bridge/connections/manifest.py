"""What an adapter says of itself: manifest.yml, from which the checks, the scopes and the support matrix are made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, root_validator, validator

from bridge.settings.marked import checked, read
from bridge.settings.part import Part

ADAPTERS = Path(__file__).parents[1] / "adapters"

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "api_key": ("key",),
    "basic": ("user", "password"),
    "oauth1": ("key", "secret"),
    "client_credentials": ("client_id", "client_secret"),
    "refresh_token": ("client_id", "client_secret", "refresh_token"),
    "authorization_code": ("client_id", "client_secret", "code", "redirect_uri"),
    "jwt_bearer": ("client_id", "user", "private_key"),
}
"""Which secrets a kind of authentication takes, by our names for them."""

OAUTH = ("client_credentials", "refresh_token", "authorization_code", "jwt_bearer")


class Way(Part):
    """Say one way to authenticate."""

    kind: Literal[
        "api_key",
        "basic",
        "oauth1",
        "client_credentials",
        "refresh_token",
        "authorization_code",
        "jwt_bearer",
    ]
    about: str
    """What to click to get the secrets, in a sentence."""
    names: dict[str, str] = Field(default={})
    """The vendor's names for the secrets, where they differ from ours: ours to theirs."""
    only: Literal["http", "https"] | None = None
    """For addresses of this scheme."""
    legacy: str = ""
    """Why and until when; told at the start and by the check."""
    header: str = "Authorization"
    prefix: str = "Bearer "
    user_suffix: str = ""
    """What Basic sends behind the user's name."""
    token_path: str = ""
    """Where tokens are got: under the base URL, or a whole address."""
    style: Literal["form", "json", "basic"] = "form"
    asks_scopes: bool = False
    """The token endpoint is asked for the scopes of the operations."""
    token_seconds: int | None = None
    """How long a token works, where the vendor does not say."""

    @property
    def secrets(self) -> dict[str, str]:
        """Return the names of the secrets in a deployment, by our names for them."""
        return {ours: self.names.get(ours, ours) for ours in ARGUMENTS[self.kind]}

    @root_validator(skip_on_failure=True)
    def _is_whole(cls, values: dict[str, Any]) -> dict[str, Any]:
        if (values["kind"] in OAUTH) != bool(values["token_path"]):
            raise ValueError(f"{values['kind']} {'needs' if values['kind'] in OAUTH else 'has no'} token_path")
        if strange := set(values["names"]) - set(ARGUMENTS[values["kind"]]):
            raise ValueError(f"{values['kind']} takes no {strange.pop()!r}")
        return values


class Domain(Part):
    """Say what an adapter can do in one domain."""

    operations: dict[str, tuple[str, ...]]
    """What it can do, with the scopes that each needs at the vendor."""
    notes: dict[str, str] = Field(default={})
    """Why an operation is missing or unlike others, for the support matrix."""


class Hook(Part):
    """Say how the vendor tells us by itself that something has changed (webhook.py)."""

    about: str
    """What to click, in a sentence."""
    secret: str = "webhook_secret"  # its name among the secrets of a deployment
    """With it the vendor signs; without it in the deployment nothing is heard."""


class Manifest(Part):
    """Hold one manifest.yml."""

    title: str
    api: str
    """Name and version of the API."""
    documentation: str
    path: str
    """Of the API under the base URL; {names} are fields."""
    example: str
    """A base URL."""
    domains: dict[str, Domain]
    auth: dict[str, Way]
    """In order of preference."""
    fields: dict[str, str] = Field(default={})
    """What a deployment may change, with its default."""
    webhook: Hook | None = None

    @validator("auth")
    def _has_a_way(cls, value: dict[str, Way]) -> dict[str, Way]:
        if not value:
            raise ValueError("needs at least one way to authenticate")
        return value

    @validator("path")
    def _is_relative(cls, value: str) -> str:
        return value.strip("/")

    def scopes(self, domains: set[str]) -> tuple[str, ...]:
        """Return the least that the operations of these domains need."""
        needed = (
            scope for name in sorted(domains) for scopes in self.domains[name].operations.values() for scope in scopes
        )
        return tuple(dict.fromkeys(needed))


@cache
def manifest_of(vendor: str) -> Manifest:
    """Return the manifest of an adapter.

    Raises:
        SettingsError: it has none, or one with mistakes; says on which lines.
    """
    return checked(Manifest, read(ADAPTERS / vendor / "manifest.yml"))


def vendors() -> list[str]:
    """Return the names of all adapters with a manifest."""
    return sorted(path.parent.name for path in ADAPTERS.glob("*/manifest.yml"))

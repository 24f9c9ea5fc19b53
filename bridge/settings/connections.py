"""Say how the systems are reached: where, with which secrets, and in what their words differ from an adapter's own."""

from __future__ import annotations

from typing import Any

from pydantic import Field, validator

from bridge.settings.part import Part, Reference


class Connection(Part):
    """Say how one system is reached; what it needs is in the manifest.yml of its adapter."""

    base_url: str | Reference
    """Where the system is, such as https://acme.zendesk.com; the path of its API is in the manifest."""
    auth: str | None = None
    """Which of the ways in the manifest; without it, the first that fits the address."""
    secrets: dict[str, tuple[Reference, ...]] = Field(default={})
    """By their names in the manifest; two of one kind while they are being replaced, the one to try first at first."""
    fields: dict[str, str] = Field(default={})
    """What differs from the manifest's fields, such as the version of the API."""
    mapping: dict[str, dict[str, dict[str, Any]]] = Field(default={})
    """What differs from the adapter's mapping.yml: domain, section, word."""
    proxy: Reference | None = None
    """Where the address of a proxy is kept; without it, HTTPS_PROXY and NO_PROXY count."""
    ca_bundle: str | None = None
    """A file of certificates to trust instead of the usual ones."""
    insecure: bool = False
    """Take plain http elsewhere than on this machine: tests, and shops inside a network of one's own."""

    @validator("secrets", pre=True, each_item=False)
    def _are_no_literals(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value  # refused by what comes next, in its own words
        several = {name: one if isinstance(one, list) else [one] for name, one in value.items()}
        for name, ones in several.items():
            if not 1 <= len(ones) <= 2 or any(not isinstance(one, dict) for one in ones):
                known = "{env: NAME} or {file: PATH}, or a list of two"
                raise ValueError(f"{name} must be {known}, and never the secret itself")
        return several


class Reached(Part):
    """Hold a connection with its references followed; no message may show it."""

    base_url: str
    auth: str | None
    secrets: dict[str, tuple[str, ...]]
    fields: dict[str, str]
    mapping: dict[str, dict[str, dict[str, Any]]]
    proxy: str | None
    ca_bundle: str | None
    insecure: bool

    def __repr_args__(self) -> list[tuple[str, object]]:
        return [("auth", self.auth)]

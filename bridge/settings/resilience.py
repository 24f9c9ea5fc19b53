"""Say how backend calls are guarded."""

from __future__ import annotations

from typing import Any

from pydantic import Field, PositiveInt, validator

from bridge.settings.part import Part


class CachePolicy(Part):
    """Say how long the answers of one operation are kept."""

    fresh_seconds: float = Field(default=0, ge=0, le=86_400)
    """Given without asking the system."""
    stale_hours: float = Field(default=24, ge=0, le=168)
    """Given, with their age, when the system is down."""


class SystemPolicy(Part):
    """Say how the calls of one system are guarded."""

    deadline_seconds: float = Field(default=15, gt=0, le=60)
    """The longest one call may take with all its attempts; a person's own 15 s may leave it less."""
    connect_seconds: float = Field(default=3, gt=0, le=60)
    tries: int = Field(default=3, ge=1, le=10)
    bulkhead: int = Field(default=48, ge=1, le=1000)
    """Calls at once, all domains of the system together."""
    breaker_failures: int = Field(default=5, ge=1, le=1000)
    """In a row, of one operation."""
    breaker_reset_seconds: float = Field(default=30, gt=0, le=3600)
    cache: dict[str, CachePolicy] = Field(
        default={
            name: CachePolicy()
            for name in ("find_order", "list_orders", "find_ticket", "list_tickets", "search_products")
        }
    )
    """By read; one that is not named is not kept."""


class Resilience(Part):
    """Say how backend calls are guarded and how long their audit is kept."""

    defaults: SystemPolicy = SystemPolicy()
    systems: dict[str, SystemPolicy] = Field(default={})
    """By registry name, only what differs from `defaults`."""
    cache_entries: int = Field(default=2000, ge=1, le=1_000_000)
    audit_days: PositiveInt = 365

    @validator("systems", pre=True)
    def _differs_from_defaults(cls, given: Any, values: dict[str, Any]) -> Any:
        defaults = values.get("defaults")
        if defaults is None or not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
            return given  # refused by what comes next, in its own words
        return {name: _merged(defaults.dict(), differing) for name, differing in given.items()}

    def of(self, system: str) -> SystemPolicy:
        """Return the policy of a system."""
        return self.systems.get(system, self.defaults)


def _merged(defaults: dict[str, Any], differing: dict[str, Any]) -> dict[str, Any]:
    cache = differing.get("cache")
    if isinstance(cache, dict):
        differing = {**differing, "cache": {**defaults["cache"], **cache}}
    return {**defaults, **differing}

"""Read from the ports which operations there are, and of which kind: a new one is guarded without a word here."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import bridge.ports

READ_BACK = {"create_ticket": "find_ticket_by_key"}
"""Which read finds by its key what a write made; a write that is not here has an outcome that stays unknown."""


@dataclass(frozen=True)
class Operation:
    """Hold one operation of a port."""

    name: str
    kind: Literal["read", "write"]
    signature: inspect.Signature
    doc: str


@cache
def operations_of(domain: str) -> Mapping[str, Operation]:
    """Return the operations of a domain's port by name: class `Crm` of `bridge.ports.crm`."""
    port = getattr(importlib.import_module(f"bridge.ports.{domain}"), domain.capitalize())
    found = {}
    for name, member in vars(port).items():
        if name.startswith("_") or not inspect.isfunction(member):
            continue
        kind = getattr(member, "kind", None)
        if kind not in ("read", "write"):
            raise TypeError(f"{port.__name__}.{name} is marked neither as read nor as write")
        if kind == "write" and "key" not in inspect.signature(member).parameters:
            raise TypeError(f"{port.__name__}.{name} is a write without an idempotency key")
        found[name] = Operation(name, kind, inspect.signature(member), member.__doc__ or "")
    return found


@cache
def known_reads() -> frozenset[str]:
    """Return the names of all reads of all ports."""
    domains = [module.name for module in pkgutil.iter_modules(bridge.ports.__path__) if module.name[0] != "_"]
    return frozenset(
        operation.name for domain in domains for operation in operations_of(domain).values() if operation.kind == "read"
    )

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


@dataclass(frozen=True)
class Operation:
    """Hold one operation of a port."""

    name: str
    kind: Literal["read", "write"]
    signature: inspect.Signature
    doc: str
    read_back: str = ""
    """Of a write: which read of the same port finds by its key what it made."""


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
        back = getattr(member, "read_back", "")
        found[name] = Operation(name, kind, inspect.signature(member), member.__doc__ or "", back)
    for operation in found.values():
        _check_read_back(port, operation, found)
    return found


def _check_read_back(port: type, operation: Operation, found: Mapping[str, Operation]) -> None:
    if operation.kind == "read":
        return
    reading = found.get(operation.read_back)
    if reading is None or reading.kind != "read":
        raise TypeError(f"{port.__name__}.{operation.name} is read back by {operation.read_back!r}, which is no read")
    if strange := set(reading.signature.parameters) - set(operation.signature.parameters):
        raise TypeError(f"{port.__name__}.{reading.name} needs {strange.pop()!r}, which {operation.name} does not have")


@cache
def known_reads() -> frozenset[str]:
    """Return the names of all reads of all ports."""
    domains = [module.name for module in pkgutil.iter_modules(bridge.ports.__path__) if module.name[0] != "_"]
    return frozenset(
        operation.name for domain in domains for operation in operations_of(domain).values() if operation.kind == "read"
    )

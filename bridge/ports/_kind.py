"""Mark port operations as reads or writes; the guard retries and caches by this mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Operation = TypeVar("Operation", bound=Callable[..., object])


def read(operation: Operation) -> Operation:
    """Mark an operation that changes nothing, so that it may be repeated and cached."""
    operation.kind = "read"  # type: ignore[attr-defined]  # a mark on a plain function
    return operation


def write(read_back: str) -> Callable[[Operation], Operation]:
    """Mark an operation that changes something, so that it is never repeated without its key.

    Args:
        read_back: the read of this port that finds by its key what the write made, or None; asked with arguments of
            that write.
    """

    def mark(operation: Operation) -> Operation:
        operation.kind, operation.read_back = "write", read_back  # type: ignore[attr-defined]  # as above
        return operation

    return mark


def operations(port: type) -> frozenset[str]:
    """Return the names of a port's operations, which are what `read` and `write` mark."""
    return frozenset(name for name, member in vars(port).items() if hasattr(member, "kind"))

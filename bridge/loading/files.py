"""Find what a directory holds for loading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge.loading import values
from bridge.loading.reading import Csv, Entry, JsonLines, UnreadableError
from bridge.loading.rows import CustomerRow, OrderRow, ProductRow, Row, TicketRow

ROWS: dict[str, type[Row]] = {
    "customers": CustomerRow,
    "products": ProductRow,
    "orders": OrderRow,
    "tickets": TicketRow,
}
"""The row of each kind, in the order of loading: orders need their customers."""


@dataclass(frozen=True)
class Side:
    """Say which CSV file holds a list of the rows of another one, and by which column they belong together."""

    name: str
    field: str
    key: str


SIDES: dict[str, tuple[Side, ...]] = {
    "customers": (
        Side("addresses.csv", "addresses", "email"),
        Side("payment_methods.csv", "payment_methods", "email"),
    ),
    "products": (Side("variants.csv", "variants", "product"),),
    "orders": (
        Side("order_items.csv", "items", "order"),
        Side("payments.csv", "payments", "order"),
        Side("fulfilments.csv", "fulfilments", "order"),
    ),
    "tickets": (Side("ticket_comments.csv", "comments", "ticket"),),
}


class Source(Protocol):
    """Give the rows of one kind; `position` grows to `size`."""

    name: str
    size: int
    position: int
    flat: bool
    """Whether nested fields are named "address_city" (CSV) or "address.city"."""

    def entries(self) -> Iterator[Entry]:
        """Yield the rows, one at a time."""


@dataclass(frozen=True)
class Batch:
    """Hold the source of one kind and, for CSV, those of its lists."""

    kind: str
    source: Source
    sides: tuple[tuple[Side, Source], ...] = ()


def find(directory: Path) -> list[Batch]:
    """Return what a directory holds, in the order of loading.

    Raises:
        UnreadableError: there is nothing to load, or a file that would silently be left out.
    """
    if not directory.is_dir():
        raise UnreadableError(f"there is no directory {directory}; give the one that holds your files")
    present = {
        path.name: path
        for path in sorted(directory.iterdir())
        if path.suffix.casefold() in {".csv", ".jsonl"} and not path.name.startswith((".", "~"))
    }
    sides = {side.name for group in SIDES.values() for side in group}
    known = [f"{kind}.{ending}" for kind in ROWS for ending in ("jsonl", "csv")] + sorted(sides)
    for name in present:
        if name not in known:
            near = values.did_you_mean(name, known)
            raise UnreadableError(f"{directory / name}: no file has this name here{near}; known: {', '.join(known)}")
    if not present:
        raise UnreadableError(
            f"{directory}: holds none of {', '.join(known)}; examples/shop is a directory to copy, "
            "and docs/reference/data-format.md describes every column"
        )
    return [batch for kind in ROWS if (batch := _batch(kind, present)) is not None]


def _batch(kind: str, present: dict[str, Path]) -> Batch | None:
    rows, table = present.get(f"{kind}.jsonl"), present.get(f"{kind}.csv")
    if rows and table:
        raise UnreadableError(f"{rows} and {table.name}: both hold {kind}; keep one of them")
    sides = [side for side in SIDES[kind] if side.name in present]
    if sides and not table:
        raise UnreadableError(f"{present[sides[0].name]}: belongs to {kind}.csv, which is not there")
    if rows:
        return Batch(kind, JsonLines(rows))
    if not table:
        return None
    row = ROWS[kind]
    return Batch(
        kind,
        Csv(table, row, lists=[side.field for side in SIDES[kind]]),
        tuple((side, Csv(present[side.name], row.__fields__[side.field].type_, side.key)) for side in sides),
    )

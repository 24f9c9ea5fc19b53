"""What loading has to say: bad rows by file, line and field; warnings; counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.loading.store import Counts

SHOWN = 20
_UNFIT = re.compile(r"[^\w.:-]+")


@dataclass
class Listing:
    """Count everything, keep the first few."""

    total: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.total += 1
        if len(self.shown) < SHOWN:
            self.shown.append(line)


@dataclass
class Report:
    """Hold what became of the files; with problems, nothing was changed."""

    counts: dict[str, Counts] = field(default_factory=dict)
    problems: Listing = field(default_factory=Listing)
    warnings: Listing = field(default_factory=Listing)
    refused: set[str] = field(default_factory=set)
    """The kinds that had a bad row."""

    @property
    def rows(self) -> Counts:
        total = Counts()
        for counts in self.counts.values():
            total += counts
        return total

    def problem(self, file: str, line: int, where: str, reason: str) -> None:
        self.problems.add(place(file, line, where) + reason)

    def warn(self, file: str, line: int, where: str, reason: str) -> None:
        self.warnings.add(place(file, line, where) + reason)

    def lines(self, *, warnings: bool = True) -> Iterator[str]:
        """Yield what an operator reads, without the last sentence."""
        listings = [(self.warnings, "warnings")] if warnings else []
        for listing, what in [*listings, (self.problems, "problems")]:
            yield from listing.shown
            if listing.total > len(listing.shown):
                yield f"... and {listing.total - len(listing.shown):,} more {what}"
        if not self.problems.total:
            for kind, counts in self.counts.items():
                yield f"{kind}: {sentence(counts)}"


def sentence(counts: Counts) -> str:
    """Return "3 added, 0 changed, 12 unchanged"."""
    return f"{counts.added:,} added, {counts.changed:,} changed, {counts.unchanged:,} unchanged"


def place(file: str, line: int, where: str) -> str:
    """Return "orders.jsonl:17: items.0.quantity: "; an unknown field may have any name, so it is cut."""
    return f"{file}:{line}: {_UNFIT.sub('?', where)[:80]}: " if where else f"{file}:{line}: "

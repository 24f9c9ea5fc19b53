"""Play every operation against every fault and write what came of it to docs/reference/faults.md.

Usage: python -m scripts.fault_matrix
"""

from __future__ import annotations

import logging
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import structlog

from bridge.connections.manifest import manifest_of
from bridge.storage.engine import migrate, open_engine
from bridge.testing.fault_kinds import FAULTS, ON_THE_WIRE
from scripts.console import ROOT
from tests.resilience.asked import ASKED
from tests.resilience.embedded import EmbeddedWorld
from tests.resilience.expected_on_the_wire import FAULTS as ON_THE_WIRES
from tests.resilience.expected_on_the_wire import difference, expected, places
from tests.resilience.matrix import STATES, Cell, Stage
from tests.resilience.worlds import WORLDS, on_the_wire

PAGE = ROOT / "docs" / "reference" / "faults.md"
HEAD = """<!-- generated from tests/resilience/asked.py by python -m scripts.fault_matrix -->
# What happens when a system fails

Every operation of every port meets every fault below, wired as in earnest, with the default deployment, on a clock that
stands still; [then](#on-the-wire) those of the vendors, over HTTP. Each cell says how the guarded call ends and which
response of `domain.yml` the person hears; operations without a response are called by others. Of a write, `records` are
those it left behind, and after the arrow those there are once the fault is over and the relay has worked, or whoever
asked has asked again with the same key: never more than one.

What people hear when a process of our own fails is in [resilience](resilience.md#a-process-of-our-own).

- first call: nothing was asked before.
- cached before: the same question was answered before the fault.
- breaker open: five calls failed before; nothing is sent, whatever the fault, so that its column is told once.

Break systems yourself: `make run FAULTS="commerce.find_order=delay:7 helpdesk.create_ticket=502_after_write*1"`. A rule
is `DOMAIN.OPERATION[TEXT]=FAULT:NUMBER*TIMES@CHANCE`; all but operation and fault may be left out, and `*` is every
operation. TIMES are counted in each process: the action server asks while somebody waits, a gateway or relay sends what
was kept, and `*1` is the first call of each. `FAULTS=file:PATH` is read again at every call. A deployment other than
the demo takes it only with `allow_faults: true`.

Faults are put between adapter and guard, where there is no wire yet: a fault is the error that an adapter would raise,
or the time that would pass. These share an error with another fault, and become different things with HTTP only: """

_WIRES = """## On the wire

The same operations, through the adapters of the vendors over HTTP to their simulators, wired as in earnest; Request
Tracker is a real server behind a proxy that has the faults of the simulators. What hangs or drips passes the time of
the same clock, so that nobody waits for it; no answer came later than 15 s. A fault befalls

- first call: every request of a read; of a write, the request that changes something.
- all requests: those before a write too; played with one fault of each kind.
- cached before: as above, played for what is told from the cache, with one fault of each outcome.
- breaker open: nothing is sent, whatever the fault.

Each write leaves one record when the fault is over and it was sent again with its key, by the relay or by who asked:
none is lost and none is doubled. What ends otherwise than with the embedded systems, because of the vendor, has a
number and its reason below the table. `not asked`: a question before the write failed already.

| fault | on the wire |
|---|---|
"""


def main() -> int:
    """Write the page."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it wonders about the answers that are cut
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        migrated = folder / "migrated.db"
        engine = open_engine(f"sqlite:///{migrated}")
        migrate(engine)
        engine.dispose()
        embedded = Stage(EmbeddedWorld(folder), migrated, folder)
        of_all = [(operation, fault, state) for operation in ASKED for fault in FAULTS for state in STATES]
        parts = [of_embedded({place: embedded.play(*place) for place in of_all}), of_wires()]
        for vendor in WORLDS:
            (folder / vendor).mkdir()
            parts.append(of_vendor(vendor, _played(vendor, migrated, folder / vendor)))
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written")
    return 0


def _played(vendor: str, migrated: Path, folder: Path) -> dict[tuple[str, str, str], Cell]:
    """Return what came of every cell of a vendor; where it cannot be played, what a test proves where it can."""
    if why := WORLDS[vendor].missing():
        print(f"{why}; its table is what is expected of it")
        return {place: expected(vendor, *place) for place in places(vendor)}
    with on_the_wire(vendor, migrated, folder) as stage:
        return {place: stage.play(*place) for place in places(vendor)}


def of_embedded(cells: Mapping[tuple[str, str, str], Cell]) -> str:
    """Return the head of the page and what comes of each cell with the embedded systems."""
    alike = ", ".join(f"`{name}`" for name in ON_THE_WIRE)
    lines = [f"{HEAD}{alike}.", ""]
    lines += ["| fault | what the caller of a port sees | number |", "|---|---|---|"]
    lines += [f"| `{name}` | {fault.seen} | {_number(fault.number)} |" for name, fault in FAULTS.items()]
    for operation in ASKED:
        lines += _section(operation, cells)
    return "\n".join(lines) + "\n"


def of_wires() -> str:
    """Return what is said of all vendors."""
    return _WIRES + "".join(f"| `{fault}` | {what} |\n" for fault, what in ON_THE_WIRES.items())


def of_vendor(vendor: str, cells: Mapping[tuple[str, str, str], Cell]) -> str:
    """Return the table of a vendor: what comes of an operation, and of which faults."""
    lines = [
        f"## {manifest_of(vendor).title} on the wire",
        "",
        "| operation | state | what comes of it | faults |",
        "|---|---|---|---|",
    ]
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    notes: list[str] = []
    for (operation, fault, state), cell in cells.items():
        alike[operation, state, _told(cell)].append(f"`{fault}`{_mark(vendor, (operation, fault, state), notes)}")
    for (operation, state, told), faults in alike.items():
        every = "all" if state == "breaker open" else ", ".join(faults)
        lines.append(f"| {operation} | {state} | {told} | {every} |")
    if notes:
        lines += ["", *(f"{number}. {why}" for number, why in enumerate(notes, 1))]
    return "\n".join(lines) + "\n"


def _mark(vendor: str, place: tuple[str, str, str], notes: list[str]) -> str:
    """Return the number of the note that says why a cell is not as the embedded one."""
    differs = difference(vendor, *place)
    if differs is None:
        return ""
    if differs.why not in notes:
        notes.append(differs.why)
    return f" ({notes.index(differs.why) + 1})"


def _section(operation: str, cells: Mapping[tuple[str, str, str], Cell]) -> list[str]:
    opened = {cells[operation, fault, "breaker open"] for fault in FAULTS}
    told = "; ".join(sorted(_told(cell) for cell in opened))
    lines = [
        "",
        f"## {operation}",
        "",
        f"Breaker open: {told}.",
        "",
        "| fault | first call | cached before |",
        "|---|---|---|",
    ]
    for fault in FAULTS:
        first, cached = (_told(cells[operation, fault, state]) for state in STATES[:2])
        lines.append(f"| `{fault}` | {first} | {'the same' if cached == first else cached} |")
    return lines


def _told(cell: Cell) -> str:
    parts = [cell.outcome.replace("_", " "), *(f"`{response}`" for response in cell.response.split())]
    if cell.records or cell.settled:
        parts.append(f"records {cell.records} \u2192 {cell.settled}")
    return ", ".join(parts)


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


if __name__ == "__main__":
    raise SystemExit(main())

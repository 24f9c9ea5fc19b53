"""Play every operation against every fault and write what came of it to docs/reference/faults.md.

Usage: python -m scripts.fault_matrix
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path

import structlog

from bridge.storage.engine import migrate, open_engine
from bridge.testing.fault_kinds import FAULTS, ON_THE_WIRE
from scripts.console import ROOT
from tests.resilience.asked import ASKED
from tests.resilience.matrix import STATES, Cell, Stage

PAGE = ROOT / "docs" / "reference" / "faults.md"
HEAD = """<!-- generated from tests/resilience/asked.py by python -m scripts.fault_matrix -->
# What happens when a system fails

Every operation of every port meets every fault below, wired as in earnest, with the default deployment, on a clock that
stands still. Each cell says how the guarded call ends and which response of `domain.yml` the person hears; operations
without a response are called by others. Of a write, `records` are those it left behind, and after the arrow those there
are once the fault is over and the relay has worked: never more than one.

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
or the time that would pass. What status lines, headers and bytes do to an HTTP client (a limit on 50 MB, a cut inside a
number) is not proven by them. These share an error with another fault, and become different things with HTTP only: """


def main() -> int:
    """Write the page."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        migrated = Path(folder) / "migrated.db"
        engine = open_engine(f"sqlite:///{migrated}")
        migrate(engine)
        engine.dispose()
        stage = Stage(migrated, Path(folder))
        places = [(operation, fault, state) for operation in ASKED for fault in FAULTS for state in STATES]
        PAGE.write_text(page({place: stage.play(*place) for place in places}), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(places)} cells")
    return 0


def page(cells: Mapping[tuple[str, str, str], Cell]) -> str:
    """Return the page."""
    alike = ", ".join(f"`{name}`" for name in ON_THE_WIRE)
    lines = [f"{HEAD}{alike}.", ""]
    lines += ["| fault | what the caller of a port sees | number |", "|---|---|---|"]
    lines += [f"| `{name}` | {fault.seen} | {_number(fault.number)} |" for name, fault in FAULTS.items()]
    for operation in ASKED:
        lines += _section(operation, cells)
    return "\n".join(lines) + "\n"


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

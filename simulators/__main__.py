"""Run simulators until Ctrl-C: `python -m simulators zendesk --port 8210`, or without names all that there are."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from simulators.catalog import FIRST_PORT, VENDORS, port_of, simulator_class
from simulators.faults import parse
from simulators.server import LOOPBACK, listen, serve


def main() -> int:
    """Serve; return the exit code."""
    options = _options()
    vendors = options.vendors or list(VENDORS)
    placed = []
    try:
        for vendor in vendors:
            port = options.port if options.port and len(vendors) == 1 else port_of(vendor, options.port or FIRST_PORT)
            state_file = options.state / f"{vendor}.json" if options.state else None
            simulator = simulator_class(vendor)(state_file=state_file, faults=_faults(vendor))
            if options.webhooks:
                simulator.subscribe(f"{options.webhooks}/{vendor}")
            placed.append((simulator, listen(options.host, port)))
            print(f"{vendor}: http://{options.host}:{port}", flush=True)
        asyncio.run(serve(placed))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("vendors", nargs="*", metavar="VENDOR", help=f"of {', '.join(VENDORS)}; all without any")
    parser.add_argument("--host", default=LOOPBACK, help="loopback: whoever reaches a simulator controls it")
    parser.add_argument("--port", type=int, help="of one simulator, or of the first of all")
    parser.add_argument("--state", type=Path, help="a folder that keeps what was changed")
    parser.add_argument(
        "--webhooks", metavar="URL", help="tell URL/VENDOR of every change, as the vendor's webhooks do"
    )
    options = parser.parse_args()
    unknown = sorted(set(options.vendors) - set(VENDORS))
    if unknown:
        parser.error(f"there is no simulator of {', '.join(unknown)}")
    return options


def _faults(vendor: str) -> str:
    """Return this vendor's rules of SIMULATOR_FAULTS, which are written "VENDOR:RULE"."""
    rules = [rule.partition(":") for rule in os.environ.get("SIMULATOR_FAULTS", "").split()]
    mine = " ".join(rule for name, _, rule in rules if name == vendor)
    parse(mine)
    return mine


if __name__ == "__main__":
    raise SystemExit(main())

"""Load 1,000, 10,000 and 100,000 orders on SQLite, each in a fresh process, and print side by side what it took.

The columns: orders per second of the first load and of the same load again, the CPU seconds of the first one (a busy
machine changes them least), and the peak memory.

Usage: python bench/load.py [--largest 100000]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 10_000, 100_000)


def main() -> None:
    """Measure each size in a process of its own, because peak memory never falls again within one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="leave out the sizes above this one")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.measure)
        return
    print(f"{'orders':>10} {'seconds':>9} {'orders/s':>9} {'again/s':>9} {'CPU s':>9} {'peak MB':>9} {'file MB':>9}")
    peaks = {}
    for size in [size for size in SIZES if size <= chosen.largest]:
        with tempfile.TemporaryDirectory() as folder:
            peaks[size] = run(size, Path(folder))
    small, large = min(peaks), max(peaks)
    print(f"memory for {large:,} orders : {small:,} orders = {peaks[large] / peaks[small]:.2f}")


def run(size: int, folder: Path) -> float:
    """Print one line of the table and return the peak memory in MB."""
    shop = folder / "shop"
    shop.mkdir()
    for name, rows in (("customers", customers(max(1, size // 4))), ("orders", orders(size))):
        with (shop / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}"}
    command = [sys.executable, __file__, "--measure", str(shop)]
    answer = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  # our own file
    first, again, cpu, peak = json.loads(answer.stdout)
    weight = (shop / "orders.jsonl").stat().st_size / 1e6
    # A customer is a row as well, but the figure that counts is that of orders, with all their tables.
    rates = f"{first:>9.1f} {size / first:>9,.0f} {size / again:>9,.0f}"
    print(f"{size:>10,} {rates} {cpu:>9.1f} {peak:>9.1f} {weight:>9.1f}", flush=True)
    return float(peak)


def measure(shop: Path) -> None:
    """Load a directory twice in this process and print both times and the peak memory as JSON."""
    sys.path.insert(0, str(ROOT))
    from bridge.__main__ import main as bridge  # noqa: PLC0415  # only the measured process pays for it

    times, cpu = [], 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        bridge(["migrate"])
        for _ in range(2):
            start, busy = time.perf_counter(), time.process_time()
            if bridge(["load", str(shop)]) != 0:
                sys.exit("the load failed")
            times.append(time.perf_counter() - start)
            cpu = cpu or time.process_time() - busy
    print(json.dumps([*times, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def customers(count: int) -> Iterator[dict[str, object]]:
    """Yield customers as a shop has them."""
    for number in range(count):
        yield {"email": f"customer.{number}@example.test", "name": f"Customer {number}"}


def orders(count: int) -> Iterator[dict[str, object]]:
    """Yield orders of two items, one payment and one parcel."""
    for number in range(count):
        yield {
            "number": f"#{100_000 + number}",
            "email": f"customer.{number % max(1, count // 4)}@example.test",
            "status": "delivered",
            "currency": "USD",
            "total": "79.80",
            "placed_at": "2026-01-20T09:30:00Z",
            "address": {
                "name": f"Customer {number}",
                "line1": f"{number % 200} Harbor Street",
                "city": "Portland",
                "region": "ME",
                "postcode": "04101",
                "country": "US",
            },
            "items": [
                {"sku": sku, "name": "Blue T-Shirt", "options": {"size": "M"}, "quantity": 1, "unit_price": "39.90"}
                for sku in ("BLUE-TEE-M", "BLUE-TEE-L")
            ],
            "payments": [{"kind": "credit_card", "brand": "Visa", "last_four": "4242", "amount": "79.80"}],
            "fulfilments": [
                {
                    "carrier": "UPS",
                    "tracking_number": f"1Z999AA1{number:010d}",
                    "shipped_at": "2026-01-21T08:00:00Z",
                    "delivered_at": "2026-01-24T11:00:00Z",
                }
            ],
        }


if __name__ == "__main__":
    main()

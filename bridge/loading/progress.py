"""Show how far loading is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm

from bridge.loading.files import Source
from bridge.loading.load import Watch

EVERY = 10_000


@contextmanager
def shown(stream: TextIO) -> Iterator[Watch]:
    """Give a watch that writes to `stream`."""
    if not stream.isatty():
        yield _lines(stream)
        return
    bars: dict[str, tqdm[None]] = {}

    def move(source: Source, rows: int) -> None:
        bar = bars.get(source.name)
        if bar is None:
            for older in bars.values():
                older.close()
            bar = bars[source.name] = tqdm(total=source.size, desc=source.name, unit="B", unit_scale=True, file=stream)
        bar.set_postfix_str(f"{rows:,} rows", refresh=False)
        bar.update(source.position - bar.n)

    try:
        yield move
    finally:
        for bar in bars.values():
            bar.close()


def _lines(stream: TextIO) -> Watch:
    def tell(source: Source, rows: int) -> None:
        if rows % EVERY == 0:
            print(f"{source.name}: {rows:,} rows read", file=stream, flush=True)

    return tell

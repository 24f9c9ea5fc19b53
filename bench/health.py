"""Ask a URL every 50 ms until standard input is closed; each line of the output is how long one answer took, in ms.

A process of its own: asked from a thread of the process that makes the load, each step of a request waits for that
one's interpreter lock, and what is measured is the load's maker.

Usage: python -m bench.health URL
"""

from __future__ import annotations

import sys
import threading
import time

import requests


def main(url: str) -> None:
    """Ask and print."""
    closed = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
    while not closed.is_set():
        began = time.monotonic()
        requests.get(url, headers={"Connection": "close"}, timeout=180)
        print((time.monotonic() - began) * 1000, flush=True)
        closed.wait(0.05)


if __name__ == "__main__":
    main(sys.argv[1])

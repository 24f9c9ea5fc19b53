"""Start `rasa run` with the API token where `ps` cannot show it.

Usage: python -m scripts.rasa_server (what `rasa run` takes)
Rasa takes its token on the command line only, which every user of the machine can read; sys.argv they cannot.
"""

from __future__ import annotations

import runpy
import sys

from bridge.settings import load


def main() -> None:
    """Become Rasa."""
    sys.argv = ["rasa", "run", *sys.argv[1:], "--enable-api", "--auth-token", load().internal_secret]
    runpy.run_module("rasa", run_name="__main__")


if __name__ == "__main__":
    main()

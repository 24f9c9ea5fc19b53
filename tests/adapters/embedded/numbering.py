"""Make tickets from a process of its own: python -m tests.adapters.embedded.numbering URL COUNT.

Says "ready", waits for a line on standard input, then makes the tickets and prints their numbers.
"""

from __future__ import annotations

import sys

from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.storage.engine import open_engine
from bridge.testing.contract import new_email, unique
from bridge.testing.helpdesk import new_ticket


def main(url: str, count: str) -> None:
    """Make `count` tickets in the database at `url`."""
    engine = open_engine(url)
    helpdesk = EmbeddedHelpdesk(engine, first_answer_hours={})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for _ in range(int(count)):
        sys.stdout.write(helpdesk.create_ticket(new_ticket(new_email()), unique()).number + "\n")
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])

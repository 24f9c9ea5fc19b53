"""Make tickets from a process of its own: python -m tests.adapters.embedded.numbering URL COUNT.

Says "ready", waits for a line on standard input, then makes the tickets and prints their numbers.
"""

from __future__ import annotations

import sys
import uuid

from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.model.helpdesk import NewTicket
from bridge.storage.engine import open_engine


def main(url: str, count: str) -> None:
    """Make `count` tickets in the database at `url`."""
    engine = open_engine(url)
    helpdesk = EmbeddedHelpdesk(engine, first_answer_hours={})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    ticket = NewTicket("Parcel is wet", "It stood in the rain.", "ann@example.test")
    for _ in range(int(count)):
        sys.stdout.write(helpdesk.create_ticket(ticket, uuid.uuid4().hex).number + "\n")
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])

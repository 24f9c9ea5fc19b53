"""Notices: a system says that a record was changed, and who watches it hears how it stands, if that is new to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from bridge.conversation.facts import digest_of, is_news
from bridge.conversation.watches import Watch, Watches, record_of
from bridge.errors import NotFoundError
from bridge.events.entries import Entry
from bridge.events.handlers import Done
from bridge.model.commerce import Order
from bridge.model.helpdesk import Ticket
from bridge.model.identity import Claim
from bridge.model.outcome import Outcome

Again = Callable[[str, Claim], tuple[Order | Ticket, Outcome]]
"""Reads a record by number and claim once more, and says how it stands."""
Tell = Callable[[sa.engine.Connection, str, Outcome, str], None]


class Notices:
    """Look at what somebody watches.

    Args:
        readers: how to read a record, by its kind.
        tell: keeps what the person hears, inside the transaction that notes that they were told.
    """

    def __init__(self, watches: Watches, readers: dict[str, Again], tell: Tell) -> None:
        self._watches = watches
        self._readers = readers
        self._tell = tell

    def look(self, entry: Entry) -> Done:
        """Read the record of a watch, and tell of it if what the person was told last is no longer true.

        The system's event is not believed but followed: one that is late, repeated or out of order leads to the same
        record, and what that holds is told once.
        """
        watch = self._watches.find((entry.content or {})["watch"])
        if watch is None:
            return _left("the watch has ended")
        kind, _, _ = watch.record.partition(":")
        try:
            seen, outcome = self._readers[kind](watch.number, watch.claim)
        except NotFoundError:
            return _left("the record is gone, or not this person's")
        if record_of(seen) != watch.record:
            return _left("the number is another record's by now")
        if digest_of(seen) == watch.told:
            return _left("the person knows already")
        said = self._said(watch, kind, outcome) if is_news(watch.told, seen) else None

        def also(connection: sa.engine.Connection) -> None:
            if self._watches.move(connection, watch, digest_of(seen)) and said is not None:
                self._tell(connection, watch.conversation_id, said, "notice")

        return Done({"told": said is not None}, None, also)

    @staticmethod
    def _said(watch: Watch, kind: str, outcome: Outcome) -> Outcome:
        if watch.lapsed:
            return Outcome(f"utter_notices_{kind}_lapsed", {kind: watch.number})
        # What the person is in the middle of is not settled by it.
        return replace(outcome, before=f"utter_notices_{kind}", forget=())


def _left(why: str) -> Done:
    return Done({"left": why}, None)

"""Rasa's SQL tracker store with one read and one write a message."""

from __future__ import annotations

import json

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

_EVENTS = SQLTrackerStore.SQLEvent.__table__
_MINE = _EVENTS.c.sender_id == sa.bindparam("sender")
_LAST_SESSION = (
    sa.select(sa.func.max(_EVENTS.c.timestamp))
    .where(_MINE, _EVENTS.c.type_name == SessionStarted.type_name)
    .scalar_subquery()
)
_WHOLE = sa.select(_EVENTS.c.data).where(_MINE).order_by(_EVENTS.c.id)
_LATEST = _WHOLE.where(_EVENTS.c.timestamp >= sa.func.coalesce(_LAST_SESSION, 0.0))


class ConversationStore(SQLTrackerStore):
    """Keep conversations in Rasa's own table, as its SQL store does and any tool of Rasa's reads them.

    That one writes a new conversation twice, counts what is stored before each write to know what is new, and builds
    its queries anew each time: a fifth of what a message costs (docs/reference/performance.md). This one remembers
    with the tracker how much of it was read. Nobody else writes a conversation between its reading and its writing:
    Rasa holds the conversation's lock for the whole turn.
    """

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """Return a new conversation; it is written with the first that happens in it."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        tracker.stored_events = 0
        return tracker

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        wanted = _WHOLE if fetch_events_from_all_sessions else _LATEST
        with self.engine.connect() as connection:
            events = [json.loads(data) for (data,) in connection.execute(wanted, {"sender": sender_id})]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what happened since the conversation was read."""
        if not hasattr(tracker, "stored_events"):  # made by Rasa's HTTP API out of events it was given
            await super().save(tracker)
            return
        await self.stream_events(tracker)
        rows = [self._row(tracker.sender_id, event.as_dict()) for event in [*tracker.events][tracker.stored_events :]]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(_EVENTS), rows)
        tracker.stored_events = len(tracker.events)

    @staticmethod
    def _row(sender_id: str, event: dict[str, object]) -> dict[str, object]:
        parse = event.get("parse_data")
        intent = parse.get("intent", {}).get("name") if isinstance(parse, dict) else None
        return {
            "sender_id": sender_id,
            "type_name": event["event"],
            "timestamp": event.get("timestamp"),
            "intent_name": intent,
            "action_name": event.get("name"),
            "data": json.dumps(event),
        }

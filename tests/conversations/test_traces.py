"""One message is one trace, through the gateway, past Rasa, to the action server and the system that was asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.conversation.turns import correlation_id
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.support.collector import Collector, Span
from tests.support.stack import Chat

pytestmark = pytest.mark.slow

EMAIL = "ana.ruiz@example.test"
WAY = [
    ("frontdesk-gateway", "accept message"),
    ("frontdesk-gateway", "answer message"),
    ("frontdesk-gateway", "rasa turn"),
    ("frontdesk-actions", "action_track_order"),
    ("frontdesk-actions", "embedded.find_order"),
    ("frontdesk-actions", "attempt"),
]
"""Each is the parent of the next."""


def test_a_message_is_one_trace_through_all_processes(chat: Chat, collector: Collector) -> None:
    chat.say("where is my order 1001")
    assert "1001" in chat.say(EMAIL)
    with reading(chat.engine) as connection:
        mine = sa.select(inbox.c.id).where(inbox.c.conversation_id == chat.conversation).order_by(inbox.c.id)
        name = correlation_id(connection.execute(mine).scalars().all()[1])

    def of_message(spans: list[Span]) -> dict[str, Span]:
        return {span.name: span for span in spans if span.attributes.get("frontdesk.correlation") == name}

    wanted = {step for _, step in WAY}
    spans = of_message(collector.until(lambda spans: wanted <= set(of_message(spans))))
    assert [(spans[step].service, step) for _, step in WAY] == WAY
    chain = [spans[step] for _, step in WAY]
    assert [span.parent for span in chain] == ["", *(span.id for span in chain[:-1])]
    assert len({span.trace for span in spans.values()}) == 1
    assert spans["rasa turn"].attributes["frontdesk.delivery"] == "over"
    assert spans["embedded.find_order"].attributes["frontdesk.outcome"] == "ok"
    for private in (b"Ruiz", b"example.test", b"where is my order", b"1ZZ"):
        assert private not in collector.received

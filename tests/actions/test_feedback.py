"""What a button says about how it was reaches the use case, and a form's question stays open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import _run
from actions.feedback import ActionKeepRating
from actions.tickets import ActionCheckTicket
from bridge.model.outcome import Outcome
from tests.actions.test_project import TURN
from tests.actions.tracking import tracker
from tests.support.frontdesk import DOMAIN


@pytest.mark.parametrize("asked", [None, "orders_number"])
async def test_a_rating_is_passed_on(monkeypatch: pytest.MonkeyPatch, asked: str | None) -> None:
    kept: list[tuple[Any, ...]] = []
    feedback = SimpleNamespace(rate=lambda *given: kept.append(given) or Outcome("utter_dialog_rated"))
    frontdesk = SimpleNamespace(turns=SimpleNamespace(current=lambda *_: TURN), feedback=feedback)
    monkeypatch.setattr(_run, "shared", lambda: frontdesk)
    heard = tracker('/give_feedback{"rating": 5, "survey": 7}', "give_feedback", asked=asked)
    heard.latest_message["entities"] = [{"entity": "rating", "value": 5}, {"entity": "survey", "value": 7}]
    dispatcher = CollectingDispatcher()
    events = await ActionKeepRating().run(dispatcher, heard, DOMAIN)
    assert kept == [(TURN, 7, 5)]
    assert [message["response"] for message in dispatcher.messages] == ["utter_dialog_rated"]
    again = [("dialog_again", True)] if asked else []
    assert [(event["name"], event["value"]) for event in events] == [("backend_state", "done"), *again]


def test_what_is_told_of_a_ticket_may_lead_to_the_question() -> None:
    told, seen = Outcome("utter_tickets_solved", {"ticket": "T-1"}), []
    frontdesk: Any = SimpleNamespace(
        tickets=SimpleNamespace(check=lambda *_: told),
        feedback=SimpleNamespace(after_ticket=lambda turn, outcome: seen.append((turn, outcome)) or outcome),
    )
    call = ActionCheckTicket().call(tracker("how is it", "check_ticket"))
    assert call(frontdesk, TURN) is told
    assert seen == [(TURN, told)]

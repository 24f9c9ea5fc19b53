"""Account: the form that proves an e-mail address by a code, and how far somebody is known."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._job import UseCaseAction
from actions._message import intent_of, requested
from actions._run import Call, answer
from actions._verified import WANTS_ANOTHER, VerifiedForm
from bridge.usecases.verification import CODE, EMAIL

_ANEW = {WANTS_ANOTHER, "try_again"}


class ValidateVerifyForm(VerifiedForm):
    """Prove who somebody is, and nothing else."""

    def name(self) -> str:
        return "validate_verify_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        return await self.proof(tracker)


class ActionAskCode(Action):
    """Ask for the code, and send one where that is needed."""

    def name(self) -> str:
        return "action_ask_account_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        email = tracker.get_slot(EMAIL)
        anew = requested(tracker) == CODE and intent_of(tracker) in _ANEW
        return await answer(
            dispatcher, tracker, lambda frontdesk, turn: frontdesk.verification.ask(turn, email, anew=anew)
        )


class ActionTellIdentity(UseCaseAction):
    """Tell how far the person is known."""

    form = "verify_form"

    def name(self) -> str:
        return "action_tell_identity"

    def call(self, tracker: Tracker) -> Call:
        return lambda frontdesk, turn: frontdesk.verification.stands(turn)

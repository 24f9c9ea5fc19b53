"""Sales: keep who wants to talk about a purchase."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.turns import Turn
from bridge.events.handlers import LEAD
from bridge.formatting.refusals import REFUSALS
from bridge.model.crm import NewLead
from bridge.model.outcome import Outcome
from bridge.ports.crm import Crm
from bridge.usecases.degradation import Degradation, Wish

OPERATION = "contact_sales"
SETTLED = ("sales_interest", "sales_confirmed")
ASK_AGAIN = ("sales_confirmed",)
FIELDS = {"email": ("sales_email",), "interest": ("sales_interest",)}
"""What to ask for anew, by the field that the system refused."""


class Sales:
    """Create leads from drafts that were shown."""

    def __init__(self, crm: Crm, drafts: Drafts, degradation: Degradation) -> None:
        self._crm = crm
        self._drafts = drafts
        self._degradation = degradation

    def draft(self, turn: Turn, interest: str, email: str) -> Outcome:
        """Keep what will be passed on, and show it."""
        self._drafts.make(turn.conversation_id, OPERATION, {"interest": interest, "email": email})
        return Outcome("utter_sales_confirm", {"interest": interest, "email": email})

    def create(self, turn: Turn, confirmed: bool) -> Outcome:
        """Pass on what was shown, if that was wished; somebody known already is not made a second time."""
        if not confirmed:
            return Outcome("utter_tickets_dropped", forget=SETTLED)
        draft = self._drafts.newest(turn.conversation_id, OPERATION)
        if draft is None:
            return Outcome("utter_tickets_nothing_to_confirm", forget=SETTLED)
        shown = draft.content
        # A chat knows no name yet: the part before the "@" stands in until sales asks.
        new = NewLead(email=shown["email"], name=shown["email"].partition("@")[0], interest=shown["interest"])
        wish = Wish(LEAD, draft, asdict(new), _kept, ASK_AGAIN)
        return self._degradation.write(wish, partial(self._create, draft, new))

    def _create(self, draft: Draft, new: NewLead) -> Outcome:
        try:
            lead = self._crm.create_lead(new, draft.key)
        except REFUSALS as error:
            return self._degradation.refused("utter_sales_refused", error, FIELDS, ASK_AGAIN)
        self._drafts.consume(draft, {"lead": lead.id})
        return Outcome("utter_sales_created", {"email": lead.email}, forget=SETTLED)


def _kept(unsure: bool) -> Outcome:
    return Outcome("utter_sales_kept_unsure" if unsure else "utter_sales_kept", forget=SETTLED)

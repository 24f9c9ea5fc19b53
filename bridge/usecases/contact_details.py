"""Contact details: change what the CRM holds of a proven person, all but the address that they are known by."""

from __future__ import annotations

import re
from functools import partial

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.turns import Turn
from bridge.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from bridge.events import handlers
from bridge.formatting import inbound
from bridge.formatting.outbound import Speech, mask_detail
from bridge.formatting.refusals import REFUSALS
from bridge.model.crm import ContactChange
from bridge.model.outcome import Outcome
from bridge.ports.crm import Crm
from bridge.usecases.degradation import AWAY, Degradation, Wish
from bridge.usecases.order_changes import proven
from bridge.usecases.wording import word_lists

OPERATION = "update_contact_details"
EMAIL, DETAIL, VALUE, CONFIRMED = "account_email", "account_detail", "account_value", "account_confirmed"
SETTLED = (DETAIL, VALUE, CONFIRMED)
CONFIRM_AGAIN = (CONFIRMED,)
CONFIRM = frozenset({"utter_account_details_confirm", "utter_account_details_confirm_unseen"})
"""What asks for a yes; everything else that comes of showing a change is the end of it."""
KEPT_HERE = frozenset({"name", "phone", "company"})
NEEDED = {"find_contact", "update_contact"}
LONGEST = 100


class ContactDetails:
    """Change contacts from drafts that were shown."""

    def __init__(self, crm: Crm, drafts: Drafts, degradation: Degradation, speech: Speech, region: str) -> None:
        self._crm = crm
        self._drafts = drafts
        self._degradation = degradation
        self._speech = speech
        self._region = region

    @property
    def is_offered(self) -> bool:
        """Tell whether the CRM lets us change a contact at all."""
        return self._crm.capabilities >= NEEDED

    def normal(self, detail: str, value: str) -> str:
        """Return a new value as it is kept.

        Raises:
            InvalidError: it cannot be one.
        """
        if detail == "phone":
            return inbound.phone(value, self._region)
        begins = "|".join(map(re.escape, word_lists("en")["introduces"]))
        line = " ".join(value.split()).strip(" .,!?\"'")
        while (shorter := re.sub(rf"^(?:{begins})\b[\s:,]*", "", line, flags=re.IGNORECASE)) != line:
            line = shorter
        if not (any(map(str.isalpha, line)) and line.isprintable() and len(line) <= LONGEST):
            raise InvalidError(detail, "not a name")
        return line

    def show(self, turn: Turn, detail: str, value: str) -> Outcome:
        """Keep what will be changed and show it beside what there is, or tell why nothing will be."""
        email = proven(turn)
        if email is None:
            return self._lapsed()
        try:
            contact = self._crm.find_contact(email)
        except NotFoundError:
            return _no_contact(email)
        except ConflictError:
            return _several(email)
        except AWAY:
            return self.show_unseen(turn, detail, value)
        self._keep(turn, detail, value)
        so_far = self._speech.clause("so_far", mask_detail(str(getattr(contact, detail))))
        return Outcome("utter_account_details_confirm", {**self._told(detail), "value": value, "so_far": so_far})

    def show_unseen(self, turn: Turn, detail: str, value: str) -> Outcome:
        """Keep what will be changed and show it alone, where the CRM does not tell the rest in time."""
        self._keep(turn, detail, value)
        return Outcome("utter_account_details_confirm_unseen", {**self._told(detail), "value": value})

    def update(self, turn: Turn, detail: str, confirmed: bool | None) -> Outcome:
        """Change what was shown, if that was wished; a repeated "yes" changes nothing more.

        Args:
            confirmed: None where there was nothing to confirm: it is told why.
        """
        if detail == "email":
            return Outcome("utter_account_email_fixed", forget=(*SETTLED, EMAIL))
        if not self.is_offered or (detail and detail not in KEPT_HERE):
            return Outcome("utter_account_update_contact_details", forget=SETTLED)
        if confirmed is None:
            return self._why_not(turn)
        if not confirmed:
            return Outcome("utter_account_details_dropped", forget=SETTLED)
        draft = self._drafts.newest(turn.conversation_id, OPERATION)
        if draft is None or proven(turn) != draft.content["email"]:
            return self._lapsed()
        wish = Wish(handlers.CONTACT, draft, dict(draft.content), _kept, CONFIRM_AGAIN)
        return self._degradation.write(wish, partial(self._update, draft))

    def _update(self, draft: Draft) -> Outcome:
        email, change = draft.content["email"], ContactChange(**draft.content["change"])
        try:
            contact = self._crm.find_contact(email)
        except NotFoundError:
            return _no_contact(email)
        except ConflictError:
            return _several(email)
        try:
            self._crm.update_contact(contact.id, change, draft.key)
        except REFUSALS as error:
            slots = {field: (VALUE,) for field in KEPT_HERE}
            return self._degradation.refused("utter_account_details_refused", error, slots, CONFIRM_AGAIN)
        self._drafts.consume(draft, {"contact": contact.id})
        return Outcome("utter_account_details_changed", forget=SETTLED)

    def _why_not(self, turn: Turn) -> Outcome:
        """Tell why there was nothing to confirm."""
        email = proven(turn)
        if email is None:
            return Outcome("utter_account_update_contact_details", forget=SETTLED)
        try:
            self._crm.find_contact(email)
        except NotFoundError:
            return _no_contact(email)
        except ConflictError:
            return _several(email)
        except AWAY:
            return self._degradation.left(handlers.CONTACT, UnavailableError("nothing was changed"), CONFIRM_AGAIN)
        return self._lapsed()

    def _keep(self, turn: Turn, detail: str, value: str) -> None:
        content = {"email": proven(turn), "change": {detail: value}}
        self._drafts.make(turn.conversation_id, OPERATION, content)

    def _told(self, detail: str) -> dict[str, str]:
        return {"detail": self._speech.word("details", detail)}

    @staticmethod
    def _lapsed() -> Outcome:
        return Outcome("utter_account_details_lapsed", forget=CONFIRM_AGAIN, again=True)


def _no_contact(email: str) -> Outcome:
    return Outcome("utter_account_details_no_contact", {"email": email}, forget=SETTLED)


def _several(email: str) -> Outcome:
    return Outcome("utter_account_details_several", {"email": email}, forget=SETTLED)


def _kept(unsure: bool) -> Outcome:
    return Outcome("utter_account_details_kept_unsure" if unsure else "utter_account_details_kept", forget=SETTLED)

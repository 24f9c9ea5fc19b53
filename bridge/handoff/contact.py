"""How a team member is reached without the chat: the last thing that still works when nothing else does."""

from __future__ import annotations

from datetime import datetime

from bridge.formatting.outbound import Speech
from bridge.handoff.hours import closing, next_opening
from bridge.settings.schema import Contact


def reach(contact: Contact, speech: Speech, now: datetime) -> dict[str, str]:
    """Return the placeholders of every response that names phone, mail and hours."""
    closes, opens = closing(contact.hours, now), next_opening(contact.hours, now)
    until = speech.clause("team_there_until", speech.moment(closes) if closes else "")
    back = speech.clause("team_back_at", speech.moment(opens) if opens else "")
    return {"phone": contact.phone, "mail": contact.email, "hours": until or back}

"""What a person was told of a record, as a digest that a later reading is compared with.

Only what people are told counts: a vendor's own word for a status, a time of the last change or a private comment may
change as often as it likes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bridge.model.commerce import Fulfilment, Order
from bridge.model.helpdesk import Ticket, TicketStatus

_WITH_TEAM = (TicketStatus.NEW, TicketStatus.OPEN)
_HALF = 32


def digest_of(seen: Order | Ticket) -> str:
    """Return the digest of what a person is told: one half is how it stands, the other what was said."""
    if isinstance(seen, Ticket):
        answer = seen.last_answer
        return _digest(seen.status) + _digest(answer.body if answer else None)
    return _digest(seen.status, seen.expected_by, *map(_parcel, seen.fulfilments)) + _digest(
        seen.total, *((item.sku, item.name, item.quantity, item.options) for item in seen.items)
    )


def is_news(told: str, seen: Order | Ticket) -> bool:
    """Tell whether a record holds what is worth a word to somebody who was told of it before.

    That the team works on a ticket (again) is not: most often it is what the person's own comment has done.
    """
    now = digest_of(seen)
    if isinstance(seen, Ticket) and seen.status in _WITH_TEAM:
        return now[_HALF:] != told[_HALF:]
    return now != told


def _parcel(parcel: Fulfilment) -> list[Any]:
    said = parcel.carrier, parcel.tracking_number, parcel.tracking_url, parcel.estimated_delivery, parcel.delivered_at
    return [*said, parcel.skus]


def _digest(*said: object) -> str:
    return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()[:_HALF]

"""Orders: where is mine?"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bridge.conversation.guesses import Guesses
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import LockedError, NotFoundError
from bridge.formatting.cards import order_card
from bridge.formatting.outbound import Speech
from bridge.model.commerce import Order, OrderStatus
from bridge.model.identity import Claim, Level
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.storage.types import Clock, utc_now
from bridge.usecases.degradation import AWAY, Degradation

TRACK = "orders.track"
SETTLED = ("orders_number",)
ASK_AGAIN = ("orders_contact",)
ALL = ("orders_number", "orders_contact")


OPEN = frozenset({OrderStatus.ON_HOLD, OrderStatus.PENDING_SHIPMENT, OrderStatus.DELAYED, OrderStatus.OTHER})
"""An order that stands so may still be changed; the shop has the last word."""
CHANGES = {"cancel_order": "cancel_order", "change_shipping_address": "change_address"}
"""Operations of the shop, by the intents that wish for them."""


class Orders:
    """Answer questions about one order to whoever can prove that it is theirs."""

    def __init__(
        self,
        commerce: Commerce,
        guesses: Guesses,
        watches: Watches,
        degradation: Degradation,
        speech: Speech,
        clock: Clock = utc_now,
    ) -> None:
        self._commerce = commerce
        self._degradation = degradation
        self._guesses = guesses
        self._watches = watches
        self._speech = speech
        self._clock = clock

    def track(self, turn: Turn, number: str, claim: Claim) -> Outcome:
        """Tell how an order stands.

        A wrong number and a wrong e-mail give the same answer, so that nobody learns which numbers exist.
        """
        record = f"order:{number}"
        level = Level.CLAIMED
        if turn.identity.level is Level.VERIFIED and turn.identity.email:
            level, claim = Level.VERIFIED, Claim(email=turn.identity.email)
        try:
            self._guesses.check(turn, record)
            order = self._commerce.find_order(number, claim)
        except LockedError as error:
            return Outcome("utter_orders_locked", {"minutes": str(error.minutes)}, forget=ALL)
        except NotFoundError:
            self._guesses.wrong(turn, record)
            return Outcome("utter_orders_not_found", forget=ASK_AGAIN, again=True)
        except AWAY as error:
            return self._degradation.read(TRACK, error, partial(self._watched, turn, level, claim))
        return self._watched(turn, level, claim, order)

    def again(self, number: str, claim: Claim) -> tuple[Order, Outcome]:
        """Read an order for somebody who was shown it before, and say how it stands.

        Raises:
            NotFoundError: it is gone, or not this person's.
        """
        order = self._commerce.find_order(number, claim)
        return order, self._status(order)

    def _watched(self, turn: Turn, level: Level, claim: Claim, order: Order) -> Outcome:
        # Who is verified has shown no address; who they are is asked anew when there is news.
        shown = claim if level is Level.CLAIMED else None
        self._watches.add(turn.conversation_id, self._commerce.system, order, level, shown)
        return self._status(order)

    def _status(self, order: Order) -> Outcome:
        now = self._clock()
        can = self._commerce.capabilities if order.status in OPEN else ()
        changes = [intent for intent, operation in CHANGES.items() if operation in can]
        card = order_card(order, self._speech, now, changes)
        return Outcome(f"utter_orders_{order.status.value}", self._told(order, now), forget=SETTLED, card=card)

    def _told(self, order: Order, now: datetime) -> dict[str, str]:
        """Return every placeholder that a response on orders may use."""
        say = self._speech
        open_parcels = [parcel for parcel in order.fulfilments if parcel.delivered_at is None]
        due = [parcel.estimated_delivery for parcel in open_parcels if parcel.estimated_delivery]
        arrived = [parcel.delivered_at for parcel in order.fulfilments if parcel.delivered_at]
        arrives = max(due) if due else order.expected_by
        return {
            "order": order.number,
            "date": say.day(order.placed_at, now),
            "items": say.items(order.items),
            "total": say.money(order.total),
            "with": say.clause("with", say.parcels(order.fulfilments, links=True)),
            "expected": self._by("expected", "was_expected", arrives, now),
            "leaves": self._by("leaves", "should_have_left", order.expected_by, now),
            "rest": self._by("rest_follows", None, order.expected_by, now),
            "new_date": self._by("new_date", None, order.expected_by, now) or say.word("clauses", "no_new_date"),
            "delivered": say.clause("delivered_on", say.day(max(arrived), now) if arrived else ""),
        }

    def _by(self, ahead: str, passed: str | None, at: datetime | None, now: datetime) -> str:
        """Say a date as a promise while it lies ahead, and as a missed one (or not at all) after its day is over."""
        clause = passed if at and self._speech.is_over(at, now) else ahead
        return self._speech.clause(clause, self._speech.day(at, now)) if at and clause else ""

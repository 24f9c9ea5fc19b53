"""Returns: send back what was ordered, and hear what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.guesses import Guesses
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import ConflictError, InvalidError, LockedError, NotFoundError
from bridge.events import handlers
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS
from bridge.model.commerce import (
    Order,
    OrderItem,
    OrderStatus,
    Return,
    ReturnLine,
    ReturnReason,
    ReturnStatus,
)
from bridge.model.identity import Claim, Level
from bridge.model.money import Money
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.usecases.degradation import AWAY, Degradation, Wish

REQUEST = "return_item"
"""The name of its draft."""
LOOK, STATUS = "returns.look", "returns.status"
NEEDED = {"request_return", "find_return_by_key", "list_returns"}
NEW = (
    "returns_order",
    "returns_found",
    "returns_items",
    "returns_reason",
    "returns_told",
    "returns_instead",
    "returns_confirmed",
)
LOOK_AGAIN = ("returns_found", "returns_items", "returns_confirmed")
CONFIRM_AGAIN = ("returns_confirmed",)
_STILL_HERE = (OrderStatus.ON_HOLD, OrderStatus.PENDING_SHIPMENT)
_TAKES_NOTHING = (ReturnStatus.DECLINED, ReturnStatus.CANCELLED)
LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Returnable:
    """Hold an order of a verified person, and what of it can still go back."""

    order_id: str
    number: str
    items: tuple[OrderItem, ...]
    """Each with the quantity that is left."""

    def to_json(self) -> dict[str, Any]:
        """Return what a slot keeps of it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Returnable:
        """Return what a slot kept."""
        items = (OrderItem(**{**item, "unit_price": Money(**item["unit_price"])}) for item in kept["items"])
        return cls(kept["order_id"], kept["number"], tuple(items))


@dataclass(frozen=True)
class Wanted:
    """Hold what a person wants to send back; `instead` is what they want for it, "" for their money."""

    lines: tuple[ReturnLine, ...]
    reason: ReturnReason
    told: str = ""
    instead: str = ""

    @property
    def note(self) -> str:
        """Return what the people of the shop read, in the customer's words."""
        parts = (self.told, f"[exchange] {self.instead}" if self.instead else "")
        return "\n".join(filter(None, parts))[:LONGEST_NOTE]


class Returns:
    """Ask for returns, each from the draft that was shown, and tell how they stand."""

    def __init__(
        self,
        commerce: Commerce,
        drafts: Drafts,
        guesses: Guesses,
        watches: Watches,
        degradation: Degradation,
        speech: Speech,
    ) -> None:
        self._commerce = commerce
        self._drafts = drafts
        self._guesses = guesses
        self._watches = watches
        self._degradation = degradation
        self._speech = speech

    @property
    def is_possible(self) -> bool:
        """Tell whether the shop's system takes returns."""
        return self._commerce.capabilities >= NEEDED

    def look(self, turn: Turn, number: str) -> Returnable | Outcome:
        """Return what of a verified person's order can go back, or why nothing can."""
        claim = Claim(email=turn.identity.email)
        try:
            order = self._find(turn, number, claim)
            if isinstance(order, Outcome):
                return order
            known = self._commerce.list_returns(order.id)
        except AWAY as error:
            return self._degradation.read(LOOK, error, lambda _: Outcome("utter_returns_look_again"))
        if (why := self._held_back(order)) is not None:
            return why
        items = tuple(left_of(order.items, known))
        if not items:
            return Outcome("utter_returns_already", self._told(order, known), forget=NEW)
        return Returnable(order.id, order.number, items)

    def draft(self, turn: Turn, found: Returnable, wanted: Wanted) -> Outcome:
        """Keep what will be asked for, and show it."""
        items = self._speech.names(_of(found.items, wanted.lines))
        content = {
            "order_id": found.order_id,
            "order": found.number,
            "email": turn.identity.email,
            "lines": [asdict(line) for line in wanted.lines],
            "items": items,
            "reason": wanted.reason.value,
            "note": wanted.note,
            "instead": wanted.instead,
        }
        self._drafts.make(turn.conversation_id, REQUEST, content)
        response = "utter_returns_confirm_exchange" if wanted.instead else "utter_returns_confirm"
        reason = self._speech.word("return_reasons", wanted.reason.value)
        told = {"items": items, "order": found.number, "reason": reason, "instead": wanted.instead}
        return Outcome(response, told)

    def request(self, turn: Turn, confirmed: bool) -> Outcome:
        """Ask for the return that was shown, if that was wished; a repeated "yes" tells of the same one."""
        if not confirmed:
            return Outcome("utter_returns_dropped", forget=NEW)
        draft = self._drafts.newest(turn.conversation_id, REQUEST)
        if draft is None or not Claim(email=turn.identity.email).matches(email=draft.content["email"]):
            return Outcome("utter_returns_nothing_to_confirm", forget=NEW)
        wish = Wish(handlers.RETURN, draft, draft.content, partial(_kept, draft), CONFIRM_AGAIN)
        return self._degradation.write(wish, partial(self._request, draft))

    def status(self, turn: Turn, number: str, claim: Claim) -> Outcome:
        """Tell what became of the money and the returns of one order, to whoever can prove that it is theirs."""
        try:
            order = self._find(turn, number, claim)
            if isinstance(order, Outcome):
                return order
            known = self._commerce.list_returns(order.id) if "list_returns" in self._commerce.capabilities else ()
        except AWAY as error:
            return self._degradation.read(STATUS, error, lambda _: Outcome("utter_returns_status_again"))
        known_by = (Level.VERIFIED, None) if turn.identity.level is Level.VERIFIED else (Level.CLAIMED, claim)
        self._watches.add(turn.conversation_id, self._commerce.system, order, *known_by)
        return Outcome(_stand(order, known), self._told(order, known), forget=("orders_number",))

    def _request(self, draft: Draft) -> Outcome:
        shown = draft.content
        told = {"order": shown["order"], "items": shown["items"]}
        try:
            made = self._commerce.request_return(shown["order_id"], handlers.new_return(shown), draft.key)
        except ConflictError:
            return Outcome("utter_returns_cannot_go_back", told, forget=NEW)
        except REFUSALS as error:
            if isinstance(error, InvalidError) and error.field == "lines":
                return Outcome("utter_returns_less_left", told, forget=LOOK_AGAIN, again=True)
            return self._degradation.refused("utter_returns_refused", error, {}, CONFIRM_AGAIN, **told)
        self._drafts.consume(draft, {"return": made.number or made.id})
        kind = "exchange" if shown["instead"] else "approved" if made.status is ReturnStatus.APPROVED else "requested"
        told["number"] = self._speech.clause("return_number", made.number)
        return Outcome(f"utter_returns_{kind}", told, forget=NEW)

    def _find(self, turn: Turn, number: str, claim: Claim) -> Order | Outcome:
        record = f"order:{number}"
        verified = turn.identity.email if turn.identity.level is Level.VERIFIED else None
        try:
            self._guesses.check(turn, record)
            return self._commerce.find_order(number, Claim(email=verified) if verified else claim)
        except LockedError as error:
            return Outcome("utter_orders_locked", {"minutes": str(error.minutes)}, forget=(*NEW, "orders_contact"))
        except NotFoundError:
            self._guesses.wrong(turn, record)
            if verified:
                told = {"order": number, "email": verified}
                return Outcome("utter_returns_not_found", told, forget=("returns_order", "orders_number"), again=True)
            return Outcome("utter_orders_not_found", forget=("orders_contact",), again=True)

    def _held_back(self, order: Order) -> Outcome | None:
        """Return why nothing of an order can go back; what only the system knows, it says when it is asked."""
        if order.status is OrderStatus.CANCELLED:
            return Outcome("utter_returns_order_cancelled", {"order": order.number}, forget=NEW)
        if order.status in _STILL_HERE and not order.fulfilments:
            return Outcome("utter_returns_not_shipped", {"order": order.number}, forget=NEW)
        return None

    def _told(self, order: Order, known: Sequence[Return]) -> dict[str, str]:
        """Return every placeholder that a response on what came of an order may use."""
        say, latest = self._speech, _latest(known)
        paid_back = order.refunded
        return {
            "order": order.number,
            "return": latest.number or order.number if latest else "",
            "items": say.names(_of(order.items, latest.lines)) if latest else "",
            "amount": say.money(paid_back) if paid_back else "",
            "total": say.money(order.total),
            "money": "" if paid_back is None or paid_back.minor else say.word("refunds", "nothing_yet"),
        }


def left_of(items: Sequence[OrderItem], known: Sequence[Return]) -> Iterator[OrderItem]:
    """Yield what of an order is not on its way back yet, each item with the quantity that is left."""
    gone: Counter[str] = Counter()
    for one in known:
        if one.status not in _TAKES_NOTHING:
            gone.update({line.item_id: line.quantity for line in one.lines})
    for item in items:
        if item.quantity > gone[item.id]:
            yield replace(item, quantity=item.quantity - gone[item.id])


def _of(items: Sequence[OrderItem], lines: Sequence[ReturnLine]) -> list[OrderItem]:
    """Return the items that lines name, with the quantities of the lines."""
    wanted = Counter({line.item_id: line.quantity for line in lines})
    return [replace(item, quantity=wanted[item.id]) for item in items if wanted[item.id]]


def _latest(known: Sequence[Return]) -> Return | None:
    """Return the return that people mean: the newest that was not taken back."""
    return next((one for one in reversed(known) if one.status is not ReturnStatus.CANCELLED), None)


def _stand(order: Order, known: Sequence[Return]) -> str:
    """Return the response that tells how the money of an order stands."""
    latest = _latest(known)
    if order.refunded and order.refunded.minor > 0:
        return "utter_returns_refunded"
    if order.status is OrderStatus.CANCELLED:
        return "utter_returns_refund_of_cancelled"
    if latest is not None:
        return f"utter_returns_is_{latest.status.value}"
    return "utter_returns_is_closed" if order.status is OrderStatus.RETURNED else "utter_returns_none"


def _kept(draft: Draft, unsure: bool) -> Outcome:
    told = {"order": draft.content["order"], "items": draft.content["items"]}
    return Outcome("utter_returns_kept_unsure" if unsure else "utter_returns_kept", told, forget=NEW)

"""Orders, products, return requests and checkouts at WooCommerce, which checks little: so it is checked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from bridge.adapters.woocommerce.client import KEY, PAGE, is_id, is_sayable, mark
from bridge.adapters.woocommerce.products import search
from bridge.adapters.woocommerce.reading import has_parcel, postcode_of, read_checkout, read_order
from bridge.adapters.woocommerce.writing import Asked, asked_for, bought, note_of, return_by_key, return_of, written
from bridge.connections import Adapter, Connection
from bridge.connections.values import the_one
from bridge.errors import ConflictError, InvalidError, NotFoundError, SettingsError
from bridge.model.commerce import Address, CartLine, Checkout, NewReturn, Order, OrderStatus, Product, Return
from bridge.model.fitting import check_return
from bridge.model.identity import Claim
from bridge.transport import Data
from bridge.transport.paging import by_link

_NOT_THERE = "no order has this number and belongs to this person"


class WooCommerceCommerce(Adapter):
    """Keep the port of shops with WooCommerce's REST API."""

    domain: ClassVar[str] = "commerce"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        if not self.fields["currency"]:
            raise SettingsError("connections.woocommerce.fields.currency: is missing; such as EUR")

    def find_order(self, number: str, claim: Claim) -> Order:
        """Return the order with this number if the claim matches it."""
        # Its number is its id: asked for as `?number=`, WooCommerce would answer with all orders that there are.
        order = self._order(number.strip().removeprefix("#"))
        if order is None or not self._matches(order, claim):
            raise NotFoundError(_NOT_THERE)
        return read_order(order, self.words)

    def list_orders(self, email: str, limit: int = 10) -> Sequence[Order]:
        """Return the newest orders of the person with this proven e-mail."""
        claim, found = Claim(email=email.strip()), list[Order]()
        if not claim.email or not is_sayable(email) or limit < 1:
            return []
        for order in self._orders(search=claim.email):
            if claim.matches(email=order["billing"].text("email", "")):
                found.append(read_order(order, self.words))
            if len(found) == limit:
                break
        return found

    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return active products that have every word of `text`, best first."""
        return search(self.session, text.casefold().split(), limit, self.fields["currency"])

    def cancel_order(self, order_id: str, key: str) -> Order:
        """Cancel an order that has not left; nothing is paid back by it."""
        before = self._there(order_id)
        if read_order(before, self.words).status is OrderStatus.CANCELLED:
            return read_order(before, self.words)
        self._check_open(before)
        reply = self.session.put("orders/{id}", id=order_id, json={"status": "cancelled"})
        return read_order(reply.data, self.words)

    def find_cancellation(self, order_id: str, key: str) -> Order | None:
        """Return the order if it was cancelled."""
        order = self._order(order_id)
        found = read_order(order, self.words) if order else None
        return found if found is not None and found.status is OrderStatus.CANCELLED else None

    def request_return(self, order_id: str, wanted: NewReturn, key: str) -> Return:
        """Write a note for the people of the shop: WooCommerce knows no returns, and money is theirs to give back."""
        order = self._there(order_id)
        known = list(self._returns(order_id))
        if (made := return_by_key(known, order_id, key)) is not None:
            return made
        if self._is_open(order) or order.text("status") == "cancelled":
            raise ConflictError("woocommerce: nothing of this order can go back")
        left = Counter({line.id(): line.number("quantity") for line in order.each("line_items")})
        for _, _, lines in known:
            left.subtract(lines)
        check_return(wanted.lines, left)
        note = {"note": note_of(wanted, key), "customer_note": False}
        written_down = self.session.post("orders/{id}/notes", id=order_id, json=note).data
        return return_of(written_down.id(), order_id, {line.item_id: line.quantity for line in wanted.lines})

    def list_returns(self, order_id: str) -> Sequence[Return]:
        """Return the notes that ask to take something back; what came of them is not written there."""
        # Notes come newest first.
        return [return_of(note_id, order_id, lines) for note_id, _, lines in self._returns(order_id)][::-1]

    def find_return_by_key(self, order_id: str, key: str) -> Return | None:
        """Return the return that this idempotency key asked for."""
        return return_by_key(self._returns(order_id), order_id, key)

    def change_address(self, order_id: str, address: Address, key: str) -> Order:
        """Send an order that has not left to another address."""
        self._check_open(self._there(order_id))
        reply = self.session.put("orders/{id}", id=order_id, json={"shipping": written(address)})
        return read_order(reply.data, self.words)

    def find_address_change(self, order_id: str, address: Address, key: str) -> Order | None:
        """Return the order if it goes to this address."""
        order = self._order(order_id)
        found = read_order(order, self.words) if order else None
        return found if found is not None and found.address == address else None

    def create_checkout(self, email: str, lines: Sequence[CartLine], key: str) -> Checkout:
        """Make a pending order, which its customer pays at its own address."""
        items = [bought(line) for line in lines]
        if not items:
            raise InvalidError("lines", "names nothing")
        if (made := self.find_checkout_by_key(email, key)) is not None:
            return made
        order: dict[str, Any] = {"status": "pending", "line_items": items}
        order["meta_data"] = [{"key": KEY, "value": mark(key)}]
        if email.strip():
            order["billing"] = {"email": email.strip()}
        return read_checkout(self.session.post("orders", json=order).data)

    def find_checkout_by_key(self, email: str, key: str) -> Checkout | None:
        """Return the pending order with this key's mark; WooCommerce cannot search for that."""
        for order in self._orders(search=email.strip() or None, status="pending"):
            mine = order["billing"].text("email", "").casefold() == email.strip().casefold()
            told = {meta.text("key"): meta["value"].raw for meta in order.each("meta_data")}
            if mine and told.get(KEY) == mark(key):
                return read_checkout(order)
        return None

    def _orders(self, **params: str | None) -> Iterator[Data]:
        first = self.session.get("orders", params={**params, "per_page": PAGE, "orderby": "date", "order": "desc"})
        for page in by_link(self.session, first):
            yield from page.data.each()

    def _order(self, order_id: str) -> Data | None:
        """Return the order with this id, and None where it has another number: then a plugin gives numbers."""
        if not is_id(order_id):
            return None
        try:
            order = the_one(self.session.get("orders/{id}", id=order_id).data, order_id)
        except NotFoundError:
            return None
        return order if order.id("number") == order_id else None

    def _there(self, order_id: str) -> Data:
        order = self._order(order_id)
        if order is None:
            raise NotFoundError("woocommerce: no such order")
        return order

    def _is_open(self, order: Data) -> bool:
        states = self.words.theirs("open", "states").replace(" ", "").split(",")
        return order.text("status") in states and not has_parcel(order)

    def _check_open(self, order: Data) -> None:
        if not self._is_open(order):
            raise ConflictError("woocommerce: this order is on its way, or closed")

    def _returns(self, order_id: str) -> Iterator[Asked]:
        try:
            notes = self.session.get("orders/{id}/notes", id=order_id).data if is_id(order_id) else Data([])
        except NotFoundError:
            return
        yield from (asked for note in notes.each() if (asked := asked_for(note)))

    @staticmethod
    def _matches(order: Data, claim: Claim) -> bool:
        return claim.matches(email=order["billing"].text("email", ""), postcode=postcode_of(order))

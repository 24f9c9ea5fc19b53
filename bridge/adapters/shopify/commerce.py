"""Orders, products, returns and checkouts at Shopify."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from bridge.adapters.shopify import documents
from bridge.adapters.shopify.client import PATH, check, is_id, is_sayable, mark
from bridge.adapters.shopify.goods import read_checkout, read_product
from bridge.adapters.shopify.reading import has_left, number_of, read_order, read_return
from bridge.adapters.shopify.writing import inside, quoted, return_lines, written
from bridge.connections import Adapter
from bridge.connections.values import the_one
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.model.commerce import Address, CartLine, Checkout, NewReturn, Order, Product, Return
from bridge.model.fitting import best_first
from bridge.model.identity import Claim
from bridge.transport import Data
from bridge.transport.paging import by_page_info

LONGEST_NUMBER = 64
LONGEST_NOTE = 200
_NOT_THERE = "no order has this number and belongs to this person"


class ShopifyCommerce(Adapter):
    """Keep the port of shops with Shopify's GraphQL."""

    domain: ClassVar[str] = "commerce"

    def find_order(self, number: str, claim: Claim) -> Order:
        """Return the order with this number if the claim matches it."""
        wanted = number.strip().removeprefix("#").casefold()
        if not is_sayable(wanted) or not 0 < len(wanted) <= LONGEST_NUMBER:
            raise NotFoundError(_NOT_THERE)
        name = f"{self.fields['number_prefix']}{wanted}{self.fields['number_suffix']}"
        for order in self._ask(documents.SEARCH_ORDERS, q=f"name:{quoted(name)}")["orders"].each("nodes"):
            # The search compares word by word; two orders may have one number, and an app may not see any e-mail.
            if number_of(order, self.fields).casefold() == wanted and self._matches(order, claim):
                found = self._order(order.id())
                if found is not None and self._matches(found, claim):
                    return self._read(found)
        raise NotFoundError(_NOT_THERE)

    def list_orders(self, email: str, limit: int = 10) -> Sequence[Order]:
        """Return the newest orders of the person with this proven e-mail."""
        claim, found = Claim(email=email.strip()), list[Order]()
        if not claim.email or not is_sayable(email) or limit < 1:
            return []
        query = f"email:{quoted(claim.email)}"
        for page in by_page_info(lambda after: self._ask(documents.LIST_ORDERS, q=query, after=after)["orders"]):
            found += [self._read(order) for order in page.each("nodes") if self._matches(order, claim)]
            if len(found) >= limit:
                break
        return found[:limit]

    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return active products that have every word of `text`, best first."""
        words = text.casefold().split()
        if not words or not all(map(is_sayable, words)) or limit < 1:
            return []
        answer = self._ask(documents.SEARCH_PRODUCTS, q=" AND ".join(["status:active", *map(inside, words)]))
        currency = answer["shop"].text("currencyCode")
        active = [product for product in answer["products"].each("nodes") if product.text("status") == "ACTIVE"]
        return best_first((read_product(product, currency) for product in active), words, limit)

    def cancel_order(self, order_id: str, key: str) -> Order:
        """Have an order cancelled; its money goes back the way it came."""
        before = self._there(order_id)["order"]
        if before.time_or_none("cancelledAt"):
            return self._read(before)
        if has_left(before):
            raise ConflictError("shopify: a part of this order is on its way")
        answer = self._change(documents.CANCEL, "orderCancel", id=order_id, note=mark(key))
        check(answer, ConflictError, "orderCancelUserErrors")
        now = self._ask(documents.JOB, job=answer["job"].id(), id=order_id)["order"]
        return self._read(now or before)

    def find_cancellation(self, order_id: str, key: str) -> Order | None:
        """Return the order if it was cancelled."""
        order = self._order(order_id)
        return self._read(order) if order is not None and order.time_or_none("cancelledAt") else None

    def request_return(self, order_id: str, wanted: NewReturn, key: str) -> Return:
        """Ask for a return, which somebody of the shop approves or declines."""
        answer = self._there(order_id, documents.RETURNABLE)
        order = answer["order"]
        if (made := self._marked(order["returns"].each("nodes"), order_id, key)) is not None:
            return made
        if order.time_or_none("cancelledAt") or not has_left(order):
            raise ConflictError("shopify: nothing of this order can go back")
        reason = self.words.theirs("reasons", wanted.reason, "OTHER")
        note = f"{wanted.note[:LONGEST_NOTE]}\n{mark(key)}"
        asked = [{**line, "returnReason": reason, "customerNote": note} for line in return_lines(answer, wanted)]
        given = {"orderId": order_id, "returnLineItems": asked}
        answer = self._change(documents.REQUEST_RETURN, "returnRequest", input=given)
        check(answer, InvalidError)
        return read_return(answer["return"], order_id, self.words)

    def list_returns(self, order_id: str) -> Sequence[Return]:
        """Return the returns of an order."""
        return [read_return(made, order_id, self.words) for made in self._returns(order_id)]

    def find_return_by_key(self, order_id: str, key: str) -> Return | None:
        """Return the return that this idempotency key asked for."""
        return self._marked(self._returns(order_id), order_id, key)

    def change_address(self, order_id: str, address: Address, key: str) -> Order:
        """Send an order to another address; Shopify itself would not mind when it has left."""
        before = self._there(order_id)["order"]
        if before.time_or_none("cancelledAt") or has_left(before):
            raise ConflictError("shopify: this order is on its way or cancelled")
        answer = self._change(
            documents.CHANGE_ADDRESS, "orderUpdate", input={"id": order_id, "shippingAddress": written(address)}
        )
        for _ in answer.each("userErrors"):
            raise InvalidError("address", "shopify does not take it")
        return self._read(answer["order"])

    def find_address_change(self, order_id: str, address: Address, key: str) -> Order | None:
        """Return the order if it goes to this address."""
        order = self._order(order_id)
        found = self._read(order) if order is not None else None
        return found if found is not None and found.address == address else None

    def create_checkout(self, email: str, lines: Sequence[CartLine], key: str) -> Checkout:
        """Make a draft order, whose link its customer pays at."""
        if not lines or any(line.quantity < 1 or not is_id(line.variant_id) for line in lines):
            raise InvalidError("lines", "names what cannot be bought")
        if (made := self.find_checkout_by_key(email, key)) is not None:
            return made
        items = [{"variantId": line.variant_id, "quantity": line.quantity} for line in lines]
        draft = {"email": email.strip() or None, "lineItems": items, "tags": [mark(key)]}
        answer = self._change(documents.CREATE_DRAFT, "draftOrderCreate", input=draft)
        check(answer, InvalidError)
        return read_checkout(answer["draftOrder"])

    def find_checkout_by_key(self, email: str, key: str) -> Checkout | None:
        """Return the draft order with this key's tag."""
        drafts = self._ask(documents.DRAFTS, q=f"tag:{quoted(mark(key))}")["draftOrders"].each("nodes")
        for draft in drafts:
            mine = draft.text("email", "").casefold() == email.strip().casefold()
            if mine and mark(key) in draft["tags"].raw:
                return read_checkout(draft)
        return None

    def _ask(self, document: str, **variables: Any) -> Data:
        return self.session.graphql(PATH, document, variables, reads=True)

    def _change(self, document: str, name: str, **variables: Any) -> Data:
        return self.session.graphql(PATH, document, variables, reads=False)[name]

    def _read(self, order: Data) -> Order:
        return read_order(order, self.words, self.fields)

    def _order(self, order_id: str) -> Data | None:
        found = self._ask(documents.ORDER, id=order_id)["order"] if is_id(order_id) else None
        return the_one(found, order_id) if found else None

    def _there(self, order_id: str, document: str = documents.ORDER) -> Data:
        answer = self._ask(document, id=order_id) if is_id(order_id) else None
        if not answer or not answer["order"]:
            raise NotFoundError("shopify: no such order")
        return answer

    def _returns(self, order_id: str) -> list[Data]:
        order = self._ask(documents.RETURNS, id=order_id)["order"] if is_id(order_id) else None
        return list(order["returns"].each("nodes")) if order else []

    def _marked(self, known: Iterable[Data], order_id: str, key: str) -> Return | None:
        for made in known:
            if any(line.text("customerNote", "").endswith(mark(key)) for line in made["returnLineItems"].each("nodes")):
                return read_return(made, order_id, self.words)
        return None

    @staticmethod
    def _matches(order: Data, claim: Claim) -> bool:
        address = order["shippingAddress"]
        return claim.matches(email=order.text("email", ""), postcode=address.text("zip", "") if address else "")

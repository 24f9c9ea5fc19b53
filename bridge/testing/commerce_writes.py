"""What every shop adapter must do when it is asked to change something; a part of its contract."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import ConflictError, InvalidError
from bridge.model.commerce import (
    CartLine,
    NewReturn,
    Order,
    OrderItem,
    OrderStatus,
    ReturnLine,
    ReturnReason,
)
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.testing.commerce_records import NEW_ADDRESS, CommerceWorld, make_order, make_product, make_unshipped
from bridge.testing.contract import (
    AWKWARD_TEXTS,
    Contract,
    assert_tells_nothing_of,
    needs,
    new_email,
    not_found,
    raised,
    strange_lookups,
    unique,
)


class CommerceWrites(Contract):
    """Prove what `bridge.ports.commerce` promises of changes."""

    @staticmethod
    def _order(world: CommerceWorld, email: str, number: str) -> Order:
        return world.adapter.find_order(number, Claim(email=email))

    @staticmethod
    def _back(order: Order, quantity: int = 1) -> NewReturn:
        return NewReturn((ReturnLine(order.items[0].id, quantity),), ReturnReason.TOO_SMALL, "It does not fit.")

    @staticmethod
    def _cart(world: CommerceWorld, name: str, quantity: int = 2) -> list[CartLine]:
        """Return a cart with the first variant of a product; a shop without a search cannot sell by variant."""
        if "search_products" not in world.adapter.capabilities:
            return [CartLine("1", quantity)]
        return [CartLine(world.adapter.search_products(name)[0].variants[0].id, quantity)]

    @needs("cancel_order")
    def test_cancelled_order_stays_cancelled(self, world: CommerceWorld, email: str) -> None:
        number, key = world.add_order(make_unshipped(email)), unique()
        order = self._order(world, email, number)
        assert world.adapter.find_cancellation(order.id, key) is None
        for _ in range(2):
            assert world.adapter.cancel_order(order.id, key).id == order.id
            world.settle()
            assert self._order(world, email, number).status is OrderStatus.CANCELLED
        assert world.adapter.cancel_order(order.id, unique()).status is OrderStatus.CANCELLED
        found = world.adapter.find_cancellation(order.id, key)
        assert found is not None
        assert (found.id, found.status) == (order.id, OrderStatus.CANCELLED)

    @needs("cancel_order")
    def test_order_that_left_the_house_is_not_cancelled(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email))
        order = self._order(world, email, number)
        error = raised(ConflictError, lambda: world.adapter.cancel_order(order.id, unique()))
        assert_tells_nothing_of(error, email)
        world.settle()
        assert self._order(world, email, number) == order
        assert world.adapter.find_cancellation(order.id, unique()) is None

    @needs("cancel_order")
    @strange_lookups
    def test_strange_order_cannot_be_cancelled(self, world: CommerceWorld, strange: str) -> None:
        not_found(lambda: world.adapter.cancel_order(strange, unique()))
        assert world.adapter.find_cancellation(strange, unique()) is None

    @needs("request_return")
    def test_return_is_read_back_as_it_was_asked_for(self, world: CommerceWorld, email: str) -> None:
        order, key = self._order(world, email, world.add_order(make_order(email))), unique()
        assert world.adapter.find_return_by_key(order.id, key) is None
        wanted = self._back(order)
        made = world.adapter.request_return(order.id, wanted, key)
        assert made.id
        assert (made.order_id, made.lines) == (order.id, wanted.lines)
        assert world.adapter.find_return_by_key(order.id, key) == made
        assert world.adapter.find_return_by_key(order.id, key[:-1]) is None
        assert world.returns(order.id) == 1

    @needs("request_return")
    def test_same_key_twice_is_one_return(self, world: CommerceWorld, email: str) -> None:
        order, key = self._order(world, email, world.add_order(make_order(email))), unique()
        first, again = (world.adapter.request_return(order.id, self._back(order), key) for _ in range(2))
        assert (first, world.returns(order.id)) == (again, 1)

    @needs("list_returns")
    def test_returns_of_an_order_are_told_oldest_first(self, world: CommerceWorld, email: str) -> None:
        two = OrderItem("TS-BLUE-M", "Blue T-Shirt", 2, Money(1990, "USD"))
        order, other = (self._order(world, email, world.add_order(make_order(email, items=(two,)))) for _ in range(2))
        assert list(world.adapter.list_returns(order.id)) == []
        made = [world.adapter.request_return(order.id, self._back(order), unique()) for _ in range(2)]
        assert list(world.adapter.list_returns(order.id)) == made
        assert list(world.adapter.list_returns(other.id)) == []

    @needs("list_returns")
    @strange_lookups
    def test_strange_order_has_no_returns(self, world: CommerceWorld, strange: str) -> None:
        assert list(world.adapter.list_returns(strange)) == []

    @needs("request_return")
    def test_more_than_was_bought_does_not_go_back(self, world: CommerceWorld, email: str) -> None:
        order = self._order(world, email, world.add_order(make_order(email)))
        some = self._back(order)
        wrong = [
            replace(some, lines=()),
            self._back(order, quantity=2),
            self._back(order, quantity=0),
            self._back(order, quantity=-1),
            replace(some, lines=some.lines * 2),
            replace(some, lines=(ReturnLine("999999999", 1),)),
        ]
        for wanted in wrong:
            error = raised(InvalidError, lambda wanted=wanted: world.adapter.request_return(order.id, wanted, unique()))  # type: ignore[misc]
            assert isinstance(error, InvalidError)
            assert error.field == "lines"
        assert world.returns(order.id) == 0

    @needs("request_return")
    def test_what_was_returned_does_not_go_back_again(self, world: CommerceWorld, email: str) -> None:
        order = self._order(world, email, world.add_order(make_order(email)))
        world.adapter.request_return(order.id, self._back(order), unique())
        raised(InvalidError, lambda: world.adapter.request_return(order.id, self._back(order), unique()))
        assert world.returns(order.id) == 1

    @needs("request_return")
    def test_order_that_is_still_here_does_not_go_back(self, world: CommerceWorld, email: str) -> None:
        order = self._order(world, email, world.add_order(make_unshipped(email)))
        raised(ConflictError, lambda: world.adapter.request_return(order.id, self._back(order), unique()))

    @needs("request_return")
    @strange_lookups
    def test_strange_order_has_no_return(self, world: CommerceWorld, email: str, strange: str) -> None:
        order, key = self._order(world, email, world.add_order(make_order(email))), unique()
        not_found(lambda: world.adapter.request_return(strange, self._back(order), key))
        assert world.adapter.find_return_by_key(strange, key) is None
        assert world.adapter.find_return_by_key(order.id, strange) is None

    @needs("change_address")
    def test_changed_address_is_the_orders_address(self, world: CommerceWorld, email: str) -> None:
        number, key = world.add_order(make_unshipped(email)), unique()
        order = self._order(world, email, number)
        assert world.adapter.find_address_change(order.id, NEW_ADDRESS, key) is None
        for _ in range(2):
            assert world.adapter.change_address(order.id, NEW_ADDRESS, key).address == NEW_ADDRESS
        found = self._order(world, email, number)
        assert found == replace(order, address=NEW_ADDRESS)
        assert world.adapter.find_address_change(order.id, NEW_ADDRESS, key) == found

    @needs("change_address")
    @pytest.mark.parametrize("text", [text for text in AWKWARD_TEXTS.values() if "\n" not in text])
    def test_awkward_address_is_kept_unchanged(self, world: CommerceWorld, email: str, text: str) -> None:
        number = world.add_order(make_unshipped(email))
        address = replace(NEW_ADDRESS, line1=text)
        world.adapter.change_address(self._order(world, email, number).id, address, unique())
        assert self._order(world, email, number).address == address

    @needs("change_address")
    def test_order_that_left_the_house_keeps_its_address(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email))
        order = self._order(world, email, number)
        error = raised(ConflictError, lambda: world.adapter.change_address(order.id, NEW_ADDRESS, unique()))
        assert_tells_nothing_of(error, email, NEW_ADDRESS.line1, NEW_ADDRESS.postcode)
        assert self._order(world, email, number) == order

    @needs("change_address")
    @strange_lookups
    def test_strange_order_has_no_address(self, world: CommerceWorld, strange: str) -> None:
        not_found(lambda: world.adapter.change_address(strange, NEW_ADDRESS, unique()))
        assert world.adapter.find_address_change(strange, NEW_ADDRESS, unique()) is None

    @needs("create_checkout")
    def test_checkout_is_read_back_as_it_was_made(self, world: CommerceWorld, email: str) -> None:
        world.add_product(make_product("Teapot"))
        key, lines = unique(), self._cart(world, "Teapot", quantity=2)
        assert world.adapter.find_checkout_by_key(email, key) is None
        made = world.adapter.create_checkout(email, lines, key)
        assert made.id
        assert made.url.startswith(("https://", "http://"))
        assert made.total in (None, Money(3980, "USD"))
        assert made.url not in repr(made)
        assert world.adapter.find_checkout_by_key(email, key) == made
        assert world.adapter.find_checkout_by_key(email, key[:-1]) is None
        assert world.adapter.find_checkout_by_key(new_email(), key) is None

    @needs("create_checkout")
    def test_same_key_twice_is_one_checkout(self, world: CommerceWorld, email: str) -> None:
        world.add_product(make_product("Teapot"))
        key, lines = unique(), self._cart(world, "Teapot")
        first, again = (world.adapter.create_checkout(email, lines, key) for _ in range(2))
        assert (first, world.checkouts(email)) == (again, 1)
        assert world.adapter.create_checkout(email, lines, unique()).url != first.url

    @needs("create_checkout")
    def test_what_cannot_be_bought_makes_no_checkout(self, world: CommerceWorld, email: str) -> None:
        world.add_product(make_product("Teapot"))
        (line,) = self._cart(world, "Teapot")
        for lines in ([], [replace(line, quantity=0)], [replace(line, quantity=-1)], [CartLine("999999999", 1)]):
            raised(InvalidError, lambda lines=lines: world.adapter.create_checkout(email, lines, unique()))  # type: ignore[misc]
        assert world.checkouts(email) == 0

    @needs("create_checkout")
    def test_cart_of_somebody_unknown_is_a_checkout_too(self, world: CommerceWorld) -> None:
        world.add_product(make_product("Teapot"))
        key = unique()
        made = world.adapter.create_checkout("", self._cart(world, "Teapot"), key)
        assert world.adapter.find_checkout_by_key("", key) == made

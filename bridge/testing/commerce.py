"""What every shop adapter must do.

Subclass `CommerceContract` in a test file and give it a fixture `world` that returns a `CommerceWorld`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.errors import NotFoundError
from bridge.model.commerce import (
    OrderStatus,
    Product,
    Variant,
)
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.ports.commerce import Commerce
from bridge.testing.commerce_records import NEW_ADDRESS, CommerceWorld, make_order, make_product, make_unshipped
from bridge.testing.commerce_writes import CommerceWrites
from bridge.testing.contract import (
    AWKWARD_TEXTS,
    assert_tells_nothing_of,
    needs,
    new_email,
    not_found,
    raised,
    strange_lookups,
    unique,
)

KNOWN_STATUSES = sorted(set(OrderStatus) - {OrderStatus.OTHER})


class CommerceContract(CommerceWrites):
    """Prove that a shop adapter keeps the promises of `bridge.ports.commerce`."""

    port = Commerce

    @pytest.fixture
    def email(self) -> str:
        """Return the e-mail of somebody new."""
        return new_email()

    def calls(self, world: Any, email: str) -> Mapping[str, Callable[[Any], object]]:
        """Find and list orders, search a product, change an order of its own with each write, read that back."""
        number = world.add_order(make_order(email))
        shipped = self._order(world, email, number)
        cancelled, moved = (self._order(world, email, world.add_order(make_unshipped(email))) for _ in range(2))
        world.add_product(make_product("Blue T-Shirt"))
        lines = self._cart(world, "Blue T-Shirt")
        back = self._back(shipped)
        return {
            "find_order": lambda shop: shop.find_order(number, Claim(email=email)),
            "list_orders": lambda shop: shop.list_orders(email),
            "search_products": lambda shop: shop.search_products("shirt"),
            "find_cancellation": lambda shop: shop.find_cancellation(cancelled.id, unique()),
            "cancel_order": lambda shop: shop.cancel_order(cancelled.id, unique()),
            "list_returns": lambda shop: shop.list_returns(shipped.id),
            "find_return_by_key": lambda shop: shop.find_return_by_key(shipped.id, unique()),
            "request_return": lambda shop: shop.request_return(shipped.id, back, unique()),
            "find_address_change": lambda shop: shop.find_address_change(moved.id, NEW_ADDRESS, unique()),
            "change_address": lambda shop: shop.change_address(moved.id, NEW_ADDRESS, unique()),
            "find_checkout_by_key": lambda shop: shop.find_checkout_by_key(email, unique()),
            "create_checkout": lambda shop: shop.create_checkout(email, lines, unique()),
        }

    @needs("find_order")
    def test_order_is_told_as_the_shop_holds_it(self, world: CommerceWorld, email: str) -> None:
        order = make_order(email)
        number = world.add_order(order)
        found = world.adapter.find_order(number, Claim(email=email))
        assert found.id
        assert (found.number, found.email.lower(), found.status) == (number, email, OrderStatus.SHIPPED)
        assert (found.placed_at, found.total) == (order.placed_at, order.total)
        assert [(item.name, item.quantity) for item in found.items] == [("Blue T-Shirt", 1), ("Black Jeans", 1)]
        assert [(parcel.carrier, parcel.tracking_number) for parcel in found.fulfilments] == [
            ("UPS", "1Z999AA10123456784")
        ]

    @needs("find_order")
    def test_order_number_is_found_whatever_the_case_of_its_letters(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email))
        for typed in (number.lower(), number.upper(), f" {number} "):
            assert world.adapter.find_order(typed, Claim(email=email)).number == number

    @needs("find_order")
    @pytest.mark.parametrize("postcode", ["SW1A 1AA", "sw1a1aa", " SW1A  1AA "])
    def test_postcode_is_proof_too(self, world: CommerceWorld, email: str, postcode: str) -> None:
        number = world.add_order(make_order(email))
        assert world.adapter.find_order(number, Claim(postcode=postcode)).number == number

    @needs("find_order")
    def test_case_of_the_email_does_not_matter(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email))
        assert world.adapter.find_order(number, Claim(email=email.upper())).number == number

    @needs("find_order")
    def test_missing_order_and_wrong_claim_cannot_be_told_apart(self, world: CommerceWorld, email: str) -> None:
        find = world.adapter.find_order
        number = world.add_order(make_order(email))
        missing = not_found(lambda: find(f"ZZ{unique()}", Claim(email=email)))
        wrong_claims = [
            Claim(email=new_email()),
            Claim(email=email.removeprefix("a")),
            Claim(email=f"{email}.org"),
            Claim(email="%"),
            Claim(email="' OR '1'='1"),
            Claim(postcode="SW1A 1AB"),
            Claim(postcode="SW1A"),
            Claim(email="", postcode=""),
            Claim(),
        ]
        for claim in wrong_claims:
            assert not_found(lambda claim=claim: find(number, claim)) == missing  # type: ignore[misc]

    @needs("find_order")
    def test_right_postcode_does_not_heal_a_wrong_email(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email))
        not_found(lambda: world.adapter.find_order(number, Claim(email=new_email(), postcode="SW1A 1AA")))

    @needs("find_order")
    def test_order_without_an_address_has_no_postcode_to_prove(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email, address=None))
        not_found(lambda: world.adapter.find_order(number, Claim(postcode="SW1A 1AA")))

    @needs("find_order")
    def test_each_person_gets_only_their_own_order(self, world: CommerceWorld, email: str) -> None:
        other = new_email()
        mine, theirs = world.add_order(make_order(email)), world.add_order(make_order(other))
        assert world.adapter.find_order(mine, Claim(email=email)).email.lower() == email
        assert world.adapter.find_order(theirs, Claim(email=other)).email.lower() == other
        not_found(lambda: world.adapter.find_order(theirs, Claim(email=email)))

    @needs("find_order")
    @strange_lookups
    def test_strange_number_is_nobodys(self, world: CommerceWorld, email: str, strange: str) -> None:
        world.add_order(make_order(email))
        not_found(lambda: world.adapter.find_order(strange, Claim(email=email)))

    @needs("find_order")
    def test_error_tells_nothing_of_the_person(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email))
        guess = new_email()
        error = raised(NotFoundError, lambda: world.adapter.find_order(number, Claim(email=guess)))
        assert_tells_nothing_of(error, email, guess, number)

    @needs("find_order")
    @pytest.mark.parametrize("status", KNOWN_STATUSES)
    def test_every_state_of_an_order_is_understood(self, world: CommerceWorld, email: str, status: OrderStatus) -> None:
        number = world.add_order(make_order(email, status=status, status_label=status.value))
        found = world.adapter.find_order(number, Claim(email=email))
        assert found.status is status
        assert found.status_label

    @needs("find_order")
    def test_unknown_state_is_other_and_keeps_its_word(self, world: CommerceWorld, email: str) -> None:
        number = world.add_order(make_order(email, status=OrderStatus.OTHER, status_label="awaiting_moon"))
        found = world.adapter.find_order(number, Claim(email=email))
        assert (found.status, found.status_label) == (OrderStatus.OTHER, "awaiting_moon")

    @needs("find_order")
    def test_money_that_went_back_is_told(self, world: CommerceWorld, email: str) -> None:
        back, kept = (world.add_order(make_order(email, refunded=refunded)) for refunded in (Money(1990, "USD"), None))
        assert world.adapter.find_order(back, Claim(email=email)).refunded == Money(1990, "USD")
        assert world.adapter.find_order(kept, Claim(email=email)).refunded in (None, Money(0, "USD"))

    @needs("search_products")
    @pytest.mark.parametrize("text", ["teapot", "TEAPOT", "teap", "pot  blue", "blue enamel", "kettles", "glazed"])
    def test_product_is_found_by_name_description_and_option(self, world: CommerceWorld, text: str) -> None:
        world.add_product(make_product("Teapot", "For all who tire of kettles.", colour="Blue", finish="Glazed enamel"))
        world.add_product(make_product("Garden Hose", "Twenty metres.", colour="Green"))
        assert [product.name for product in world.adapter.search_products(text)] == ["Teapot"]

    @needs("search_products")
    @pytest.mark.parametrize("text", ["", "  ", "teapot hose", "teapot red", "colour", "wheelbarrow"])
    def test_product_without_all_the_words_is_not_found(self, world: CommerceWorld, text: str) -> None:
        world.add_product(make_product("Teapot", colour="Blue"))
        world.add_product(make_product("Garden Hose"))
        assert list(world.adapter.search_products(text)) == []

    @needs("search_products")
    def test_product_tells_its_variants(self, world: CommerceWorld) -> None:
        sold_out = Variant(f"SKU-{unique()}", {"size": "S"}, Money(1990, "USD"), 0)
        uncounted = Variant(f"SKU-{unique()}", {"size": "L"}, Money(2190, "USD"), None)
        world.add_product(Product("", "Teapot", (sold_out, uncounted), "Round."))
        (found,) = world.adapter.search_products("teapot")
        assert found.id
        assert found.description == "Round."
        told = sorted(found.variants, key=lambda variant: variant.price.minor)
        assert [replace(variant, id="") for variant in told] == [sold_out, uncounted]
        assert len({variant.id for variant in told if variant.id}) == 2

    @needs("search_products")
    def test_name_comes_before_description_and_the_limit_cuts_the_rest(self, world: CommerceWorld) -> None:
        world.add_product(make_product("Cup", "Goes with the teapot."))
        world.add_product(make_product("Teapot"))
        world.add_product(make_product("Saucer", "Goes with the teapot."))
        search = world.adapter.search_products
        assert search("teapot")[0].name == "Teapot"
        assert len(search("teapot")) == 3
        assert [product.name for product in search("teapot", limit=1)] == ["Teapot"]

    @needs("search_products")
    def test_withdrawn_product_is_not_offered(self, world: CommerceWorld) -> None:
        world.add_product(make_product("Teapot"), active=False)
        assert list(world.adapter.search_products("teapot")) == []

    @needs("search_products")
    @pytest.mark.parametrize("text", ["%", "_", "t%t", "te_pot", "*", "?", "'", '"', "\\", "[a-z]", "\0", "\ud800"])
    def test_wildcard_is_a_plain_letter(self, world: CommerceWorld, text: str) -> None:
        world.add_product(make_product("Teapot", colour="Blue"))
        assert list(world.adapter.search_products(text)) == []

    @needs("search_products")
    @pytest.mark.parametrize("name", [text for text in AWKWARD_TEXTS.values() if "\n" not in text])
    def test_awkward_name_is_found_by_itself_and_told_unchanged(self, world: CommerceWorld, name: str) -> None:
        world.add_product(make_product(name))
        world.add_product(make_product("Teapot"))
        assert [product.name for product in world.adapter.search_products(name)] == [name]

    @needs("list_orders")
    def test_own_orders_come_newest_first(self, world: CommerceWorld, email: str) -> None:
        at = make_order(email).placed_at
        old, new, middle = (world.add_order(make_order(email, placed_at=at + timedelta(days=n))) for n in (0, 9, 3))
        world.add_order(make_order(new_email()))
        assert [order.number for order in world.adapter.list_orders(email.upper())] == [new, middle, old]
        assert [order.number for order in world.adapter.list_orders(email, limit=1)] == [new]
        assert list(world.adapter.list_orders(email, limit=0)) == []

    @needs("list_orders")
    def test_only_the_exact_email_lists_orders(self, world: CommerceWorld, email: str) -> None:
        world.add_order(make_order(email))
        near = [email.removeprefix("a"), f"{email}.org", email.replace(".", "_"), email.partition("@")[0], "%@%"]
        for other in near:
            assert list(world.adapter.list_orders(other)) == []

    @needs("list_orders")
    @strange_lookups
    def test_strange_email_has_no_orders(self, world: CommerceWorld, email: str, strange: str) -> None:
        world.add_order(make_order(email))
        assert list(world.adapter.list_orders(strange)) == []

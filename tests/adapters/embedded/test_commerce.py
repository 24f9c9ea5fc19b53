"""What the embedded shop does beyond the contract: it loses nothing of an order, and reads letters of all languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.model.commerce import Payment, PaymentKind
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.storage.business import order_payments
from bridge.storage.engine import writing
from bridge.testing.commerce_records import make_order, make_product
from bridge.testing.contract import new_email, not_found
from tests.adapters.embedded.worlds import CommerceWorld

# The tables are only read while hypothesis works, so its examples may share them.
READ_ONLY = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def world(engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> CommerceWorld:
    return CommerceWorld(engine, dead_engine)


@pytest.fixture
def stocked(world: CommerceWorld) -> CommerceWorld:
    """Return a shop that has somebody's order and one product."""
    world.add_order(make_order(new_email()))
    world.add_product(make_product("Teapot", "100% steel\\iron", colour="Blue"))
    return world


def test_order_comes_back_whole_and_in_order(world: CommerceWorld) -> None:
    email = new_email()
    gift_card = Payment(PaymentKind.GIFT_CARD, Money(1000, "USD"))
    order = make_order(email)
    order = replace(order, payments=(*order.payments, gift_card), fulfilments=order.fulfilments * 2)
    number = world.add_order(order)
    found = world.adapter.find_order(number, Claim(email=email))
    items = tuple(replace(item, id="") for item in found.items)
    assert replace(found, id="", items=items) == order


def test_hash_before_the_number_is_no_part_of_it(world: CommerceWorld) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    assert world.adapter.find_order(f"#{number}", Claim(email=email)).number == number


def test_unknown_way_to_pay_is_other(world: CommerceWorld) -> None:
    email = new_email()
    number = world.add_order(make_order(email))
    with writing(world.engine) as connection:
        connection.execute(sa.update(order_payments).values(kind="seashells"))
    (payment,) = world.adapter.find_order(number, Claim(email=email)).payments
    assert payment.kind is PaymentKind.OTHER


@given(number=st.text(), email=st.text(), postcode=st.text())
@READ_ONLY
def test_whatever_is_asked_nobody_elses_order_is_told(
    stocked: CommerceWorld, number: str, email: str, postcode: str
) -> None:
    not_found(lambda: stocked.adapter.find_order(number, Claim(email=email, postcode=postcode)))


@pytest.mark.parametrize("text", ["größe", "GRÖßE", "STRASSE", "ärmel", "çelik"])
def test_case_does_not_matter_beyond_ascii(world: CommerceWorld, text: str) -> None:
    world.add_product(make_product("Größe Straße", "Mit ÄRMEL", stoff="Çelik"))
    world.add_product(make_product("Something else"))
    assert [product.name for product in world.adapter.search_products(text)] == ["Größe Straße"]


def test_products_come_by_name_then_option_then_description_then_alphabet(world: CommerceWorld) -> None:
    world.add_product(make_product("Mug", "Any colour but blue."))
    world.add_product(make_product("Cup", colour="Blue"))
    world.add_product(make_product("Bowl", colour="Blue"))
    world.add_product(make_product("Plate in Blue"))
    names = [product.name for product in world.adapter.search_products("blue")]
    assert names == ["Plate in Blue", "Bowl", "Cup", "Mug"]


@pytest.mark.parametrize("limit", [0, -1])
def test_no_room_means_no_products(world: CommerceWorld, limit: int) -> None:
    world.add_product(make_product("Teapot"))
    assert list(world.adapter.search_products("teapot", limit=limit)) == []


@given(text=st.text() | st.text(alphabet="teapobl %_\\'\"", max_size=8))
@READ_ONLY
def test_search_gives_exactly_the_products_that_have_every_word(stocked: CommerceWorld, text: str) -> None:
    held = ("teapot", "100% steel\\iron", "blue")
    words = text.casefold().split()
    expected = bool(words) and all(any(word in part for part in held) for word in words)
    assert bool(stocked.adapter.search_products(text)) is expected

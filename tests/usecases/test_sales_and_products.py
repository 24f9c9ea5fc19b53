"""Sales and products: a lead is passed on once, and a search tells price and stock."""

from __future__ import annotations

import pytest

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.model.commerce import Product, Variant
from bridge.model.money import Money
from bridge.storage.business import leads
from tests.adapters.embedded.worlds import CommerceWorld, rows
from tests.support.frontdesk import told, visit
from tests.usecases.conftest import ON_SQLITE

EMAIL = "ann@example.test"


def test_a_lead_is_made_once(frontdesk: Frontdesk, turn: Turn) -> None:
    shown = frontdesk.sales.draft(turn, "200 jackets", EMAIL)
    assert '"200 jackets"' in told(shown)
    assert EMAIL in told(shown)
    assert rows(frontdesk.engine, leads) == []
    outcomes = [frontdesk.sales.create(turn, confirmed=True) for _ in range(2)]
    assert [told(outcome) for outcome in outcomes] == [f"Done. Our sales team will write to {EMAIL}."] * 2
    (lead,) = rows(frontdesk.engine, leads)
    assert (lead["email"], lead["name"], lead["interest"]) == (EMAIL, "ann", "200 jackets")


def test_somebody_known_is_not_made_a_second_lead(frontdesk: Frontdesk, turn: Turn) -> None:
    frontdesk.sales.draft(turn, "200 jackets", EMAIL)
    frontdesk.sales.create(turn, confirmed=True)
    later = visit(frontdesk)
    frontdesk.sales.draft(later, "300 caps", EMAIL)
    assert told(frontdesk.sales.create(later, confirmed=True)) == f"Done. Our sales team will write to {EMAIL}."
    assert [lead["interest"] for lead in rows(frontdesk.engine, leads)] == ["200 jackets"]


def test_no_passes_nothing_on(frontdesk: Frontdesk, turn: Turn) -> None:
    assert frontdesk.sales.create(turn, confirmed=True).response == "utter_tickets_nothing_to_confirm"
    frontdesk.sales.draft(turn, "200 jackets", EMAIL)
    outcome = frontdesk.sales.create(turn, confirmed=False)
    assert (told(outcome).split(",")[0], outcome.forget) == ("All right", ("sales_interest", "sales_confirmed"))
    assert rows(frontdesk.engine, leads) == []


@pytest.fixture
def shirts(shop: CommerceWorld) -> CommerceWorld:
    """Return a shop with a t-shirt in three sizes."""
    variants = tuple(
        Variant(f"TS-{size}", {"colour": "Blue", "size": size}, Money(1990, "USD"), stock)
        for size, stock in [("S", 0), ("M", 2), ("L", 40), ("XL", None)]
    )
    shop.add_product(Product("", "Cotton T-Shirt", variants))
    return shop


@pytest.mark.usefixtures("shirts")
class TestSearch:
    def test_every_variant_is_told_with_price_and_stock(self, frontdesk: Frontdesk) -> None:
        assert told(frontdesk.products.search("do you have t-shirts?")) == (
            "Here's what I found:\nCotton T-Shirt, $19.90."
            " In stock: Blue M (only 2 left), Blue L, Blue XL. Sold out: Blue S."
        )

    @ON_SQLITE
    def test_one_product_that_is_there_can_be_bought(self, frontdesk: Frontdesk, shop: CommerceWorld) -> None:
        buy = {"title": "Buy", "payload": "/place_order"}
        assert frontdesk.products.search("blue t-shirt in L").buttons == (buy,)
        assert frontdesk.products.search("blue t-shirt in S").buttons == ()
        shop.add_product(Product("", "Wool T-Shirt", (Variant("WT", {}, Money(1990, "USD"), 1),)))
        several = frontdesk.products.search("t-shirts")
        assert several.buttons == ()
        assert several.card is not None
        assert [item["buttons"][1] for item in several.card["items"]] == [
            {"title": "Buy", "payload": f'/place_order{{"said": "{name}"}}'}
            for name in ("Cotton T-Shirt", "Wool T-Shirt")
        ]

    @ON_SQLITE
    def test_a_size_that_was_asked_for_is_told_alone(self, frontdesk: Frontdesk) -> None:
        found = told(frontdesk.products.search("blue t-shirt in xl"))
        assert "In stock: Blue XL." in found
        assert "Blue M" not in found

    @ON_SQLITE
    def test_the_thing_is_found_where_not_every_word_fits(self, frontdesk: Frontdesk) -> None:
        assert frontdesk.products.search("purple t-shirts").response == "utter_products_found"

    @ON_SQLITE
    def test_what_was_not_found_is_told_as_it_was_typed(self, frontdesk: Frontdesk) -> None:
        assert told(frontdesk.products.search("any pink trousers?")).startswith('I found nothing for "pink trousers".')

    @ON_SQLITE
    @pytest.mark.parametrize("text", ["", "what do you have?", "\U0001f455", "?" * 10_000])
    def test_a_question_without_a_thing_is_asked_back(self, frontdesk: Frontdesk, text: str) -> None:
        assert "What are you looking for?" in told(frontdesk.products.search(text))

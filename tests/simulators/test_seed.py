"""The simulators start with what people know from the demo."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bridge.loading.demo import batches
from simulators.seed import seed

TODAY = date(2026, 1, 20)


def _demo() -> dict[str, list[dict[str, Any]]]:
    return {batch.kind: [entry.data for entry in batch.source.entries()] for batch in batches(TODAY)}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_people_and_products_are_those_of_the_demo() -> None:
    demo, shop = _demo(), seed(TODAY)
    known = {customer["email"]: customer for customer in demo["customers"]}
    assert len(shop["people"]) == 5
    for person in shop["people"]:
        customer = known[person["email"]]
        assert (person["name"], person["phone"]) == (customer["name"], customer["phone"])
        assert {"name": person["name"], **person["address"]} == customer["addresses"][0]
    assert [product["name"] for product in shop["products"]] == [product["name"] for product in demo["products"]]
    for mine, theirs in zip(shop["products"], demo["products"], strict=True):
        assert mine["variants"] == [
            {name: variant[name] for name in ("sku", "options", "price", "stock")} for variant in theirs["variants"]
        ]


def test_orders_1001_to_1010_are_those_of_the_demo() -> None:
    demo, shop = _demo(), seed(TODAY)
    for mine, theirs in zip(shop["orders"], demo["orders"][:10], strict=True):
        for name in ("number", "email", "status", "total"):
            assert mine[name] == theirs[name]
        assert mine["placed"] == _at(theirs["placed_at"])
        assert mine["items"] == [item["sku"] for item in theirs["items"]]
        assert [parcel["tracking_number"] for parcel in mine.get("parcels", [])] == [
            parcel["tracking_number"] for parcel in theirs.get("fulfilments", [])
        ]


def test_tickets_are_those_of_the_demo() -> None:
    demo, shop = _demo(), seed(TODAY)
    for mine, theirs in zip(shop["tickets"], demo["tickets"][:4], strict=True):
        for name in ("number", "email", "subject", "description", "status", "priority", "team"):
            assert mine[name] == theirs[name]
        assert [comment["body"] for comment in mine["comments"]] == [comment["body"] for comment in theirs["comments"]]

"""The demo shop is the same each time, has the records that documents name, and never touches anything of anybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.loading import demo
from bridge.model.commerce import OrderStatus
from bridge.model.helpdesk import TicketStatus
from bridge.storage import business
from tests.loading.conftest import Bridge, order, write_rows

TODAY = date(2026, 1, 24)
DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "data-format.md"


def made(today: date) -> dict[str, list[dict[str, Any]]]:
    return {batch.kind: [entry.data for entry in batch.source.entries()] for batch in demo.batches(today)}


@pytest.fixture(scope="module")
def shop() -> dict[str, list[dict[str, Any]]]:
    return made(TODAY)


def by_number(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["number"]: row for row in rows}


def noon(days: int) -> str:
    return (
        datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), timezone.utc).replace(hour=12).isoformat()
    )


def test_it_has_the_promised_size_and_every_state(shop: dict[str, list[dict[str, Any]]]) -> None:
    assert {kind: len(rows) for kind, rows in shop.items()} == {
        "customers": 300,
        "products": 60,
        "orders": 1200,
        "tickets": 200,
    }
    words = {row["status"] for row in shop["orders"]}
    known = {status.value for status in OrderStatus} - {"other"}
    assert known < words
    assert words - known == {"awaiting_customs", "awaiting_payment"}
    assert {row["status"] for row in shop["tickets"]} == {status.value for status in TicketStatus} - {"other"}
    assert [row["number"] for row in shop["orders"]] == [str(number) for number in range(1001, 2201)]
    assert [row["number"] for row in shop["tickets"]] == [f"T-{number}" for number in range(10001, 10201)]
    assert all(row["email"].endswith("@example.test") for row in shop["customers"])


def test_another_day_moves_the_dates_and_nothing_else(shop: dict[str, list[dict[str, Any]]]) -> None:
    assert made(TODAY) == shop
    later = made(TODAY + timedelta(days=400))
    assert later["orders"][0]["placed_at"] != shop["orders"][0]["placed_at"]
    assert _without_times(later) == _without_times(shop)


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        times = {"expected_by", "estimated_delivery"}
        return {
            name: _without_times(its) for name, its in value.items() if not name.endswith("at") and name not in times
        }
    return [_without_times(entry) for entry in value] if isinstance(value, list) else value


def test_nothing_has_happened_in_the_future(shop: dict[str, list[dict[str, Any]]]) -> None:
    now = noon(0)
    for row in shop["orders"]:
        past = [row["placed_at"]]
        for parcel in row.get("fulfilments", ()):
            past += [parcel["shipped_at"], parcel.get("delivered_at", row["placed_at"])]
            assert row["placed_at"] <= parcel["shipped_at"] <= parcel.get("delivered_at", now)
        assert max(past) <= now
    assert all(comment["at"] <= now for row in shop["tickets"] for comment in row["comments"])


def test_the_orders_that_others_rely_on(shop: dict[str, list[dict[str, Any]]]) -> None:
    orders = by_number(shop["orders"])
    first = orders["1001"]
    assert first["status"] == "shipped"
    assert first["placed_at"] == noon(-4)
    assert first["address"]["postcode"] == "94107"
    assert [(item["name"], item["options"], item["quantity"]) for item in first["items"]] == [
        ("Blue T-Shirt", {"size": "M"}, 1),
        ("Black Jeans", {"size": "32"}, 1),
    ]
    (parcel,) = first["fulfilments"]
    assert (parcel["carrier"], parcel["tracking_number"]) == ("UPS", "1Z999AA10123456784")
    assert parcel["estimated_delivery"] == noon(3)
    assert orders["1002"]["expected_by"] == noon(5)
    assert orders["1004"]["fulfilments"][0]["delivered_at"] == noon(-2)
    assert len(orders["1010"]["fulfilments"]) == 2


def test_the_document_lists_the_fixed_orders_and_tickets_as_they_are(shop: dict[str, list[dict[str, Any]]]) -> None:
    records = {**{f"#{row['number']}": row for row in shop["orders"]}, **by_number(shop["tickets"])}
    listed = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| #", "| T-"))
    ]
    assert len(listed) == 14
    for number, email, *others in listed:
        record = records[number]
        assert record["email"] == email
        assert record["status"].replace("_", " ") in others[-1].replace("_", " ")
        if number.startswith("#"):
            assert record["address"]["postcode"] == others[0]
    ticket = records["T-10001"]
    assert (ticket["subject"], ticket["priority"]) == ("Jeans arrived with a broken zip", "normal")
    assert [comment["public"] for comment in ticket["comments"]] == [True]


def test_the_command_fills_an_empty_database_once(bridge: Bridge, engine: sa.engine.Engine) -> None:
    first = bridge("demo", "--today", TODAY)
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[-1].startswith("The demo shop is open: 1,760 added, 0 changed, 0 unchanged.")
    with engine.begin() as connection:
        connection.execute(sa.update(business.tickets).values(status="closed"))
    second = bridge("demo", "--today", TODAY + timedelta(days=30))
    assert second.code == 0
    assert second.out == "The database has orders already, so the demo shop was not added; nothing was changed.\n"
    with engine.connect() as connection:
        placed = sa.select(business.orders.c.placed_at).where(business.orders.c.number == "1001")
        assert connection.execute(placed).scalar_one().isoformat() == noon(-4)
        assert connection.execute(sa.select(business.tickets.c.status).distinct()).scalars().all() == ["closed"]


def test_it_does_not_mix_with_a_shop_of_ones_own(sqlite_bridge: Bridge, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    write_rows(tmp_path / "own" / "customers.jsonl", [{"email": "maria@example.test", "name": "Maria"}])
    write_rows(tmp_path / "own" / "orders.jsonl", [order()])
    assert sqlite_bridge("load", tmp_path / "own").code == 0
    assert "nothing was changed" in sqlite_bridge("demo").out

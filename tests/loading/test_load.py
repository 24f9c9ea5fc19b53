"""A directory goes into the database whole or not at all, and a second time changes nothing."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.loading.files import Batch
from bridge.loading.load import CHUNK, load
from bridge.loading.reading import Entry
from bridge.loading.values import Local
from bridge.storage import business
from tests.loading.conftest import Bridge, customer, item, order, ticket, write_rows

EXAMPLE = Path(__file__).parents[2] / "examples" / "shop"


def everything(engine: sa.engine.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all business tables, without their ids."""
    tables = [table for table in business.metadata.sorted_tables if table.name in _BUSINESS]
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row)[1:] for row in connection.execute(sa.select(table))), key=repr)
            for table in tables
        }


_BUSINESS = {value.name for value in vars(business).values() if isinstance(value, sa.Table)}


def rows_of(engine: sa.engine.Engine, *columns: sa.Column) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(sa.select(*columns))), key=repr)


def test_the_example_shop_loads_into_every_table_and_loading_it_again_changes_nothing(
    bridge: Bridge, engine: sa.engine.Engine
) -> None:
    first = bridge("load", EXAMPLE)
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[-1] == f"Loaded {EXAMPLE}: 7 added, 0 changed, 0 unchanged."
    loaded = everything(engine)
    assert rows_of(engine, business.orders.c.number, business.orders.c.total_minor, business.orders.c.placed_at) == [
        ("501", 4350, datetime(2026, 1, 20, 9, 30, tzinfo=timezone.utc)),
        ("502", 2900, datetime(2026, 1, 22, 15, 5, tzinfo=timezone.utc)),
    ]
    assert rows_of(engine, business.customers.c.phone) == [("+12025550123",), ("+442079460958",)]
    assert rows_of(engine, business.order_items.c.sku, business.order_items.c.options) == [
        ("MUG-WHITE", {"colour": "White"}),
        ("TEE-M", {"size": "M", "colour": "Sand"}),
        ("TEE-S", {"size": "S", "colour": "Sand"}),
    ]
    assert rows_of(engine, business.fulfilments.c.skus) == [(["MUG-WHITE", "TEE-M"],)]

    again = bridge("load", EXAMPLE)
    assert again.out.splitlines()[-1] == f"Loaded {EXAMPLE}: 0 added, 0 changed, 7 unchanged."
    assert everything(engine) == loaded


def test_a_changed_cell_updates_that_record_and_its_lists_only(
    bridge: Bridge, engine: sa.engine.Engine, tmp_path: Path
) -> None:
    shop = tmp_path / "copy"
    shutil.copytree(EXAMPLE, shop)
    bridge("load", shop)
    items = shop / "order_items.csv"
    items.write_text(items.read_text().replace("TEE-S,Linen T-Shirt,size=S; colour=Sand,1", "TEE-S,Tee,size=S,2"))
    customers = shop / "customers.csv"
    customers.write_text(customers.read_text().replace("Mensah Studio", ""))
    changed = bridge("load", shop)
    assert changed.out.splitlines()[-1] == f"Loaded {shop}: 0 added, 2 changed, 5 unchanged."
    found = rows_of(engine, business.order_items.c.sku, business.order_items.c.name, business.order_items.c.quantity)
    assert found == [("MUG-WHITE", "Stoneware Mug", 1), ("TEE-M", "Linen T-Shirt", 1), ("TEE-S", "Tee", 2)]
    assert rows_of(engine, business.customers.c.company) == [("",), ("",)]


def test_one_bad_row_is_named_and_keeps_all_others_out(bridge: Bridge, engine: sa.engine.Engine, shop: Path) -> None:
    write_rows(shop / "customers.jsonl", [customer()])
    good = [order(1000 + number, items=[item()]) for number in range(1200)]
    good[16]["items"] = [item(quantity=0)]
    write_rows(shop / "orders.jsonl", good)
    before = everything(engine)
    outcome = bridge("load", shop)
    assert outcome.code == 1
    assert "orders.jsonl:17: items.0.quantity: must be at least 1 (was 0)" in outcome.err.splitlines()
    assert outcome.err.splitlines()[-1] == f"Nothing was changed: 1 problem in {shop}. Correct and load again."
    assert everything(engine) == before


def test_twenty_problems_are_listed_and_all_are_counted(bridge: Bridge, shop: Path) -> None:
    write_rows(shop / "customers.jsonl", [customer(email=f"not an e-mail {number}") for number in range(25)])
    outcome = bridge("load", shop)
    listed = [line for line in outcome.err.splitlines() if line.startswith("customers.jsonl:")]
    assert listed == [f"customers.jsonl:{number}: email: must be an e-mail address" for number in range(1, 21)]
    assert "... and 5 more problems" in outcome.err
    assert "25 problems" in outcome.err.splitlines()[-1]


@pytest.mark.parametrize("distance", [1, CHUNK + 100])
def test_a_number_that_stands_twice_is_refused_naming_both_lines(bridge: Bridge, shop: Path, distance: int) -> None:
    write_rows(shop / "customers.jsonl", [customer()])
    others = [order(2000 + number) for number in range(distance - 1)]
    write_rows(shop / "orders.jsonl", [order("#1001"), *others, order("1001")])
    outcome = bridge("load", shop)
    reason = f"orders.jsonl:{1 + distance}: number: 1001 is already on line 1; keep one of the two"
    assert outcome.code == 1
    assert outcome.err.splitlines()[0] == reason
    assert "1 problem in" in outcome.err


def test_an_order_needs_its_customer_in_the_file_or_in_the_database(bridge: Bridge, shop: Path) -> None:
    write_rows(shop / "orders.jsonl", [order()])
    refused = bridge("load", shop)
    assert refused.code == 1
    assert refused.err.startswith("orders.jsonl:1: email: no customer has this e-mail;")
    assert "maria" not in refused.err

    write_rows(shop / "customers.jsonl", [customer(email="MARIA@Example.test")])
    assert bridge("load", shop).code == 0
    (shop / "customers.jsonl").unlink()
    write_rows(shop / "orders.jsonl", [order(), order("1002")])
    assert bridge("load", shop).out.splitlines()[-1] == f"Loaded {shop}: 1 added, 0 changed, 1 unchanged."


def test_orders_are_not_blamed_for_the_bad_row_of_their_customer(bridge: Bridge, shop: Path) -> None:
    write_rows(shop / "customers.jsonl", [customer(phone="12")])
    write_rows(shop / "orders.jsonl", [order()])
    assert "1 problem in" in bridge("load", shop).err


def test_an_unknown_order_status_is_kept_and_warned_of_once(
    bridge: Bridge, engine: sa.engine.Engine, shop: Path
) -> None:
    write_rows(shop / "customers.jsonl", [customer()])
    words = ["awaiting_customs", "Partly shipped", "awaiting_customs"]
    write_rows(shop / "orders.jsonl", [order(str(1 + place), status=word) for place, word in enumerate(words)])
    outcome = bridge("load", shop)
    assert outcome.code == 0
    assert outcome.out.count("awaiting_customs") == 1
    assert outcome.out.startswith('orders.jsonl:1: status: "awaiting_customs" is no status known here')
    assert rows_of(engine, business.orders.c.number, business.orders.c.status) == [
        ("1", "awaiting_customs"),
        ("2", "partly_shipped"),
        ("3", "awaiting_customs"),
    ]


def test_a_bad_cell_of_a_list_is_named_in_its_own_file(bridge: Bridge, shop: Path) -> None:
    shutil.copytree(EXAMPLE, shop, dirs_exist_ok=True)
    items = shop / "order_items.csv"
    items.write_text(items.read_text().replace("colour=Sand,1,29.00", "colour=Sand,1,29.001", 1))
    orders = shop / "orders.csv"
    orders.write_text(orders.read_text().replace(",London,", ",,"))
    outcome = bridge("load", shop)
    assert outcome.err.splitlines()[:2] == [
        "order_items.csv:3: unit_price: USD has 2 decimals (was 29.001)",
        "orders.csv:3: address_city: is missing",
    ]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("#777,paypal,,,29.00", "payments.csv:4: order: 777 is not in orders.csv"),
        (",paypal,,,29.00", "payments.csv:4: order: is missing"),
        ("no number,paypal,,,29.00", "payments.csv:4: order: must be a number such as"),
    ],
)
def test_a_row_of_a_list_without_its_record_is_refused(bridge: Bridge, shop: Path, cells: str, message: str) -> None:
    shutil.copytree(EXAMPLE, shop, dirs_exist_ok=True)
    with (shop / "payments.csv").open("a") as file:
        file.write(f"{cells}\n")
    outcome = bridge("load", shop)
    assert outcome.code == 1
    assert outcome.err.startswith(message)
    assert "1 problem in" in outcome.err


def test_more_rows_of_a_list_than_a_record_takes_are_refused(bridge: Bridge, shop: Path) -> None:
    shutil.copytree(EXAMPLE, shop, dirs_exist_ok=True)
    with (shop / "order_items.csv").open("a") as file:
        file.writelines("#501,MUG,Mug,,1,14.50\n" for _ in range(1000))
    outcome = bridge("load", shop)
    assert outcome.err.startswith("order_items.csv:1: order: 1,002 rows belong to 501, at most 1,000 can")


def test_what_people_did_in_the_chat_stays(bridge: Bridge, engine: sa.engine.Engine, shop: Path) -> None:
    said = {"body": "On its way.", "author": "Jo", "at": "2026-01-24T11:00:00Z"}
    write_rows(shop / "tickets.jsonl", [ticket(comments=[said])])
    bridge("load", shop)
    comment = {"body": "Thank you!", "author": "Maria", "public": True, "idempotency_key": "c:comment:1"}
    with engine.begin() as connection:
        id_ = connection.execute(sa.select(business.tickets.c.id)).scalar_one()
        at = datetime(2026, 1, 25, tzinfo=timezone.utc)
        connection.execute(sa.insert(business.ticket_comments).values(ticket_id=id_, at=at, **comment))
    assert "0 added, 0 changed, 1 unchanged" in bridge("load", shop).out
    write_rows(shop / "tickets.jsonl", [ticket(comments=[{**said, "body": "It has left."}])])
    assert "0 added, 1 changed, 0 unchanged" in bridge("load", shop).out
    bodies = sorted(row[0] for row in rows_of(engine, business.ticket_comments.c.body))
    assert bodies == ["It has left.", "Thank you!"]


def test_a_ticket_opened_through_the_assistant_is_not_overwritten(
    bridge: Bridge, engine: sa.engine.Engine, shop: Path
) -> None:
    write_rows(shop / "tickets.jsonl", [ticket()])
    bridge("load", shop)
    with engine.begin() as connection:
        connection.execute(sa.update(business.tickets).values(idempotency_key="c:ticket:1", subject="Mine"))
    outcome = bridge("load", shop)
    assert outcome.code == 1
    assert outcome.err.startswith("tickets.jsonl:1: number: T-1 is a ticket that was opened through the assistant")
    assert rows_of(engine, business.tickets.c.subject) == [("Mine",)]


def test_a_sku_belongs_to_one_product(bridge: Bridge, engine: sa.engine.Engine, shop: Path) -> None:
    variant = {"sku": "MUG-1", "currency": "USD", "price": "14.50"}
    file = shop / "products.jsonl"
    write_rows(file, [{"code": "A", "name": "A", "variants": [variant, variant]}])
    assert "products.jsonl:1: variants: a SKU of these is twice in this product" in bridge("load", shop).err
    write_rows(file, [{"code": code, "name": code, "variants": [variant]} for code in "AB"])
    assert "products.jsonl:2: variants: a SKU of these is already in the product of line 1" in bridge("load", shop).err
    write_rows(file, [{"code": "A", "name": "A", "variants": [variant]}])
    assert bridge("load", shop).code == 0
    write_rows(file, [{"code": "B", "name": "B", "variants": [variant]}])
    assert "the SKU MUG-1 belongs to product A in the database" in bridge("load", shop).err
    # Both at once says that it moves.
    write_rows(file, [{"code": "B", "name": "B", "variants": [variant]}, {"code": "A", "name": "A"}])
    assert bridge("load", shop).code == 0
    owner = rows_of(engine, business.product_variants.c.product_id, business.product_variants.c.sku)
    codes = dict(rows_of(engine, business.products.c.id, business.products.c.code))
    assert [(codes[id_], sku) for id_, sku in owner] == [("B", "MUG-1")]


def test_a_field_left_out_goes_back_to_its_default_but_the_first_loading_stays_known(
    bridge: Bridge, engine: sa.engine.Engine, shop: Path
) -> None:
    file = shop / "customers.jsonl"
    card = {"kind": "gift_card", "balance": "25", "currency": "usd"}
    write_rows(file, [customer(company="Mensah Studio", payment_methods=[card])])
    bridge("load", shop)
    created = rows_of(engine, business.customers.c.created_at)
    methods = business.customer_payment_methods.c
    assert rows_of(engine, methods.balance_minor, methods.currency) == [(2500, "USD")]
    write_rows(file, [customer()])
    assert "0 added, 1 changed, 0 unchanged" in bridge("load", shop).out
    assert rows_of(engine, business.customers.c.company, business.customers.c.created_at) == [("", *created[0])]
    assert rows_of(engine, methods.kind) == []


def test_an_order_without_address_has_none_in_the_database(
    bridge: Bridge, engine: sa.engine.Engine, shop: Path
) -> None:
    write_rows(shop / "customers.jsonl", [customer()])
    write_rows(shop / "orders.jsonl", [order()])
    bridge("load", shop)
    with engine.connect() as connection:
        query = sa.select(business.orders.c.number).where(business.orders.c.address.is_(sa.null()))
        assert connection.execute(query).scalars().all() == ["1001"]


class _Tracked(dict):  # type: ignore[type-arg]  # a dict that weak references can watch
    pass


class _ManyCustomers:
    name, flat, size, position = "many", False, 0, 0

    def __init__(self, count: int) -> None:
        self.count, self.alive, self.most = count, 0, 0

    def _forget(self) -> None:
        self.alive -= 1

    def entries(self) -> Iterator[Entry]:
        for number in range(self.count):
            data = _Tracked(email=f"c{number}@example.test", name="Name")
            weakref.finalize(data, self._forget)
            self.alive += 1
            self.most = max(self.most, self.alive)
            yield Entry(number + 1, data)


def test_rows_are_let_go_as_the_file_is_read(engine: sa.engine.Engine) -> None:
    source = _ManyCustomers(6 * CHUNK)
    report = load(engine, [Batch("customers", source)], Local(), lambda _source, _rows: None)
    assert report.rows.added == 6 * CHUNK
    assert source.most <= 2 * CHUNK + 1

"""Make the demo shop: the same people, products, orders and tickets each time, their dates counted from today."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bridge.loading import demo_fixed
from bridge.loading.demo_fixed import Fields
from bridge.loading.files import Batch
from bridge.loading.reading import Entry

SEED = 20_260_120
CUSTOMERS, ORDERS, TICKETS = 300, 1200, 200
FIRST_ORDER, FIRST_TICKET = 1001, 10_001
DAYS = 60  # of orders before today
CURRENCY = "USD"

# What an order may be by its age in days, and how often of a hundred.
_STATES = (
    (2, {"pending_shipment": 80, "on_hold": 10, "cancelled": 10}),
    (7, {"shipped": 55, "pending_shipment": 10, "partly_shipped": 12, "delayed": 8, "on_hold": 8, "other": 7}),
    (14, {"delivered": 60, "delayed": 15, "partly_shipped": 10, "returned": 7, "cancelled": 8}),
    (DAYS + 10, {"delivered": 84, "returned": 8, "cancelled": 8}),
)
_TICKET_STATES = (
    (2, {"new": 60, "open": 40}),
    (10, {"open": 40, "pending": 30, "hold": 15, "solved": 15}),
    (DAYS + 10, {"solved": 30, "closed": 70}),
)


class MadeRows:
    """Give rows that were made here the way files give theirs."""

    flat = False

    def __init__(self, name: str, rows: Sequence[Fields]) -> None:
        self.name, self.size, self.position = name, len(rows), 0
        self._rows = rows

    def entries(self) -> Iterator[Entry]:
        """Yield the rows, numbered from one."""
        for number, row in enumerate(self._rows, start=1):
            self.position = number
            yield Entry(number, row)


def batches(today: date) -> list[Batch]:
    """Return the demo shop; `today` moves its dates and nothing else."""
    shop = _Shop(today)
    made = {"customers": shop.customers, "products": shop.products, "orders": shop.orders, "tickets": shop.tickets}
    return [Batch(kind, MadeRows(f"demo {kind}", rows)) for kind, rows in made.items()]


@lru_cache
def _words() -> dict[str, Any]:
    path = Path(__file__).with_name("demo.yml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


class _Shop:
    """Draw every choice from one seeded generator, in one order, whatever day it is."""

    def __init__(self, today: date) -> None:
        self._noon = datetime.combine(today, time(12), timezone.utc)
        self._random = random.Random(SEED)
        self._words = _words()
        self.products = self._make_products()
        self._variants = {
            variant["sku"]: {**variant, "name": product["name"]}
            for product in self.products
            for variant in product["variants"]
        }
        self.customers = self._make_customers()
        self._people = {customer["email"]: customer for customer in self.customers}
        self.orders = self._make_orders()
        self.tickets = self._make_tickets()

    def _at(self, days: float) -> str:
        return (self._noon + timedelta(days=days)).isoformat(timespec="seconds")

    def _of(self, weights: dict[str, int]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _make_products(self) -> list[Fields]:
        return [
            {
                "code": code,
                "name": name,
                "description": category["description"],
                "active": True,
                "variants": [
                    {
                        "sku": "-".join([code, *(choice.upper() for choice in choices)]),
                        "options": dict(zip(category["options"], choices, strict=True)),
                        "currency": CURRENCY,
                        "price": price,
                        "stock": self._random.choice([0, 0, 2, 5, 8, 12, 20, 35, 60]),
                    }
                    for choices in itertools.product(*category["options"].values())
                ],
            }
            for category in self._words["categories"].values()
            for code, name, price in category["products"]
        ]

    def _make_customers(self) -> list[Fields]:
        names = [f"{first} {last}" for first in self._words["first_names"] for last in self._words["last_names"]]
        known = {name for _, name, _ in demo_fixed.PEOPLE}
        drawn = [name for name in self._random.sample(names, CUSTOMERS) if name not in known]
        people = [(email, name, self._words["places"][place]) for email, name, place in demo_fixed.PEOPLE]
        for name in drawn[: CUSTOMERS - len(people)]:
            place = self._random.choice(self._words["places"])
            people.append((f"{name.lower().replace(' ', '.')}@example.test", name, place))
        return [self._customer(email, name, place) for email, name, place in people]

    def _customer(self, email: str, name: str, place: list[Any]) -> Fields:
        city, region, postcode, area = place
        street = f"{self._random.randint(1, 240)} {self._random.choice(self._words['streets'])}"
        methods: list[Fields] = [self._card()]
        if self._random.random() < 0.3:
            methods.append({"kind": "paypal"})
        if self._random.random() < 0.2:
            balance = str(self._random.choice([10, 25, 40, 50]))
            methods.append({"kind": "gift_card", "balance": f"{balance}.00", "currency": CURRENCY})
        return {
            "email": email,
            "name": name,
            # 555-0100 to 555-0199 are kept free for invented people.
            "phone": f"+1 {area} 555 01{self._random.randint(0, 99):02d}",
            "company": self._random.choice(self._words["companies"]) if self._random.random() < 0.1 else "",
            "created_at": self._at(-self._random.randint(DAYS + 30, 900)),
            "addresses": [
                {"name": name, "line1": street, "city": city, "region": region, "postcode": postcode, "country": "US"}
            ],
            "payment_methods": methods,
        }

    def _card(self) -> Fields:
        brand = self._random.choice(self._words["card_brands"])
        return {"kind": "credit_card", "brand": brand, "last_four": f"{self._random.randint(0, 9999):04d}"}

    def _make_orders(self) -> list[Fields]:
        fixed = demo_fixed.orders(self._at)
        others = [email for email in self._people if email not in {person[0] for person in demo_fixed.PEOPLE}]
        count = ORDERS - len(fixed)
        # Numbers rise with time, as in a real shop; the newest order is a day old, so that nothing lies in the future.
        ages = [1 + DAYS * (count - 1 - place) / count for place in range(count)]
        drawn = [self._drawn_order(self._random.choice(others), age) for age in ages]
        return [
            self._order(str(FIRST_ORDER + place), order, self._people[order["email"]])
            for place, order in enumerate(fixed + drawn)
        ]

    def _drawn_order(self, email: str, age: float) -> Fields:
        status = self._of(next(states for limit, states in _STATES if age < limit))
        items = self._random.sample(sorted(self._variants), self._random.choice([1, 1, 1, 2, 2, 3]))
        own_word = self._random.choice(self._words["other_statuses"])
        order = {
            "email": email,
            "status": own_word if status == "other" else status,
            "placed_at": self._at(-age),
            "items": items,
        }
        days = self._random.randint(2, 6)
        if status in {"pending_shipment", "partly_shipped", "delayed"}:
            order["expected_by"] = self._at(days)
        parcel = self._parcel(age, days if status in {"shipped", "partly_shipped"} else min(1 + days - age, -1))
        if status in {"delivered", "returned"}:
            parcel["delivered_at"] = self._at(-max(age - 1 - days, 0.5))
        if status == "partly_shipped":
            parcel["skus"] = items[:1]
        if status in {"shipped", "partly_shipped", "delayed", "delivered", "returned"}:
            order["fulfilments"] = [parcel]
        return order

    def _parcel(self, age: float, due: float) -> Fields:
        carrier = self._random.choice(sorted(self._words["carriers"]))
        pattern = self._words["carriers"][carrier]
        return {
            "carrier": carrier,
            "tracking_number": "".join(str(self._random.randint(0, 9)) if mark == "#" else mark for mark in pattern),
            "shipped_at": self._at(-max(age - 1, 0.5)),
            "estimated_delivery": self._at(due),
        }

    def _order(self, number: str, order: Fields, customer: Fields) -> Fields:
        items = [
            {
                "sku": sku,
                "name": self._variants[sku]["name"],
                "options": self._variants[sku]["options"],
                "quantity": 1,
                "unit_price": self._variants[sku]["price"],
            }
            for sku in order["items"]
        ]
        goods = sum((Decimal(item["unit_price"]) for item in items), Decimal(0))
        total = str(goods if goods >= 75 else goods + Decimal("4.90"))
        method = self._random.choice(customer["payment_methods"])
        payment = {name: method[name] for name in ("kind", "brand", "last_four") if name in method}
        return {
            **order,
            "number": number,
            "currency": CURRENCY,
            "total": total,
            "refunded": total if order["status"] == "cancelled" else "0",
            "address": customer["addresses"][0],
            "items": items,
            "payments": [{**payment, "amount": total}],
        }

    def _make_tickets(self) -> list[Fields]:
        fixed = demo_fixed.tickets(self._at)
        named = {person[0] for person in demo_fixed.PEOPLE}
        orders = [order for order in self.orders if order["email"] not in named]
        count = TICKETS - len(fixed)
        drawn = [self._ticket(self._random.choice(orders), 1 + DAYS * (count - 1 - i) / count) for i in range(count)]
        return [{**ticket, "number": f"T-{FIRST_TICKET + i}"} for i, ticket in enumerate(fixed + drawn)]

    def _ticket(self, order: Fields, age: float) -> Fields:
        topic = self._random.choice(self._words["tickets"])
        status = self._of(next(states for limit, states in _TICKET_STATES if age < limit))
        hours = {"low": 72, "normal": 24, "high": 8, "urgent": 2}[topic["priority"]]
        answer = {
            "body": topic["answer"],
            "author": self._random.choice(self._words["agents"]),
            "at": self._at(-age + hours / 48),
        }
        return {
            "email": order["email"],
            "name": self._people[order["email"]]["name"],
            "subject": topic["subject"],
            "description": topic["description"],
            "status": status,
            "priority": topic["priority"],
            "team": topic["team"],
            "order_number": order["number"],
            "created_at": self._at(-age),
            "due_at": self._at(-age + hours / 24),
            "comments": [] if status == "new" else [answer],
        }

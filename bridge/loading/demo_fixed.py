"""The records of the demo shop that documents and tests name; docs/reference/data-format.md lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Fields = dict[str, Any]
At = Callable[[int], str]
"""Gives the time that many days after today (before it, if negative), at noon."""

PEOPLE: tuple[tuple[str, str, int], ...] = (
    # E-mail, name, place in the list of places.
    ("ana.ruiz@example.test", "Ana Ruiz", 0),
    ("ben.carter@example.test", "Ben Carter", 1),
    ("chloe.martin@example.test", "Chloe Martin", 2),
    ("dev.patel@example.test", "Dev Patel", 3),
    ("elif.yilmaz@example.test", "Elif Yilmaz", 4),
)


def orders(at: At) -> list[Fields]:
    """Return what is fixed of the orders 1001 to 1010; items are codes of variants."""
    ana, ben, chloe, dev, elif_ = (email for email, _, _ in PEOPLE)
    return [
        {
            "email": ana,
            "status": "shipped",
            "placed_at": at(-4),
            "items": ["BLUE-TEE-M", "BLACK-JEANS-32"],
            "fulfilments": [_parcel("UPS", "1Z999AA10123456784", at(-3), at(3))],
        },
        {
            "email": ana,
            "status": "pending_shipment",
            "placed_at": at(-1),
            "expected_by": at(5),
            "items": ["CREW-OAT-M"],
        },
        {
            "email": ben,
            "status": "partly_shipped",
            "placed_at": at(-5),
            "expected_by": at(4),
            "items": ["BOOTS-43", "SOCKS"],
            "fulfilments": [{**_parcel("FedEx", "398212345670", at(-3), at(1)), "skus": ["SOCKS"]}],
        },
        {
            "email": ben,
            "status": "delivered",
            "placed_at": at(-7),
            "items": ["RAIN-OLIVE-L"],
            "fulfilments": [{**_parcel("UPS", "1Z999AA10123456793", at(-6), at(-2)), "delivered_at": at(-2)}],
        },
        {
            "email": chloe,
            "status": "delayed",
            "placed_at": at(-9),
            "expected_by": at(6),
            "items": ["BACKPACK-SAND"],
            "fulfilments": [_parcel("DHL", "JD014600003889121212", at(-7), at(-2))],
        },
        {"email": chloe, "status": "cancelled", "placed_at": at(-12), "items": ["SCARF-NAVY-M"]},
        {
            "email": dev,
            "status": "returned",
            "placed_at": at(-25),
            "items": ["LOAFERS-42"],
            "fulfilments": [{**_parcel("USPS", "9400111899223344556677", at(-24), at(-20)), "delivered_at": at(-21)}],
        },
        {"email": dev, "status": "on_hold", "placed_at": at(-2), "items": ["HAMMOCK", "LAMP"]},
        {
            "email": elif_,
            # Not a word that Frontdesk knows: customers hear that the order is being processed.
            "status": "awaiting_customs",
            "placed_at": at(-8),
            "items": ["FLEECE-BLACK-S"],
            "fulfilments": [_parcel("DHL", "JD014600003889134343", at(-6), at(2))],
        },
        {
            "email": elif_,
            "status": "shipped",
            "placed_at": at(-3),
            "items": ["WHITE-TEE-S", "BLUE-JEANS-28", "UMBRELLA"],
            "fulfilments": [
                {**_parcel("UPS", "1Z999AA10123456802", at(-2), at(2)), "skus": ["WHITE-TEE-S", "BLUE-JEANS-28"]},
                {**_parcel("USPS", "9400111899223344556684", at(-1), at(4)), "skus": ["UMBRELLA"]},
            ],
        },
    ]


def _parcel(carrier: str, tracking_number: str, shipped_at: str, estimated_delivery: str) -> Fields:
    return {
        "carrier": carrier,
        "tracking_number": tracking_number,
        "shipped_at": shipped_at,
        "estimated_delivery": estimated_delivery,
    }


def tickets(at: At) -> list[Fields]:
    """Return the tickets T-10001 to T-10004."""
    ana, ben, chloe, dev, _ = PEOPLE
    return [
        {
            **_from(ana),
            "subject": "Jeans arrived with a broken zip",
            "description": "The zip of my new black jeans is broken; it does not close any more.",
            "status": "open",
            "team": "Returns",
            "order_number": "1001",
            "created_at": at(-2),
            "due_at": at(-1),
            "comments": [_comment("Sorry about that! Would you like a new pair or your money back?", at(-1))],
        },
        {
            **_from(ben),
            "subject": "Second parcel of my order",
            "description": "Only the socks have come so far. When do the boots leave?",
            "status": "pending",
            "team": "Shipping",
            "order_number": "1003",
            "created_at": at(-2),
            "due_at": at(-1),
            "comments": [_comment("They leave this week. Is the address on your order still right?", at(-1))],
        },
        {
            **_from(chloe),
            "subject": "Money back for the cancelled scarf",
            "description": "I cancelled order 1006. When do I get my money back?",
            "status": "solved",
            "team": "Billing",
            "order_number": "1006",
            "created_at": at(-10),
            "due_at": at(-9),
            "comments": [_comment("The money left us today and should be with you in three working days.", at(-9))],
        },
        {
            **_from(dev),
            "subject": "Loafers are too narrow",
            "description": "The loafers are too narrow for me. How do I send them back?",
            "status": "closed",
            "team": "Returns",
            "order_number": "1007",
            "created_at": at(-20),
            "due_at": at(-19),
            "comments": [_comment("Please use the label in the parcel; no postage is needed.", at(-19))],
        },
    ]


def _from(person: tuple[str, str, int]) -> Fields:
    return {"email": person[0], "name": person[1], "priority": "normal"}


def _comment(body: str, at: str) -> Fields:
    return {"body": body, "author": "Robin", "public": True, "at": at}

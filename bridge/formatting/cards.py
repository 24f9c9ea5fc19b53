"""Cards: what a record looks like beside the text that tells of it (their shape: docs/reference/chat-api.md).

A card shows nothing that the text's reader may not know, and the text is whole without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any

from bridge.formatting.outbound import Speech, tracking_link
from bridge.model.commerce import Fulfilment, Order, OrderStatus, Product, Variant
from bridge.model.helpdesk import Ticket, TicketStatus

Card = dict[str, Any]

_UNDERWAY = (OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.DELAYED)
_SENT = (*_UNDERWAY, OrderStatus.DELIVERED)
_WAITS_FOR_TEAM = (TicketStatus.NEW, TicketStatus.OPEN)
_DESCRIPTION = 300
"""Characters of a product's description at most."""


def order_card(order: Order, speech: Speech, now: datetime, changes: Sequence[str] = ()) -> Card:
    """Return the card of one order: nothing of who bought it, where it goes or how it was paid.

    Args:
        changes: intents that its buttons begin, of which the label file has the words.
    """
    parcels = order.fulfilments if order.status in _SENT else ()
    card: Card = {
        "title": _said(speech, "order").format(number=order.number),
        "subtitle": speech.word("order_status", order.status.value),
        "fields": _fields(
            speech,
            ("ordered", speech.day(order.placed_at, now)),
            ("items", speech.items(order.items)),
            ("total", speech.money(order.total)),
            *_promised(order, speech, now),
            ("parcel", speech.parcels(parcels)),
        ),
    }
    if changes:
        named = json.dumps({"order_number": order.number})
        card["buttons"] = [{"title": _said(speech, intent), "payload": f"/{intent}{named}"} for intent in changes]
    link = next(filter(None, map(tracking_link, _underway_first(parcels))), "")
    return {**card, "url": link, "link": _said(speech, "track")} if link else card


def orders_card(found: Sequence[Order], speech: Speech, now: datetime) -> Card:
    """Return a row of cards, each of an order with a button that names it."""
    items = [_chosen_by(order_card(order, speech, now), order_number=order.number) for order in found]
    return {"title": _said(speech, "orders"), "items": items}


def tickets_card(found: Sequence[Ticket], speech: Speech, now: datetime) -> Card:
    """Return a row of cards, each of a ticket with a button that names it."""
    items = [_chosen_by(ticket_card(ticket, speech, now), ticket_number=ticket.number) for ticket in found]
    return {"title": _said(speech, "tickets"), "items": items}


def _chosen_by(card: Card, **named: str) -> Card:
    return {**card, "buttons": [{"title": card["title"], "payload": "/inform" + json.dumps(named)}]}


def products_card(
    found: Sequence[tuple[Product, Sequence[Variant], str]], speech: Speech, *, can_buy: bool = False
) -> Card:
    """Return the card of one product, or a row of cards; each of a row has a button that tells more of it.

    Args:
        found: each product with the variants that were meant, and their price.
        can_buy: also offer to buy each of a row.
    """
    items = [_product(product, variants, price, speech) for product, variants, price in found]
    if len(items) == 1:
        described = shorten(found[0][0].description, _DESCRIPTION, placeholder="\u2026")
        return {**items[0], "fields": [*items[0]["fields"], *_fields(speech, ("details", described))]}
    more, buy = _said(speech, "more"), _said(speech, "buy")
    for item, (product, _variants, _price) in zip(items, found, strict=True):
        named = json.dumps({"said": product.name}, ensure_ascii=False)
        buys = [{"title": buy, "payload": f"/place_order{named}"}] if can_buy else []
        item["buttons"] = [{"title": more, "payload": f"/check_stock{named}"}, *buys]
    return {"title": _said(speech, "products"), "items": items}


def cart_card(lines: Sequence[tuple[str, str]], total: str, url: str, speech: Speech) -> Card:
    """Return the card of a cart that waits to be paid; its address is for whoever reads it, and nobody else.

    Args:
        lines: the name of each thing, and how many of it.
    """
    fields = [{"label": name, "value": count} for name, count in lines]
    card: Card = {"title": _said(speech, "cart"), "subtitle": total, "fields": fields}
    return {**card, "url": url, "link": _said(speech, "check_out")}


def ticket_card(ticket: Ticket, speech: Speech, now: datetime) -> Card:
    """Return the card of one ticket, as its requester may see it."""
    due = ticket.due_at if ticket.status in _WAITS_FOR_TEAM else None
    return {
        "title": _said(speech, "ticket").format(number=ticket.number),
        "subtitle": speech.word("ticket_status", ticket.status.value),
        "fields": _fields(
            speech,
            ("about", ticket.subject),
            ("team", ticket.team),
            ("opened", speech.day(ticket.created_at, now)),
            ("answer_by", speech.day(due, now) if due and not speech.is_over(due, now) else ""),
        ),
    }


def as_of(card: Card | None, time: str, speech: Speech) -> Card | None:
    """Return a card that says of what time it is, as each card of a row does."""
    if card is None:
        return None
    if "items" in card:
        return {**card, "items": [as_of(item, time, speech) for item in card["items"]]}
    return {**card, "fields": [*card["fields"], *_fields(speech, ("as_of", time))]}


def _product(product: Product, variants: Sequence[Variant], price: str, speech: Speech) -> Card:
    there = [_option(variant) for variant in variants if variant.stock is None or variant.stock > 0]
    gone = [_option(variant) for variant in variants if variant.stock is not None and variant.stock <= 0]
    return {
        "title": product.name,
        "subtitle": price,
        "fields": _fields(speech, ("in_stock", ", ".join(there)), ("sold_out", ", ".join(gone))),
    }


def _option(variant: Variant) -> str:
    return " ".join(variant.options.values()) or variant.sku


def _promised(order: Order, speech: Speech, now: datetime) -> Iterable[tuple[str, str]]:
    """Say the date that counts: of a delivery, or of a promise that still stands."""
    arrived = [parcel.delivered_at for parcel in order.fulfilments if parcel.delivered_at]
    if order.status is OrderStatus.DELIVERED:
        return [("delivered", speech.day(max(arrived), now) if arrived else "")]
    leaves = order.status is OrderStatus.PENDING_SHIPMENT
    at = order.expected_by
    if order.status in _UNDERWAY:
        due = [parcel.estimated_delivery for parcel in order.fulfilments if not parcel.delivered_at]
        at = max(filter(None, due), default=at)
    if at is None or speech.is_over(at, now) or not (leaves or order.status in _UNDERWAY):
        return []
    return [("leaves" if leaves else "expected", speech.day(at, now))]


def _underway_first(parcels: Sequence[Fulfilment]) -> list[Fulfilment]:
    """Put the parcels that are still on their way before the others."""
    return sorted(parcels, key=lambda parcel: parcel.delivered_at is not None)


def _fields(speech: Speech, *named: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": _said(speech, name), "value": value} for name, value in named if value]


def _said(speech: Speech, name: str) -> str:
    return speech.word("cards", name)

"""Read Shopify's records as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.adapters.shopify.goods import amount, options
from bridge.connections import Words
from bridge.model.commerce import (
    Address,
    Fulfilment,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    Return,
    ReturnLine,
    ReturnStatus,
)
from bridge.transport import Data

_CAME_BACK = ("RETURNED", "INSPECTION_COMPLETE")
_PAID_WITH = {"CardPaymentDetails": PaymentKind.CREDIT_CARD, "PaypalWalletPaymentDetails": PaymentKind.PAYPAL}


def number_of(order: Data, fields: Mapping[str, str]) -> str:
    """Return the number that the customer reads, without what the shop puts around it."""
    return order.text("name").removeprefix(fields["number_prefix"]).removesuffix(fields["number_suffix"])


def read_order(order: Data, words: Words, fields: Mapping[str, str]) -> Order:
    """Return an order."""
    label = _label(order, words)
    parcels = tuple(_parcels(order))
    due = [parcel.estimated_delivery for parcel in parcels if parcel.estimated_delivery and not parcel.delivered_at]
    return Order(
        id=order.id(),
        number=number_of(order, fields),
        status=words.ours("statuses", label, OrderStatus, OrderStatus.OTHER),
        status_label=label,
        email=order.text("email", ""),
        placed_at=order.time("createdAt"),
        total=amount(order["totalPriceSet"]),
        items=_items(order),
        address=_address(order["shippingAddress"]),
        payments=tuple(_payments(order)),
        fulfilments=parcels,
        expected_by=max(due, default=None),
        refunded=amount(order["totalRefundedSet"]) if order["totalRefundedSet"] else None,
    )


def _label(order: Data, words: Words) -> str:
    """Return the word that tells most: cancelled, come back, what a carrier says of the parcels, or how far it is."""
    if order.time_or_none("cancelledAt"):
        return "CANCELLED"
    came_back = order.text("returnStatus")
    if came_back in _CAME_BACK:
        return came_back
    label = order.text("displayFulfillmentStatus")
    told = [parcel.text("displayStatus", "") for parcel in _sent(order)]
    meant = [words.ours("statuses", word, OrderStatus, OrderStatus.OTHER) for word in told]
    if OrderStatus.DELAYED in meant:
        return told[meant.index(OrderStatus.DELAYED)]
    return told[0] if label == "FULFILLED" and meant and set(meant) == {OrderStatus.DELIVERED} else label


def _sent(order: Data) -> Iterator[Data]:
    return (
        parcel
        for parcel in order.each("fulfillments")
        if parcel.text("status") not in ("CANCELLED", "ERROR", "FAILURE")
    )


def has_left(order: Data) -> bool:
    """Tell whether a part of an order is on its way."""
    return any(_sent(order))


def _items(order: Data) -> tuple[OrderItem, ...]:
    lines = list(order["lineItems"].each("nodes"))
    # After an edit of the order the first quantity is history; after a whole return or cancellation the second is.
    kept = [(line, line.number("currentQuantity")) for line in lines if line.number("currentQuantity") > 0]
    return tuple(
        OrderItem(
            sku=line.text("sku", ""),
            name=line.text("title"),
            quantity=quantity,
            unit_price=amount(line["originalUnitPriceSet"]),
            options=options(line["variant"]) if line["variant"] else {},
            id=line.id(),
        )
        for line, quantity in kept or [(line, line.number("quantity")) for line in lines]
    )


def _address(address: Data) -> Address | None:
    if not address:
        return None
    names = ("name", "address1", "city", "zip", "countryCodeV2", "address2", "provinceCode")
    return Address(*(address.text(name, "") for name in names))


def _parcels(order: Data) -> Iterator[Fulfilment]:
    for parcel in _sent(order):
        skus = (
            tuple(line["lineItem"].text("sku", "") for line in parcel["fulfillmentLineItems"].each("nodes"))
            if parcel["fulfillmentLineItems"]
            else ()
        )
        for tracking in parcel.each("trackingInfo"):
            yield Fulfilment(
                carrier=tracking.text("company", ""),
                tracking_number=tracking.text("number", ""),
                shipped_at=parcel.time_or_none("createdAt"),
                estimated_delivery=parcel.time_or_none("estimatedDeliveryAt"),
                delivered_at=parcel.time_or_none("deliveredAt"),
                tracking_url=tracking.text("url", ""),
                skus=skus,
            )


def _payments(order: Data) -> Iterator[Payment]:
    for paid in order.each("transactions"):
        if paid.text("status") != "SUCCESS" or paid.text("kind") not in ("SALE", "AUTHORIZATION"):
            continue
        details = paid["paymentDetails"]
        name = details.text("__typename") if details else ""
        kind = (
            PaymentKind.GIFT_CARD
            if paid.text("gateway", "") == "gift_card"
            else _PAID_WITH.get(name, PaymentKind.OTHER)
        )
        is_card = kind is PaymentKind.CREDIT_CARD
        brand, number = (details.text("company", ""), details.text("number", "")) if is_card else ("", "")
        yield Payment(kind, amount(paid["amountSet"]), brand, number[-4:] if number[-4:].isdecimal() else "")


def read_return(made: Data, order_id: str, words: Words) -> Return:
    """Return a return."""
    label = made.text("status")
    lines = [line for line in made["returnLineItems"].each("nodes") if line["fulfillmentLineItem"]]
    return Return(
        id=made.id(),
        order_id=order_id,
        status=words.ours("returns", label, ReturnStatus, ReturnStatus.OTHER),
        status_label=label,
        lines=tuple(
            ReturnLine(line["fulfillmentLineItem"]["lineItem"].id(), line.number("quantity")) for line in lines
        ),
        number=made.text("name"),
    )

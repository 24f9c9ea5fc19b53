"""The records of the shop as Shopify holds them; the names of fields are those of its schema."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulators.seed import Fields

CARRIERS = {
    "UPS": "https://www.ups.com/track?tracknum={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "DHL": "https://www.dhl.com/track?tracking-id={}",
}
# What the demo calls it -> fulfilment status of the order, of its parcels, and what else differs.
_STATES: dict[str, tuple[str, str, Fields]] = {
    "shipped": ("FULFILLED", "IN_TRANSIT", {}),
    "pending_shipment": ("UNFULFILLED", "", {}),
    "partly_shipped": ("PARTIALLY_FULFILLED", "IN_TRANSIT", {}),
    "delivered": ("FULFILLED", "DELIVERED", {}),
    "delayed": ("FULFILLED", "DELAYED", {}),
    "cancelled": ("UNFULFILLED", "", {"cancelReason": "CUSTOMER", "displayFinancialStatus": "REFUNDED"}),
    "returned": ("FULFILLED", "DELIVERED", {"returnStatus": "RETURNED"}),
    "on_hold": ("ON_HOLD", "", {"displayFinancialStatus": "PENDING"}),
}
_OTHER: tuple[str, str, Fields] = ("REQUEST_DECLINED", "CONFIRMED", {})


def gid(kind: str, number: int | str) -> str:
    """Return a global id."""
    return f"gid://shopify/{kind}/{number}"


def bag(amount: str, currency: str) -> Fields:
    """Return an amount as Shopify tells it."""
    money = {"amount": amount, "currencyCode": currency}
    return {"shopMoney": money, "presentmentMoney": money}


def stamp(at: datetime | None) -> str | None:
    """Return a time as Shopify writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def address(name: str, fields: Fields) -> Fields:
    """Return a mailing address."""
    return {
        "name": name,
        "address1": fields["line1"],
        "address2": fields.get("line2") or None,
        "city": fields["city"],
        "zip": fields["postcode"],
        "provinceCode": fields.get("region") or None,
        "countryCodeV2": fields["country"],
        "phone": None,
    }


def products(shop: Fields) -> list[Fields]:
    """Return the products; a variant's options are told in its title too."""
    made = []
    for place, product in enumerate(shop["products"], start=1):
        number = 7000 + place
        handle = product["name"].lower().replace(" ", "-")
        made.append(
            {
                "id": gid("Product", number),
                "title": product["name"],
                "handle": handle,
                "description": product["description"],
                "status": "ACTIVE",
                "onlineStoreUrl": f"https://northwind-sandbox.myshopify.com/products/{handle}",
                "variants": [_variant(number * 100 + at, one) for at, one in enumerate(product["variants"])],
            }
        )
    return made


def _variant(number: int, variant: Fields) -> Fields:
    options = [{"name": name, "value": value} for name, value in variant["options"].items()]
    return {
        "id": gid("ProductVariant", number),
        "sku": variant["sku"],
        "title": " / ".join(option["value"] for option in options) or "Default Title",
        "price": variant["price"],
        "selectedOptions": options or [{"name": "Title", "value": "Default Title"}],
        "inventoryQuantity": variant["stock"],
        "inventoryItem": {"id": gid("InventoryItem", number), "sku": variant["sku"], "tracked": True},
    }


def orders(shop: Fields, sold: dict[str, Fields]) -> list[Fields]:
    """Return the orders.

    Args:
        sold: title and variant by SKU.
    """
    people = {person["email"]: person for person in shop["people"]}
    currency = shop["shop"]["currency"]
    return [
        _order(5500 + place, one, people[one["email"]], sold, currency) for place, one in enumerate(shop["orders"], 1)
    ]


def _order(number: int, order: Fields, person: Fields, sold: dict[str, Fields], currency: str) -> Fields:
    status, parcel_status, differs = _STATES.get(order["status"], _OTHER)
    items = [_item(number * 100 + place, sku, sold[sku], currency) for place, sku in enumerate(order["items"])]
    placed = stamp(order["placed"])
    made: Fields = {
        "id": gid("Order", number),
        "legacyResourceId": str(number),
        "name": f"#{order['number']}",
        "email": order["email"],
        "note": None,
        "tags": [],
        "createdAt": placed,
        "processedAt": placed,
        "updatedAt": placed,
        "cancelledAt": placed if order["status"] == "cancelled" else None,
        "cancelReason": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": status,
        "returnStatus": "NO_RETURN",
        "totalPriceSet": bag(order["total"], currency),
        "totalRefundedSet": bag(order["total"] if order["status"] == "cancelled" else "0.00", currency),
        "shippingAddress": address(person["name"], person["address"]),
        "lineItems": items,
        "transactions": [_transaction(number, order["payment"], order["total"], currency)],
        "fulfillments": [
            _fulfillment(number * 10 + place, parcel, parcel_status, items)
            for place, parcel in enumerate(order.get("parcels", []))
        ],
        "returns": [],
        **differs,
    }
    sent = {line["lineItemId"] for one in made["fulfillments"] for line in one["fulfillmentLineItems"]}
    for item in items:
        item["unfulfilledQuantity"] = 0 if item["id"] in sent else item["quantity"]
    return made


def bring(order: Fields, status: str, now: datetime) -> bool:
    """Bring an order to a status of the demo; tell whether there is such a one."""
    if status not in _STATES or status == "partly_shipped":
        return False
    fulfilment, parcel_status, differs = _STATES[status]
    sent = parcel_status or order["fulfillments"]
    if sent and not order["fulfillments"]:
        number = int(order["legacyResourceId"])
        parcel = {"carrier": "UPS", "tracking_number": f"1Z999AA1{number:010}"}
        dates = {"shipped": now, "due": now + timedelta(days=3)}
        order["fulfillments"] = [_fulfillment(number * 10, {**parcel, **dates}, parcel_status, order["lineItems"])]
        for item in order["lineItems"]:
            item["unfulfilledQuantity"] = 0
    for one in order["fulfillments"]:
        one["displayStatus"] = parcel_status or one["displayStatus"]
        one["deliveredAt"] = stamp(now) if parcel_status == "DELIVERED" else None
    cancelled = {"cancelledAt": stamp(now)} if status == "cancelled" else {}
    order.update(displayFulfillmentStatus=fulfilment, updatedAt=stamp(now), **{**differs, **cancelled})
    return True


def topics(order: Fields) -> tuple[str, ...]:
    """Return the topics under which a shop tells of the last change of an order."""
    if order["cancelledAt"]:
        return ("ORDERS_CANCELLED", "ORDERS_UPDATED")
    return ("ORDERS_FULFILLED", "ORDERS_UPDATED") if order["fulfillments"] else ("ORDERS_UPDATED",)


def _item(number: int, sku: str, sold: Fields, currency: str) -> Fields:
    return {
        "id": gid("LineItem", number),
        "title": sold["title"],
        "sku": sku,
        "variantTitle": sold["variant"]["title"],
        "quantity": 1,
        "currentQuantity": 1,
        "unfulfilledQuantity": 1,
        "originalUnitPriceSet": bag(sold["variant"]["price"], currency),
    }


def _fulfillment(number: int, parcel: Fields, status: str, items: list[Fields]) -> Fields:
    skus = parcel.get("skus") or [item["sku"] for item in items]
    tracked = CARRIERS[parcel["carrier"]].format(parcel["tracking_number"])
    return {
        "id": gid("Fulfillment", number),
        "status": "SUCCESS",
        "displayStatus": status,
        "createdAt": stamp(parcel["shipped"]),
        "estimatedDeliveryAt": stamp(parcel["due"]),
        "deliveredAt": stamp(parcel.get("delivered")),
        "trackingInfo": [{"company": parcel["carrier"], "number": parcel["tracking_number"], "url": tracked}],
        "fulfillmentLineItems": [
            {
                "id": gid("FulfillmentLineItem", f"{number}{place}"),
                "lineItemId": item["id"],
                "quantity": item["quantity"],
            }
            for place, item in enumerate(items)
            if item["sku"] in skus
        ],
    }


def _transaction(number: int, payment: Fields, total: str, currency: str) -> Fields:
    by_card = payment["kind"] == "credit_card"
    details: dict[str, Any] = (
        {
            "__typename": "CardPaymentDetails",
            "company": payment["brand"],
            "number": f"\u2022\u2022\u2022\u2022 {payment['last_four']}",
            "paymentMethodName": "card",
        }
        if by_card
        else {"__typename": "PaypalWalletPaymentDetails", "paymentMethodName": "paypal_wallet"}
    )
    return {
        "id": gid("OrderTransaction", number),
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": "shopify_payments" if by_card else "paypal",
        "formattedGateway": "Shopify payments" if by_card else "PayPal Express Checkout",
        "amountSet": bag(total, currency),
        "paymentDetails": details,
    }

"""What WooCommerce sends when an order changes."""

from __future__ import annotations

import re

from bridge.connections.webhooks import Delivery, Headers, Webhook, delivery_id, told_in
from bridge.model.changes import OrderChanged

_GREETING = re.compile(rb"webhook_id=[0-9]{1,20}")


class WooCommerceWebhook(Webhook):
    """Hear WooCommerce.

    One change is often delivered two or three times, each with an id of its own: they are told apart by what the
    order holds when it is read, like all others.
    """

    signature = "x-wc-webhook-signature"

    def is_greeting(self, headers: Headers, body: bytes) -> bool:
        """Know the form that a new webhook sends first, without a signature and without its own headers."""
        return self.signature not in headers and _GREETING.fullmatch(body) is not None

    def read(self, headers: Headers, body: bytes) -> Delivery:
        """Return which order was changed."""
        name = delivery_id(headers, "x-wc-webhook-delivery-id", self.signature)
        if not headers.get("x-wc-webhook-topic", "").startswith("order."):
            return Delivery(name)
        return Delivery(name, OrderChanged(told_in(body).id()))


WEBHOOK = WooCommerceWebhook

"""What Shopify sends when an order changes."""

from __future__ import annotations

from bridge.connections.webhooks import Delivery, Headers, Webhook, delivery_id, told_in
from bridge.model.changes import OrderChanged

_IDS = {"orders": "id", "fulfillments": "order_id"}
"""By the first word of a topic, where a body of it names the order."""


class ShopifyWebhook(Webhook):
    """Hear Shopify, whose signature covers the body only: what tells a repetition is the id of the delivery.

    Somebody who repeats a delivery under another id makes us read the order again, and nothing more.
    """

    signature = "x-shopify-hmac-sha256"

    def read(self, headers: Headers, body: bytes) -> Delivery:
        """Return which order was changed; bodies are those of the REST API, and orders are known by their global id."""
        name = delivery_id(headers, "x-shopify-webhook-id", self.signature)
        field = _IDS.get(headers.get("x-shopify-topic", "").partition("/")[0])
        if field is None:
            return Delivery(name)
        return Delivery(name, OrderChanged(f"gid://shopify/Order/{told_in(body).id(field)}"))


WEBHOOK = ShopifyWebhook

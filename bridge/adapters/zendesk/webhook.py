"""What Zendesk sends when a ticket changes."""

from __future__ import annotations

from datetime import datetime

from bridge.connections.webhooks import Delivery, Headers, Webhook, delivery_id, told_in
from bridge.errors import ProtocolError
from bridge.model.changes import TicketChanged
from bridge.transport import Data


class ZendeskWebhook(Webhook):
    """Hear Zendesk, which signs the time together with the body."""

    signature = "x-zendesk-webhook-signature"
    at = "x-zendesk-webhook-signature-timestamp"

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        """Tell whether Zendesk has signed this body just now."""
        at = headers.get(self.at, "")
        signed = at.encode("utf-8", "surrogatepass") + body
        return self.fits(signed, headers.get(self.signature, "")) and self._is_new(at)

    def read(self, headers: Headers, body: bytes) -> Delivery:
        """Return which ticket was changed; whatever event it is, the record tells whether anybody cares."""
        name = delivery_id(headers, "x-zendesk-webhook-invocation-id", self.signature)
        told = told_in(body)
        if not told.text("type", "").startswith("zen:event-type:ticket."):
            return Delivery(name)
        return Delivery(name, TicketChanged(told["detail"].id()))

    def _is_new(self, at: str) -> bool:
        try:
            signed_at: datetime = Data({"at": at}).time("at")
        except ProtocolError:
            return False
        return self.is_recent(signed_at)


WEBHOOK = ZendeskWebhook

"""What a scrip of Request Tracker sends when a ticket changes (README.md has it)."""

from __future__ import annotations

from bridge.connections.webhooks import StandardWebhook

WEBHOOK = StandardWebhook

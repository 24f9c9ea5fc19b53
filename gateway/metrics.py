"""What an operator can watch of the chat, in Prometheus form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15.5, 30, 60, 330)


class Metrics:
    """Hold the gateway's own registry, so that two gateways in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "frontdesk_messages_received", "Messages stored, by kind", ["kind"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "frontdesk_turn_seconds",
            "From taking up a message to the end of its turn",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.message_seconds = Histogram(
            "frontdesk_message_seconds",
            "From the receipt of a message to the end of its turn, waiting included",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.backstop = Counter(
            "frontdesk_backstop", "Times the gateway spoke because the bot did not", ["what"], registry=self.registry
        )
        self.redeliveries = Counter(
            "frontdesk_redeliveries", "Messages delivered again after a failed try", registry=self.registry
        )
        self.queue = Gauge("frontdesk_queue_depth", "Messages that wait or are in flight", registry=self.registry)
        self.streams = Gauge("frontdesk_streams_open", "Open event streams", registry=self.registry)

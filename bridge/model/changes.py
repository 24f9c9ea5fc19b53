"""What a system says has happened to a record: only that, never what the record holds now.

One event for each kind of record is enough: whoever hears it reads the record, and that tells whether it was shipped,
cancelled, answered or solved. A finer event would be the vendor's word for it, which may be late or out of order.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderChanged:
    """Say that something happened to an order; the id is the system's own."""

    order_id: str

    @property
    def record(self) -> str:
        """Return what a watch calls it."""
        return f"order:{self.order_id}"


@dataclass(frozen=True)
class TicketChanged:
    """Say that something happened to a ticket; the id is the system's own."""

    ticket_id: str

    @property
    def record(self) -> str:
        """Return what a watch calls it."""
        return f"ticket:{self.ticket_id}"


Change = OrderChanged | TicketChanged

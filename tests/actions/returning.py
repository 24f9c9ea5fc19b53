"""What the form of a return meets in its tests: an order, and use cases that find it."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from bridge.conversation.turns import Turn
from bridge.formatting.outbound import Speech
from bridge.model.commerce import OrderItem, OrderStatus
from bridge.model.identity import Identity, Level
from bridge.model.money import Money
from bridge.model.outcome import BackendState, Outcome
from bridge.usecases.returnable import Returnable, Wanted

PRICE = Money(1990, "USD")
SHIRTS = OrderItem("TEE-M", "Blue T-Shirt", 2, PRICE, {"size": "M"}, "11")
WHITE = OrderItem("TEE-W", "White T-Shirt", 1, PRICE, {"size": "M"}, "12")
JEANS = OrderItem("JEANS-32", "Black Jeans", 1, PRICE, {"size": "32"}, "13")
ORDER = Returnable("7", "1001", (SHIRTS, WHITE, JEANS))
FOUND = ORDER.to_json()
ONE = [{"item_id": "13", "quantity": 1}]
TOLD = "the jeans are too small, I want to send them back"
ANN = Identity(Level.VERIFIED, "ann", "ann@example.test")
MISSED = Outcome("utter_returns_not_found", {"order": "1009"}, forget=("returns_order",), again=True)
AWAY = Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)


class Desk:
    """Stand for the use cases: who is known, whether the shop takes returns, and what is found."""

    def __init__(self) -> None:
        self.identity = ANN
        self.possible = True
        self.found: Returnable | Outcome = ORDER
        self.orders = Outcome("utter_orders_which", {"orders": "- #1001"}, card={"title": "Your orders"})
        self.drafted: list[tuple[Returnable, Wanted]] = []
        self.speech = Speech("en_US", "UTC")
        self.returns = self.order_changes = self
        self.verification = SimpleNamespace(
            is_needed=lambda turn: turn.identity.level is not Level.VERIFIED, can_be=lambda _turn: True
        )

    def is_offered(self, _turn: Turn) -> bool:
        return self.possible

    def look(self, _turn: Turn, _number: str) -> Returnable | Outcome:
        return self.found

    def which(self, _turn: Turn, fitting: Any) -> Outcome:
        assert OrderStatus.SHIPPED in fitting
        return self.orders

    def draft(self, _turn: Turn, order: Returnable, wanted: Wanted) -> Outcome:
        self.drafted.append((order, wanted))
        return Outcome("utter_returns_confirm")

    def turn(self) -> Turn:
        return Turn("conversation", 1, datetime.now(timezone.utc), self.identity, "")

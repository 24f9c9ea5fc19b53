"""Keep returns of orders in our own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row, by_key, check_fits, row_id
from bridge.errors import ConflictError, InvalidError
from bridge.model.commerce import NewReturn, Order, OrderStatus, Return, ReturnLine, ReturnStatus
from bridge.storage.business import order_returns
from bridge.storage.engine import insert_if_new

_CANNOT_GO_BACK = {OrderStatus.ON_HOLD, OrderStatus.PENDING_SHIPMENT, OrderStatus.CANCELLED}
_TAKES_NOTHING = {ReturnStatus.DECLINED.value, ReturnStatus.CANCELLED.value}


def make_return(connection: sa.engine.Connection, order: Order, wanted: NewReturn, key: str, now: datetime) -> Return:
    """Write a return of an order down, or return the one this key made; the order must be locked."""
    values = {
        "order_id": int(order.id),
        "status": ReturnStatus.REQUESTED.value,
        "reason": wanted.reason.value,
        "note": wanted.note,
        "lines": [asdict(line) for line in wanted.lines],
        "created_at": now,
        "idempotency_key": key,
    }
    check_fits(order_returns, values)
    made = by_key(connection, order_returns, key)
    if made is None:
        earlier = returns_of(connection, order.id)
        _check(order, wanted.lines, earlier)
        insert_if_new(connection, order_returns, {**values, "number": f"{order.number}-R{len(earlier) + 1}"})
        made = by_key(connection, order_returns, key)
    if made is None or made["order_id"] != values["order_id"]:
        raise ConflictError("this key was used for another order")
    return read_return(made)


def read_return(row: Row) -> Return:
    """Return the return of a row."""
    status = ReturnStatus(row["status"]) if row["status"] in set(ReturnStatus) else ReturnStatus.OTHER
    lines = tuple(ReturnLine(line["item_id"], line["quantity"]) for line in row["lines"])
    return Return(str(row["id"]), str(row["order_id"]), status, row["status"], lines, row["number"])


def returns_of(connection: sa.engine.Connection, order_id: str) -> list[Row]:
    """Return the rows of an order's returns, oldest first."""
    choice = sa.select(order_returns).where(order_returns.c.order_id == row_id(order_id)).order_by(order_returns.c.id)
    return list(connection.execute(choice).mappings())


def _check(order: Order, lines: Iterable[ReturnLine], earlier: Iterable[Row]) -> None:
    if order.status in _CANNOT_GO_BACK:
        raise ConflictError("nothing of this order can go back")
    left = Counter({item.id: item.quantity for item in order.items})
    for known in earlier:
        if known["status"] not in _TAKES_NOTHING:
            left.subtract({line["item_id"]: line["quantity"] for line in known["lines"]})
    wanted: Counter[str] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise InvalidError("lines", "holds a quantity below one")
        wanted[line.item_id] += line.quantity
    if not wanted:
        raise InvalidError("lines", "names nothing")
    if any(count > left[item_id] for item_id, count in wanted.items()):
        raise InvalidError("lines", "names more than is left of the order to return")

"""Write our wishes as WooCommerce takes them; a return is a note, whose last line is for us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bridge.adapters.woocommerce.client import is_id, mark
from bridge.errors import InvalidError
from bridge.model.commerce import Address, CartLine, NewReturn, Return, ReturnLine, ReturnStatus
from bridge.transport import Data

LONGEST_NOTE = 1000
_RETURN = re.compile(r"\[(frontdesk-[0-9a-f]{24}) return ([0-9x, ]+)\]")
Asked = tuple[str, str, dict[str, int]]
"""Id of a note, mark of the key, and how many of each item."""


def note_of(wanted: NewReturn, key: str) -> str:
    """Return the note that asks for a return."""
    lines = ", ".join(f"{line.item_id}x{line.quantity}" for line in wanted.lines)
    return f"Return requested ({wanted.reason.value}): {wanted.note[:LONGEST_NOTE]}\n[{mark(key)} return {lines}]"


def asked_for(note: Data) -> Asked | None:
    """Return what a note asks to take back, None of another note; what a customer wrote stands in other lines."""
    *_, last = ["", *note.text("note").splitlines()]
    found = _RETURN.fullmatch(last)
    if found is None:
        return None
    pairs = [pair.strip().partition("x") for pair in found[2].split(",")]
    return note.id(), found[1], {item: int(count) for item, _, count in pairs if item.isdecimal() and count.isdecimal()}


def return_by_key(known: Iterable[Asked], order_id: str, key: str) -> Return | None:
    """Return the return that a key asked for."""
    mine = (one for one in known if one[1] == mark(key))
    return next((return_of(note_id, order_id, lines) for note_id, _, lines in mine), None)


def return_of(note_id: str, order_id: str, lines: dict[str, int]) -> Return:
    """Return a note as a return, which somebody has to see."""
    told = tuple(ReturnLine(item_id, quantity) for item_id, quantity in lines.items())
    return Return(note_id, order_id, ReturnStatus.REQUESTED, "note", told)


def bought(line: CartLine) -> dict[str, int]:
    """Return a line of an order; a variant is "product" or "product/variation".

    Raises:
        InvalidError: nothing can have this id, or there is none of it.
    """
    product, _, variation = line.variant_id.partition("/")
    if not is_id(product) or (variation and not is_id(variation)) or line.quantity < 1:
        raise InvalidError("lines", "names what cannot be bought")
    made = {"product_id": int(product), "quantity": line.quantity}
    return {**made, "variation_id": int(variation)} if variation else made


def written(address: Address) -> dict[str, Any]:
    """Return an address."""
    first, _, last = address.name.partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "address_1": address.line1,
        "address_2": address.line2,
        "city": address.city,
        "state": address.region,
        "postcode": address.postcode,
        "country": address.country,
    }

"""Write our wishes as Shopify takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.model.commerce import Address, NewReturn
from bridge.model.fitting import check_return
from bridge.transport import Data

_SPECIAL = re.compile(r"""([\\"'():*<>-])""")


def quoted(text: str) -> str:
    """Return a text as one value of a search; what has a meaning there loses it."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def inside(word: str) -> str:
    """Return the search for a word inside of titles, or at the beginning of a word elsewhere."""
    plain = _SPECIAL.sub(r"\\\1", word)
    return f"(title:*{plain}* OR {plain}*)"


def return_lines(answer: Data, wanted: NewReturn) -> Iterator[dict[str, Any]]:
    """Yield what goes back by the parcels it came in, because one item may have come in several.

    Raises:
        InvalidError: it is more than can go back.
    """
    returnable = [
        (line["fulfillmentLineItem"]["lineItem"].id(), line["fulfillmentLineItem"].id(), line.number("quantity"))
        for sent in answer["returnableFulfillments"].each("nodes")
        for line in sent["returnableFulfillmentLineItems"].each("nodes")
    ]
    left: dict[str, int] = {}
    for item_id, _, quantity in returnable:
        left[item_id] = left.get(item_id, 0) + quantity
    check_return(wanted.lines, left)
    for line in wanted.lines:
        open_quantity = line.quantity
        for item_id, parcel_line, quantity in returnable:
            taken = min(open_quantity, quantity) if item_id == line.item_id else 0
            if taken:
                yield {"fulfillmentLineItemId": parcel_line, "quantity": taken}
            open_quantity -= taken


def written(address: Address) -> Mapping[str, str | None]:
    """Return an address; Shopify puts the parts of a name together again."""
    first, _, last = address.name.partition(" ")
    return {
        "firstName": first if last else None,
        "lastName": last or first,
        "address1": address.line1,
        "address2": address.line2 or None,
        "city": address.city,
        "zip": address.postcode,
        "provinceCode": address.region or None,
        "countryCode": address.country,
    }

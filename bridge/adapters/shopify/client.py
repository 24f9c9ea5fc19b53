"""How Shopify tells its errors, most of them with status 200."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from bridge.errors import (
    BridgeError,
    BusyError,
    CredentialsError,
    InvalidError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
)
from bridge.transport import Data, Reply, Trouble, Vendor

PATH = "graphql.json"
_ID = re.compile(r"gid://shopify/[A-Za-z]+/[0-9]{1,20}")


def trouble(reply: Reply) -> Trouble:
    """Read the first of `errors`; one who asks too much learns from the bucket how long to wait."""
    code = next(reply.data.each("errors"))["extensions"].text("code", "")
    if code != "THROTTLED":
        return Trouble(code)
    cost = reply.data["extensions"]["cost"]
    bucket = cost["throttleStatus"]
    missing = cost.decimal("requestedQueryCost") - bucket.decimal("currentlyAvailable")
    return Trouble(code, pause=float(missing / bucket.decimal("restoreRate")))


VENDOR = Vendor(
    "shopify",
    # Frozen, gone or locked: the shop, and not a record of it.
    statuses=dict.fromkeys((402, 404, 423), UnavailableError),
    codes={
        "THROTTLED": BusyError,
        "ACCESS_DENIED": CredentialsError,
        "SHOP_INACTIVE": UnavailableError,
        "INTERNAL_SERVER_ERROR": OutcomeUnknownError,
        "MAX_COST_EXCEEDED": ProtocolError,
    },
    trouble=trouble,
)


def check(answer: Data, otherwise: type[BridgeError], errors: str = "userErrors") -> None:
    """Raise what a mutation refused, by its code; its sentences are for people of the shop."""
    for error in answer.each(errors):
        code = error.text("code", "")
        if code == "NOT_FOUND":
            raise NotFoundError("shopify: no such record")
        text = f"shopify refused: {code or 'userErrors'}"
        raise InvalidError("lines", text) if otherwise is InvalidError else otherwise(text)


def is_id(text: str) -> bool:
    """Tell whether a text can be an id of Shopify's."""
    return bool(_ID.fullmatch(text))


def is_sayable(text: str) -> bool:
    """Tell whether a text can be asked for: control characters and halves of letters are nobody's."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)


def mark(key: str) -> str:
    """Return what a record carries, so that it is found again by its idempotency key; a tag holds forty letters."""
    return f"frontdesk-{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:24]}"

"""How WooCommerce tells its errors, and how our keys are written into its records."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from bridge.errors import InvalidError, NotFoundError, UnavailableError
from bridge.transport import Reply, Trouble, Vendor

PAGE = 100
KEY = "_frontdesk_key"
"""The meta data that holds the mark of an idempotency key."""
_ID = re.compile(r"[1-9][0-9]{0,17}")


def trouble(reply: Reply) -> Trouble:
    """Read the code; `data` may be a number where it is an object everywhere else."""
    data = reply.data["data"]
    params = data["params"].raw if isinstance(data.raw, dict) else None
    return Trouble(reply.data.text("code", ""), field=next(iter(params), "") if isinstance(params, dict) else "")


VENDOR = Vendor(
    "woocommerce",
    # WordPress without its plugin, or another page altogether: only the codes below are about a record.
    statuses={404: UnavailableError},
    codes={
        "woocommerce_rest_order_invalid_id": NotFoundError,
        "woocommerce_rest_shop_order_invalid_id": NotFoundError,
        "woocommerce_rest_product_invalid_id": NotFoundError,
        "woocommerce_rest_required_product_reference": InvalidError,
        # Measured: these come with status 500, and nothing was done.
        "woocommerce_rest_cannot_create_order_refund": InvalidError,
    },
    trouble=trouble,
    fields={"billing": "email", "shipping": "address", "line_items": "lines"},
)


def is_id(text: str) -> bool:
    """Tell whether a text can be an id: other paths have other meanings."""
    return bool(_ID.fullmatch(text))


def is_sayable(text: str) -> bool:
    """Tell whether a text can be asked for: control characters and halves of letters are nobody's."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)


def mark(key: str) -> str:
    """Return what a record carries, so that it is found by its idempotency key: WooCommerce knows none."""
    return f"frontdesk-{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:24]}"

"""Tell whether somebody who knows a secret wrote something: what webhooks are signed with."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far the time of a signature may lie from ours: what was recorded on its way is worthless after it."""


def sign(secret: bytes, content: bytes) -> str:
    """Return the HMAC-SHA256 of some content, in base64."""
    return base64.b64encode(hmac.digest(secret, content, "sha256")).decode()


def is_signed(secrets: Iterable[bytes], content: bytes, signature: str) -> bool:
    """Tell whether a signature was made with one of the secrets; how long that takes tells nothing of them."""
    # Every secret is tried, and compared as bytes: text that is not ASCII would be an error.
    given = signature.encode("utf-8", "surrogatepass")
    return any([hmac.compare_digest(sign(secret, content).encode(), given) for secret in secrets])


def is_recent(at: datetime, now: datetime) -> bool:
    """Tell whether something was signed just now, as far as two clocks agree."""
    return abs(now - at) <= TOLERANCE

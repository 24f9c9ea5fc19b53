"""What a system sends by itself: whether it is really its own, which delivery it is, and what it says has changed.

An adapter that can hear its vendor has a `webhook.py` with a `Webhook` named WEBHOOK, and `webhook` in its manifest.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

from bridge.connections.manifest import manifest_of
from bridge.errors import ProtocolError, SettingsError
from bridge.model.changes import Change, TicketChanged
from bridge.settings import Settings
from bridge.storage.types import Clock
from bridge.transport import Data
from bridge.transport.signatures import is_recent, is_signed

Headers = Mapping[str, str]
"""By name in lower case."""
_PREFIX = "whsec_"
_ID = re.compile(r"[\w.:=+/~-]{1,100}", re.ASCII)
_RECORD = re.compile(r"[!-~]{1,120}")
"""Of letters that every id is made of, and no longer than the table has room for."""


@dataclass(frozen=True)
class Delivery:
    """Hold what was delivered.

    Attributes:
        id: the same for the same delivery, however often it comes; "" for one that nobody has to remember.
        change: None for what is of no interest to us.
    """

    id: str = ""
    change: Change | None = None


class Webhook(ABC):
    """Hear one system; a subclass knows how its vendor signs and what its bodies mean."""

    signature: ClassVar[str]
    """The header with the signature, in lower case."""

    def __init__(self, secrets: tuple[str, ...], clock: Clock) -> None:
        self._keys = [self.key(secret) for secret in secrets]
        self._clock = clock

    def receive(self, headers: Headers, body: bytes) -> Delivery | None:
        """Return what was delivered, or None if it is not the system's own, or too old.

        Nothing of it is read before its signature is known to be right.

        Raises:
            ProtocolError: it is the system's own and cannot be read.
        """
        if self.is_greeting(headers, body):
            return Delivery()
        if not self.is_genuine(headers, body):
            return None
        delivery = self.read(headers, body)
        if delivery.change is not None and not _RECORD.fullmatch(delivery.change.record):
            raise ProtocolError("webhook: names no record")
        return delivery

    def is_greeting(self, headers: Headers, body: bytes) -> bool:
        """Tell whether this only asks if anybody is here; it may be unsigned, because nothing is done about it."""
        return False

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        """Tell whether the system has signed this body."""
        return self.fits(body, headers.get(self.signature, ""))

    @abstractmethod
    def read(self, headers: Headers, body: bytes) -> Delivery:
        """Return what was delivered."""

    def fits(self, content: bytes, signature: str) -> bool:
        """Tell whether a signature of this content was made with one of our secrets."""
        return is_signed(self._keys, content, signature)

    def key(self, secret: str) -> bytes:
        """Return the key that a secret stands for."""
        return secret.encode()

    def is_recent(self, at: datetime) -> bool:
        """Tell whether something was signed just now."""
        return is_recent(at, self._clock())


class StandardWebhook(Webhook):
    """Hear a system that has no signature of its own, and sends what its administrators write for it.

    It is told of tickets, in the form of standardwebhooks.com: `{"type": "ticket.changed", "data": {"id": ...}}`.
    """

    signature = "webhook-signature"

    def key(self, secret: str) -> bytes:
        """Return the key: "whsec_" and base64 as the form wants it, or any other words as they are."""
        if not secret.startswith(_PREFIX):
            return secret.encode()
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            raise SettingsError(f"a webhook secret begins with {_PREFIX} and goes on as no base64") from None

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        """Tell whether one of the signatures is right, and new."""
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not re.fullmatch("[0-9]{1,11}", at, re.ASCII):
            return False
        if not self.is_recent(datetime.fromtimestamp(int(at), timezone.utc)):
            return False
        content = f"{name}.{at}.".encode("utf-8", "surrogatepass") + body
        given = (one.partition(",") for one in headers.get(self.signature, "").split(" "))
        return any([version == "v1" and self.fits(content, signature) for version, _, signature in given])

    def read(self, headers: Headers, body: bytes) -> Delivery:
        """Return which ticket was changed."""
        told = told_in(body)
        changed = told.text("type", "") == "ticket.changed"
        change = TicketChanged(told["data"].id()) if changed else None
        return Delivery(delivery_id(headers, "webhook-id", self.signature), change)


def webhooks_of(settings: Settings, clock: Clock) -> dict[str, Webhook]:
    """Return the webhooks of the systems that are used and for which the deployment has a secret, by system."""
    found = {}
    for system, reached in settings.connections.items():
        hook = manifest_of(system).webhook
        if hook is not None and (secrets := reached.secrets.get(hook.secret)):
            found[system] = importlib.import_module(f"bridge.adapters.{system}.webhook").WEBHOOK(secrets, clock)
    return found


def told_in(body: bytes) -> Data:
    """Return the JSON object that a body holds."""
    try:
        content: Any = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ProtocolError("webhook: is no JSON") from None
    if not isinstance(content, dict):
        raise ProtocolError("webhook: must be an object")
    return Data(content, "webhook")


def delivery_id(headers: Headers, name: str, signature: str) -> str:
    """Return the vendor's own id of a delivery, or where it gives none, what its signature stands for."""
    given = headers.get(name, "")
    if _ID.fullmatch(given):
        return given
    return hashlib.sha256(headers.get(signature, "").encode("utf-8", "surrogatepass")).hexdigest()

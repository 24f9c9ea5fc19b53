"""Which error a status is: a table, and a vendor's differences from it. What is in no table fails, unrepeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from bridge.errors import (
    BridgeError,
    BusyError,
    ConflictError,
    CredentialsError,
    InvalidError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from bridge.transport.reply import Reply

STATUSES: Mapping[int, type[BridgeError]] = MappingProxyType(
    {
        400: InvalidError,
        401: CredentialsError,
        402: UnavailableError,  # the account is frozen for not paying: nothing that a person here can change
        403: CredentialsError,
        404: NotFoundError,
        405: ProtocolError,
        408: UnavailableError,
        409: ConflictError,
        410: NotFoundError,
        412: ConflictError,
        413: InvalidError,
        415: ProtocolError,
        422: InvalidError,
        423: ConflictError,
        425: UnavailableError,
        429: BusyError,
        500: OutcomeUnknownError,
        501: UnsupportedError,
        502: OutcomeUnknownError,
        503: UnavailableError,
        504: OutcomeUnknownError,
    }
)
"""OutcomeUnknownError is for writes; a read that fails in this way is UnavailableError."""

DEFAULT_PAUSE = 1.0
LONGEST_PAUSE = 3600.0
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Trouble:
    """Hold what a vendor's error body says, without its sentences: those may quote what people wrote."""

    code: str = ""
    """The vendor's own word for it."""
    field: str = ""
    """Which field it is about, by the vendor's name for it."""
    pause: float | None = None
    """Seconds it wants us to wait, where it does not say so in Retry-After."""


def no_trouble(_reply: Reply) -> Trouble:
    """Read nothing from an error body."""
    return Trouble()


@dataclass(frozen=True)
class Vendor:
    """Say how a vendor tells its errors; every adapter's client.py has one, named VENDOR.

    Args:
        statuses: what differs from `STATUSES`.
        codes: errors by the vendor's own word, which is stronger than its status.
        trouble: reads an error reply; it may stumble over it, which counts as having read nothing.
        fields: our names for the vendor's fields, for InvalidError.
    """

    name: str
    statuses: Mapping[int, type[BridgeError]] = field(default_factory=dict)
    codes: Mapping[str, type[BridgeError]] = field(default_factory=dict)
    trouble: Callable[[Reply], Trouble] = no_trouble
    fields: Mapping[str, str] = field(default_factory=dict)


def error_of(reply: Reply, vendor: Vendor, now: datetime) -> BridgeError:
    """Return the error that a reply is."""
    trouble = _read(reply, vendor)
    kind = vendor.codes.get(trouble.code) or vendor.statuses.get(reply.status) or STATUSES.get(reply.status)
    pause = pause_of(reply, trouble, now)
    if kind is None:
        kind = ProtocolError
    elif kind is UnavailableError and pause is not None:
        kind = BusyError
    elif kind is OutcomeUnknownError and not reply.writes:
        kind = UnavailableError
    code = word(trouble.code)
    text = f"{reply.what} answered {reply.status}" + (f" ({code})" if code else "")
    if kind is BusyError:
        return BusyError(text, DEFAULT_PAUSE if pause is None else pause)
    if kind is InvalidError:
        return InvalidError(vendor.fields.get(trouble.field) or word(trouble.field) or "request", text)
    return kind(text)


def pause_of(reply: Reply, trouble: Trouble, now: datetime) -> float | None:
    """Return the seconds that a vendor wants us to wait, or None where it does not say."""
    asked = reply.headers.get("Retry-After", "").strip()
    pause = trouble.pause
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", asked):
        pause = float(asked)
    elif asked:
        pause = _until(asked, reply, now) if pause is None else pause
    return None if pause is None else min(max(pause, 0.0), LONGEST_PAUSE)


def word(text: str) -> str:
    """Return a vendor's word if it is one: something that may stand in a log, and not a sentence or an address."""
    return text if _WORD.fullmatch(text) else ""


def _read(reply: Reply, vendor: Vendor) -> Trouble:
    try:
        return vendor.trouble(reply)
    except (BridgeError, LookupError, TypeError, ValueError, AttributeError, StopIteration):
        return Trouble()  # an error page of a proxy is no error body of the vendor


def _until(date: str, reply: Reply, now: datetime) -> float | None:
    # Against the vendor's own clock where it shows it: ours may be minutes off.
    then, shown = _date(date), _date(reply.headers.get("Date", ""))
    return None if then is None else (then - (shown or now)).total_seconds()


def _date(text: str) -> datetime | None:
    try:
        value = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value

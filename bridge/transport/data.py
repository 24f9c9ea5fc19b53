"""Read JSON that somebody else wrote: what is missing or of another type is ProtocolError, by its place.

The place is made of field names of ours and positions, so an error says where to look, not what was there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bridge.errors import ProtocolError

_TIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?"
    r"\s?(?:Z|z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?)?)?"
)
_TOO_MUCH: Final = Decimal(10) ** 18


class _Required:
    """Stand where no default was given."""


_REQUIRED: Final = _Required()


class Data:
    """Hold one value of a reply and where it stood; `raw` is the value itself."""

    __slots__ = ("_step", "_under", "raw")

    def __init__(self, raw: Any, place: str = "reply", under: Data | None = None) -> None:
        self.raw = raw
        # Put together only for an error: a reply has hundreds of places, and nearly all of them are right.
        self._step = place
        self._under = under

    @property
    def place(self) -> str:
        """Return where this stood in the reply."""
        return self._step if self._under is None else self._under.place + self._step

    def __repr__(self) -> str:
        return f"Data({self.place})"

    def __getitem__(self, name: str) -> Data:
        """Return a field; a missing one is there as null, and refused when it is read as something else."""
        return Data(self._field(name), f".{name}", self)

    def __contains__(self, name: str) -> bool:
        return self._field(name) is not None

    def __bool__(self) -> bool:
        """Tell whether there is anything at all."""
        return self.raw is not None

    def each(self, name: str | None = None) -> Iterator[Data]:
        """Yield what is in a list (of this name, or this one); null is an empty list."""
        here = self if name is None else self[name]
        if here.raw is None:
            return
        if not isinstance(here.raw, list):
            raise here.wrong("a list")
        for position, value in enumerate(here.raw):
            yield Data(value, f"[{position}]", here)

    def text(self, name: str, default: str | _Required = _REQUIRED) -> str:
        """Return a text; without a default it must be there, and with one null is as good as missing."""
        value = self._field(name)
        if value is None and not isinstance(default, _Required):
            return default
        if not isinstance(value, str):
            raise self[name].wrong("a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; null is an empty one."""
        found = tuple(self.each(name))
        for one in found:
            if not isinstance(one.raw, str):
                raise one.wrong("a text")
        return tuple(one.raw for one in found)

    def id(self, name: str = "id", default: str | _Required = _REQUIRED) -> str:
        """Return an id as text, whether the vendor writes it as a number or as a text."""
        value = self._field(name)
        if value is None and not isinstance(default, _Required):
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            raise self[name].wrong("an id")
        return value

    def number(self, name: str, default: int | _Required = _REQUIRED) -> int:
        """Return a whole number, also where it came as a text."""
        raw = self._field(name)
        if raw is None and not isinstance(default, _Required):
            return default
        value = _decimal(raw)
        if value is None or value != value.to_integral_value():
            raise self[name].wrong("a whole number")
        return int(value)

    def decimal(self, name: str, default: Decimal | _Required = _REQUIRED) -> Decimal:
        """Return an amount exactly as it was written: 39.80, "39.8" or "39,80"."""
        raw = self._field(name)
        if raw is None and not isinstance(default, _Required):
            return default
        value = _decimal(raw)
        if value is None:
            raise self[name].wrong("an amount")
        return value

    def flag(self, name: str, default: bool | _Required = _REQUIRED) -> bool:
        """Return yes or no."""
        value = self._field(name)
        if value is None and not isinstance(default, _Required):
            return default
        if not isinstance(value, bool):
            raise self[name].wrong("true or false")
        return value

    def time(self, name: str) -> datetime:
        """Return a time in UTC; one without a zone is taken for UTC, because vendors that leave it out mean that."""
        value = self.time_or_none(name)
        if value is None:
            raise self[name].wrong("a time")
        return value

    def time_or_none(self, name: str) -> datetime | None:
        """Return a time in UTC, or None where there is none."""
        here = self[name]
        if here.raw is None or here.raw == "":
            return None
        found = _TIME.fullmatch(here.raw) if isinstance(here.raw, str) else None
        if found is None:
            raise here.wrong("a time")
        # Python 3.10 reads neither "Z" nor "+0000" (Salesforce) nor seven digits of a second (Dynamics).
        clock, sign, hours, minutes = found["clock"] or "00:00", found["sign"] or "+", found["hours"], found["minutes"]
        try:
            value = datetime.fromisoformat(f"{found['day']}T{clock}{sign}{hours or '00'}:{minutes or '00'}")
            return value.astimezone(timezone.utc)
        except (ValueError, OverflowError):
            raise here.wrong("a time") from None

    def wrong(self, wanted: str) -> ProtocolError:
        """Return the error that says what this should have been."""
        return ProtocolError(f"{self.place} must be {wanted}")

    def _field(self, name: str) -> Any:
        if not isinstance(self.raw, dict):
            raise self.wrong("an object")
        return self.raw.get(name)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)) or len(str(value)) > 40:
        return None
    try:
        found = Decimal(value.strip().replace(",", ".", 1) if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < _TOO_MUCH else None

"""Say what a deployment file may hold; anything else is refused by name."""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, Extra, Field, PositiveInt, validator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _is_below(text: str, limit: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) < limit


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError('must be a time zone such as "Europe/Berlin"')
    return name


class _Part(BaseModel):
    class Config:
        extra = Extra.forbid
        allow_mutation = False


class Hours(_Part):
    """Say when people answer, in local time of `timezone`."""

    timezone: str = "UTC"
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    opens: str = "09:00"
    closes: str = "17:00"

    @validator("opens", "closes")
    def _is_clock_time(cls, value: str) -> str:
        hours, _, minutes = value.partition(":")
        if not (_is_below(hours, 24) and _is_below(minutes, 60)):
            raise ValueError('must be a time such as "09:00"')
        return f"{int(hours):02d}:{int(minutes):02d}"

    @validator("closes")
    def _is_after_opening(cls, value: str, values: dict[str, Any]) -> str:
        if value <= values.get("opens", ""):
            raise ValueError("must be later than `opens`, on the same day")
        return value

    @validator("timezone")
    def _is_zone(cls, value: str) -> str:
        return _zone(value)


class Contact(_Part):
    """Say how a person is reached when the assistant cannot help."""

    phone: str
    email: str
    hours: Hours = Hours()


class Systems(_Part):
    """Name the system behind each domain, by its registry name."""

    commerce: str = "embedded"
    helpdesk: str = "embedded"
    crm: str = "embedded"


class Tickets(_Part):
    """Say where tickets go and when an answer is promised."""

    first_answer_hours: dict[Literal["low", "normal", "high", "urgent"], PositiveInt] = Field(
        default={"low": 72, "normal": 24, "high": 8, "urgent": 2}
    )
    default_team: str = "Support"
    teams: dict[str, str] = Field(default={})
    """Team by topic; topics are those of usecases/tickets.py."""


class Chat(_Part):
    """Set the limits of the public chat API."""

    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    messages_per_minute: PositiveInt = 20
    """By conversation."""
    client_messages_per_minute: PositiveInt = 120
    """By client address: an office or a shop floor shares one."""
    sessions_per_minute: PositiveInt = 30
    """By client address."""
    streams_per_conversation: PositiveInt = 10
    streams: PositiveInt = 2000
    """Open at once, of all conversations together."""
    token_hours: PositiveInt = 24
    user_token_audience: str = "frontdesk"


class Deployment(_Part):
    """Hold one deployment file."""

    name: str
    locale: str = "en_US"
    timezone: str = "UTC"
    """In which days are told to customers."""
    phone_region: str = "US"
    """Whose phone numbers may come without a country code."""
    contact: Contact
    systems: Systems = Systems()
    tickets: Tickets = Tickets()
    chat: Chat = Chat()

    @validator("timezone")
    def _is_zone(cls, value: str) -> str:
        return _zone(value)

    @validator("locale")
    def _is_locale(cls, value: str) -> str:
        try:
            Locale.parse(value)
        except (ValueError, UnknownLocaleError):
            raise ValueError('must be a locale such as "en_US"') from None
        return value

    @validator("phone_region")
    def _is_region(cls, value: str) -> str:
        if value not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError('must be a country such as "US"')
        return value


class Settings(_Part):
    """Hold a deployment and what the environment says about this machine."""

    deployment: Deployment
    database_url: str
    host: str
    port: int
    internal_port: int
    rasa_port: int
    actions_port: int
    secret: str
    """Signs chat tokens and hashes client addresses."""
    internal_secret: str
    """Proves to the gateway that a callback is Rasa's, and to Rasa that a call is the gateway's."""
    user_token_secret: str | None
    """Verifies the host site's user tokens; without it they are refused."""
    demo: bool

    def __repr_args__(self) -> list[tuple[str, object]]:
        return [("deployment", self.deployment.name), ("port", self.port)]

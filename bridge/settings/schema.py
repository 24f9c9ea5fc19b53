"""Say what a deployment file may hold; anything else is refused by name."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Extra, Field, validator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


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
        if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
            raise ValueError('must be a time such as "09:00"')
        return f"{int(hours):02d}:{int(minutes):02d}"


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

    first_answer_hours: dict[Literal["low", "normal", "high", "urgent"], int] = Field(
        default={"low": 72, "normal": 24, "high": 8, "urgent": 2}
    )
    default_team: str = "Support"
    teams: dict[str, str] = Field(default={})
    """Team by topic; topics are those of usecases/tickets.py."""


class Chat(_Part):
    """Set the limits of the public chat API."""

    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    messages_per_minute: int = 20
    """By conversation."""
    client_messages_per_minute: int = 120
    """By client address: an office or a shop floor shares one."""
    sessions_per_minute: int = 30
    """By client address."""
    streams_per_conversation: int = 10
    streams: int = 2000
    """Open at once, of all conversations together."""
    token_hours: int = 24
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

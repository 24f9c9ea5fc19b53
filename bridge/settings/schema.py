"""Say what a deployment file may hold; anything else is refused by name."""

from __future__ import annotations

from difflib import get_close_matches
from ipaddress import ip_address
from typing import Any, Literal
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale, UnknownLocaleError
from pydantic import Field, PositiveInt, validator

from bridge.settings.chat import Chat
from bridge.settings.connections import Connection, Reached
from bridge.settings.mail import Mail, MailServer
from bridge.settings.marked import Marked
from bridge.settings.part import Part, Reference
from bridge.settings.privacy import Files, Retention
from bridge.settings.resilience import Resilience
from bridge.settings.shop import Shop
from bridge.settings.summaries import Summaries
from bridge.settings.user_tokens import HostKey, UserTokens

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Way = Literal["stale", "message", "contact"]
"""What to do while a system is away: the last answer with its age, keep a write for later, name phone and mail."""

READS: dict[str, tuple[Way, ...]] = {
    "orders.track": ("stale", "contact"),
    "tickets.check": ("stale", "contact"),
    "products.search": ("stale",),
    "returns.look": ("contact",),
    "returns.status": ("contact",),
}
WRITES: dict[str, tuple[Way, ...]] = {
    "tickets.create": ("message", "contact"),
    "tickets.add_comment": ("message", "contact"),
    "sales.create": ("message", "contact"),
    "handoff.open": ("message", "contact"),
    "orders.cancel": ("message", "contact"),
    "orders.change_address": ("message", "contact"),
    "account.update": ("message", "contact"),
    "returns.request": ("message", "contact"),
}
UNKEPT: dict[str, tuple[Way, ...]] = {"cart.check_out": ("contact",)}
"""Writes that are of no use to anybody hours later."""


_WRONG_WAY = {
    "message": "it reads, so there is nothing to keep for later",
    "stale": "it writes, so there is no earlier answer to tell",
}
_UNKEPT = "nobody waits for it when the system is back"


def _is_below(text: str, limit: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) < limit


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError('must be a time zone such as "Europe/Berlin"')
    return name


class Hours(Part):
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


class Contact(Part):
    """Say how a person is reached when the assistant cannot help."""

    phone: str
    email: str
    hours: Hours = Hours()


class Systems(Part):
    """Name the system behind each domain, by its registry name."""

    commerce: str = "embedded"
    helpdesk: str = "embedded"
    crm: str = "embedded"


class Tickets(Part):
    """Say where tickets go and when an answer is promised."""

    first_answer_hours: dict[Literal["low", "normal", "high", "urgent"], PositiveInt] = Field(
        default={"low": 72, "normal": 24, "high": 8, "urgent": 2}
    )
    default_team: str = "Support"
    teams: dict[str, str] = Field(default={})
    """Team by topic; topics are those of usecases/tickets.py."""


class Outbox(Part):
    """Say how long a write that could not be done is tried again, and by whom."""

    hours: PositiveInt = 24
    """After these it is given up; somebody who still waits is better told to call."""
    attempts: PositiveInt = 1000
    """The same, for a system that refuses so fast that the hours alone would mean too many tries."""
    longest_pause_seconds: PositiveInt = 300
    lease_seconds: PositiveInt = 60
    """Longer than any single write may last, which the deadline of the guard bounds."""
    relay_in_gateway: bool = True
    """False where `python -m bridge relay` runs beside it."""


class Alerts(Part):
    """Say who is told when a system is left alone, the outbox ages or an entry is given up."""

    webhook: Reference | None = None
    """Where the address is kept that gets a POST; without it, alerts are log lines only."""
    webhook_seconds: float = Field(default=30, gt=0, le=3600)
    """The shortest time between two posts; what happens in between goes together."""
    outbox_minutes: PositiveInt = 15
    """An open entry older than this is told once."""

    @validator("webhook", pre=True)
    def _is_no_literal(cls, value: object) -> object:
        if value is not None and not isinstance(value, dict):
            raise ValueError("must be {env: NAME} or {file: PATH}, never the address itself: it is a secret")
        return value


class Understanding(Part):
    """Say how long what was guessed of an unclear message is kept for the trainers."""

    fallback_days: PositiveInt = 90


class Deployment(Part):
    """Hold one deployment file."""

    name: str
    locale: str = "en_US"
    timezone: str = "UTC"
    """In which days are told to customers."""
    phone_region: str = "US"
    """Whose phone numbers may come without a country code."""
    contact: Contact
    systems: Systems = Systems()
    shop: Shop = Shop()
    connections: dict[str, Connection] = Field(default={})
    """How the systems are reached, by registry name; what `systems` does not name needs no secrets."""
    token_secrets: tuple[Reference, ...] = ()
    """Access tokens are encrypted with the first; all of them decrypt. Without any, with FRONTDESK_SECRET."""
    tickets: Tickets = Tickets()
    chat: Chat = Chat()
    user_tokens: UserTokens = UserTokens()
    mail: Mail = Mail()
    resilience: Resilience = Resilience()
    outbox: Outbox = Outbox()
    alerts: Alerts = Alerts()
    understanding: Understanding = Understanding()
    retention: Retention = Retention()
    summaries: Summaries = Summaries()
    files: Files = Files()
    allow_faults: bool = False
    """Let the variable FAULTS break systems on purpose, as it may in the demo: for tests and rehearsals only."""
    degradation: dict[str, tuple[Way, ...]] = Field(default={**READS, **WRITES, **UNKEPT})
    """By operation, in order of preference; what is left out keeps its default."""

    @validator("outbox", always=True)
    def _outlives_the_calls(cls, value: Outbox, values: dict[str, Any]) -> Outbox:
        resilience = values.get("resilience")
        if resilience is None:
            return value  # refused already, in its own words
        policies = (resilience.defaults, *resilience.systems.values())
        # A try is two calls at most: look, then write. One more for whatever a busy machine adds.
        least = 3 * max(policy.deadline_seconds for policy in policies)
        if value.lease_seconds < least:
            raise ValueError(f"lease_seconds must be at least {least:g}, three times the longest deadline_seconds")
        return value

    @validator("degradation")
    def _fits_the_operations(cls, value: dict[str, tuple[Way, ...]]) -> dict[str, tuple[Way, ...]]:
        defaults = {**READS, **WRITES, **UNKEPT}
        for operation, ways in value.items():
            if operation not in defaults:
                near = get_close_matches(operation, defaults, 1)
                known = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(defaults))}"
                raise ValueError(f"{operation!r} is no operation; {known}")
            wrong = "message" if operation in READS else "stale"
            if wrong in ways:
                raise ValueError(f"{operation} cannot use {wrong!r}: {_WRONG_WAY[wrong]}")
            if operation in UNKEPT and "message" in ways:
                raise ValueError(f"{operation} cannot use 'message': {_UNKEPT}")
            if len(set(ways)) < len(ways):
                raise ValueError(f"{operation} names a way twice")
        if "message" not in value.get("handoff.open", ("message",)):
            raise ValueError("handoff.open needs 'message': whoever asks for a person must get one")
        return {**defaults, **value}

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


class Settings(Part):
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
    """Verifies user tokens that name no key."""
    demo: bool
    user_token_keys: tuple[HostKey, ...] = ()
    """Verify user tokens that name their key; with no key at all they are refused."""
    mail_server: MailServer | None = None
    faults: str = ""
    """How systems are to fail on purpose (bridge/testing/faults.py)."""
    actions_metrics_port: int = 5056
    relay_metrics_port: int | None = None
    """Where a relay of its own shows its numbers; several on one machine could not share a default."""
    traces_endpoint: str | None = None
    """Where spans are sent (bridge/tracing); the SDK reads it again, with its other variables."""
    alert_webhook: str | None = None
    """The address that `alerts.webhook` of the deployment names."""
    tracker_url: str | None = None
    """The SQL database in which Rasa keeps its conversations, where it is not the usual one (places.py)."""

    connections: dict[str, Reached] = Field(default={})
    """The connections of the deployment that are used, with their secrets."""
    token_secrets: tuple[str, ...] = ()
    source: Any = None
    """The deployment file with its lines (marked.py), where there is one."""

    def where(self, *place: str) -> str:
        """Name a place in the deployment for an error: with file and line, where there is a file."""
        return self.source.at(*place) if isinstance(self.source, Marked) else ".".join(place)

    @property
    def has_mailbox(self) -> bool:
        """Tell whether there is the mailbox of the demo: it shows codes, so only where nobody else can look."""
        is_loopback = self.host == "localhost" or (_is_address(self.host) and ip_address(self.host).is_loopback)
        return self.demo and is_loopback and self.mail_server is None

    def __repr_args__(self) -> list[tuple[str, object]]:
        return [("deployment", self.deployment.name), ("port", self.port)]

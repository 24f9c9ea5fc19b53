"""What systems hold becomes what a person would say: days, sums, lists, masked addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from babel.numbers import format_currency, get_currency_precision

from bridge.errors import SettingsError
from bridge.model.commerce import Fulfilment, Order, OrderItem
from bridge.model.helpdesk import Ticket
from bridge.model.money import Money

LABELS = Path(__file__).parent / "labels"


@lru_cache
def _labels(language: str) -> dict[str, Any]:
    path = LABELS / f"{language}.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Speech:
    """Say values in one locale and time zone.

    Args:
        locale: such as "en_US"; its language must have a label file.
        timezone: in which days are told.
        place: where the locale was set, for the error.

    Raises:
        SettingsError: the language has none.
    """

    locale: str
    timezone: str
    place: str = field(default="locale", compare=False)

    def __post_init__(self) -> None:
        known = sorted(path.stem for path in LABELS.glob("*.yml"))
        if self._language not in known:
            raise SettingsError(f"{self.place}: there are no words for {self._language!r}; known: {', '.join(known)}")

    @property
    def labels(self) -> dict[str, Any]:
        return _labels(self._language)

    @property
    def _language(self) -> str:
        return self.locale.partition("_")[0]

    def day(self, at: datetime, now: datetime) -> str:
        """Return "January 20", with the year where it is another one than now's."""
        zone = ZoneInfo(self.timezone)
        local, present = at.astimezone(zone), now.astimezone(zone)
        if local.year != present.year:
            return str(format_date(local, "long", locale=self.locale))
        return str(format_skeleton("MMMMd", local, tzinfo=zone, locale=self.locale))

    def is_over(self, at: datetime, now: datetime) -> bool:
        """Tell whether the day of a date lies behind, in the time zone in which days are told."""
        zone = ZoneInfo(self.timezone)
        return at.astimezone(zone).date() < now.astimezone(zone).date()

    def money(self, money: Money) -> str:
        """Return "$39.80"; the currency's own number of decimals."""
        return str(format_currency(to_decimal(money), money.currency, locale=self.locale))

    def items(self, items: Sequence[OrderItem]) -> str:
        """Return "2 items (Blue T-Shirt, Black Jeans)"."""
        names = [self._several(item.quantity, item.name) for item in items]
        counted = self.plural("items", sum(item.quantity for item in items))
        return f"{counted} ({', '.join(names)})" if names else counted

    def orders(self, orders: Sequence[Order], now: datetime) -> str:
        """Return "#1001 from January 20: 2 items (Blue T-Shirt, Black Jeans), shipped" for each, a line each."""
        line = self.labels["order_line"]
        return "\n".join(
            line.format(
                number=order.number,
                date=self.day(order.placed_at, now),
                items=self.items(order.items),
                status=self.word("order_status", order.status.value).lower(),
            )
            for order in orders
        )

    def tickets(self, tickets: Sequence[Ticket], now: datetime) -> str:
        """Return "T-10001 from January 20: Parcel is wet, being worked on" for each, a line each."""
        line = self.labels["ticket_line"]
        return "\n".join(
            line.format(
                number=ticket.number,
                date=self.day(ticket.created_at, now),
                subject=ticket.subject,
                status=self.word("ticket_status", ticket.status.value).lower(),
            )
            for ticket in tickets
        )

    def names(self, items: Sequence[OrderItem]) -> str:
        """Return "Blue T-Shirt (M) and Black Jeans (32)", with the count of each that is not one."""
        return self._listed([self.item(item) for item in items], ", ")

    def item(self, item: OrderItem) -> str:
        """Return "Blue T-Shirt (M)": one item as nobody mistakes it for another one."""
        told = ", ".join(filter(None, item.options.values()))
        return self._several(item.quantity, f"{item.name} ({told})" if told else item.name)

    def _several(self, count: int, name: str) -> str:
        return name if count == 1 else str(self.labels["several_of"].format(count=count, name=name))

    def _listed(self, told: Sequence[str], between: str) -> str:
        if len(told) < 2:
            return "".join(told)
        return str(self.labels["list_and"].format(first=between.join(told[:-1]), last=told[-1]))

    def parcels(self, fulfilments: Sequence[Fulfilment], *, links: bool = False) -> str:
        """Return "UPS, tracking 1Z..." for each parcel, joined as a list; one without a number by its carrier only.

        Args:
            links: also say where each is followed.
        """
        told = [self._parcel(parcel, tracking_link(parcel) if links else "") for parcel in fulfilments]
        return self._listed(told, "; ")

    def _parcel(self, parcel: Fulfilment, link: str) -> str:
        if not parcel.tracking_number:
            return parcel.carrier
        form = self.labels["parcel_link" if link else "parcel"]
        return str(form.format(carrier=parcel.carrier, tracking=parcel.tracking_number, link=link))

    def plural(self, label: str, count: int) -> str:
        """Return the label's form for this count, by the plural rule of the language."""
        forms = self.labels[label]
        return str(forms.get(Locale.parse(self.locale).plural_form(count), forms["other"]).format(count=count))

    def clause(self, name: str, value: str) -> str:
        """Return a part of a sentence around a value, or nothing where there is no value."""
        return str(self.labels["clauses"][name]).format(value=value) if value else ""

    def moment(self, at: datetime) -> str:
        """Return "Monday at 8:00 AM EST" in the zone that the time carries."""
        day = format_date(at, "EEEE", locale=self.locale)
        clock = format_time(at, "short", tzinfo=at.tzinfo, locale=self.locale)
        zone = get_timezone_name(at, width="short", locale=self.locale)
        return str(self.labels["moment"]).format(day=day, time=clock, zone=zone)

    def time(self, at: datetime, now: datetime) -> str:
        """Return "10:42 AM", with the day before it where that is another one than now's."""
        zone = ZoneInfo(self.timezone)
        clock = str(format_time(at, "short", tzinfo=zone, locale=self.locale))
        if at.astimezone(zone).date() == now.astimezone(zone).date():
            return clock
        return str(self.labels["day_time"]).format(day=self.day(at, now), time=clock)

    def word(self, group: str, key: str) -> str:
        """Return one word of a group of labels, or the key itself where there is none."""
        return str(self.labels.get(group, {}).get(key, key))


def to_decimal(money: Money) -> Decimal:
    """Return the amount as Decimal in the currency's major unit."""
    return Decimal(money.minor).scaleb(-get_currency_precision(money.currency))


def tracking_link(parcel: Fulfilment) -> str:
    """Return where a parcel is followed, if that is an address that a person may be sent to."""
    try:
        address = urlsplit(parcel.tracking_url)
        safe = address.scheme == "https" and address.hostname and not (address.username or address.password)
    except ValueError:
        return ""
    # A character that browsers drop or turn around could make another address of it.
    return parcel.tracking_url if safe and parcel.tracking_url.isascii() and parcel.tracking_url.isprintable() else ""


def mask_detail(value: str) -> str:
    """Return "A*** R***" of a name and "***66" of a number: enough to recognise, too little to learn."""
    if any(map(str.isalpha, value)):
        return " ".join(f"{word[0]}***" for word in value.split())
    return f"***{value[-2:]}" if value else ""


def mask_email(address: str) -> str:
    """Return "a***@example.test": enough to recognise, too little to learn; all of what is no address is hidden."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at else "***"

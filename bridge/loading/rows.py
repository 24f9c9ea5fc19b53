"""Which fields a row of each kind has; anything else is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Extra, Field, ValidationError, root_validator, validator
from pydantic.error_wrappers import ErrorWrapper

from bridge.loading.measures import Amount, Flag, Moment, Quantity, Stock, to_minor
from bridge.loading.values import (
    Body,
    Brand,
    Code,
    Country,
    Currency,
    Email,
    Label,
    LastFour,
    Options,
    OrderNumber,
    OrderState,
    Paid,
    Phone,
    Postcode,
    Text,
    TicketNumber,
    TicketState,
    Tracking,
    Urgency,
    Url,
    Words,
    did_you_mean,
)


class Row(BaseModel):
    """Stand at the root of all rows: an empty cell and a null are the same as no field at all.

    Defaults are plain values in Field(...): pydantic makes a slow deep copy of any other one for each row.
    """

    class Config:
        extra = Extra.forbid
        allow_mutation = False

    @root_validator(pre=True)
    def _drop_empty(cls, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in fields.items()
            if value is not None and not (isinstance(value, str) and not value.strip())
        }


class AddressRow(Row):
    """A postal address."""

    name: Text
    line1: Text
    line2: Text = Field("")
    city: Text
    region: Text = Field("")
    postcode: Postcode
    country: Country


class PaymentMethodRow(Row):
    """How a customer pays; never more of a card than brand and last four."""

    kind: Paid
    brand: Brand = Field("")
    last_four: LastFour = Field("")
    currency: Currency = Field("")
    balance: Amount | None = None

    @validator("balance")
    def _fits_currency(cls, balance: Decimal | None, values: dict[str, Any]) -> Decimal | None:
        if balance is not None and "currency" in values:
            if not values["currency"]:
                raise ValueError("needs a currency beside it")
            to_minor(balance, values["currency"])
        return balance


class CustomerRow(Row):
    """A customer, known by e-mail."""

    email: Email
    name: Text
    phone: Phone = Field("")
    company: Text = Field("")
    created_at: Moment | None = None
    addresses: tuple[AddressRow, ...] = ()
    payment_methods: tuple[PaymentMethodRow, ...] = ()


class VariantRow(Row):
    """One buyable form of a product."""

    sku: Code
    options: Options = Field({})
    currency: Currency
    price: Amount
    stock: Stock | None = None

    @validator("price")
    def _fits_currency(cls, price: Decimal, values: dict[str, Any]) -> Decimal:
        if "currency" in values:
            to_minor(price, values["currency"])
        return price


class ProductRow(Row):
    """A product, known by the shop's code."""

    code: Code
    name: Text
    description: Body = Field("")
    active: Flag = Field(True)
    variants: tuple[VariantRow, ...] = ()


class ItemRow(Row):
    """One line of an order; the SKU need not be that of a product."""

    sku: Code
    name: Text
    options: Options = Field({})
    quantity: Quantity
    unit_price: Amount


class PaymentRow(Row):
    """How an order was paid."""

    kind: Paid
    brand: Brand = Field("")
    last_four: LastFour = Field("")
    amount: Amount


class FulfilmentRow(Row):
    """One parcel."""

    carrier: Label
    tracking_number: Tracking
    tracking_url: Url = Field("")
    shipped_at: Moment | None = None
    estimated_delivery: Moment | None = None
    delivered_at: Moment | None = None
    skus: Words = Field(())


class OrderRow(Row):
    """An order, known by its number; all its money is in one currency."""

    number: OrderNumber
    email: Email
    status: OrderState
    currency: Currency
    total: Amount
    placed_at: Moment
    expected_by: Moment | None = None
    refunded: Amount | None = None
    address: AddressRow | None = None
    items: tuple[ItemRow, ...] = ()
    payments: tuple[PaymentRow, ...] = ()
    fulfilments: tuple[FulfilmentRow, ...] = ()

    @validator("total", "refunded")
    def _fits_currency(cls, amount: Decimal, values: dict[str, Any]) -> Decimal:
        if amount is not None and "currency" in values:
            to_minor(amount, values["currency"])
        return amount

    @validator("items")
    def _prices_fit_currency(cls, items: tuple[ItemRow, ...], values: dict[str, Any]) -> tuple[ItemRow, ...]:
        _check_amounts([item.unit_price for item in items], "unit_price", values.get("currency"))
        return items

    @validator("payments")
    def _payments_fit_currency(cls, rows: tuple[PaymentRow, ...], values: dict[str, Any]) -> tuple[PaymentRow, ...]:
        _check_amounts([payment.amount for payment in rows], "amount", values.get("currency"))
        return rows


def _check_amounts(amounts: list[Amount], field: str, currency: str | None) -> None:
    """Check amounts of nested rows against the currency that only the order knows, and name the very row."""
    errors = []
    for position, amount in enumerate(amounts if currency else ()):
        try:
            to_minor(amount, str(currency))
        except ValueError as error:
            errors.append(ErrorWrapper(error, loc=(position, field)))
    if errors:
        raise ValidationError(errors, OrderRow)


class CommentRow(Row):
    """One message on a ticket."""

    body: Body
    author: Text
    public: Flag = Field(True)
    at: Moment


class TicketRow(Row):
    """A ticket, known by its number; its requester need not be a customer."""

    number: TicketNumber
    email: Email
    name: Text = Field("")
    subject: Text
    description: Body
    status: TicketState
    priority: Urgency = Field("normal")
    team: Label = Field("")
    order_number: OrderNumber = Field("")
    tags: Words = Field(())
    created_at: Moment
    updated_at: Moment | None = None
    due_at: Moment | None = None
    comments: tuple[CommentRow, ...] = ()


Location = tuple[int | str, ...]

_PLAIN_WORDS = {
    "value_error.missing": "is missing",
    "type_error.tuple": "must be a list",
    "type_error.dict": "must be an object with fields",
}


def problems(error: ValidationError, row: type[Row]) -> Iterator[tuple[Location, str]]:
    """Yield where a row is wrong and why, in our words and without the values of personal fields."""
    for entry in error.errors():
        location, kind = entry["loc"], entry["type"]
        if kind == "value_error.extra":
            known = fields_at(row, location[:-1])
            yield location, f"is not a field here{did_you_mean(str(location[-1]), known)}; known: {', '.join(known)}"
        else:
            yield location, _PLAIN_WORDS.get(kind, entry["msg"])


def fields_at(row: type[Row], location: Location) -> list[str]:
    """Return the names of the fields that a row has at a location such as ("items", 0)."""
    for step in location:
        if isinstance(step, str):
            row = row.__fields__[step].type_
    return list(row.__fields__)

"""Orders and products as every shop system can tell them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bridge.model.money import Money


class OrderStatus(str, Enum):
    """Name what a customer wants to know about an order; each has its own sentence."""

    ON_HOLD = "on_hold"
    PENDING_SHIPMENT = "pending_shipment"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    OTHER = "other"
    """A word of the vendor's that we do not know: told as "being processed", never guessed."""


class PaymentKind(str, Enum):
    """Name how something is paid."""

    CREDIT_CARD = "credit_card"
    GIFT_CARD = "gift_card"
    PAYPAL = "paypal"
    OTHER = "other"


@dataclass(frozen=True)
class Address:
    """Hold a postal address; `country` is ISO 3166 alpha-2."""

    name: str
    line1: str
    city: str
    postcode: str
    country: str
    line2: str = ""
    region: str = ""


@dataclass(frozen=True)
class OrderItem:
    """Hold one line of an order; `options` such as {"size": "L"}."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    options: dict[str, str] = field(default_factory=dict)
    id: str = ""
    """What a return names it by."""


@dataclass(frozen=True)
class Payment:
    """Hold how an order was paid; never more of a card than brand and last four."""

    kind: PaymentKind
    amount: Money
    brand: str = ""
    last_four: str = ""


@dataclass(frozen=True)
class Fulfilment:
    """Hold one parcel; times are UTC."""

    carrier: str
    tracking_number: str
    shipped_at: datetime | None = None
    estimated_delivery: datetime | None = None
    delivered_at: datetime | None = None
    tracking_url: str = ""
    skus: tuple[str, ...] = ()
    """What is in the parcel, where the system tells it."""


@dataclass(frozen=True)
class Order:
    """Hold one order; `id` is the system's own, `number` is what the customer reads (without "#")."""

    id: str
    number: str
    status: OrderStatus
    status_label: str
    """The vendor's own word, for agents and logs."""
    email: str
    placed_at: datetime
    total: Money
    items: tuple[OrderItem, ...] = ()
    address: Address | None = None
    payments: tuple[Payment, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    expected_by: datetime | None = None
    """When the rest should arrive (or leave, where nothing is shipped yet)."""
    refunded: Money | None = None
    """How much was paid back so far; None where the system does not tell."""


@dataclass(frozen=True)
class Variant:
    """Hold one buyable form of a product; `stock` is None where the shop does not count."""

    sku: str
    options: dict[str, str]
    price: Money
    stock: int | None
    id: str = ""
    """What a cart names it by; not every shop gives its variants a `sku`."""


@dataclass(frozen=True)
class Product:
    """Hold one product with its variants."""

    id: str
    name: str
    variants: tuple[Variant, ...]
    description: str = ""
    url: str = ""


class ReturnReason(str, Enum):
    """Name why something goes back."""

    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    UNWANTED = "unwanted"
    OTHER = "other"


class ReturnStatus(str, Enum):
    """Name where a return stands."""

    REQUESTED = "requested"
    """Asked for; somebody has to approve it."""
    APPROVED = "approved"
    DECLINED = "declined"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OTHER = "other"


@dataclass(frozen=True)
class ReturnLine:
    """Say how many of an order's item go back; `item_id` is `OrderItem.id`."""

    item_id: str
    quantity: int


@dataclass(frozen=True)
class NewReturn:
    """Hold what a return is asked for with; `note` is in the customer's words."""

    lines: tuple[ReturnLine, ...]
    reason: ReturnReason
    note: str = ""


@dataclass(frozen=True)
class Return:
    """Hold one return; `number` is what the customer reads, where the shop gives it one."""

    id: str
    order_id: str
    status: ReturnStatus
    status_label: str
    lines: tuple[ReturnLine, ...]
    number: str = ""


@dataclass(frozen=True)
class CartLine:
    """Say how many of a variant are wanted; `variant_id` is `Variant.id`."""

    variant_id: str
    quantity: int


@dataclass(frozen=True)
class Checkout:
    """Hold a cart that waits at the shop; whoever has `url` can pay it, so it is told to nobody else."""

    id: str
    url: str = field(repr=False)
    total: Money | None = None
    """Where the shop tells it, without shipping."""

"""Tables of the embedded business backend: shop, helpdesk, CRM."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

customers = sa.Table(
    "customers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("phone", sa.String(20), nullable=False, server_default=""),
    sa.Column("company", sa.String(200), nullable=False, server_default=""),
    sa.Column("created_at", Utc, nullable=False),
)

customer_addresses = sa.Table(
    "customer_addresses",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("address", sa.JSON, nullable=False),
)

customer_payment_methods = sa.Table(
    "customer_payment_methods",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("brand", sa.String(40), nullable=False, server_default=""),
    sa.Column("last_four", sa.String(4), nullable=False, server_default=""),
    sa.Column("balance_minor", sa.BigInteger),
    sa.Column("currency", sa.String(3), nullable=False, server_default=""),
)

products = sa.Table(
    "products",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
)

product_variants = sa.Table(
    "product_variants",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("product_id", sa.ForeignKey("products.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("sku", sa.String(64), nullable=False, unique=True),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("price_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("stock", sa.Integer),
)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # As the customer reads it, without "#", in upper case.
    sa.Column("number", sa.String(64), nullable=False, unique=True),
    sa.Column("customer_id", sa.ForeignKey("customers.id"), nullable=False, index=True),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("placed_at", Utc, nullable=False),
    sa.Column("expected_by", Utc),
    sa.Column("address", sa.JSON),
    # Absent where nobody writes down what is paid back.
    sa.Column("refunded_minor", sa.BigInteger),
)

order_items = sa.Table(
    "order_items",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("sku", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("unit_price_minor", sa.BigInteger, nullable=False),
)

order_payments = sa.Table(
    "order_payments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("brand", sa.String(40), nullable=False, server_default=""),
    sa.Column("last_four", sa.String(4), nullable=False, server_default=""),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
)

fulfilments = sa.Table(
    "fulfilments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("carrier", sa.String(80), nullable=False),
    sa.Column("tracking_number", sa.String(120), nullable=False),
    sa.Column("tracking_url", sa.String(500), nullable=False, server_default=""),
    sa.Column("shipped_at", Utc),
    sa.Column("estimated_delivery", Utc),
    sa.Column("delivered_at", Utc),
    sa.Column("skus", sa.JSON, nullable=False),
)

# The last number given out, by what is numbered. Counted here and not from the newest row, so that the number of
# a deleted record never comes back; the row is locked while it grows.
counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(64), nullable=False, unique=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("priority", sa.String(20), nullable=False),
    sa.Column("team", sa.String(80), nullable=False, server_default=""),
    sa.Column("email", sa.String(254), nullable=False, index=True),
    sa.Column("verified", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
    sa.Column("order_number", sa.String(64), nullable=False, server_default=""),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("due_at", Utc),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

ticket_comments = sa.Table(
    "ticket_comments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("company", sa.String(200), nullable=False, server_default=""),
    sa.Column("phone", sa.String(20), nullable=False, server_default=""),
    sa.Column("interest", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

# What somebody who is a lead already wants besides.
lead_notes = sa.Table(
    "lead_notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("lead_id", sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("interest", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

interactions = sa.Table(
    "interactions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

opportunities = sa.Table(
    "opportunities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("stage", sa.String(40), nullable=False),
    sa.Column("amount_minor", sa.BigInteger),
    sa.Column("currency", sa.String(3), nullable=False, server_default=""),
    sa.Column("close_on", sa.Date, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

order_returns = sa.Table(
    "order_returns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(80), nullable=False, unique=True),
    sa.Column("order_id", sa.ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

checkouts = sa.Table(
    "checkouts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # The end of its address: whoever has it can pay, so it cannot be guessed.
    sa.Column("token", sa.String(40), nullable=False, unique=True),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True),
)

# Which keys have changed a record that was there before: a change leaves no row of its own that could hold its key.
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("idempotency_key", sa.String(200), primary_key=True),
    sa.Column("record", sa.String(80), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

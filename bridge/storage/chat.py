"""Tables of the conversations themselves: messages in flight, the event log, drafts, watches, handoffs."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("locale", sa.String(20), nullable=False, server_default="en"),
    # bot | waiting | human | closed | erased (all that is left are writes that were promised: erasure.py)
    sa.Column("mode", sa.String(10), nullable=False, server_default="bot"),
    # The number of the newest event in the log; the row is locked while it grows.
    sa.Column("last_seq", sa.BigInteger, nullable=False, server_default="0"),
    # anonymous | verified; a claim is proven anew at every lookup and is not kept.
    sa.Column("identity_level", sa.String(10), nullable=False, server_default="anonymous"),
    sa.Column("identity_subject", sa.String(200)),
    sa.Column("identity_email", sa.String(254)),
    sa.Column("identity_seen_at", Utc),
    # A keyed hash of the client address, for locks that must outlive a conversation.
    sa.Column("client", sa.String(64), nullable=False, server_default=""),
    # When the person last wrote what no summary covers; empty where there is nothing to sum up (bridge/summaries).
    sa.Column("heard_at", Utc, index=True),
    # The last row of the inbox that a summary has covered.
    sa.Column("summed_up_to", sa.Integer, nullable=False, server_default="0"),
)

# One row per user message: written before the 202, "dispatched" while Rasa has it, kept for the trainers.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # The client's own message id; in `rasa shell` the tracker's message_id.
    sa.Column("message_id", sa.String(64), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # text | payload | wish (the second of a message's two) | system | again | over (a talk with a person)
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    # held (a second wish, until the first is answered) | queued | dispatched | done
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("dispatched_at", Utc),
    sa.Column("finished_at", Utc),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # Answers that the present attempt has given so far; a redelivered turn starts again at 0.
    sa.Column("replies", sa.Integer, nullable=False, server_default="0"),
    # Where its trace goes on (a W3C traceparent): through Rasa no context passes but this row.
    sa.Column("trace", sa.String(55), nullable=False, server_default=""),
    # What Rasa understood; filled when the turn is over.
    sa.Column("model_id", sa.String(64)),
    sa.Column("intent", sa.String(64)),
    sa.Column("parse", sa.JSON),
    sa.Column("candidates", sa.JSON),
    sa.UniqueConstraint("conversation_id", "message_id"),
    sa.Index("ix_inbox_state_id", "state", "id"),
)

# Which of several gateways answers a conversation now. No foreign key: erasing a conversation would wait for it, and it
# for that; what is left of an erased one is swept.
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("conversation_id", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("until", Utc, nullable=False),
)

# Tickets of event streams that were used: each opens one stream, at whichever gateway it is shown.
used_tickets = sa.Table(
    "used_tickets",
    metadata,
    sa.Column("mark", sa.String(32), primary_key=True),
    sa.Column("until", Utc, nullable=False, index=True),
)

chat_events = sa.Table(
    "chat_events",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("type", sa.String(20), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    # Which user message this answers, and its place among the answers: a redelivered turn is compared by these.
    # Indexed, or each message that is deleted would make the database look through every log.
    sa.Column("inbox_id", sa.ForeignKey("inbox.id", ondelete="CASCADE"), index=True),
    sa.Column("ordinal", sa.Integer),
)

# Payloads of buttons this conversation was shown: the only ones it may send back.
offers = sa.Table(
    "offers",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("payload_hash", sa.String(64), primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

# A write the person was shown and may confirm; consumed once.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("operation", sa.String(40), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("consumed_at", Utc),
    # What the write gave (its record's number), so that a repeat tells the same.
    sa.Column("result", sa.JSON),
)

# Who looked at which record, so that a later event of that record finds its person.
watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("system", sa.String(40), nullable=False),
    sa.Column("record", sa.String(120), nullable=False),
    sa.Column("identity_level", sa.String(10), nullable=False),
    # What opened the record together with its number, where that was all that was shown (a claim): an address, or the
    # postcode of an order.
    sa.Column("email", sa.String(254)),
    sa.Column("postcode", sa.String(20)),
    # The number that the person knows it by; it is read again by this.
    sa.Column("number", sa.String(64)),
    # A digest of what the person was told of it last (bridge/conversation/facts.py).
    sa.Column("told", sa.String(64)),
    sa.Column("expires_at", Utc, nullable=False),
    sa.UniqueConstraint("conversation_id", "system", "record"),
    sa.Index("ix_watches_system_record", "system", "record"),
)

# Wrong guesses per record and per client address (subjects are keyed hashes, never the plain value).
guesses = sa.Table(
    "guesses",
    metadata,
    sa.Column("subject", sa.String(80), primary_key=True),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("locked_until", Utc),
    sa.Column("updated_at", Utc, nullable=False),
)

# Tokens of the host site that were used, until they expire: each opens or proves one conversation. No foreign key: a
# conversation that is deleted does not give its token back.
user_tokens = sa.Table(
    "user_tokens",
    metadata,
    # A keyed hash of what names the token.
    sa.Column("mark", sa.String(64), primary_key=True),
    sa.Column("conversation_id", sa.String(64), nullable=False),
    sa.Column("until", Utc, nullable=False, index=True),
)

# The one-time code that is outstanding in a conversation.
codes = sa.Table(
    "codes",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False),
    # A keyed hash, never the code.
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
)

# Codes that were sent lately, by address, conversation and client (subjects are keyed hashes).
code_sends = sa.Table(
    "code_sends",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", sa.String(64), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False, index=True),
)

# The mailbox of the demo, whose mails go nowhere.
demo_mails = sa.Table(
    "demo_mails",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("recipient", sa.String(254), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

# What somebody is to be asked, was asked, or has answered about how they were helped: once a subject.
surveys = sa.Table(
    "surveys",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # talk (with a person of the team) | ticket (that is solved or closed)
    sa.Column("kind", sa.String(10), nullable=False),
    # The id of the handoff, the number of the ticket.
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("wanted_at", Utc, nullable=False),
    sa.Column("asked_at", Utc),
    # 1 (very bad) to 5 (very good)
    sa.Column("rating", sa.SmallInteger),
    sa.UniqueConstraint("conversation_id", "kind", "subject"),
)

handoffs = sa.Table(
    "handoffs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    # waiting | human (taken by an agent) | closed
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("ticket_number", sa.String(64), nullable=False, server_default=""),
    # Who has taken it, as the person shall see the name.
    sa.Column("agent", sa.String(60), nullable=False, server_default=""),
    # The place in the queue that the person was told last.
    sa.Column("told_position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("told_at", Utc),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
)

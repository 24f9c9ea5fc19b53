"""Talk HTTP to vendors, so that an adapter holds requests and mappings only.

An adapter is given a `Session` (one per vendor and credential; it may be used by all threads) and writes:

    reply = session.get("tickets/{id}", id=ticket_id, params={"include": "users"})
    subject = reply.data["ticket"].text("subject")

- A path is fixed text with `{names}`; values are quoted. One that is no id (empty, "..", too long) is NotFoundError.
- POST, PUT, PATCH and DELETE are writes, unless `reads=True` says that this one only asks (GraphQL, searches).
- A status that is no success is raised as the error of its table (statuses.py); `accept={409}` returns it instead, and
  `reply.check()` raises it afterwards.
- `reply.data` (data.py) reads JSON strictly: whatever is missing or of another type is ProtocolError, and never None.
- Credentials, their refresh, time limits, size limits, redirects and redaction are dealt with in here.
- Lists that come in pages: paging.py.

The vendor's own way of telling errors is a `Vendor` in the adapter's client.py (statuses.py). Nothing here retries: the
guard does. Nothing that is raised or logged here holds a query, a body, a header or a credential.
"""

from bridge.transport.data import Data
from bridge.transport.reply import Reply
from bridge.transport.session import Params, Session
from bridge.transport.statuses import Trouble, Vendor

__all__ = ["Data", "Params", "Reply", "Session", "Trouble", "Vendor"]

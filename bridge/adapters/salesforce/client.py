"""How Salesforce tells errors, and is asked in SOQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.connections.values import if_asked_for
from bridge.errors import (
    BusyError,
    ConflictError,
    CredentialsError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
)
from bridge.transport import Data, Reply, Session, Trouble, Vendor

LIMIT_PAUSE = 60.0
"""The calls of a day are used up. Salesforce does not say when there are more: they come back little by little."""
HALTED = "PROCESSING_HALTED"
"""What a request of a composite answers that was undone because of another one."""


def trouble(reply: Reply) -> Trouble:
    """Read the first error of the list."""
    first = next(reply.data.each(), Data({}))
    code = first.text("errorCode")
    pause = LIMIT_PAUSE if code == "REQUEST_LIMIT_EXCEEDED" else None
    return Trouble(code, next(iter(first.texts("fields")), ""), pause)


VENDOR = Vendor(
    "salesforce",
    statuses={300: ConflictError},
    codes={
        **dict.fromkeys(
            ("NOT_FOUND", "ENTITY_IS_DELETED", "MALFORMED_ID", "INVALID_CROSS_REFERENCE_KEY"), NotFoundError
        ),
        **dict.fromkeys(("DUPLICATE_VALUE", "DUPLICATES_DETECTED"), ConflictError),
        **dict.fromkeys(("INSUFFICIENT_ACCESS_OR_READONLY", "API_DISABLED_FOR_ORG"), CredentialsError),
        # A field that our user may not see is as good as none: it is for the operator, and not for who asks.
        **dict.fromkeys(("INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY", HALTED), ProtocolError),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": ProtocolError,
        "REQUEST_LIMIT_EXCEEDED": BusyError,
        "UNABLE_TO_LOCK_ROW": UnavailableError,
        "UNKNOWN_EXCEPTION": OutcomeUnknownError,
    },
    trouble=trouble,
    fields={"SuppliedEmail": "email", "SuppliedName": "name", "Subject": "subject", "CommentBody": "body"}
    | {"LastName": "name", "FirstName": "name", "Name": "name", "CloseDate": "close_on"}
    | {field: field.lower() for field in ("Email", "Phone", "Company", "Amount")},
)


def quoted(text: str) -> str:
    """Return a text as SOQL takes it; in LIKE, % and _ keep their meaning."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def select(session: Session, soql: str) -> Iterator[Data]:
    """Yield the records of a query; what it may find is limited there, so that it is one page."""
    return session.get("query", params={"q": soql}).data.each("records")


def only_of(record_id: str, found: Iterable[Data], name: str = "Id") -> list[Data]:
    """Return records that belong to this id, as all of them should: ids of 15 and of 18 letters are the same.

    Raises:
        ProtocolError: one belongs to another.
    """
    return [if_asked_for(one, is_it=one.id(name)[:15] == record_id[:15]) for one in found]


def code_of(reply: Reply) -> str:
    """Return the word of an error; empty for a success."""
    return "" if reply.status < 300 else trouble(reply).code

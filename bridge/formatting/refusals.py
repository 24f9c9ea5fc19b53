"""Why a system refused a write, as the end of a sentence for the person whose write it was."""

from __future__ import annotations

from bridge.errors import BridgeError, ConflictError, InvalidError, NotFoundError, UnsupportedError
from bridge.formatting.outbound import Speech

REFUSALS = (NotFoundError, InvalidError, ConflictError, UnsupportedError)
"""The system answered: it did nothing, and the same once more would meet the same."""

_CLAUSES: dict[type[BridgeError], str] = {
    NotFoundError: "not_found",
    ConflictError: "conflict",
    UnsupportedError: "unsupported",
}


def why(speech: Speech, error: BridgeError | None) -> str:
    """Return the clause that says what was wrong with a write, or nothing where the system never said."""
    if isinstance(error, InvalidError):
        field = speech.labels["fields"].get(error.field, "")
        return speech.clause("because_of", field) or speech.word("refused", "invalid")
    name = next((clause for kind, clause in _CLAUSES.items() if isinstance(error, kind)), "")
    return speech.word("refused", name) if name else ""

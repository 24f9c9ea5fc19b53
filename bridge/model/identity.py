"""Who is asking, and what they may therefore see (the levels are explained in docs/decisions)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """Order identity from nobody known to proven."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Identity:
    """Say how far the person of a conversation is known; only the database may say so, never a slot."""

    level: Level = Level.ANONYMOUS
    subject: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Claim:
    """Carry what a person offers as proof for one record: its e-mail or its postcode, both normalised."""

    email: str | None = None
    postcode: str | None = None

    def matches(self, *, email: str | None, postcode: str | None = None) -> bool:
        """Tell whether the record's own e-mail or postcode equals the claim; a record without them never matches."""
        if self.email and email:
            return self.email.casefold() == email.casefold()
        if self.postcode and postcode:
            return _squash(self.postcode) == _squash(postcode)
        return False


def _squash(postcode: str) -> str:
    return "".join(postcode.replace("-", " ").split()).casefold()

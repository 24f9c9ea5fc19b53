"""Who is proven to be in a conversation: by a token of the host site or by a code, each of which counts once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bridge.conversation.codes import Answer, Codes
from bridge.conversation.sessions import Sessions
from bridge.errors import ConflictError, InvalidError
from bridge.model.identity import Level
from bridge.storage.chat import conversations, inbox, user_tokens
from bridge.storage.engine import insert_if_new, writing
from bridge.storage.types import Clock, utc_now


@dataclass(frozen=True)
class Voucher:
    """Hold whom the host site vouches for, and what tells this token from all others."""

    subject: str
    email: str | None
    mark: str
    until: datetime
    expired: bool = False


class Identities:
    """Let people into conversations, and keep who they have proven to be."""

    def __init__(self, engine: sa.engine.Engine, sessions: Sessions, secret: str, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._sessions = sessions
        self._secret = secret.encode()
        self._clock = clock

    def sign_in(self, known: str | None, voucher: Voucher, locale: str, address: str) -> str:
        """Return the conversation of the person whom the host site vouches for: `known`, unless it is another's.

        A token proves somebody once. A page holds it for longer: sent again with the conversation that it opened, or
        expired with one that is not another's, it changes nothing. Anywhere else it is refused.

        Raises:
            InvalidError: the token has expired.
            ConflictError: it was used for another conversation.
        """
        with writing(self._engine) as connection:
            mine = known if known and _may_be(connection, known, voucher) else None
            if voucher.expired:
                if mine is None:
                    raise InvalidError("user_token", "expired")
                return mine
            conversation_id = mine or self._sessions.insert(connection, locale, address)
            if self._is_new(connection, voucher, conversation_id):
                _verify(connection, conversation_id, voucher.subject, voucher.email, self._clock())
            return conversation_id

    def prove_email(self, conversation_id: str, codes: Codes, typed: str) -> tuple[Answer, str]:
        """Try a one-time code, and return what came of it and to whom it went; the right one proves that person."""
        with writing(self._engine) as connection:
            answer, email = codes.use(connection, conversation_id, typed)
            if answer is Answer.RIGHT:
                subject, known = _known(connection, conversation_id)
                same = subject is not None and (known or "").casefold() == email
                if known and not same:
                    # Somebody else than who wrote so far: what was said until now is in nobody's summary.
                    _pass_over(connection, conversation_id)
                _verify(connection, conversation_id, subject if same else f"email:{email}", email, self._clock())
        return answer, email

    def _is_new(self, connection: sa.engine.Connection, voucher: Voucher, conversation_id: str) -> bool:
        """Note that a token is used, and tell whether it was not yet."""
        connection.execute(sa.delete(user_tokens).where(user_tokens.c.until < self._clock()))
        mark = hmac.new(self._secret, voucher.mark.encode(), hashlib.sha256).hexdigest()
        row = {"mark": mark, "conversation_id": conversation_id, "until": voucher.until}
        if insert_if_new(connection, user_tokens, row):
            return True
        used_for = sa.select(user_tokens.c.conversation_id).where(user_tokens.c.mark == mark)
        if connection.execute(used_for).scalar() != conversation_id:
            raise ConflictError("the user token was used for another conversation")
        return False


def _may_be(connection: sa.engine.Connection, conversation_id: str, voucher: Voucher) -> bool:
    """Tell whether a conversation is nobody's yet or that person's, perhaps known by a code to the same address."""
    subject, email = _known(connection, conversation_id)
    by_code = bool(email) and subject == f"email:{email}" and email == (voucher.email or "").casefold()
    return subject in (None, voucher.subject) or by_code


def _known(connection: sa.engine.Connection, conversation_id: str) -> tuple[str | None, str | None]:
    """Return subject and e-mail of a conversation, which nobody else can change meanwhile."""
    wanted = sa.select(conversations.c.identity_subject, conversations.c.identity_email)
    row = connection.execute(wanted.where(conversations.c.id == conversation_id).with_for_update()).first()
    return (None, None) if row is None else (row.identity_subject, row.identity_email)


def _pass_over(connection: sa.engine.Connection, conversation_id: str) -> None:
    """Let no summary cover what was said until now."""
    newest = sa.select(sa.func.max(inbox.c.id)).where(inbox.c.conversation_id == conversation_id).scalar_subquery()
    mine = conversations.c.id == conversation_id
    connection.execute(sa.update(conversations).where(mine).values(summed_up_to=sa.func.coalesce(newest, 0)))


def _verify(
    connection: sa.engine.Connection, conversation_id: str, subject: str | None, email: str | None, now: datetime
) -> None:
    connection.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(
            identity_level=Level.VERIFIED.value,
            identity_subject=subject,
            identity_email=email,
            identity_seen_at=now,
        )
    )

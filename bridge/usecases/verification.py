"""Verification: prove an e-mail address by a code that is sent to it."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillSending
from functools import partial

import structlog

from bridge.conversation.codes import Answer, Codes
from bridge.conversation.guesses import Guesses
from bridge.conversation.identities import Identities
from bridge.conversation.turns import Turn
from bridge.errors import BridgeError, InvalidError, LockedError
from bridge.formatting.outbound import Speech
from bridge.mail import Post
from bridge.model.identity import Level
from bridge.model.outcome import Outcome
from bridge.usecases.degradation import Degradation

log = structlog.get_logger(__name__)

WAITED = 4.0
"""Seconds that a person waits for the mail server, so that there is an answer before anything has to excuse it."""
EMAIL, CODE = "account_email", "account_code"
_CODE = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})(?!\d)")


def code_in(text: str) -> str | None:
    """Return the one code that a message holds, as "123 456" too."""
    found = {"".join(groups) for groups in _CODE.findall(text)}
    return found.pop() if len(found) == 1 else None


class Verification:
    """Send codes and take them."""

    def __init__(
        self,
        codes: Codes,
        identities: Identities,
        guesses: Guesses,
        post: Post | None,
        degradation: Degradation,
        speech: Speech,
    ) -> None:
        self._codes = codes
        self._identities = identities
        self._guesses = guesses
        self._post = post
        self._degradation = degradation
        self._label = speech.labels["mail"]
        self._senders = ThreadPoolExecutor(max_workers=8, thread_name_prefix="mail")

    def is_needed(self, turn: Turn) -> bool:
        """Tell whether there is anything to ask: somebody is not known yet, and codes can be sent."""
        return self._post is not None and turn.identity.level is not Level.VERIFIED

    def can_be(self, turn: Turn) -> bool:
        """Tell whether somebody is proven by now, or can be: codes can be sent."""
        return self._post is not None or turn.identity.level is Level.VERIFIED

    def stands(self, turn: Turn) -> Outcome:
        """Tell how far the person is known."""
        if turn.identity.level is Level.VERIFIED:
            known = {"email": turn.identity.email or ""}
            named = "utter_account_verified" if turn.identity.email else "utter_account_verified_without_email"
            return Outcome(named, known, forget=(EMAIL, CODE))
        return Outcome("utter_account_no_codes", self._degradation.reach(), forget=(EMAIL, CODE))

    def ask(self, turn: Turn, email: str, *, anew: bool) -> Outcome:
        """Ask for the code, after sending one where none is outstanding for this address or a new one is wished.

        Whether anybody is known by this address makes no difference to what is said or done.
        """
        if self._post is None:
            return self.stands(turn)
        try:
            self._guesses.check(turn, _record(email))
            if not anew and self._codes.outstanding(turn.conversation_id) == email:
                return Outcome("utter_account_code_again", {"email": email})
            code = self._codes.make(turn, email)
        except LockedError as error:
            return Outcome("utter_account_code_limit", {"minutes": str(error.minutes)})
        content = (email, self._label["subject"].format(code=code), self._label["text"].format(code=code))
        sending = self._senders.submit(self._post.send, *content)
        try:
            sending.result(timeout=WAITED)
        except StillSending:
            sending.add_done_callback(partial(self._ended_late, turn.conversation_id))
            return Outcome("utter_account_code_under_way", {"email": email})
        except BridgeError as error:
            return self._not_sent(turn.conversation_id, error)
        return Outcome("utter_account_code_sent", {"email": email})

    def check(self, turn: Turn, typed: str) -> Outcome:
        """Take a code; right, it makes the person of this conversation verified."""
        code = code_in(typed)
        if code is None:
            return Outcome("utter_account_code_unclear", forget=(CODE,))
        email = self._codes.outstanding(turn.conversation_id) or ""
        try:
            self._guesses.check(turn, _record(email))
        except LockedError:
            return Outcome("utter_account_code_gone", forget=(CODE,))
        answer, email = self._identities.prove_email(turn.conversation_id, self._codes, code)
        if answer is Answer.RIGHT:
            return Outcome("utter_account_verified", {"email": email})
        if email:
            self._guesses.wrong(turn, _record(email))
        return Outcome(f"utter_account_code_{answer.value}", forget=(CODE,))

    def close(self) -> None:
        """Let go of the threads; what is being sent is finished."""
        self._senders.shutdown(wait=False)

    def _ended_late(self, conversation_id: str, sending: Future[None]) -> None:
        error = sending.exception()
        if isinstance(error, BridgeError):
            self._degradation.tell_late(conversation_id, self._not_sent(conversation_id, error))
        elif error is not None:
            log.error("a code was not sent", error=type(error).__name__)

    def _not_sent(self, conversation_id: str, error: BridgeError) -> Outcome:
        log.warning("a code was not sent", error=str(error))
        self._codes.withdraw(conversation_id)
        if isinstance(error, InvalidError):
            return Outcome("utter_account_code_refused")
        return Outcome("utter_account_code_not_sent", self._degradation.reach())


def _record(email: str) -> str:
    return f"code:{email}"

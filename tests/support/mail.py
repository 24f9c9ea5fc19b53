"""A mail server that keeps what it gets, or refuses it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.stack import free_port

PATIENCE = 10.0
USER, PASSWORD = "chat", "right p@ss/word"


class Letters:
    """Handle mails as a test wants it: `answers` by command, such as {"RCPT": "550 no such user"}."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.url = ""
        self.kept: list[EmailMessage] = []
        self._arrived = Condition()

    async def handle_RCPT(  # noqa: N802  # the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        if answer := self.answers.get("DATA"):
            return answer
        message = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        with self._arrived:
            self.kept.append(cast(EmailMessage, message))
            self._arrived.notify_all()
        return "250 OK"

    def newest_code(self, to: str, after: int = 0) -> str:
        """Return the code of the newest mail to an address; it must come."""

        def mine() -> list[EmailMessage]:
            return [mail for mail in self.kept if mail["To"] == to]

        with self._arrived:
            assert self._arrived.wait_for(lambda: len(mine()) > after, PATIENCE), f"no mail to {to}"
            found = re.search(r"\b\d{6}\b", mine()[-1].get_content())
        assert found
        return found[0]


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, **answers: str) -> Iterator[tuple[Letters, str]]:
    """Run a mail server; gives its letters, and its address without a scheme."""

    def authenticate(*given: Any) -> AuthResult:
        login = given[-1]
        right = isinstance(login, LoginPassword) and (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    letters = Letters(answers)
    more = {"tls_context": tls, "authenticator": authenticate, "auth_required": False} if tls else {}
    # It connects to itself when it starts, so it cannot be told to find a port.
    port = free_port()
    controller = Controller(letters, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield letters, f"127.0.0.1:{port}"
    finally:
        controller.stop()

"""Hand mail over: to an SMTP server, or in the demo to a mailbox that a page shows.

Not a port behind the guard, which asks of every write that it can be read back by its key: mail cannot. It is short
instead, tried once, and whoever waits for it is told at once when it did not work.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Protocol

import sqlalchemy as sa

from bridge.errors import CredentialsError, InvalidError, UnavailableError
from bridge.settings.mail import MailServer
from bridge.storage.chat import demo_mails
from bridge.storage.engine import reading, writing
from bridge.storage.types import Clock, utc_now

_KEPT = 50
_REFUSED_FOR_GOOD = range(550, 560)


class Post(Protocol):
    """Send mail."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one mail over.

        Raises:
            InvalidError: the server takes nothing for this address.
            UnavailableError: it is away or too slow.
            CredentialsError: it does not take our name and password, or shows a certificate that does not hold.
        """


class Smtp:
    """Speak SMTP; no error shows the address, the text or the password."""

    def __init__(self, server: MailServer, sender: str, seconds: float) -> None:
        self._server = server
        self._sender = sender
        self._seconds = seconds

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one mail over to the server."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        try:
            with self._connected() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if all(code in _REFUSED_FOR_GOOD for code in codes):
                raise InvalidError("email", "the mail server refuses it") from None
            raise UnavailableError(f"the mail server put a recipient off with {codes}") from None
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            raise CredentialsError(f"the mail server: {type(error).__name__}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise UnavailableError(f"the mail server: {type(error).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        server, seconds = self._server, self._seconds
        if server.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=seconds, context=server.context()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=seconds)
        try:
            if server.starttls:
                connection.starttls(context=server.context())
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


@dataclass(frozen=True)
class DemoMail:
    """Hold a mail of the demo's mailbox."""

    at: datetime
    to: str
    subject: str
    text: str


class Mailbox:
    """Keep the newest mails of the demo, which go nowhere."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def send(self, to: str, subject: str, text: str) -> None:
        """Put one mail into the mailbox."""
        row = {"at": self._clock(), "recipient": to, "subject": subject, "text": text}
        newest = sa.select(demo_mails.c.id).order_by(demo_mails.c.id.desc()).limit(_KEPT)
        with writing(self._engine) as connection:
            connection.execute(sa.insert(demo_mails).values(row))
            connection.execute(sa.delete(demo_mails).where(demo_mails.c.id.not_in(newest)))

    def newest(self) -> list[DemoMail]:
        """Return the mails, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(demo_mails).order_by(demo_mails.c.id.desc())).all()
        return [DemoMail(row.at, row.recipient, row.subject, row.text) for row in rows]

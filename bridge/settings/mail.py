"""Where mail is handed over."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from pydantic import Field, validator

from bridge.settings.part import Part, Reference, never_literal

_PORTS = {"smtp": 587, "smtps": 465}


class Mail(Part):
    """Say how one-time codes are sent; without `server` there are none, but in the demo."""

    server: Reference | None = None
    """Leads to smtp://user:password@host:587 (STARTTLS, which must work) or smtps://user:password@host:465."""
    sender: str = ""
    """Whom mails come from, such as "Example Shop <chat@example.com>"."""
    seconds: float = Field(default=3, gt=0, le=10)
    """How long the server may leave one question without an answer."""

    _server_is_no_literal = validator("server", pre=True, allow_reuse=True)(never_literal)

    @validator("sender", always=True)
    def _is_there_where_mail_is(cls, value: str, values: dict[str, object]) -> str:
        if values.get("server") is not None and "@" not in parseaddr(value)[1]:
            raise ValueError('must be an address such as "Example Shop <chat@example.com>"')
        return value


@dataclass(frozen=True)
class MailServer:
    """Hold an SMTP server and how it is met."""

    host: str
    port: int
    tls: bool
    """From the first byte."""
    starttls: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def context(self) -> ssl.SSLContext:
        """Return what checks the server's certificate."""
        return ssl.create_default_context()


def parse_server(url: str) -> MailServer:
    """Return what an address says.

    Raises:
        ValueError: what is wrong with it, in words that do not show it.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("is no address such as smtp://user:password@host:587 or smtps://user:password@host:465")
    if parts.path not in ("", "/") or parts.fragment or parts.query not in ("", "starttls=never"):
        raise ValueError("has something behind the port that is not known; only ?starttls=never may stand there")
    starttls = parts.scheme == "smtp" and not parts.query
    if parts.username and not (starttls or parts.scheme == "smtps"):
        raise ValueError("would send its password without TLS; leave out ?starttls=never")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise ValueError("has a port that is none") from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, parts.scheme == "smtps", starttls, user, password)

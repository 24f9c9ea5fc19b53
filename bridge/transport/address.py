"""Where a vendor is reached: only what the deployment says, and nowhere that a reply might lead to."""

from __future__ import annotations

import re
import string
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from bridge.errors import NotFoundError, ProtocolError, SettingsError

LONGEST_VALUE = 255
_PORTS = {"https": 443, "http": 80}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class Address:
    """Hold the address of an API.

    Args:
        url: where it begins, such as "https://acme.zendesk.com/api/v2".
        insecure: plain http is taken too; elsewhere than on this machine only where the deployment says so in words.

    Raises:
        SettingsError: this is no address that credentials may be sent to.
    """

    def __init__(self, url: str, *, insecure: bool = False) -> None:
        parts = _split(url)
        if parts is None or parts.scheme not in _PORTS or not parts.hostname:
            raise SettingsError("must be an address such as https://host/path")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise SettingsError("must be host and path only: no user, no query, no fragment")
        if parts.scheme == "http" and not insecure and not _is_loopback(parts.hostname):
            raise SettingsError("must begin with https://, or credentials would travel in clear")
        self._parts = parts
        self.base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return f"{self._parts.scheme}://{self._parts.netloc}"

    def to(self, path: str, values: dict[str, object]) -> str:
        """Return the address of a path, with its values quoted; one that begins with "/" begins at the host.

        Raises:
            NotFoundError: a value can be the id of nothing.
        """
        if values or "{" in path:
            path = string.Formatter().vformat(path, (), {name: _quoted(value) for name, value in values.items()})
        return self.origin + path if path.startswith("/") else f"{self.base}/{path}" if path else self.base

    def follow(self, current: str, link: str) -> str:
        """Return where a link or redirect in a reply leads.

        Raises:
            ProtocolError: it leads to another host, port or scheme, where our credentials must not go.
        """
        target = urljoin(current, link)
        parts = _split(target)
        if parts is None or _origin(parts) != _origin(self._parts) or "@" in parts.netloc:
            raise ProtocolError("it sends us to another host, which is refused")
        return target


def _split(url: str) -> SplitResult | None:
    if _UNPRINTABLE.search(url) or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what checks it
    except ValueError:
        return None
    return parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _quoted(value: object) -> str:
    text = str(value)
    # Dots alone are a way through folders, also when they are quoted, and a path without its id is another question.
    if not text or not text.strip(".") or len(text) > LONGEST_VALUE:
        raise NotFoundError("no record can have this id")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise NotFoundError("no record can have this id") from None

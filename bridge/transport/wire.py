"""Send one request and read its reply, within time and size; whatever goes wrong is an error that quotes nothing."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bridge.errors import BridgeError, OutcomeUnknownError, ProtocolError, UnavailableError
from bridge.transport.address import Address
from bridge.transport.reply import Reply

VERSION = "0.1"
USER_AGENT = f"frontdesk/{VERSION} (python-requests/{requests.__version__})"
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
POOL = 48
"""Connections kept to one vendor: as many as the guard lets calls through at once."""

TimeLeft = Callable[[], float | None]
"""Tells how many seconds the call in hand still has, or None where nobody waits for it."""

_CHUNK = 65_536
_REDIRECTS = {301, 302, 303, 307, 308}
_NOT_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


@dataclass(frozen=True)
class Limits:
    """Say how long and how large an exchange may be."""

    connect_seconds: float = 3.0
    read_seconds: float = 15.0
    """Without a deadline of the caller's, and never longer than this with one."""
    body_bytes: int = 5_000_000
    redirects: int = 3


@dataclass(frozen=True)
class Request:
    """Hold one request without its credentials.

    Args:
        what: how logs and errors name it.
        writes: it may change something.
    """

    what: str
    prepared: requests.PreparedRequest
    writes: bool


class Wire:
    """Hold the connections to one vendor; any number of threads may use it.

    Args:
        proxy: through which everything goes, or None.
        ca_bundle: a file of certificates to trust instead of the usual ones. There is no way not to check them.
    """

    def __init__(
        self,
        address: Address,
        time_left: TimeLeft = lambda: None,
        *,
        limits: Limits = Limits(),
        proxy: str | None = None,
        ca_bundle: str | None = None,
    ) -> None:
        self.address = address
        self._time_left = time_left
        self._limits = limits
        # Without a requests.Session around it: nobody reads ~/.netrc or the environment, keeps a cookie or follows a
        # redirect behind our back, and a call is cheaper.
        self._pools = HTTPAdapter(pool_connections=4, pool_maxsize=POOL)
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._verify: bool | str = ca_bundle or True

    def prepare(self, request: requests.Request) -> requests.PreparedRequest:
        """Return a request as it goes out, without credentials.

        Raises:
            ProtocolError: it cannot be written down, such as a header with a line break.
        """
        request.headers = {**_HEADERS, **request.headers}
        try:
            return request.prepare()
        except (requests.RequestException, ValueError, TypeError):
            pass
        raise ProtocolError("the request cannot be written as HTTP")

    def exchange(self, request: Request, auth: requests.auth.AuthBase | None = None) -> Reply:
        """Send a request with credentials and return the reply, whatever its status is.

        Raises:
            UnavailableError: nothing was sent, or a read got no answer.
            OutcomeUnknownError: a write was sent, and no whole answer came.
            ProtocolError: the answer is too large, or leads to another host.
        """
        until = self._until()
        prepared = request.prepared
        for _ in range(self._limits.redirects + 1):
            reply, location = self._send_once(request, prepared, auth, until)
            if location is None:
                return reply
            # Nothing that writes is sent twice: a redirect of it is an answer that its table has to know.
            if request.writes or prepared.method not in ("GET", "HEAD"):
                return reply
            prepared = self._redirected(request, prepared, location)
        raise ProtocolError(f"{request.what} was sent on more than {self._limits.redirects} times")

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()

    def _send_once(
        self,
        request: Request,
        prepared: requests.PreparedRequest,
        auth: requests.auth.AuthBase | None,
        until: float,
    ) -> tuple[Reply, str | None]:
        left = until - time.monotonic()
        if left <= 0:
            raise UnavailableError(f"{request.what}: no time was left to ask")
        signed = auth(prepared.copy()) if auth is not None else prepared
        try:
            return self._ask(request, signed, until, left)
        except _FAILURES as problem:
            error = _error_of(request, problem)
        # Raised out here, so that what requests said is not even its context: that holds addresses with their queries.
        raise error

    def _ask(
        self, request: Request, signed: requests.PreparedRequest, until: float, left: float
    ) -> tuple[Reply, str | None]:
        response = self._pools.send(
            signed,
            stream=True,
            timeout=(min(self._limits.connect_seconds, left), left),
            proxies=self._proxies,
            verify=self._verify,
        )
        try:
            body = b"".join(self._chunks(request, response, until))
        except BaseException:
            # A connection with half an answer in it must not be used again.
            response.close()
            raise
        response.raw.release_conn()
        url = signed.url or ""
        reply = Reply(request.what, url, response.status_code, response.headers, body, writes=request.writes)
        return reply, response.headers.get("Location") if response.status_code in _REDIRECTS else None

    def _chunks(self, request: Request, response: requests.Response, until: float) -> Iterator[bytes]:
        announced, size = response.headers.get("Content-Length", ""), 0
        if announced.isdecimal() and int(announced[:18]) > self._limits.body_bytes:
            raise ProtocolError(f"{request.what} answered more than {self._limits.body_bytes} bytes")
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > self._limits.body_bytes:
                raise ProtocolError(f"{request.what} answered more than {self._limits.body_bytes} bytes")
            if time.monotonic() > until:
                raise _lost(request, "was too slow")
            yield chunk

    def _redirected(self, request: Request, sent: requests.PreparedRequest, location: str) -> requests.PreparedRequest:
        further = sent.copy()
        try:
            further.prepare_url(self.address.follow(sent.url or "", location), None)
        except requests.RequestException:
            further.url = None
        except ProtocolError as error:
            raise ProtocolError(f"{request.what}: {error}") from None
        if further.url is None:
            raise ProtocolError(f"{request.what}: it sends us to what is no address")
        return further

    def _until(self) -> float:
        left, most = self._time_left(), self._limits.read_seconds
        return time.monotonic() + (most if left is None else min(left, most))


_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError)
_UNREADABLE = (
    requests.exceptions.ContentDecodingError,
    urllib3.exceptions.DecodeError,
)
_UNWRITABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    UnicodeError,
)


def _error_of(request: Request, problem: Exception) -> BridgeError:
    if isinstance(problem, _UNREADABLE):
        return ProtocolError(f"{request.what} answered what cannot be unpacked")
    if isinstance(problem, _UNWRITABLE):
        return ProtocolError(f"{request.what} cannot be written as HTTP")
    if isinstance(problem, urllib3.exceptions.ProtocolError) and not request.writes:
        return ProtocolError(f"{request.what}: the answer breaks off")  # requests wraps those before the first byte
    if reason := _never_sent(problem):
        return UnavailableError(f"{request.what}: {reason}")
    return _lost(request, "got no whole answer")


def _never_sent(problem: Exception) -> str:
    """Say why nothing reached the vendor; empty where it may have, or where nobody can tell."""
    if isinstance(problem, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    cause = problem.args[0] if problem.args else None
    reason = getattr(cause, "reason", None)
    if isinstance(reason, urllib3.exceptions.ProxyError):
        return "no connection through the proxy"
    if isinstance(reason, urllib3.exceptions.SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    return "no connection" if isinstance(reason, _NOT_SENT) else ""


def _lost(request: Request, how: str) -> UnavailableError:
    text = f"{request.what}: {how}"
    return OutcomeUnknownError(text) if request.writes else UnavailableError(text)

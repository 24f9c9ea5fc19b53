"""Where a request's page comes from: our own pages, or a site that the deployment allows.

Only browsers tell the truth about it, and only browsers have to: a token that lies in one site's storage is of no use
to the pages of another. What is no browser can claim any origin, and needs the token all the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request

from gateway.errors import ApiError

OWN = ""
_FOREIGN = {"cross-site", "same-site"}


class Origins:
    """Know which sites may use the chat API."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)

    def of(self, request: Request) -> str:
        """Return the origin of the page behind a request; empty for our own pages, and where no page is behind it.

        Browsers send `Origin` with all but reads of a page's own site, and say in `Sec-Fetch-Site` which those are.

        Raises:
            ApiError: the page is of a site that is not allowed.
        """
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site")
        if origin is None:
            if site in _FOREIGN:
                raise ApiError(403, "origin_not_allowed")
            return OWN
        # Behind a proxy that changes Host, the second says it; in old browsers, which lack it, the first.
        if origin.partition("://")[2] == request.headers.get("host") or site == "same-origin":
            return OWN
        if origin not in self._allowed:
            raise ApiError(403, "origin_not_allowed")
        return origin

"""Have a file looked at by what the deployment names, before anybody else sees it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import requests
import structlog

from bridge.errors import InvalidError, UnavailableError
from bridge.settings.privacy import Scan

log = structlog.get_logger(__name__)

_OF_COMMANDS, _OF_ADDRESSES = (0, 1), (204, 406)
"""What says that a file is clean, and what refuses it; all else is no answer."""


def scan(path: Path, named: Scan | None) -> None:
    """Return if a file is clean, or nobody wants to look at it.

    Raises:
        InvalidError: the scanner refuses it.
        UnavailableError: the scanner failed, or took too long; nobody knows, so it must not be taken.
    """
    if named is None:
        return
    clean, refused = _OF_COMMANDS if named.command else _OF_ADDRESSES
    try:
        said = _run(path, named) if named.command else _post(path, named)
    except (OSError, subprocess.SubprocessError, requests.RequestException) as error:
        log.error("a file could not be scanned", error=type(error).__name__)
        raise UnavailableError("the scanner gave no answer") from None
    if said == refused:
        raise InvalidError("file", "was refused by the scanner")
    if said != clean:
        log.error("a file could not be scanned", answer=said)
        raise UnavailableError("the scanner failed")


def _run(path: Path, named: Scan) -> int:
    done = subprocess.run(  # noqa: S603  # the deployment names the program; the path is of our own making
        [*named.command, str(path.resolve())],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=named.seconds,
    )
    return done.returncode


def _post(path: Path, named: Scan) -> int:
    assert named.url is not None
    with path.open("rb") as content:
        # No redirect may take a person's file elsewhere.
        asked = requests.post(named.url, data=content, timeout=named.seconds, allow_redirects=False, stream=True)
    with asked as answer:
        return answer.status_code

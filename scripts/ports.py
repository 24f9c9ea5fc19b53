"""Find out, before anything starts, which ports are taken, and say which variable changes each."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

from bridge.settings import Settings

LOOPBACK = "127.0.0.1"


def problems(settings: Settings) -> list[str]:
    """Return a sentence for every port that cannot be opened."""
    return list(_problems(settings))


def _problems(settings: Settings) -> Iterator[str]:
    seen: dict[int, str] = {}
    for variable, host, port in (
        ("PORT", settings.host, settings.port),
        ("INTERNAL_PORT", LOOPBACK, settings.internal_port),
        ("RASA_PORT", LOOPBACK, settings.rasa_port),
        ("ACTIONS_PORT", LOOPBACK, settings.actions_port),
        ("ACTIONS_METRICS_PORT", LOOPBACK, settings.actions_metrics_port),
    ):
        if port in seen:
            yield f"{seen[port]} and {variable} are both {port}; they must differ"
        elif reason := _why_not(host, port):
            yield f"port {port} {reason}; choose another with {variable}={_other(port)} make run"
        seen[port] = variable


def _why_not(host: str, port: int) -> str | None:
    """Return why a port cannot be opened, or None; a host that is none of ours is left to the gateway to refuse."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        return None
    with contextlib.closing(socket.socket(family, kind, protocol)) as listener:
        # As the servers do it: a connection of the last run that lingers in TIME_WAIT does no harm.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except PermissionError:
            return "may not be opened by this user"
        except OSError as error:
            return "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened on {host} ({error.strerror})"
    return None


def _other(port: int) -> int:
    return port + 10 if 1024 <= port <= 65000 else 8090

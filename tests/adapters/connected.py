"""Adapters connected to simulators, as a deployment would connect them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bridge.connections import Connections
from bridge.registry import adapter_class
from bridge.storage.types import utc_now
from tests.support.frontdesk import make_settings, reached

PATIENT, HASTY = 15.0, 0.4
"""Seconds that an adapter gives its system."""


def connected(
    domain: str,
    system: str,
    url: str,
    secrets: Mapping[str, str],
    engine: sa.engine.Engine,
    seconds: float = PATIENT,
    **how: Any,
) -> Any:
    """Return an adapter that talks to this address."""
    settings = make_settings(
        str(engine.url),
        systems={domain: system},
        resilience={"systems": {system: {"deadline_seconds": seconds}}},
    ).copy(update={"connections": {system: reached(url, secrets, **how)}})
    return adapter_class(domain, system)(Connections(settings, engine, lambda: None, utc_now).to(system))


def dead_url() -> str:
    """Return an address of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"

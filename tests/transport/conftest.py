"""A vendor that listens, and a session with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bridge.transport import Session
from bridge.transport import statuses as table
from bridge.transport.address import Address
from bridge.transport.auth import Auth, Fixed, Header
from bridge.transport.wire import Wire
from tests.transport.vendor import Said, Vendor, listening

TOKEN = "tok-5ecret-7f3a"

Connect = Callable[..., Session]


@pytest.fixture(scope="module")
def listener() -> Iterator[Vendor]:
    with listening(Vendor()) as made:
        yield made


@pytest.fixture
def vendor(listener: Vendor) -> Vendor:
    """Return the vendor as if it had just begun to listen."""
    listener.asked, listener.answer = [], lambda asked: Said()
    return listener


@pytest.fixture
def connect(vendor: Vendor) -> Iterator[Connect]:
    """Return a function that makes a session with the vendor; keywords are those of `Wire`."""
    wires: list[Wire] = []

    def make(
        as_vendor: table.Vendor | None = None, auth: Auth | None = None, path: str = "/api", **wiring: Any
    ) -> Session:
        wire = Wire(Address(vendor.url + path), **wiring)
        wires.append(wire)
        return Session(as_vendor or table.Vendor("acme"), wire, auth or Fixed([Header(TOKEN)]))

    yield make
    for wire in wires:
        wire.close()


@pytest.fixture
def session(connect: Connect) -> Session:
    return connect()

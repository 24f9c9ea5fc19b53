"""The root of every adapter that talks to a vendor."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar, NoReturn

from bridge.connections.connect import Connection
from bridge.errors import UnsupportedError


class Adapter:
    """Hold what every adapter has; a subclass adds the operations of its port that its manifest names.

    An operation of the port that it does not have raises UnsupportedError.
    """

    domain: ClassVar[str]

    def __init__(self, connection: Connection) -> None:
        self.system = connection.system
        self.capabilities = connection.capabilities(self.domain)
        self.session = connection.session
        self.words = connection.words[self.domain]
        self.fields = connection.fields

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not there.
        port = getattr(importlib.import_module(f"bridge.ports.{self.domain}"), self.domain.capitalize())
        if not hasattr(getattr(port, name, None), "kind"):
            raise AttributeError(f"{type(self).__name__} has no {name}")

        def unsupported(*_: object, **__: object) -> NoReturn:
            raise UnsupportedError(f"{self.system}: there is no {name}")

        return unsupported

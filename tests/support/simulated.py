"""A vendor's simulator as the contract suites see it: the adapter connected to it, and ways to break the server."""

from __future__ import annotations

import importlib
import inspect
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from bridge.connections import Connections
from bridge.connections.manifest import manifest_of
from bridge.registry import adapter_class
from bridge.resilience.operations import operations_of
from bridge.storage.engine import open_engine
from bridge.storage.types import utc_now
from bridge.testing.broken import PAUSE, Trouble
from simulators.frame import Simulator
from simulators.server import running
from tests.support.frontdesk import ROOT, make_settings, reached

World = TypeVar("World", bound="Simulated")
PATIENCE = 0.3
"""Seconds that an adapter has while its server is silent."""


class Simulated:
    """Hold a running simulator and what connects to it.

    Args:
        database: where tokens are kept.
        secrets: as a deployment names them.
        api: a pattern of the paths that are the API and not the token endpoint, for faults.
        reached: what else the deployment says of the connection.
    """

    def __init__(
        self,
        simulator: Simulator,
        url: str,
        database: str,
        domain: str,
        secrets: Mapping[str, str],
        api: str,
        **reached: Any,
    ) -> None:
        self.simulator = simulator
        self.domain = domain
        self.seconds: float | None = None
        self._engine = open_engine(database)
        self._secrets = secrets
        self._api = api
        self._reached = reached
        self._made = [self._connect(url), self._connect(_nobody())]
        self.adapter, self.unreachable = (
            adapter_class(self.domain, self.simulator.vendor)(each.to(self.simulator.vendor)) for each in self._made
        )

    @property
    def secrets(self) -> list[str]:
        """Return every credential, those that were got from others too."""
        return [*self._secrets.values(), *self.simulator.state.get("tokens", {})]

    def break_with(self, trouble: Trouble) -> None:
        """Break the server."""
        self.simulator.requests.clear()
        if trouble is Trouble.EXPIRED:
            self.expire()
            return
        faults = {
            Trouble.UNAUTHORIZED: "401",
            Trouble.FORBIDDEN: "403",
            Trouble.BUSY: f"429:{PAUSE}",
            Trouble.FAILING: "500",
            Trouble.AWAY: "503",
            Trouble.HTML: "html",
            Trouble.TRUNCATED: "truncated_json",
            Trouble.SILENT: f"delay:{3 * PATIENCE}",
        }
        self.seconds = PATIENCE if trouble is Trouble.SILENT else None
        if trouble is Trouble.LOST:
            self.simulator.faults.put(" ".join(f"{method}{self._api}=reset_after_write" for method in self.writes))
        else:
            self.simulator.faults.put(f"*{self._api}={faults[trouble]}")

    writes = ("POST", "PUT", "PATCH", "DELETE")

    def expire(self) -> None:
        """End the tokens that the adapter has."""
        self.simulator.state["tokens"].clear()

    def mend(self) -> None:
        """Let the server answer as ever."""
        self.simulator.faults.put("")
        self.seconds = None

    def changes(self) -> int:
        """Return how many requests that change something came in."""
        return sum(one.method in self.writes and "/oauth/" not in one.path for one in self.simulator.requests)

    def close(self) -> None:
        """Close the connections."""
        for each in self._made:
            each.close()
        self._engine.dispose()

    def _connect(self, url: str) -> Connections:
        vendor = self.simulator.vendor
        settings = make_settings(str(self._engine.url), systems={self.domain: vendor})
        settings = settings.copy(update={"connections": {vendor: reached(url, self._secrets, **self._reached)}})
        return Connections(settings, self._engine, lambda: self.seconds, utc_now)


@contextmanager
def simulated(simulator: Simulator, kind: type[World], *values: Any, **reached: Any) -> Iterator[World]:
    """Run a simulator and give the world around it."""
    with running(simulator) as url:
        world = kind(simulator, url, *values, **reached)
        try:
            yield world
        finally:
            world.close()


def _nobody() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def unfinished(vendor: str, domain: str, world: type[Simulated]) -> str:
    """Return what is left to do of an adapter, as a list to work through; empty when its contract can be tried."""
    folder, manifest = ROOT / "bridge" / "adapters" / vendor, manifest_of(vendor)
    places = [*folder.glob("*.*"), *(ROOT / "simulators" / vendor).glob("*.py"), Path(inspect.getfile(world))]
    left = [f"{path.relative_to(ROOT)}: what says CHANGE" for path in sorted(places) if "CHANGE" in path.read_text()]
    adapter = adapter_class(domain, vendor)
    for name, operation in operations_of(domain).items():
        if name in manifest.domains[domain].operations and name not in vars(adapter):
            what = operation.doc.strip().partition("\n")[0]
            left.append(f"{adapter.__name__}.{name}: {what} (or take it out of the manifest)")
    wanted = vars(getattr(importlib.import_module(f"bridge.testing.{domain}"), f"{domain.capitalize()}World"))
    left += [f"{world.__name__}.{name}" for name in wanted if name[0] != "_" and not hasattr(world, name)]
    return "\n".join([f"The {domain} of {vendor} is not finished:", *(f"  [ ] {one}" for one in left)]) if left else ""

"""The adapters that the deployment chose, each behind the guard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.connections import Connections
from bridge.ports.commerce import Commerce
from bridge.ports.crm import Crm
from bridge.ports.helpdesk import Helpdesk
from bridge.registry import adapter_class
from bridge.resilience.clock import SystemClock
from bridge.resilience.guard import Guards
from bridge.settings import Settings
from bridge.settings.places import checkout_url


@dataclass(frozen=True)
class Systems:
    """Hold the adapters that the deployment chose."""

    commerce: Commerce
    helpdesk: Helpdesk
    crm: Crm


def connected(
    settings: Settings, engine: sa.engine.Engine, guards: Guards, clock: SystemClock, connections: Connections
) -> Systems:
    """Return the adapters, connected and guarded."""
    broken = _broken_on_purpose(settings, clock)
    of_embedded: dict[str, dict[str, Any]] = {
        "commerce": {"checkout_url": checkout_url(settings)},
        "helpdesk": {"first_answer_hours": dict(settings.deployment.tickets.first_answer_hours)},
    }

    def adapter(domain: str, system: str) -> Any:
        make = adapter_class(domain, system, settings.where("systems", domain))
        if system == "embedded":
            return make(engine, **of_embedded.get(domain, {}))
        return make(connections.to(system))

    chosen = settings.deployment.systems.dict()
    return Systems(
        **{domain: guards.guarded(broken(adapter(domain, name), domain), domain) for domain, name in chosen.items()}
    )


def _broken_on_purpose(settings: Settings, clock: SystemClock) -> Callable[[Any, str], Any]:
    """Return what puts the faults of a rehearsal around an adapter, or leaves it alone where none are wanted."""
    if not settings.faults:
        return lambda adapter, _domain: adapter
    from bridge.testing.faults import Plan, faulty  # noqa: PLC0415  # in earnest it is never loaded

    plan = Plan(settings.faults)
    return lambda adapter, domain: faulty(adapter, domain, plan, clock)

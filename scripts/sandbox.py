"""Let the sandbox find the simulators: addresses and credentials go where its deployment looks for them."""

from __future__ import annotations

import os
import sys

from bridge.errors import SettingsError
from bridge.settings import Settings
from scripts.ports import LOOPBACK
from scripts.prepare import state
from scripts.supervisor import Child
from simulators.catalog import FIRST_PORT, VENDORS, port_of, simulator_class

NAME = "sandbox"


def is_chosen() -> bool:
    """Tell whether the sandbox is the deployment."""
    return os.environ.get("DEPLOYMENT") == NAME


def tell_environment() -> None:
    """Set what the deployment refers to, unless it is set: a real shop takes the place of its simulator."""
    for vendor in VENDORS:
        os.environ.setdefault(f"{vendor.upper()}_URL", f"http://{LOOPBACK}:{port_of(vendor, first_port())}")
        for name, value in simulator_class(vendor).environment.items():
            os.environ.setdefault(name, value)


def simulators_child(settings: Settings) -> Child:
    """Return all simulators in one process; it starts afresh each time, with its dates counted from today."""
    hooks = f"http://{LOOPBACK}:{settings.port}/hooks"
    command = [sys.executable, "-m", "simulators", "--port", str(first_port()), "--webhooks", hooks]
    url = f"http://{LOOPBACK}:{first_port()}/_simulator/health"
    return Child("simulators", command, state(settings) / "log" / "simulators.log", url)


def first_port() -> int:
    """Return the port of the first simulator.

    Raises:
        SettingsError: SIMULATORS_PORT is none.
    """
    text = os.environ.get("SIMULATORS_PORT") or str(FIRST_PORT)
    if not text.isdecimal() or not 1 <= int(text) <= 65535 - len(VENDORS):
        raise SettingsError(f"SIMULATORS_PORT: must be a port, not {text!r}")
    return int(text)

"""Bring database, demo data and model up to date, and say how each process is started."""

from __future__ import annotations

import sys
from pathlib import Path

from bridge.settings import Settings
from bridge.settings.places import state_folder
from scripts.console import ROOT, run_logged, step
from scripts.ports import LOOPBACK
from scripts.rasa_files import write_credentials, write_endpoints
from scripts.supervisor import Child
from scripts.train import ensure_model, rasa_trainer


def state(settings: Settings) -> Path:
    """Return the folder of databases, generated files and logs."""
    return state_folder(settings, ROOT / "var")


def prepare(settings: Settings) -> Path:
    """Do what is not done yet and return the path of the model."""
    log = state(settings) / "log"
    with step("database"):
        run_logged([sys.executable, "-m", "bridge", "migrate"], log / "migrate.log")
    if settings.demo:
        with step("demo data"):
            run_logged([sys.executable, "-m", "bridge", "demo"], log / "demo.log")
    return ensure_model(ROOT, rasa_trainer(log / "train.log"))


def rasa_child(settings: Settings, model: Path) -> Child:
    """Return Rasa on loopback, with its files written."""
    folder = state(settings)
    files = ["--credentials", str(write_credentials(settings, folder))]
    files += ["--endpoints", str(write_endpoints(settings, folder))]
    server = [sys.executable, "-m", "scripts.rasa_server", "--interface", LOOPBACK, "--port", str(settings.rasa_port)]
    command = [*server, "--model", str(model), *files]
    return Child("rasa", command, folder / "log" / "rasa.log", _url(settings.rasa_port, "/version"))


def actions_child(settings: Settings) -> Child:
    """Return the action server; it listens on loopback and reads its ports by itself."""
    log = state(settings) / "log" / "actions.log"
    return Child("actions", [sys.executable, "-m", "actions"], log, _url(settings.actions_port, "/health"))


def gateway_child(settings: Settings) -> Child:
    """Return the gateway; it reads where to listen by itself."""
    log = state(settings) / "log" / "gateway.log"
    return Child("gateway", [sys.executable, "-m", "gateway"], log, _url(settings.internal_port, "/healthz"))


def relay_child(settings: Settings) -> Child:
    """Return a relay of its own, for a deployment whose gateway holds none."""
    return Child("relay", [sys.executable, "-m", "bridge", "relay"], state(settings) / "log" / "relay.log")


def _url(port: int, path: str) -> str:
    return f"http://{LOOPBACK}:{port}{path}"

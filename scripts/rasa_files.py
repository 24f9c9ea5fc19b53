"""Write the files that tell a running Rasa where its neighbours are; they hold secrets, so only we may read them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine import make_url

from bridge.settings import Settings
from bridge.settings.places import tracker_url

STORE = "components.store.ConversationStore"
SECRET_HEADER = "X-Frontdesk-Secret"


def write_credentials(settings: Settings, folder: Path) -> Path:
    """Write the channel through which every bot message goes to the gateway."""
    callback = {
        "url": f"http://127.0.0.1:{settings.internal_port}/internal/rasa/callback",
        "headers": {SECRET_HEADER: settings.internal_secret},
    }
    return _write_private(folder / "credentials.yml", {"callback": callback})


def write_endpoints(settings: Settings, folder: Path) -> Path:
    """Write where the action server is and where conversations are kept."""
    content = {
        "action_endpoint": {"url": f"http://127.0.0.1:{settings.actions_port}/webhook"},
        "tracker_store": _tracker_store(settings),
    }
    return _write_private(folder / "endpoints.yml", content)


def _tracker_store(settings: Settings) -> dict[str, str]:
    url = make_url(tracker_url(settings))
    if url.get_backend_name() == "sqlite":
        return {"type": STORE, "dialect": "sqlite", "db": str(url.database)}
    # Rasa takes a whole URL in the place of the host.
    return {"type": STORE, "dialect": url.drivername, "url": tracker_url(settings)}


def _write_private(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("# Written by `make run` at every start; not to be edited, not to be committed.\n")
        yaml.safe_dump(content, file)
    os.replace(fresh, path)
    return path

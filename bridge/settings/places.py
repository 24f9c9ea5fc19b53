"""Where things of an installation are: what is not in its own database, its gateway, and where its carts are paid."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from bridge.settings.schema import Settings

DEMO_CART = "/demo/cart/"
"""The page of the gateway that shows a cart of the demo, whose token follows."""

VAR = Path(__file__).resolve().parents[2] / "var"


def state_folder(settings: Settings, default: Path = VAR) -> Path:
    """Return where this installation keeps its files: beside its SQLite database, else `default`."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).resolve().parent
    return default


def tracker_url(settings: Settings) -> str:
    """Return the database in which Rasa keeps its conversations: where TRACKER_URL says, else beside or in ours."""
    if settings.tracker_url:
        return settings.tracker_url
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        return f"sqlite:///{state_folder(settings) / 'rasa.db'}"
    return settings.database_url


def files_folder(settings: Settings) -> Path:
    """Return where the files lie that people sent."""
    named = settings.deployment.files.folder
    return Path(named) if named else state_folder(settings) / "files"


def gateway_url(settings: Settings) -> str:
    """Return where a browser on this machine reaches the gateway."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # read, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def checkout_url(settings: Settings) -> str:
    """Return what the token of a cart is put behind: the shop's own address, in the demo our page; else nothing."""
    named = settings.deployment.shop.checkout_url
    return gateway_url(settings) + DEMO_CART if settings.has_mailbox and not named else named

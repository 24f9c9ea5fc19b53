"""Where an installation keeps what is not in its own database: Rasa's conversations, and the files people sent."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from bridge.settings.schema import Settings

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

"""How long what people said and sent is kept, and which files they may send."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from pydantic import Field, PositiveInt, root_validator, validator

from bridge.settings.part import Part

FileType = Literal["image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf", "text/plain"]


class Retention(Part):
    """Say after how many days without a word something is deleted; what is not named is kept."""

    conversations_days: PositiveInt | None = None
    """From the last event of a conversation; one with open work stays until that is done."""
    files_days: PositiveInt | None = None
    """From the day a file was sent; its conversation goes on naming it."""
    every_minutes: PositiveInt = 10
    """How often the gateway looks for what is due."""
    batch: int = Field(default=50, ge=1, le=1000)
    """Deleted in one go, so that nobody waits long for the database."""


class Scan(Part):
    """Say who looks at a file before it is taken: a command (0: clean, 1: refused) or a web address (204, 406)."""

    command: tuple[str, ...] = ()
    """Program and arguments; the path of the file follows as the last one."""
    url: str | None = None
    """Gets the file as the body of a POST."""
    seconds: float = Field(default=30, gt=0, le=300)
    """A scan that takes longer counts as one that failed: the file is not taken."""

    @validator("url")
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/?#@]+\S*", value):
            raise ValueError("must be an address such as http://scanner:8000/scan, without a password")
        return value

    @root_validator(skip_on_failure=True)
    def _names_one(cls, values: dict[str, object]) -> dict[str, object]:
        if bool(values["command"]) == bool(values["url"]):
            raise ValueError("must name either a command or a url")
        return values


class Files(Part):
    """Say which files people may send; none, unless the deployment allows it."""

    allowed: bool = False
    types: tuple[FileType, ...] = get_args(FileType)
    most_mb: int = Field(default=10, ge=1, le=100)
    per_conversation: PositiveInt = 20
    client_per_minute: PositiveInt = 10
    """By client address."""
    total_mb: PositiveInt = 2048
    """Of all conversations together; beyond it no file is taken."""
    folder: str | None = None
    """Where they lie; beside the SQLite database, or in var/, unless this is set."""
    scan: Scan | None = None

    @property
    def most_bytes(self) -> int:
        """Return the size that a file may have."""
        return self.most_mb * 1024 * 1024

    @property
    def offered(self) -> dict[str, Any]:
        """Return what a chat session tells of files; nothing where none are taken."""
        return {"files": {"types": self.types, "most_bytes": self.most_bytes}} if self.allowed else {}

    @validator("types")
    def _is_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("must name a type; to take no files, leave `allowed` false")
        return value

"""What every part of a deployment file is made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Extra, root_validator


class Part(BaseModel):
    """Take known fields only, and stay as it was read."""

    class Config:
        extra = Extra.forbid
        allow_mutation = False


class Reference(Part):
    """Say where a secret is kept: in a variable of the environment or in a file. The file never holds it itself."""

    env: str | None = None
    file: str | None = None

    @root_validator(skip_on_failure=True)
    def _names_one_place(cls, values: dict[str, Any]) -> dict[str, Any]:
        if bool(values["env"]) == bool(values["file"]):
            raise ValueError("must be {env: NAME} or {file: PATH}")
        return values


def never_literal(value: object) -> object:
    """Refuse a secret that stands where its reference should."""
    if value is not None and not isinstance(value, (dict, Reference)):
        raise ValueError("must be {env: NAME} or {file: PATH}, never the value itself: it is a secret")
    return value

"""Read a YAML file and remember on which line everything stood, so that an error can say where to look."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bridge.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[Hashable, ...]


@dataclass(frozen=True)
class Marked:
    """Hold what a file says, and on which line; `name` is how errors call the file."""

    name: str
    content: dict[str, Any]
    lines: dict[Place, int]

    def at(self, *place: Hashable) -> str:
        """Name a place: file, line and field; of a field that is not there, the line of what should hold it."""
        found = next((self.lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self.lines), 1)
        field = ".".join(map(str, place))
        return f"{self.name}:{found}: {field}" if field else f"{self.name}:{found}"


def read(path: Path) -> Marked:
    """Return what a file says.

    Raises:
        SettingsError: it cannot be read, is no YAML, says something twice, or holds no fields.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Place, int] = {}
        if node is not None:
            _note(str(path), node, (), lines)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not YAML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: an anchor holds itself") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: must hold fields, not {type(content).__name__}")
    if strange := [key for key in content if not isinstance(key, str)]:
        raise SettingsError(f"{path}: {strange[0]!r}: a field must have a name")
    return Marked(str(path), content, lines)


def checked(model: type[Model], marked: Marked) -> Model:
    """Return the model that a file describes.

    Raises:
        SettingsError: one line for each thing that is wrong: file, line, field, and what was perhaps meant.
    """
    try:
        return model(**marked.content)
    except ValidationError as error:
        wrong = [f"{marked.at(*one['loc'])}: {one['msg']}{_meant(model, one)}" for one in error.errors()]
        raise SettingsError("\n".join(wrong)) from None


def did_you_mean(word: object, known: Sequence[str]) -> str:
    """Return the end of a sentence about a word that is not known."""
    near = get_close_matches(str(word), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known)) or 'none'}"


def _note(name: str, node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            _note(name, value, (*place, position), lines)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value if isinstance(key.value, str) else str(key.value))
            if inner in lines:
                raise SettingsError(f"{name}:{key.start_mark.line + 1}: {'.'.join(map(str, inner))}: is there twice")
            lines[inner] = key.start_mark.line + 1
            _note(name, value, inner, lines)


def _meant(model: type[BaseModel], error: Any) -> str:
    if error["type"] != "value_error.extra":
        return ""
    here: Any = model
    for part in error["loc"][:-1]:
        field = getattr(here, "__fields__", {}).get(part)
        here = here if field is None else field.type_
    return did_you_mean(error["loc"][-1], list(getattr(here, "__fields__", {})))

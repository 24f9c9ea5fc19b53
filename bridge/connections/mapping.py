"""The vendor's words for ours and ours for theirs: the adapter's mapping.yml, under what a deployment says instead.

A mapping.yml holds sections by domain. In `statuses` the vendor's word leads to ours, elsewhere ours to theirs:

    helpdesk:
      statuses: {hold: hold, on-hold: hold}     theirs: one of TicketStatus
      priorities: {normal: normal}              one of Priority: theirs
      teams: {}                                 team of the deployment: the vendor's id
      fields: {order_number: ""}                field of ours: the vendor's id or name, empty where it is not used

A deployment may add statuses and teams; in other sections it may only change what the adapter's file lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from bridge.errors import SettingsError
from bridge.model.commerce import OrderStatus
from bridge.model.helpdesk import Priority, TicketStatus
from bridge.settings.marked import did_you_mean, read

Ours = TypeVar("Ours", bound=Enum)
Sections = dict[str, dict[str, str]]
At = Callable[..., str]
"""Names a place for an error."""

OPEN_SECTIONS = ("statuses", "teams")
STATUSES: dict[str, type[Enum]] = {"commerce": OrderStatus, "helpdesk": TicketStatus}


class Words:
    """Translate between the vendor's words and ours in one domain."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections

    def ours(self, section: str, theirs: str, kind: type[Ours], unknown: Ours) -> Ours:
        """Return our word for a vendor's word; statuses are looked up by it, other sections backwards."""
        words = self._sections.get(section, {})
        if section == "statuses":
            found = words.get(theirs.lower())
        else:
            found = next((ours for ours, word in words.items() if word == theirs), None)
        return unknown if found is None else kind(found)

    def theirs(self, section: str, ours: str | Enum, default: str = "") -> str:
        """Return the vendor's word for ours, which is not for `statuses`; empty where there is none."""
        key = str(ours.value if isinstance(ours, Enum) else ours)
        return self._sections.get(section, {}).get(key, default)

    def section(self, name: str) -> Mapping[str, str]:
        """Return a whole section."""
        return self._sections.get(name, {})


def words_of(folder: Path, overrides: Mapping[str, Mapping[str, Mapping[str, Any]]], at: At) -> dict[str, Words]:
    """Return the words of an adapter by domain.

    Args:
        folder: the adapter's.
        overrides: the deployment's; `at` names a place in them.

    Raises:
        SettingsError: something is not a word that can stand there; says where, and what was perhaps meant.
    """
    path = folder / "mapping.yml"
    if not path.exists():
        if overrides:
            raise SettingsError(f"{at()}: this adapter has no words to change")
        return {}
    source = read(path)
    own: dict[str, Sections] = {
        domain: _sections(domain, sections, _Places(source.at, domain)) for domain, sections in source.content.items()
    }
    for domain, sections in overrides.items():
        if domain not in own:
            raise SettingsError(f"{at(domain)}: is no domain of this adapter{did_you_mean(domain, list(own))}")
        places = _Places(at, domain)
        for name, words in _sections(domain, sections, places).items():
            _merge(own[domain], name, words, places)
    return {domain: Words(sections) for domain, sections in own.items()}


class _Places:
    """Name places inside one domain."""

    def __init__(self, at: At, domain: str) -> None:
        self._at = at
        self._domain = domain

    def wrong(self, what: str, *place: str) -> SettingsError:
        return SettingsError(f"{self._at(self._domain, *place)}: {what}")


def _merge(own: Sections, name: str, words: dict[str, str], places: _Places) -> None:
    if name not in own:
        raise places.wrong(f"is no section of this adapter{did_you_mean(name, list(own))}", name)
    known = own[name]
    for word in words:
        if name not in OPEN_SECTIONS and word not in known:
            raise places.wrong(f"is nothing that this adapter maps{did_you_mean(word, list(known))}", name, word)
    known.update(words)


def _sections(domain: str, sections: Any, places: _Places) -> Sections:
    if not isinstance(sections, Mapping):
        raise places.wrong("must hold sections")
    return {str(name): _words(domain, str(name), words, places) for name, words in sections.items()}


def _words(domain: str, name: str, words: Any, places: _Places) -> dict[str, str]:
    if not isinstance(words, Mapping):
        raise places.wrong("must be words and what they lead to", name)
    found = {}
    for word, value in words.items():
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise places.wrong("must be a word or a number; quote yes, no, on and off", name, str(word))
        found[str(word).lower() if name == "statuses" else str(word)] = str(value)
    for word, value in found.items():
        _check(domain, name, word, value, places)
    return found


def _check(domain: str, name: str, word: str, value: str, places: _Places) -> None:
    if name == "statuses" and domain in STATUSES:
        allowed = [one.value for one in STATUSES[domain]]
        if value not in allowed:
            raise places.wrong(f"{value!r} is no status of ours{did_you_mean(value, allowed)}", name, word)
    if name == "priorities":
        allowed = [one.value for one in Priority]
        if word not in allowed:
            raise places.wrong(f"is no priority of ours{did_you_mean(word, allowed)}", name, word)

"""Misspell training lines as hurried thumbs do, so that the model has seen its words that way too."""

from __future__ import annotations

import random
import re

_WORD = re.compile(r"[A-Za-z]{4,}")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {
    key: [row[at + step] for step in (-1, 1) if 0 <= at + step < len(row)]
    for row in _KEYS
    for at, key in enumerate(row)
}


def misspelled(line: str, seed: int = 1) -> str:
    """Return a line with about a third of its longer words misspelled; the same seed gives the same line."""
    chance = random.Random(f"{seed} {line}")
    words = list(_WORD.finditer(line))
    if not words:
        return line
    chosen = chance.sample(words, max(1, len(words) // 3))
    for match in sorted(chosen, key=lambda one: -one.start()):
        line = line[: match.start()] + _slip(match.group(), chance) + line[match.end() :]
    return line


def _slip(word: str, chance: random.Random) -> str:
    """Swap two letters, lose one, double one, or hit the key beside it; the first letter is nearly always right."""
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[: at + 1] + word[at] + word[at + 1 :]
    return word[:at] + chance.choice(_NEAR[word[at].lower()]) + word[at + 1 :]

"""Make a typed message safe to store and to hand to Rasa: nothing invisible leads it, and no slash."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2_000

# Letters by category, yet nothing is seen of them: fillers and the braille blank.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Marks that only modify a neighbour: joiners and variation selectors; alone they show nothing.
_MODIFIERS = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def clean(text: str) -> str:
    """Return the message without what must not be stored and without a leading command; perhaps nothing is left.

    Rasa takes a message for a command if it starts with a slash once Unicode spaces are stripped. Here go all leading
    spaces, control, zero-width and bidirectional characters and slashes, in whatever order they are mixed.
    """
    kept = "".join(char for char in text if char != "\0" and not "\ud800" <= char <= "\udfff")
    start = 0
    while start < len(kept) and (kept[start] == "/" or _is_invisible(kept[start])):
        start += 1
    kept = kept[start:].rstrip()
    return kept if any(_is_visible(char) for char in kept) else ""


def _is_invisible(char: str) -> bool:
    # Z*: separators; Cc, Cf: control and format; Co and Cn have no agreed form and stay.
    return char.isspace() or unicodedata.category(char) in {"Zs", "Zl", "Zp", "Cc", "Cf"}


def _is_visible(char: str) -> bool:
    return not (_is_invisible(char) or char in _BLANKS or _MODIFIERS.match(char))

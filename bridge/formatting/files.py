"""Tell the type of a file by its content, and make its name safe to show and to give out."""

from __future__ import annotations

import unicodedata

LONGEST = 100
"""Characters of a name."""

_MARKS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".log", ".csv", ".md"),
}
"""By type: the endings that a name may keep; the first is given to a name with another one."""


def type_of(head: bytes) -> str | None:
    """Return the type that the first bytes of a file show, or None for one that we do not know."""
    for mark, found in _MARKS:
        if head.startswith(mark):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if _is_text(head) else None


def clean_name(name: str, type_: str) -> str:
    """Return a file's name without folders and without what cannot be seen, ending as its type does."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    # Bidirectional marks go as well: they make "gpj.exe" out of "exe.jpg".
    shown = "".join(each if each.isprintable() and each not in '<>:"|?*' else " " for each in last)
    shown = " ".join(unicodedata.normalize("NFC", shown).split()).lstrip(". ")
    endings = ENDINGS[type_]
    length = next((len(each) for each in endings if shown.lower().endswith(each)), 0)
    stem, ending = (shown[:-length], shown[-length:]) if length else (shown, endings[0])
    return (stem.rstrip(". ")[: LONGEST - len(ending)].rstrip(". ") or "file") + ending


def _is_text(head: bytes) -> bool:
    if not head or any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":  # where the head ends, it may cut a character
            return False
        text = head[: error.start].decode("utf-8")
    # Text, as it is given out, but what a browser might take for a page is not what anybody needs to send.
    return bool(text) and not text.lstrip("\ufeff \t\r\n").startswith("<")

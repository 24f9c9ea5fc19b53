"""Find what a person says in what they pasted: a whole e-mail thread has one request, and many headers."""

from __future__ import annotations

import re

from components.emoji import worded

_QUOTE = re.compile(r"^\s*(?:>|\|)", re.MULTILINE)
_HEADER = re.compile(
    r"^\s*(?:from|sent|to|cc|date|subject|von|an|betreff|reply-to) ?: ?(.*)$", re.IGNORECASE | re.MULTILINE
)
_SUBJECT = re.compile(r"^\s*(?:subject|betreff) ?: ?(?:(?:re|fw|fwd|aw|wg) ?: ?)*(.*)$", re.IGNORECASE | re.MULTILINE)
_BREAK = re.compile(
    r"^\s*(?:-{2,} ?(?:original message|forwarded message|urspr\w+ nachricht).*|_{8,}|"
    r"on .{6,80} wrote:|am .{6,80} schrieb.{0,60}:)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_FEW = 3


def essence(text: str) -> str:
    """Return the words that a person wrote last in a pasted thread; emoji that stand alone in words; else the text."""
    text = worded(text)
    marks = [match.start() for shape in (_BREAK, _QUOTE) for match in [shape.search(text)] if match]
    headers = list(_HEADER.finditer(text))
    if len(headers) >= 2:
        marks.append(headers[0].start())
    if not marks:
        return text
    own = text[: min(marks)].strip()
    if len(own.split()) >= _FEW:
        return own
    subject = _SUBJECT.search(text)
    body = _BREAK.sub("", _HEADER.sub("", text))
    said = "\n".join(line for line in body.splitlines() if line.strip() and not _QUOTE.match(line))
    whole = " ".join(part for part in (own, subject.group(1) if subject else "", said) if part).strip()
    return whole or text

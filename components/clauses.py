"""Cut a message where a second wish may begin. Only words are looked at; whether it is a wish, the model says."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST = 5
"""Places that are looked at; each costs two more short texts in the encoder."""
LONGEST = 400
"""Characters of a message that is looked at; what is longer is a story, or pasted."""

_ADDED = r"(?:also|plus|besides|additionally|btw|by the way|another thing|one more thing|one other thing|oh|as well)"
_JOINED = r"(?:and|n|but|then|so)"
_BREAK = re.compile(
    rf"(?P<end>[.?!;]+[\s\"')]*\s|\n+|,\s*|\s+[-\u2013\u2014]+\s+)?\s*"
    rf"(?P<joint>(?:\b(?:{_JOINED}|{_ADDED}|before that|after that|in the meantime)\b|(?<=\s)[&+](?=\s))[\s,:-]*)*",
    re.IGNORECASE,
)
_STRONG = re.compile(rf"\b{_ADDED}\b", re.IGNORECASE)
_CONJUNCTION = re.compile(rf"\b{_JOINED}\b|[&+]", re.IGNORECASE)
_UNFINISHED = re.compile(
    r"(?:\b(?:i|we|you|it|he|she|they|that|this|to|is|are|was|were|be|has|have|had|do|does|did|can|could|would|should|will|"
    r"not|but)|'\w{1,2})$",
    re.IGNORECASE,
)
_MEANT_AS_WELL = re.compile(r"\b(?:also|too|as well)\b", re.IGNORECASE)
_COURTESY = (
    r"(?:(?:please|pls|plz|kindly|hi|hello|hey|there|thanks|thank you|thx|ok|okay|so|just|now|i was wondering(?: if)?|"
    r"and|also|maybe|sorry|quick question|excuse me)[\s,.!:-]+)*"
)
_QUESTION = (
    r"(?:wh(?:ere|at|en|ich|o|y)(?:'?s|'re|'ll)?|how(?:'s)?|can|could|would|will|may|should|"
    r"(?:do|does|did|is|are|was|has|have|had) (?!it (?:sent|done|fixed))\w+|any (?:news|chance|update|idea))\b"
)
_DESIRE = (
    r"(?:i|we)(?:'d|'m|'ll)?\s+(?:(?:also|just|really|still)\s+)*"
    r"(?:want|wanna|need|would (?:also )?like|like to|(?:would )?love|wish|have to|must|am trying|trying|"
    r"am looking|looking for|forgot)\b|(?:id|i'd) (?:also )?like\b|let me\b|need (?:a|an|to|my|the)\b"
)
_ORDER = (
    r"(?:cancel|cancle|stop|return|refund|exchange|swap|change|update|correct|track|check|look up|find|show|search|"
    r"tell|give|send|resend|get|open|create|close|delete|remove|erase|unsubscribe|subscribe|take me|add|put|"
    r"write|reset|connect|transfer|talk|speak|call|help|buy|reserve|explain|list|"
    r"order \W?\d+ (?:should|needs?|must|has to))\b"
)
_REQUEST = re.compile(rf"^\W*{_COURTESY}(?:{_QUESTION}|{_DESIRE}|{_ORDER})", re.IGNORECASE)


@dataclass(frozen=True)
class Cut:
    """Hold one place to cut at.

    Attributes:
        end: where the part before it ends.
        start: where the part after it begins.
        stop: where that part's own clause ends.
        strong: what joins them announces another matter ("also", "by the way").
    """

    end: int
    start: int
    stop: int
    strong: bool

    def parts(self, text: str) -> tuple[str, str]:
        """Return all that stands before the cut, and the clause after it."""
        return text[: self.end], text[self.start : self.stop]


def cuts(text: str) -> list[Cut]:
    """Return the places where a clause ends and a request may begin, in order; nearly always there are none."""
    if len(text) > LONGEST:
        return []
    found = []
    for match in _BREAK.finditer(text):
        end, joint = match.group("end"), match.group("joint")
        rest = text[match.end() :]
        if not match.start() or not rest or not (end or joint):
            continue
        strong = bool(_STRONG.search(match.group()))
        parted = bool(end or _CONJUNCTION.search(match.group()))
        if not parted and _UNFINISHED.search(text[: match.start()]):
            continue  # "i also want": no new clause begins there
        if not (is_request(rest) or (strong and parted)):
            continue
        if found and match.start() <= found[-1][1]:  # nothing stands between: one place
            end_before, _, strong_before = found.pop()
            found.append((end_before, match.end(), strong or strong_before))
        else:
            found.append((match.start(), match.end(), strong))
    return [_cut(text, found, at) for at in range(len(found))][:MOST]


def _cut(text: str, found: list[tuple[int, int, bool]], at: int) -> Cut:
    end, start, strong = found[at]
    stop = found[at + 1][0] if at + 1 < len(found) else len(text)
    own = text[start:stop]
    return Cut(end, start, stop, strong or bool(_MEANT_AS_WELL.search(own)))


def is_request(clause: str) -> bool:
    """Tell whether a clause asks for something in so many words, rather than telling how things are."""
    return bool(_REQUEST.match(clause))


def has_request(text: str) -> bool:
    """Tell whether any clause of a text asks for something."""
    return is_request(text) or any(is_request(text[cut.start :]) for cut in cuts(text))

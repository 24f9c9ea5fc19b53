"""Hide card numbers, passwords and keys in a message before it is stored, logged or read by anything.

Tracking numbers are digits too, and one in ten passes the Luhn check: a card needs an issuer's prefix and length as
well. The text around what is hidden stays, so that the assistant still understands the message.
"""

from __future__ import annotations

import re
from itertools import product

# (first digits from, to, lengths): the ranges that the issuers publish.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("6011", "6011", frozenset(range(16, 20))),  # Discover
    ("644", "649", frozenset(range(16, 20))),
    ("65", "65", frozenset(range(16, 20))),
    ("62", "62", frozenset(range(16, 20))),  # UnionPay
    ("300", "305", frozenset({14})),  # Diners Club
    ("3095", "3095", frozenset({14})),
    ("36", "36", frozenset({14})),
    ("38", "39", frozenset({14})),
    ("3528", "3589", frozenset(range(16, 20))),  # JCB
    ("2200", "2204", frozenset(range(16, 20))),  # Mir
    ("5018", "5018", frozenset(range(12, 20))),  # Maestro
    ("5020", "5020", frozenset(range(12, 20))),
    ("5038", "5038", frozenset(range(12, 20))),
    ("5893", "5893", frozenset(range(12, 20))),
    ("6304", "6304", frozenset(range(12, 20))),
    ("6759", "6763", frozenset(range(12, 20))),
)
# How people group the digits of a card when they write it out.
_GROUPINGS = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (4, 4, 5)}
_MOST_GROUPS = max(map(len, _GROUPINGS))

# Between two digits: one visible separator at most, and any number of characters that nobody sees.
_UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]*"
_GAP = rf"{_UNSEEN}(?:[ \t\u00a0\u2009\u202f._\u2010-\u2015-]{_UNSEEN})?"
_DIGITS = re.compile(rf"\d(?:{_GAP}\d){{11,}}")
_GROUP = re.compile(r"\d+")
# Letters right before the digits make them part of a code (1Z... is a parcel), except for these words.
_CARD_WORDS = re.compile(r"(?:card|visa|mastercard|amex|number|cc|nr|no)\Z", re.IGNORECASE)

_KEYS = re.compile(
    r"""
      -----BEGIN[ A-Z]*PRIVATE[ ]KEY-----.*?(?:-----END[ A-Z]*PRIVATE[ ]KEY-----|\Z)
    | \b(?:
        (?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{8,}      # Stripe
      | sk-[0-9A-Za-z_-]{20,}                           # OpenAI, Anthropic
      | gh[pousr]_[0-9A-Za-z]{16,}                      # GitHub
      | github_pat_[0-9A-Za-z_]{16,}
      | glpat-[0-9A-Za-z_-]{16,}                        # GitLab
      | (?:AKIA|ASIA)[0-9A-Z]{12,}                      # AWS
      | AIza[0-9A-Za-z_-]{30,}                          # Google
      | xox[abeoprs]-[0-9A-Za-z-]{8,}                   # Slack
      | shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{16,}             # Shopify
      | SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}      # SendGrid
      | whsec_[0-9A-Za-z+/=]{16,}                       # webhook signatures
      | npm_[0-9A-Za-z]{20,}
      | hf_[0-9A-Za-z]{20,}                             # Hugging Face
      | eyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*  # JSON web tokens
    )
    """,
    re.VERBOSE | re.DOTALL,
)

_SECRET = re.compile(
    r"""
    \b(?P<word>
        pass(?:word|code|phrase|wort)s? | passwd | pwd | kennwort | mot[ ]de[ ]passe | contraseña | senha
      | pin(?:[ -]?(?:code|number))? | cvv2? | cvc2? | security[ ]code
    )\b
    (?P<link>\s*[:=]\s*(?:is\b\s*)?|\s+(?:is|was|ist|war|est|es|é)\b\s*[:=]?\s*|\s+)
    (?P<secret>"[^"\n]+"|'[^'\n]+'|“[^”\n]+”|\S+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What often follows "my password is" without being one.
_PLAIN = frozenset(
    {
        "a",
        "again",
        "all",
        "already",
        "also",
        "always",
        "an",
        "and",
        "being",
        "blocked",
        "broken",
        "by",
        "case",
        "changed",
        "correct",
        "different",
        "disabled",
        "empty",
        "expired",
        "for",
        "forgotten",
        "gone",
        "hidden",
        "in",
        "incorrect",
        "invalid",
        "just",
        "locked",
        "lost",
        "missing",
        "my",
        "never",
        "no",
        "not",
        "now",
        "old",
        "out",
        "please",
        "rejected",
        "reset",
        "right",
        "safe",
        "same",
        "so",
        "still",
        "stolen",
        "that",
        "the",
        "there",
        "this",
        "to",
        "too",
        "unknown",
        "very",
        "what",
        "wrong",
        "working",
    }
)


def mask(text: str, hidden: str) -> str:
    """Return the text with every card number, password and key replaced by `hidden`."""
    text = _KEYS.sub(lambda _: hidden, text)
    text = _mask_runs(text, hidden)
    return _SECRET.sub(lambda match: _mask_secret(match, hidden), text)


def _mask_cards(match: re.Match[str], hidden: str) -> str:
    run = match.group()
    groups = list(_GROUP.finditer(run))
    before = match.string[: match.start()]
    if before[-1:].isalpha() and not _CARD_WORDS.search(before):
        # The first digits belong to the code before them; what stands apart may still be a card.
        return groups[0].group() + _mask_runs(run[groups[0].end() :], hidden)
    if _is_card("".join(group.group() for group in groups)):
        return hidden
    # An order number may stand right before the card, a date or another card right after it.
    for first, size in product(range(len(groups)), range(1, _MOST_GROUPS + 1)):
        window = groups[first : first + size]
        shape = tuple(group.end() - group.start() for group in window)
        if (size == 1 or shape in _GROUPINGS) and _is_card("".join(group.group() for group in window)):
            return run[: window[0].start()] + hidden + _mask_runs(run[window[-1].end() :], hidden)
    return run


def _mask_runs(text: str, hidden: str) -> str:
    return _DIGITS.sub(lambda match: _mask_cards(match, hidden), text)


def _is_card(digits: str) -> bool:
    plain = "".join(str(int(digit)) for digit in digits)
    return any(len(plain) in lengths and low <= plain[: len(low)] <= high for low, high, lengths in _ISSUERS) and _luhn(
        plain
    )


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mask_secret(match: re.Match[str], hidden: str) -> str:
    secret = match["secret"]
    said_to_be = match["link"].strip() != ""
    looks_secret = any(char.isdigit() for char in secret)
    if secret == hidden or not (looks_secret or said_to_be):
        return match.group()
    core = secret.strip("\"'“”.,;!?…").casefold()
    if core in _PLAIN and ":" not in match["link"] and "=" not in match["link"]:
        return match.group()
    # The sentence goes on after the secret: a full stop or comma at its end is not part of it, or costs nothing.
    tail = secret[len(secret.rstrip(".,;!?")) :]
    return f"{match['word']}{match['link']}{hidden}{tail}"

"""Say in words what emoji say: the encoder knows none of them, and some messages consist of nothing else."""

from __future__ import annotations

_MEANING = {
    "yes": "\U0001f44d\U0001f44c\u2705\u2714\U0001f197",
    "no": "\U0001f44e\u274c\U0001f645",
    "thanks": "\U0001f64f\u2764\U0001f60d\U0001f970\U0001f389",
    "hello": "\U0001f44b",
    "i am angry, this is terrible": "\U0001f620\U0001f621\U0001f92c\U0001f624\U0001f595",
    "i am not happy": "\U0001f622\U0001f62d\U0001f61e\U0001f614\U0001f641\u2639\U0001f612\U0001f644",
    "i don't know": "\U0001f937",
    "help": "\U0001f198",
}
_WORDS = {ord(sign): f" {words} " for words, signs in _MEANING.items() for sign in signs}


def worded(text: str) -> str:
    """Return a text without any words of its own with each kind of emoji said once; any other text as it is.

    In a sentence they add mood, not meaning: "where is my order \U0001f621" still asks where it is.
    """
    if any(map(str.isalnum, text)):
        return text
    said = dict.fromkeys(_WORDS[ord(sign)].strip() for sign in text if ord(sign) in _WORDS)
    return ", ".join(said) or text

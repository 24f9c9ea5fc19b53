"""Whatever people type, Rasa never sees a command, and nothing visible is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.chat.words import clean

LEADING = st.text(st.sampled_from("/ \t\n\u00a0\u2003\u200b\u200f\u202e\u2066\ufeff\x00\x1b\x85\u2028"), max_size=12)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("/restart", "restart"),
        ("\u00a0/restart", "restart"),
        ("/ /\u200b/\u202e/restart", "restart"),
        ("\ud83d/restart", "restart"),
        ("/EXTERNAL_x{}", "EXTERNAL_x{}"),
        ("  hello \n", "hello"),
        ("and/or", "and/or"),
        ("a\0b", "ab"),
        ("a\udc80b", "ab"),
        ("שלום עולם", "שלום עולם"),
        ("\u200fمرحبا بك", "مرحبا بك"),  # noqa: RUF001  # the letters are meant
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("'; DROP TABLE inbox; --", "'; DROP TABLE inbox; --"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "///", "\0", "\u200b\u200d", "\u202e\u2066", "\x07\x1b", "\ufe0f", "\u3164", "\u2800", "\ud800"]
)
def test_nothing_visible_is_nothing(typed: str) -> None:
    assert clean(typed) == ""


@given(LEADING, st.text(max_size=40))
def test_no_slash_leads_once_rasa_has_stripped(leading: str, rest: str) -> None:
    kept = clean(leading + rest)
    assert not kept.strip().startswith("/")
    assert kept == kept.strip()
    assert clean(kept) == kept


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Lo", "So")), max_size=40))
def test_visible_text_is_kept_whole(text: str) -> None:
    assert clean("x" + text + "x") == "x" + text + "x"


@given(st.text(max_size=60))
def test_nothing_is_kept_that_cannot_be_stored(text: str) -> None:
    kept = clean(text)
    kept.encode("utf-8")
    assert "\0" not in kept
    assert not kept or unicodedata.category(kept[0]) not in {"Cc", "Cf", "Zs"}

"""A file is what its content says, and its name is safe to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.formatting.files import ENDINGS, LONGEST, clean_name, type_of


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVE", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"Hello,\r\n\tworld", "text/plain"),
        ("Grüße, שלום".encode(), "text/plain"),
        (("a" * 65535 + "ü").encode()[:65536], "text/plain"),
        ("Grüße".encode("latin-1"), None),
        (b"MZ\x90\0", None),
        (b"PK\x03\x04", None),
        (b"\x1b[2J", None),
        (b"<!doctype html>", None),
        ("\ufeff \n<svg>".encode(), None),
        (b"", None),
    ],
)
def test_a_type_is_told_by_the_content(head: bytes, found: str | None) -> None:
    assert type_of(head) == found


@pytest.mark.parametrize(
    ("name", "type_", "clean"),
    [
        ("photo.png", "image/png", "photo.png"),
        ("PHOTO.JPEG", "image/jpeg", "PHOTO.JPEG"),
        ("C:\\Users\\me\\my photo.jpg", "image/jpeg", "my photo.jpg"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.exe.pdf"),
        ("ann\u202egpj.exe", "image/png", "ann gpj.exe.png"),
        ("a\r\nSet-Cookie: x.png", "image/png", "a Set-Cookie x.png"),
        ("שלום.pdf", "application/pdf", "שלום.pdf"),
        ("...", "image/gif", "file.gif"),
        ("", "image/webp", "file.webp"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("x" * 300 + ".png", "image/png", "x" * (LONGEST - 4) + ".png"),
    ],
)
def test_a_name_is_cleaned_and_ends_as_its_type_does(name: str, type_: str, clean: str) -> None:
    assert clean_name(name, type_) == clean


@given(st.text(), st.sampled_from(sorted(ENDINGS)))
def test_no_name_leads_anywhere(name: str, type_: str) -> None:
    clean = clean_name(name, type_)
    assert clean.isprintable()
    assert not set(clean) & set('/\\<>:"|?*\r\n\0')
    assert 0 < len(clean) <= LONGEST
    assert not clean.startswith((".", " "))
    assert clean.lower().endswith(ENDINGS[type_])
    assert clean_name(clean, type_) == clean


@given(st.binary())
def test_any_content_is_of_a_known_type_or_of_none(head: bytes) -> None:
    assert type_of(head) in (*ENDINGS, None)

"""Why a write was refused, in words for people; never in the system's own."""

from __future__ import annotations

import pytest

from bridge.errors import BridgeError, CredentialsError, InvalidError, OutcomeUnknownError, UnavailableError
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS, why
from bridge.usecases.sales import FIELDS
from bridge.usecases.tickets import COMMENT_FIELDS, NEW_FIELDS

SPEECH = Speech("en_US", "UTC")


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_has_words_of_our_own(kind: type[BridgeError]) -> None:
    error = InvalidError("x", "ann@example.test") if kind is InvalidError else kind("ann@example.test")
    assert why(SPEECH, error).startswith(", because ")
    assert "ann" not in why(SPEECH, error)


@pytest.mark.parametrize("error", [None, UnavailableError("x"), OutcomeUnknownError("x"), CredentialsError("x")])
def test_what_is_no_refusal_has_none(error: BridgeError | None) -> None:
    assert why(SPEECH, error) == ""


@pytest.mark.parametrize("field", sorted({**NEW_FIELDS, **COMMENT_FIELDS, **FIELDS}))
def test_every_field_that_is_asked_anew_has_a_name(field: str) -> None:
    assert why(SPEECH, InvalidError(field, "x")) != why(SPEECH, InvalidError("custom_17", "x"))

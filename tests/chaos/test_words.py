"""What the bot says is recognised by its response."""

from __future__ import annotations

import pytest

from tests.chaos import judge, talker
from tests.chaos.words import NOTHING, recognise
from tests.support.frontdesk import DOMAIN


@pytest.mark.parametrize("response", sorted({*judge.CREATED, *judge.KEPT, *talker.CONFIRMATIONS}))
def test_what_counts_is_recognised(response: str) -> None:
    (given,) = DOMAIN["responses"][response]
    values = {name: f"some-{name}" for name in ("ticket", "email", "answer", "description", "comment", "interest")}
    values |= {"about_order": "", "priority": "urgent"}
    said = recognise(given["text"].format_map(values))
    assert said.response == response
    assert said.values == {name: values[name] for name in said.values}


def test_what_is_no_response_is_nothing() -> None:
    assert recognise("I hope you are well.") == NOTHING

"""A conversation that is deleted leaves nothing in Rasa's own database, which Rasa itself has written."""

from __future__ import annotations

import pytest

from tests.support.rasa_table import rows_of
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow


def test_nothing_of_it_stays_with_rasa(stack: Stack, chat: Chat) -> None:
    other = stack.chat()
    rasa = f"sqlite:///{stack.folder / 'rasa.db'}"
    for each in (chat, other):
        each.say("do you have blue t-shirts")
        assert rows_of(rasa, each.conversation) > 0
    chat.erase()
    assert rows_of(rasa, chat.conversation) == 0
    assert rows_of(rasa, other.conversation) > 0

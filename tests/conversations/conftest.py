"""A new conversation for every test."""

from __future__ import annotations

import pytest

from tests.support.stack import Chat, Stack


@pytest.fixture
def chat(stack: Stack) -> Chat:
    """Open a new conversation."""
    return stack.chat()

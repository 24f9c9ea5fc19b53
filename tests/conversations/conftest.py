"""One running assistant for the conversations that only talk; those that kill processes start their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stack import Chat, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the real three processes."""
    running = Stack(tmp_path_factory.mktemp("stack"))
    running.start()
    yield running
    assert running.stop() == 0, running.output


@pytest.fixture
def chat(stack: Stack) -> Chat:
    """Open a new conversation."""
    return stack.chat()

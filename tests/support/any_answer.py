"""Whatever a server may answer: every operation of an adapter has to end in a value or in an error of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.transport.reply import Reply
from bridge.transport.wire import Request, Wire

STATUSES = (200, 200, 200, 201, 400, 404, 409, 422)


def survives(adapter: Any, calls: Mapping[str, Callable[[Any], object]], answers: st.SearchStrategy[Any]) -> None:
    """Let each call meet JSON of any kind.

    Args:
        calls: one for each operation (bridge/testing).
    """

    @given(answers=st.lists(answers, min_size=1, max_size=3), status=st.sampled_from(STATUSES))
    @settings(max_examples=50)  # each of them is met by every operation
    def met(answers: list[Any], status: int) -> None:
        for name, call in calls.items():
            with _saying(answers, status) as asked, suppress(BridgeError):
                call(adapter)
            assert asked, f"{name} asked nothing"

    met()


@contextmanager
def _saying(answers: Sequence[Any], status: int) -> Iterator[list[str]]:
    """Answer these in turn to every request, and the status to those that write; wishes for a token are fulfilled."""
    asked: list[str] = []

    def exchange(_self: Wire, request: Request, *_: Any) -> Reply:
        is_for_token = "oauth" in request.what
        answer = {"access_token": "t"} if is_for_token else answers[len(asked) % len(answers)]
        if not is_for_token:
            asked.append(request.what)
        code = status if request.writes and not is_for_token else 200
        body = json.dumps(answer).encode()
        return Reply(request.what, "http://127.0.0.1", code, {}, body, writes=request.writes)

    with mock.patch.object(Wire, "exchange", exchange):
        yield asked

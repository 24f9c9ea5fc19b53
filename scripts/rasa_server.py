"""Start `rasa run` with the API token where `ps` cannot show it, each message's name in its log, and less to look up.

Usage: python -m scripts.rasa_server (what `rasa run` takes)
Rasa takes its token on the command line only, which every user of the machine can read; sys.argv they cannot. And its
log lines name no message, so the gateway sends the name along in a header.
"""

from __future__ import annotations

import functools
import logging
import re
import runpy
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog

from bridge.conversation.turns import CORRELATION_HEADER
from bridge.settings import load

_NAME = re.compile(r"message-\d{1,19}")
_CURRENT: ContextVar[str] = ContextVar("frontdesk_correlation", default="")


async def name_turn(request: Any) -> None:
    """Let all that is logged while a request is served carry the name of its message, if it has one."""
    given = request.headers.get(CORRELATION_HEADER, "")
    name = given if _NAME.fullmatch(given) else ""
    _CURRENT.set(name)
    structlog.contextvars.clear_contextvars()
    if name:
        structlog.contextvars.bind_contextvars(correlation=name)


def name_records() -> None:
    """Put the name in front of lines of the standard library's loggers; structlog's have it as a field."""
    make = logging.getLogRecordFactory()

    def named(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        name = _CURRENT.get()
        if name and isinstance(record.msg, str) and name not in record.msg:
            record.msg = f"{name}: {record.msg}"
        return record

    logging.setLogRecordFactory(named)


def naming(create_app: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes Rasa's application, with `name_turn` in front of every request."""

    def create(*args: Any, **kwargs: Any) -> Any:
        app = create_app(*args, **kwargs)
        app.register_middleware(name_turn, "request")
        return app

    return create


def remember_kinds(event: Any) -> None:
    """Let Rasa look each kind of event up once.

    It walks the whole tree of event classes for every stored event of every tracker it reads: 14 % of the processor
    time of a Rasa in conversation (docs/reference/performance.md). All classes are there once it is imported.
    """
    event.resolve_by_type = staticmethod(functools.lru_cache(maxsize=None)(event.resolve_by_type))


def check_answers_once(remote_action: Any) -> None:
    """Let Rasa check what an action answered, and not each time whether the schema of answers is a schema.

    Its own check still says what is wrong with an answer that is.
    """
    from jsonschema.validators import validator_for  # noqa: PLC0415  # only Rasa's process has a use for it

    schema, complain = remote_action.action_response_format_spec(), remote_action._validate_action_result
    validator = validator_for(schema)(schema)

    def check(action: Any, result: dict[str, Any]) -> bool:
        return validator.is_valid(result) or bool(complain(action, result))

    remote_action._validate_action_result = check


def main() -> None:
    """Become Rasa."""
    sys.argv = ["rasa", "run", *sys.argv[1:], "--enable-api", "--auth-token", load().internal_secret]
    import rasa.core.actions.action  # noqa: PLC0415  # takes seconds, and tests of the above need none of it
    import rasa.core.processor  # noqa: PLC0415  # the same
    import rasa.server  # noqa: PLC0415  # the same
    import rasa.shared.core.events  # noqa: PLC0415  # the same

    from components.runner import DirectGraphRunner  # noqa: PLC0415  # imports Rasa

    # No hook of Rasa's gives us its application before it serves; this release is its last, so this stays true.
    rasa.server.create_app = naming(rasa.server.create_app)
    remember_kinds(rasa.shared.core.events.Event)
    check_answers_once(rasa.core.actions.action.RemoteAction)
    rasa.core.processor.DaskGraphRunner = DirectGraphRunner
    name_records()
    runpy.run_module("rasa", run_name="__main__")


if __name__ == "__main__":
    main()

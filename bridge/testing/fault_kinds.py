"""Every way a backend fails, as the caller of a port sees it: an error of bridge/errors.py, or time that passes.

There is no wire here. The faults of `ON_THE_WIRE` are told apart by an HTTP transport only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bridge import errors


class Clock(Protocol):
    """Pass the time."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


@dataclass(frozen=True)
class Attempt:
    """Hold one call that a fault befalls."""

    do: Callable[[], Any]
    is_write: bool
    clock: Clock
    number: float
    """What stands behind the colon, or the fault's own default."""

    def lost(self, what: str) -> errors.UnavailableError:
        """Return what a caller knows whose reply never came: of a read nothing, of a write not even whether it was."""
        return errors.OutcomeUnknownError(what) if self.is_write else errors.UnavailableError(what)


@dataclass(frozen=True)
class Fault:
    """Hold one way to fail.

    Args:
        seen: what the caller of the port meets, in words.
        act: makes it so.
        number: what it takes behind a colon unless given, None where it takes nothing.
        writes: a write has happened all the same.
    """

    seen: str
    act: Callable[[Attempt], Any]
    number: float | None = None
    writes: bool = False


def _raise(make: Callable[[Attempt], Exception]) -> Callable[[Attempt], Any]:
    def act(attempt: Attempt) -> Any:
        raise make(attempt)

    return act


def _raise_afterwards(make: Callable[[Attempt], Exception]) -> Callable[[Attempt], Any]:
    """Let the system do what was asked, and the caller not learn it."""

    def act(attempt: Attempt) -> Any:
        attempt.do()
        raise make(attempt)

    return act


def _delay(attempt: Attempt) -> Any:
    attempt.clock.sleep(attempt.number)
    return attempt.do()


def _hang(attempt: Attempt) -> Any:
    attempt.clock.sleep(attempt.number)
    raise attempt.lost("hung, and then broke off")


def _drip(attempt: Attempt) -> Any:
    reply = attempt.do()
    attempt.clock.sleep(attempt.number)
    return reply


def _skew(attempt: Attempt) -> Any:
    return _shifted(attempt.do(), timedelta(seconds=attempt.number))


def _wrong_types(attempt: Attempt) -> Exception:
    # Not an error of ours: an adapter that stumbles over a reply nobody foresaw, which the guard has to catch.
    return TypeError("'NoneType' object is not subscriptable")


FAULTS: dict[str, Fault] = {
    "none": Fault("the system's own answer", lambda attempt: attempt.do(), writes=True),
    "delay": Fault("the answer, late; a write happens at the end", _delay, 7, writes=True),
    "hang": Fault("nothing, for ten minutes", _hang, 600),
    "refused": Fault("UnavailableError: nobody listens", _raise(lambda _: errors.UnavailableError("refused"))),
    "reset": Fault("the connection breaks; of a write, OutcomeUnknownError", _raise(lambda a: a.lost("reset"))),
    "401": Fault("CredentialsError", _raise(lambda _: errors.CredentialsError("401"))),
    "403": Fault("CredentialsError", _raise(lambda _: errors.CredentialsError("403"))),
    "404": Fault("NotFoundError", _raise(lambda _: errors.NotFoundError("404"))),
    "409": Fault("ConflictError", _raise(lambda _: errors.ConflictError("409"))),
    "422": Fault("InvalidError", _raise(lambda _: errors.InvalidError("field", "422"))),
    "429": Fault("BusyError with Retry-After", _raise(lambda a: errors.BusyError("429", a.number)), 1),
    "500": Fault("UnavailableError", _raise(lambda _: errors.UnavailableError("500"))),
    "502_after_write": Fault(
        "OutcomeUnknownError of a write that happened; of a read, UnavailableError",
        _raise_afterwards(lambda a: a.lost("502")),
        writes=True,
    ),
    "503": Fault("UnavailableError", _raise(lambda _: errors.UnavailableError("503"))),
    "html": Fault(
        "ProtocolError, after the write", _raise_afterwards(lambda _: errors.ProtocolError("HTML")), writes=True
    ),
    "truncated_json": Fault(
        "ProtocolError, after the write", _raise_afterwards(lambda _: errors.ProtocolError("cut off")), writes=True
    ),
    "wrong_types": Fault("TypeError of the adapter, after the write", _raise_afterwards(_wrong_types), writes=True),
    "huge_body": Fault(
        "ProtocolError, after the write", _raise_afterwards(lambda _: errors.ProtocolError("50 MB")), writes=True
    ),
    "slow_drip": Fault("the answer, late; a write happens at the start", _drip, 20, writes=True),
    "clock_skew": Fault("the answer, with its times shifted", _skew, 3 * 86_400, writes=True),
}

ON_THE_WIRE = ("html", "truncated_json", "huge_body", "401", "403", "500", "503")
"""Those that share an error with another one: bytes and status lines tell them apart, and an adapter has none yet."""


def _shifted(reply: Any, by: timedelta) -> Any:
    if isinstance(reply, datetime):
        return reply + by
    if isinstance(reply, (list, tuple)):
        return type(reply)(_shifted(one, by) for one in reply)
    if is_dataclass(reply) and not isinstance(reply, type):
        return replace(reply, **{one.name: _shifted(getattr(reply, one.name), by) for one in fields(reply)})
    return reply

"""What the contracts of all domains share: the cases true of every adapter, awkward texts, and races."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, ClassVar, Protocol, TypeVar

import pytest
import structlog

from bridge.errors import (
    BridgeError,
    BusyError,
    CredentialsError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
    UnsupportedError,
)
from bridge.ports._kind import operations
from bridge.testing.broken import PAUSE, BreakableWorld, Trouble, broken

Result = TypeVar("Result")
Case = TypeVar("Case", bound=Callable[..., object])

RACERS = 20

AWKWARD_TEXTS = {
    "quotes": 'It\'s "broken" `here` and \u2018there\u2019',
    "sql": "x'); DELETE FROM tickets; --",
    "wildcards": "100% _sure_ *? [a-z]",
    "templates": "{{7*7}} ${HOME} %s %(name)s {0}",
    "html": "<script>alert(1)</script> &amp; <b>",
    "backslashes": "C:\\new\\table \\' \\\\",
    "lines": "one\ntwo\n\n\tthree",
    "right to left": "\u05d0\u05d9\u05df \u05d7\u05e9\u05de\u05dc \u202eabc",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f642 n\u0303",
    "query words": 'subject:"x" OR status:open) AND (1=1',
}
"""Texts that people write and that must come back as they were written."""

STRANGE_LOOKUPS = {
    "empty": "",
    "space": " ",
    "percent": "%",
    "underscores": "______",
    "star": "*",
    "sql": "' OR '1'='1",
    "comment": "1' --",
    "path": "../1",
    "address part": "1?limit=100&x=1#y",
    "nul": "1\0",
    "half a surrogate pair": "\ud800",
    "other digits": "\u0661\u0660\u0660\u0661",
    "very long": "9" * 10_000,
}
"""What somebody may send as a number or an id; each is nobody's."""

awkward_texts = pytest.mark.parametrize("text", AWKWARD_TEXTS.values(), ids=list(AWKWARD_TEXTS))
strange_lookups = pytest.mark.parametrize("strange", STRANGE_LOOKUPS.values(), ids=list(STRANGE_LOOKUPS))


class World(Protocol):
    """Give a contract what it needs; each domain adds ways to put records into the system."""

    adapter: Any
    """The adapter under test, connected to a system that answers."""
    unreachable: Any
    """The same adapter, connected to nothing."""

    # A system behind HTTP also has what bridge/testing/broken.py tells.


def needs(operation: str) -> Callable[[Case], Case]:
    """Skip a case where the adapter does not declare `operation`."""

    def mark(case: Case) -> Case:
        case.needed_operation = operation  # type: ignore[attr-defined]  # a mark on a plain function
        return case

    return mark


class Contract:
    """Hold the cases that are the same in every domain."""

    port: ClassVar[type]

    def calls(self, world: Any, email: str) -> Mapping[str, Callable[[Any], object]]:
        """Return for each operation of the port a call that must succeed, on records of the person with this e-mail."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _skip_what_is_not_declared(self, request: pytest.FixtureRequest, world: World) -> None:
        operation = getattr(request.function, "needed_operation", None)
        if operation is not None and operation not in world.adapter.capabilities:
            pytest.skip(f"{world.adapter.system} does not declare {operation}")

    def test_adapter_names_its_system(self, world: World) -> None:
        assert world.adapter.system

    def test_contract_exercises_every_operation_of_the_port(self, world: World) -> None:
        assert set(self.calls(world, new_email())) == operations(self.port)

    def test_declared_operations_work_and_the_others_are_unsupported(self, world: World) -> None:
        declared = world.adapter.capabilities
        assert declared <= operations(self.port)
        for name, call in self.calls(world, new_email()).items():
            if name in declared:
                call(world.adapter)
            else:
                raised(UnsupportedError, lambda call=call: call(world.adapter))  # type: ignore[misc]

    def test_system_that_does_not_answer_is_unavailable(self, world: World) -> None:
        email = new_email()
        for name, call in self.calls(world, email).items():
            if name in world.adapter.capabilities:
                with pytest.raises(UnavailableError) as caught:
                    call(world.unreachable)
                assert_tells_nothing_of(caught.value, email)

    def test_expired_token_is_renewed_once(self, world: World) -> None:
        for call in self._declared(world, new_email()).values():
            broken(world, Trouble.EXPIRED)
            call(world.adapter)

    @pytest.mark.parametrize("trouble", [Trouble.UNAUTHORIZED, Trouble.FORBIDDEN])
    def test_refused_credentials_are_told_as_such(
        self, world: World, trouble: Trouble, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name, error in self._errors(world, trouble, caplog).items():
            assert (name, type(error)) == (name, CredentialsError)

    def test_pause_that_is_asked_for_is_told(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        for name, error in self._errors(world, Trouble.BUSY, caplog).items():
            assert isinstance(error, BusyError), name
            assert error.retry_after in (0, getattr(world, "pause", PAUSE)), name

    @pytest.mark.parametrize("trouble", [Trouble.FAILING, Trouble.AWAY, Trouble.SILENT])
    def test_server_that_fails_or_is_silent_is_unavailable(
        self, world: World, trouble: Trouble, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name, error in self._errors(world, trouble, caplog).items():
            assert isinstance(error, UnavailableError), name
            assert not (self._is_read(name) and isinstance(error, OutcomeUnknownError)), name

    @pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.TRUNCATED])
    def test_answer_that_cannot_be_read_is_no_answer(
        self, world: World, trouble: Trouble, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name, error in self._errors(world, trouble, caplog).items():
            fits = ProtocolError if self._is_read(name) else (ProtocolError, OutcomeUnknownError)
            assert isinstance(error, fits), name

    def test_write_whose_answer_is_lost_is_unknown_and_sent_once(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        email = new_email()
        for name, call in self._declared(world, email).items():
            if self._is_read(name):
                continue
            breakable = broken(world, Trouble.LOST)
            error = self._error(breakable, call, email, caplog)
            assert (name, type(error), breakable.changes()) == (name, OutcomeUnknownError, 1)
            breakable.mend()

    def _declared(self, world: World, email: str) -> Mapping[str, Callable[[Any], object]]:
        calls = self.calls(world, email)
        return {name: call for name, call in calls.items() if name in world.adapter.capabilities}

    def _is_read(self, name: str) -> bool:
        return bool(getattr(self.port, name).kind == "read")

    def _errors(self, world: World, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> Mapping[str, BaseException]:
        """Return what each declared operation raises while the server suffers this trouble."""
        email = new_email()
        calls = self._declared(world, email)
        breakable = broken(world, trouble)
        return {name: self._error(breakable, call, email, caplog) for name, call in calls.items()}

    def _error(
        self, world: BreakableWorld, call: Callable[[Any], object], email: str, caplog: pytest.LogCaptureFixture
    ) -> BaseException:
        caplog.clear()
        with structlog.testing.capture_logs() as logs, pytest.raises(BridgeError) as caught:
            call(world.adapter)
        assert_tells_nothing_of(caught.value, email, *world.secrets)
        logged = f"{logs} {caplog.text} {world.adapter!r}"
        assert [secret for secret in (email, *world.secrets) if secret in logged] == []
        return caught.value


def raised(kind: type[BridgeError], call: Callable[[], object]) -> BridgeError:
    """Return what the call raises; anything but exactly this kind fails, a subclass too."""
    with pytest.raises(BridgeError) as caught:
        call()
    assert type(caught.value) is kind
    return caught.value


def not_found(call: Callable[[], object]) -> str:
    """Return the sentence of the NotFoundError that the call raises."""
    return str(raised(NotFoundError, call))


def assert_tells_nothing_of(error: BaseException, *secrets: str) -> None:
    """Check that neither the error nor what a log would print of it holds a secret."""
    told = [repr(error), str(error), *traceback.format_exception(type(error), error, error.__traceback__)]
    assert [secret for secret in secrets if secret in "".join(told)] == []


def at_once(call: Callable[[], Result], times: int = RACERS) -> list[Result]:
    """Make the same call in as many threads at the same moment and return what each got."""
    start = Barrier(times)

    def run(_number: int) -> Result:
        start.wait(30)
        return call()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def new_email() -> str:
    """Return an e-mail address that nobody has."""
    return f"ann.{unique()}@example.test"


def unique() -> str:
    """Return a word that was never used before."""
    return uuid.uuid4().hex[:12]

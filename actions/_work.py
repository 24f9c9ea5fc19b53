"""The jobs that this process runs: each in its own task and thread, the leases of all kept by one."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import structlog

from actions._run import Call, in_thread, in_use_case_thread, within
from bridge.bootstrap import shared
from bridge.conversation.jobs import RENEWED_EVERY, Job
from bridge.conversation.turns import Turn
from bridge.errors import BridgeError
from bridge.model.outcome import BackendState, Outcome

UNAVAILABLE = Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)

log = structlog.get_logger(__name__)
running: dict[int, asyncio.Task[None]] = {}
"""By job; the loop itself keeps no reference to its tasks."""
_renewing: list[asyncio.Task[None]] = []


def start(job: Job, turn: Turn, call: Call) -> None:
    """Run a use case as a job of this process."""
    running[job.id] = asyncio.create_task(_work(job, turn, call))
    running[job.id].add_done_callback(lambda _task: running.pop(job.id))
    if not _renewing or _renewing[0].done():
        _renewing[:] = [asyncio.create_task(_renew())]


async def _work(job: Job, turn: Turn, call: Call) -> None:
    """Run a use case to its end and keep what comes of it, however long that takes."""
    outcome = await in_use_case_thread(partial(_outcome, job, turn, call))
    await in_thread(partial(shared().jobs.finish, job.id, outcome))


async def _renew() -> None:
    """Keep the leases of all jobs of this process, in one write for all: one for each would fill a SQLite database."""
    while running:
        await asyncio.sleep(RENEWED_EVERY)
        try:
            await in_thread(partial(shared().jobs.renew, list(running)))
        except Exception as error:
            log.warning("jobs cannot be renewed", error=type(error).__name__)


def _outcome(job: Job, turn: Turn, call: Call) -> Outcome:
    names = {"correlation": turn.correlation_id, "conversation": turn.conversation_id}
    began = time.monotonic()
    try:
        return within(turn, call, job.name)
    except BridgeError as error:
        log.warning("a use case failed", error=type(error).__name__, **names)
    except Exception as error:
        # Whatever it was, somebody waits for an answer; the log has the rest.
        log.error("a use case broke", exc_info=error, **names)
    finally:
        log.info("use case over", seconds=round(time.monotonic() - began, 3), **names)
    return UNAVAILABLE

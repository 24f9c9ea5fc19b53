"""python -m bridge relay: work through the outbox and watch it, as a process of its own."""

from __future__ import annotations

import signal

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from bridge import tracing
from bridge.errors import SettingsError
from bridge.events.relay import Background
from bridge.logs import set_up_logs
from bridge.settings import Settings

LOOPBACK = "127.0.0.1"
PATIENCE = 8.0
"""Seconds for what is in hand when a signal comes: less than the ten after which Docker and `make run` kill."""
_STOPPING = {signal.SIGINT, signal.SIGTERM}

log = structlog.get_logger("relay")


def run(configured: Settings) -> None:
    """Work until a signal comes; a second one ends the process at once.

    Raises:
        SettingsError: the port for its numbers cannot be opened.
    """
    from bridge.bootstrap import build  # noqa: PLC0415  # the other commands start without the adapters

    set_up_logs()
    # Before any thread is made, so that all inherit it: a signal is waited for, and interrupts nothing half-way.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    frontdesk = build(configured)
    tracing.start("relay", configured.traces_endpoint)
    try:
        _show_numbers(configured.relay_metrics_port, frontdesk.registry)
        workers = [Background(frontdesk.relay), Background(frontdesk.watch)]
        log.info("relay running", metrics_port=configured.relay_metrics_port)
        signal.sigwait(_STOPPING)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        for worker in workers:
            worker.stop(PATIENCE)
        log.info("relay stopped")
    finally:
        frontdesk.close()


def _show_numbers(port: int | None, registry: CollectorRegistry) -> None:
    if port is None:
        return
    try:
        start_http_server(port, LOOPBACK, registry)
    except OSError as error:
        raise SettingsError(f"RELAY_METRICS_PORT: cannot listen on it ({error.strerror}); set another") from None

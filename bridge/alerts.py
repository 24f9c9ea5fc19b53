"""Tell the operator that something changed for the worse: one log line, and a POST where the deployment wants one.

All processes share what was told already and what is still to be posted (bridge/events/board.py), so that several
gateways, relays and action servers post a change once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta

import requests
import sqlalchemy as sa
import structlog

from bridge.events.board import AT_ONCE, Alert, Board
from bridge.storage.types import Clock, utc_now

AGAIN_AFTER = timedelta(minutes=15)
"""A breaker of the same operation that opens sooner, here or in another process, is not posted again."""
_CONNECT, _READ = 3.0, 5.0
_log = structlog.get_logger(__name__)


class Alarm:
    """Tell changes of state; whoever reports one never waits.

    Args:
        source: names the deployment in what is sent.
        webhook: where to send; it may hold a token, so it is never logged.
        pause: the shortest time between two posts of this process in seconds.
        board: shared with all other processes.
    """

    def __init__(self, source: str, webhook: str | None, pause: float, board: Board, clock: Clock = utc_now) -> None:
        self._source = source
        self._webhook = webhook
        self._pause = pause
        self._board = board
        self._clock = clock
        self._condition = threading.Condition()
        self._fresh: deque[Alert] = deque(maxlen=AT_ONCE)
        self._woken = False
        self._thread: threading.Thread | None = None

    def breaker_opened(self, system: str, operation: str) -> None:
        """Tell that a system is left alone after it failed again and again."""
        self.tell("breaker_opened", f"{system}.{operation}", "failed again and again; its calls pause for a while")

    def webhook_refused(self, system: str) -> None:
        """Tell that somebody sends what a system has not signed, or signed with a secret that we do not have."""
        self.tell("webhook_refused", system, "a webhook with a wrong signature; was its secret changed?")

    def tell(self, alert: str, subject: str, text: str) -> None:
        """Log a change and queue it; the words are ours and hold nothing of a person."""
        _log.warning("alert", alert=alert, subject=subject, text=text)
        self._wake(Alert(alert, subject, text, self._clock()))

    def announce(self, alert: Alert) -> None:
        """Log a change that is on the board already, and have it posted."""
        _log.warning("alert", alert=alert.alert, subject=alert.subject, text=alert.text)
        self._wake()

    def catch_up(self) -> None:
        """Post what another process left behind."""
        if self._webhook is not None and self._board.is_due():
            self._wake()

    def _wake(self, *fresh: Alert) -> None:
        if self._webhook is None:
            return
        with self._condition:
            self._fresh.extend(fresh)
            self._woken = True
            # Started with the first alert: a process without trouble has no thread for it.
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._woken)
                fresh = list(self._fresh)
                self._fresh.clear()
                self._woken = False
            try:
                more = self._share(fresh)
            except sa.exc.SQLAlchemyError as error:
                # Our own database fails, and nobody can say who tells it: better several times than not at all.
                _log.warning("alerts_not_shared", error=type(error).__name__)
                more = False
                if fresh and not self._post(fresh):
                    _log.error("alerts_given_up", alerts=len(fresh))
            threading.Event().wait(self._pause)
            if more:
                self._wake()

    def _share(self, fresh: Collection[Alert]) -> bool:
        """Put alerts on the board and post what is due there; tell whether some of it needs another try."""
        for alert in fresh:
            self._board.report(alert, AGAIN_AFTER)
        claimed = self._board.claim()
        if not claimed:
            return False
        if self._post(claimed.values()):
            self._board.posted(list(claimed))
            return False
        if given_up := self._board.refused(list(claimed), self._pause):
            _log.error("alerts_given_up", alerts=given_up)
        return given_up < len(claimed)

    def _post(self, alerts: Collection[Alert]) -> bool:
        lines = [f"{each.subject}: {each.text}" for each in alerts]
        # "text" at the top is what chat systems show; the rest is for programs.
        body = {
            "source": self._source,
            "text": "\n".join([f"Frontdesk, {self._source}", *lines]),
            "alerts": [{**asdict(each), "at": _iso(each.at)} for each in alerts],
        }
        try:
            answer = requests.post(
                str(self._webhook), json=body, timeout=(_CONNECT, _READ), allow_redirects=False, stream=True
            )
            answer.close()  # unread: what it says is of no use, however long it is
        except (requests.RequestException, ValueError) as error:
            _log.warning("alerts_not_sent", error=type(error).__name__)  # its text would show the address
            return False
        if not answer.ok or answer.is_redirect:
            _log.warning("alerts_not_sent", status=answer.status_code)
            return False
        return True


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")

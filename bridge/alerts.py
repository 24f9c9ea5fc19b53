"""Tell the operator that something changed for the worse: one log line, and a POST where the deployment wants one."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime

import requests
import structlog

from bridge.storage.types import Clock, utc_now

_KEPT_AT_MOST = 100
_TRIES = 5
_CONNECT, _READ = 3.0, 5.0
_log = structlog.get_logger(__name__)


class Alarm:
    """Tell changes of state; whoever reports one never waits.

    Args:
        source: names the deployment in what is sent.
        webhook: where to send; it may hold a token, so it is never logged.
        pause: the shortest time between two posts in seconds.
    """

    def __init__(self, source: str, webhook: str | None, pause: float, clock: Clock = utc_now) -> None:
        self._source = source
        self._webhook = webhook
        self._pause = pause
        self._clock = clock
        self._condition = threading.Condition()
        self._waiting: deque[dict[str, str]] = deque(maxlen=_KEPT_AT_MOST)
        self._thread: threading.Thread | None = None

    def breaker_opened(self, system: str, operation: str) -> None:
        """Tell that a system is left alone after it failed again and again."""
        self.tell("breaker_opened", f"{system}.{operation}", "failed again and again; its calls pause for a while")

    def tell(self, alert: str, subject: str, text: str) -> None:
        """Log a change and queue its sending; the words are ours and hold nothing of a person."""
        _log.warning("alert", alert=alert, subject=subject, text=text)
        if self._webhook is None:
            return
        with self._condition:
            self._waiting.append({"alert": alert, "subject": subject, "text": text, "at": _iso(self._clock())})
            # Started with the first alert: a process without trouble has no thread for it.
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="alerts", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def _send_all(self) -> None:
        tries = 0
        while True:
            with self._condition:
                self._condition.wait_for(lambda: bool(self._waiting))
                alerts = list(self._waiting)
                self._waiting.clear()
            tries = 0 if self._send(alerts) else tries + 1
            with self._condition:
                if 0 < tries < _TRIES:
                    # The oldest go first when there are too many.
                    self._waiting.extendleft(reversed(alerts[: _KEPT_AT_MOST - len(self._waiting)]))
                elif tries:
                    _log.error("alerts_given_up", alerts=len(alerts))
                    tries = 0
            threading.Event().wait(self._pause)

    def _send(self, alerts: list[dict[str, str]]) -> bool:
        lines = [f"{each['subject']}: {each['text']}" for each in alerts]
        # "text" at the top is what chat systems show; the rest is for programs.
        body = {"source": self._source, "text": "\n".join([f"Frontdesk, {self._source}", *lines]), "alerts": alerts}
        try:
            answer = requests.post(
                str(self._webhook), json=body, timeout=(_CONNECT, _READ), allow_redirects=False, stream=True
            )
            answer.close()  # unread: what it says is of no use, however long it is
        except requests.RequestException as error:
            _log.warning("alerts_not_sent", error=type(error).__name__)  # its text would show the address
            return False
        if not answer.ok or answer.is_redirect:
            _log.warning("alerts_not_sent", status=answer.status_code)
            return False
        return True


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")

"""A watch over the main thread: when it did not answer, and where it was."""

import logging
import sys
import threading
import time
import traceback

from PySide6.QtCore import QObject, Qt, QTimer

log = logging.getLogger(__name__)


class StallWatch(QObject):
    """Notices when the main thread does not answer for longer than `limit` seconds, and where it was meanwhile.

    `found` has (seconds, stack) of each stall; they are logged as warnings too.
    """

    def __init__(self, limit: float = 0.05, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: list[tuple[float, str]] = []
        self._limit = limit
        self._main = threading.main_thread().ident
        self._seen = time.monotonic()
        self._stop = threading.Event()
        self._beat = QTimer(self, interval=int(limit * 1000 / 5), timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._alive)
        self._beat.start()
        self._thread = threading.Thread(target=self._watch, name="s2b-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._beat.stop()
        self._stop.set()
        self._thread.join()

    def _alive(self) -> None:
        self._seen = time.monotonic()

    def _watch(self) -> None:
        where = ""
        since = 0.0
        while not self._stop.wait(self._limit / 5):
            seen = self._seen
            if where and seen > since:
                self.found.append((seen - since, where))
                log.warning("the main thread stalled for %.0f ms\n%s", (seen - since) * 1000, where)
                where = ""
            elif not where and time.monotonic() - seen > self._limit:
                frame = sys._current_frames().get(self._main or 0)
                where, since = "".join(traceback.format_stack(frame, limit=8)), seen

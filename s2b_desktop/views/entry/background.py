"""Background work before there is a desk: opening files and talking to a hub while somebody signs in.

Light to import, so that the first window comes up at once. `tasks.py` has what pages use.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

T = TypeVar("T")


class Background(QObject):
    """One thread for errands, in their order; answers come back on the main thread."""

    _called = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="s2b-entry")
        self._open = True
        self._called.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[Exception], object]) -> None:
        """Do `work`; then `done(result)` or `failed(exception)`, unless closed meanwhile."""

        def go() -> None:
            try:
                result = work()
            except Exception as error:
                self._post(lambda error=error: failed(error))  # type: ignore[misc]
                return
            self._post(lambda: done(result))

        self._pool.submit(go)

    def close(self) -> None:
        """Drop what has not begun and wait for the rest."""
        self._open = False
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _post(self, call: Callable[[], object]) -> None:
        if self._open:
            self._called.emit(call)

    @Slot(object)
    def _call(self, call: Callable[[], object]) -> None:
        if self._open:
            call()

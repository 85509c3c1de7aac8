"""Threads for background work, and the way back to the main one. Light to import, so that the first window comes up at
once; `tasks.py` has what pages use."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
Failed = Callable[[Exception], object]


class Handle:
    """Work under way; after `cancel` neither `done` nor `failed` is called. It is `over` once it was answered or
    cancelled."""

    def __init__(self) -> None:
        self.cancelled = self.over = False

    def cancel(self) -> None:
        """Stop caring for the result; work that looks at its `Progress` ends early."""
        self.cancelled = self.over = True


class Progress:
    """What a worker tells of itself."""

    def __init__(self, handle: Handle, tell: Callable[[int, int | None], None]) -> None:
        self._handle, self._tell = handle, tell

    @property
    def cancelled(self) -> bool:
        """Whether the result is still wanted."""
        return self._handle.cancelled

    def report(self, done: int, total: int | None = None) -> None:
        """How far the work is."""
        self._tell(done, total)


class Background(QObject):
    """Lanes of threads, by name, each with so many: a lane may wait for those named after it. Answers come back on the
    main thread, and none after `close`.

    As with Qt's own slots, nothing is called that is a method of a deleted object: a dialog may be closed at any time.
    A failure that reaches nobody thereby is told by `trouble`, as is one that nobody wanted to hear of.
    """

    trouble = Signal(object)
    """The exception of work that nobody handled."""
    _called = Signal(object)

    def __init__(self, parent: QObject | None = None, **lanes: int) -> None:
        super().__init__(parent)
        self.open, self._owed = True, tuple[str, ...]()
        self._lanes = {
            name: ThreadPoolExecutor(threads, thread_name_prefix=f"s2b-{name}") for name, threads in lanes.items()
        }
        self._called.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def submit(self, lane: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a lane do something, for another thread to wait for."""
        return self._lanes[lane].submit(work, *args, **kwargs)

    def run(
        self,
        lane: str,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Failed | None = None,
        handle: Handle | None = None,
    ) -> Handle:
        """Do `work`; then `done(result)` or `failed(exception)`."""
        handle = handle or Handle()

        def go() -> None:
            if handle.cancelled:
                return
            try:
                result = work()
            except Exception as error:
                self.post(partial(self._fail, handle, failed, error))
                return
            self.post(partial(self._answer, handle, done, result))

        if self.open or lane in self._owed:
            self._lanes[lane].submit(go)
        else:
            handle.cancel()  # a window that is about to go asks for more
        return handle

    def post(self, call: Callable[[], object]) -> None:
        """Have the main thread call, from whichever thread."""
        if self.open:
            self._called.emit(call)

    def close(self, *finished: str) -> None:
        """Wait for what is being done, and in the lanes `finished` for all that was asked for."""
        self.open, self._owed = False, finished
        for name, lane in self._lanes.items():
            lane.shutdown(wait=True, cancel_futures=name not in finished)

    @Slot(object)
    def _call(self, call: Callable[[], object]) -> None:
        if self.open:
            call()

    def _answer(self, handle: Handle, done: Callable[[T], object], result: T) -> None:
        if not handle.cancelled:
            handle.over = True
            if heard(done):
                done(result)

    def _fail(self, handle: Handle, failed: Failed | None, error: Exception) -> None:
        if handle.cancelled:
            return
        handle.over = True
        if failed is not None and heard(failed):
            failed(error)
        else:
            self.tell(error)

    def tell(self, error: Exception) -> None:
        """What nobody handled."""
        log.error("unhandled", exc_info=error)
        self.trouble.emit(error)


def heard(call: Callable[..., object]) -> bool:
    """Whether the object whose method is to be called is still there."""
    while isinstance(call, partial):
        call = call.func
    owner = getattr(call, "__self__", None)
    return not isinstance(owner, QObject) or isValid(owner)

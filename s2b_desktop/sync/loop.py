"""The write-read loop."""

from collections.abc import Callable

from s2b_desktop.models.status import Status


class SyncLoop:
    listener: Callable[[Status], None]

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def nudge(self) -> None: ...

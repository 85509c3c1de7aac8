"""What a page reads again and again, beside the window."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from s2b_desktop.background import Handle
    from s2b_desktop.tasks import Desk

T = TypeVar("T")


class Reading:
    """The newest answer counts: one that was asked for before it is never shown, whenever it comes."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._handle: Handle | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._handle is not None and not self._handle.over

    def cancel(self) -> None:
        """What is on its way is not wanted any more."""
        if self._handle is not None:
            self._handle.cancel()

    def fetch(self, query: Callable[..., T], *args: Any, done: Callable[[T], None]) -> None:
        """Ask, instead of what is on its way."""
        self.cancel()
        self._handle = self._desk.fetch(query, *args, done=done)


class LongReading(Reading):
    """One that takes long: none begins beside another, but asked for meanwhile it is read once more."""

    def __init__(self, desk: "Desk") -> None:
        super().__init__(desk)
        self._again: Callable[[], None] | None = None

    def fetch(self, query: Callable[..., T], *args: Any, done: Callable[[T], None]) -> None:
        if self.busy:
            self._again = partial(self.fetch, query, *args, done=done)
        else:
            self._again = None
            super().fetch(query, *args, done=partial(self._take, done))

    def _take(self, done: Callable[[T], None], found: T) -> None:
        done(found)
        if self._again is not None:
            self._again()

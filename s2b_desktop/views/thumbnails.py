"""Small pictures for lists: asked for as rows are painted, and painted when they have come."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QPixmap

from s2b_desktop.views.common.pictures import pixmap_of

if TYPE_CHECKING:
    from s2b_desktop.background import Handle
    from s2b_desktop.tasks import Desk

SIDE = 64
MOST, MOST_ASKED = 600, 60
"""Pictures in memory; and on their way: beyond that the rows that were left first go without."""


class Thumbnails:
    """`shown` is called when something can be painted that could not before."""

    def __init__(self, desk: "Desk", shown: Callable[[], object]) -> None:
        self._desk, self._shown = desk, shown
        self._here: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: OrderedDict[str, Handle] = OrderedDict()
        self._missing: set[str] = set()

    def get(self, table: str, row_id: str, named: str) -> QPixmap | None:
        """The picture that a row names, if it is here; it is asked for otherwise."""
        if named in self._here:
            self._here.move_to_end(named)
            return self._here[named]
        if named and named not in self._missing and named not in self._asked:
            while len(self._asked) >= MOST_ASKED:
                self._asked.popitem(last=False)[1].cancel()
            self._asked[named] = self._desk.picture(
                table, row_id, named, SIDE, lambda content: self._take(named, content)
            )
        return None

    def try_again(self) -> None:
        """What could not be had may be had now."""
        self._missing.clear()

    def _take(self, named: str, content: bytes | None) -> None:
        self._asked.pop(named, None)
        pixmap = pixmap_of(content)
        if pixmap is None:
            self._missing.add(named)
            return
        self._here[named] = pixmap
        if len(self._here) > MOST:
            self._here.popitem(last=False)
        self._shown()

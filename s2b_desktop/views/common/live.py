"""The base of pages whose rows come from the desk."""

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class LivePage(Page):
    """Read again when it comes into sight, and while it is in sight whenever one of `TABLES` changed; marked anew when
    other rows of `AWAITED` than before wait for the hub's answer (`_waiting` are their ids)."""

    TABLES: ClassVar[frozenset[str]] = frozenset()
    AWAITED: ClassVar[tuple[str, ...]] = ()

    def __init__(self, desk: "Desk", title: Text = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._desk = desk
        self._waiting = self._awaited()
        desk.changed.connect(self._changed)
        desk.status_changed.connect(self._status_changed)

    def refresh(self) -> None:
        self._waiting = self._awaited()

    def mark(self) -> None:
        """Show which rows wait."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _awaited(self) -> frozenset[str]:
        return frozenset[str]().union(*(self._desk.pending(table) for table in self.AWAITED))

    def _changed(self, changes: Any) -> None:
        if self.isVisible() and self.TABLES & changes.tables:
            self.refresh()

    def _status_changed(self, _status: object) -> None:
        waiting = self._awaited()
        if waiting != self._waiting and self.isVisible():
            self._waiting = waiting
            self.mark()

"""The base of pages whose rows come from the desk."""

from typing import Any, ClassVar

import msgspec
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.tasks import QUEUE, Desk
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable


class LivePage(Page):
    """Read again when it comes into sight, and while it is in sight whenever one of `TABLES` changed; marked anew when
    other rows of `AWAITED` than before wait for the hub's answer (`_waiting` are their ids)."""

    TABLES: ClassVar[frozenset[str]] = frozenset()
    AWAITED: ClassVar[tuple[str, ...]] = ()

    def __init__(self, desk: Desk, title: Text = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._desk = desk
        self._waiting = self._awaited()
        desk.changed.connect(self._changed)
        desk.status_changed.connect(self._status_changed)

    def refresh(self) -> None:
        self._waiting = self._awaited()

    def remember(self, table: DataTable[Any], name: str) -> tuple[str, bool] | None:
        """Give a table the columns that it last had here, and keep what becomes of them; by which column its rows were
        sorted, and whether downwards."""
        key = f"layout/{name}"
        table.layout_changed.connect(lambda layout: self._desk.save_draft(key, msgspec.json.encode(layout)))
        kept = self._desk.draft(key)
        if not kept:
            return None
        layout = msgspec.json.decode(kept)
        table.restore_layout(layout)
        sort = layout.get("sort")
        return (str(sort[0]), bool(sort[1])) if sort else None

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
        elif changes.tables & QUEUE:
            self._status_changed(None)

    def _status_changed(self, _status: object) -> None:
        if self.isVisible() and (waiting := self._awaited()) != self._waiting:
            self._waiting = waiting
            self.mark()

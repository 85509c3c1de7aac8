"""Tells the moment goods become low: in the window, and beside the clock while the window is not looked at."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from s2b_desktop.models.queries.cover import Cover, covers
from s2b_desktop.models.queries.stock import LowGoods, low_goods
from s2b_desktop.text import quantity, tr
from s2b_desktop.views.common.icons import icon
from s2b_desktop.views.common.reading import LongReading
from s2b_desktop.views.common.toast import ToastArea

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

LOW = "low"
WEEK = 7
"""Days that a notice looks ahead."""
SHOWN_MS = 20_000


class LowStockNotices(QObject):
    """Watches `desk` for as long as `window` lives; what was low before is not told again."""

    def __init__(self, desk: "Desk", window: QWidget, navigate: Callable[[str, object], None]) -> None:
        super().__init__(window)
        self._desk, self._window, self._navigate = desk, window, navigate
        self._known: frozenset[str] | None = None
        self._tray: QSystemTrayIcon | None = None
        self._looking = LongReading(desk)
        desk.changed.connect(self._changed)
        self._look()

    def _changed(self, changes: Any) -> None:
        if changes.tables & {"stock_watch", "availability"}:
            self._look()

    def _look(self) -> None:
        self._looking.fetch(low_goods, self._desk.actor.organisation_id, done=self._found)

    def _found(self, goods: list[LowGoods]) -> None:
        before, self._known = self._known, frozenset(g.sku_id for g in goods)
        fresh = [g for g in goods if before is not None and g.sku_id not in before]
        if fresh:
            self._tell(fresh)

    def _tell(self, fresh: Sequence[LowGoods]) -> None:
        first, n = fresh[-1], len(fresh)
        found = self._desk.read(covers, self._desk.actor.organisation_id, [first.sku_id], self._desk.now())
        expected = found.get(first.sku_id, Cover()).expected(WEEK)

        def said() -> str:
            left = f"{quantity(max(0, first.available), first.decimals)} {first.unit}"
            one = tr("{title} runs low: {quantity} left", title=first.title, quantity=left)
            if expected:
                steps = f"{quantity(expected, first.decimals)} {first.unit}"
                one = tr("{said}, about {steps} expected in {n} days", said=one, steps=steps, n=WEEK)
            return one if n == 1 else tr("{said}, and {n} more", said=one, n=n - 1)

        def show() -> None:
            self._navigate("stock", LOW)

        area = ToastArea.of(self._window)
        area.show_toast(said, tone="warn", action="Show", callback=show, shown_ms=SHOWN_MS)
        if not self._window.isActiveWindow() and QSystemTrayIcon.isSystemTrayAvailable():
            self._show_beside_the_clock(said(), show)

    def _show_beside_the_clock(self, said: str, show: Callable[[], None]) -> None:
        if self._tray is None:
            self._tray = QSystemTrayIcon(icon("package", "accent"), self)
        tray = self._tray
        tray.disconnect(self)

        def come() -> None:
            self._window.showNormal()
            self._window.activateWindow()
            show()

        tray.messageClicked.connect(come)
        tray.show()
        tray.showMessage(tr("Low stock"), said)

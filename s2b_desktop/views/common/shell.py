"""The frame of the main window: rail, top bar, banner and the pages. It knows no feature."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from s2b_desktop.text import now_ms
from s2b_desktop.views.common.banner import Banner, Kind
from s2b_desktop.views.common.language import Retranslated, Text
from s2b_desktop.views.common.page import NARROW
from s2b_desktop.views.common.palette import Palette
from s2b_desktop.views.common.pill import StatusPill
from s2b_desktop.views.common.rail import NavItem, Rail
from s2b_desktop.views.common.theme import Tone

MINIMUM = (1024, 700)


class TopBar(QWidget):
    """The search and command field, room for a page's own things, and the status pill."""

    def __init__(self, clock: Callable[[], int] = now_ms, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_field = Palette()
        self.palette_field.setMaximumWidth(460)
        self.palette_field.setMinimumWidth(280)
        self.pill = StatusPill(clock)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 12, 24, 8)
        row.setSpacing(16)
        row.addWidget(self.palette_field, 10)
        row.addStretch(6)
        row.addWidget(self.pill)


class ResponsiveShell(Retranslated, QWidget):
    """Composes rail, top bar and pages. Pages may be given as functions, called when first shown."""

    navigated = Signal(str)

    def __init__(
        self,
        items: Sequence[NavItem] = (),
        *,
        clock: Callable[[], int] = now_ms,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rail = Rail()
        self.top_bar = TopBar(clock)
        self.stack = QStackedWidget()
        self._pages: dict[str, QWidget | Callable[[], QWidget]] = {}
        self._parents: dict[str, str] = {}
        self._keys: list[QShortcut] = []
        self._wish: bool | None = None  # what the person chose for the rail; None: by width
        self._current = ""
        self._banner = Banner("offline", "")
        self._banner.hide()
        self._banner_action: Text = ""
        self._slot_row = slot = QHBoxLayout()
        slot.setContentsMargins(24, 0, 24, 8)
        slot.addWidget(self._banner)
        self._slot = QWidget()
        self._slot.setLayout(slot)
        self._slot.hide()

        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.top_bar)
        right.addWidget(self._slot)
        right.addWidget(self.stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.setMinimumSize(*MINIMUM)
        self.rail.chosen.connect(self.navigate)
        self.rail.collapsed_changed.connect(self._folded)
        self.set_items(items)

    @property
    def pill(self) -> StatusPill:
        return self.top_bar.pill

    @property
    def palette_field(self) -> Palette:
        return self.top_bar.palette_field

    def set_items(self, items: Sequence[NavItem]) -> None:
        """Show these places, for example after sign-in; the first nine get Ctrl+1 to Ctrl+9."""
        for key in self._keys:
            key.deleteLater()
        named = [
            replace(item, shortcut=item.shortcut or (f"Ctrl+{place}" if place < 10 else ""))
            for place, item in enumerate(items, 1)
        ]
        self.rail.set_items(named)
        self._keys = []
        for item in named:
            if item.shortcut:
                shortcut = QShortcut(QKeySequence(item.shortcut), self)
                shortcut.activated.connect(lambda key=item.key: self.navigate(key))
                self._keys.append(shortcut)

    def set_page(self, key: str, page: QWidget | Callable[[], QWidget], parent: str = "") -> None:
        """Give a place its page: a widget, or a function that makes it when it is first shown.

        While a page with a `parent` is shown, the rail marks its parent.
        """
        self._pages[key] = page
        self._parents[key] = parent or key

    def page(self, key: str) -> QWidget | None:
        """The page of a place if it has been made."""
        found = self._pages.get(key)
        return found if isinstance(found, QWidget) else None

    def current(self) -> str:
        return self._current

    def navigate(self, key: str) -> None:
        """Show the page of `key`. A key without a page only emits `navigated`."""
        made = self._pages.get(key)
        if made is not None:
            page = made if isinstance(made, QWidget) else made()
            self._pages[key] = page
            if self.stack.indexOf(page) < 0:
                self.stack.addWidget(page)
            self.stack.setCurrentWidget(page)
            self.rail.set_current(self._parents.get(key, key))
            self._current = key
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        self.navigated.emit(key)

    def set_badge(self, key: str, n: int, tone: Tone = "neutral") -> None:
        if key in self.rail.places():
            self.rail.entry(key).set_badge(n, tone)

    def set_organisation(self, name: str) -> None:
        self.rail.brand.set_name(name)

    def show_offline(
        self, text: Text, *, kind: Kind = "offline", action: Text = "", callback: Callable[[], object] | None = None
    ) -> None:
        """Say above the page that we are offline and what goes on; never blocks."""
        if action != self._banner_action:
            self._banner_action = action
            fresh = Banner(kind, text, action=action, callback=callback)
            self._slot_row.replaceWidget(self._banner, fresh)
            self._banner.hide()
            self._banner.deleteLater()
            self._banner = fresh
        self._banner.set_message(kind, text)
        self._banner.show()
        self._slot.show()

    def hide_offline(self) -> None:
        self._slot.hide()

    def set_collapsed(self, collapsed: bool | None) -> None:
        """Collapse the rail, keep it wide, or (None) let the width of the window decide."""
        self._wish = collapsed
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _folded(self, collapsed: bool) -> None:
        self._wish = collapsed

    def _fit(self) -> None:
        self.rail.set_collapsed(self.width() < NARROW if self._wish is None else self._wish)

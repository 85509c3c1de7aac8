"""The panel that slides in from the right of a page for detail, so that the list stays."""

from PySide6.QtCore import Qt, QVariantAnimation, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text, words
from s2b_desktop.views.common.theme import reduced_motion

WIDTH = 380
INSIDE = WIDTH - 13
"""What a panel may need at most: the edge and the scroll bar take the rest, and what is wider is cut off."""


class Inspector(QFrame):
    """Shows one widget at a time. Its page lays it out; `reveal` runs from 0 (away) to 1 (in place)."""

    moved = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self.reveal = 0.0
        self._title = Label("", "subtitle")
        head = QHBoxLayout()
        head.setContentsMargins(20, 14, 12, 0)
        head.addWidget(self._title, 1)
        head.addWidget(Button("", self.close_panel, icon="x", variant="quiet", tip="Close"))
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        self._motion = QVariantAnimation(self)
        self._motion.setDuration(120)
        self._motion.valueChanged.connect(self._move)
        self._motion.finished.connect(self._settle)
        self._open = False
        self._before: QWidget | None = None
        self.hide()

    def open_panel(self, content: QWidget, title: Text = "") -> None:
        """Show `content` (the inspector owns it from now on; what it showed before is deleted)."""
        focused = self.window().focusWidget()
        heir = None
        if focused is not None and not self.isAncestorOf(focused):
            self._before = focused
        elif focused is not None:
            heir = _namesake(focused, content)
            if heir is None:
                self._give_back()
        bar = self._area.verticalScrollBar()
        at = bar.value() if self._open and words(title) == self._title.text() else 0
        before = self._area.takeWidget()
        if before is not None and before is not content:
            before.deleteLater()
        content.setProperty("plain", True)
        self._area.setWidget(content)
        if heir is not None:
            heir.setFocus(Qt.FocusReason.OtherFocusReason)
        bar.setValue(at)
        self._title.set_words(title)
        self._slide(True)

    def content(self) -> QWidget | None:
        """The widget shown now, or None."""
        return self._area.widget() if self._open else None

    def is_open(self) -> bool:
        return self._open

    def close_panel(self) -> None:
        """Slide away; a focus that was inside goes back to where it came from, usually the list."""
        if self._open:
            if self._holds_focus():
                self._give_back()
            self._before = None
            self._slide(False)
            self.closed.emit()

    def _give_back(self) -> None:
        """The focus goes to where it came from."""
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _holds_focus(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._open:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def _slide(self, opening: bool) -> None:
        self._open = opening
        if opening:
            self.show()
            self.raise_()
        self._motion.stop()
        if reduced_motion() or not self.isVisible():
            self._move(1.0 if opening else 0.0)
            self._settle()
            return
        self._motion.setStartValue(self.reveal)
        self._motion.setEndValue(1.0 if opening else 0.0)
        self._motion.start()

    def _move(self, reveal: float) -> None:
        self.reveal = reveal
        self.moved.emit()

    def _settle(self) -> None:
        if not self._open:
            self.hide()
            self.moved.emit()


def _namesake(focused: QWidget, content: QWidget) -> QWidget | None:
    """What a panel that is shown anew has in the place of the widget that was in use."""
    named = _name(focused)
    same = (w for w in content.findChildren(type(focused)) if named and _name(w) == named)
    return next((widget for widget in same if widget.isEnabled() and not widget.isHidden()), None)


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")

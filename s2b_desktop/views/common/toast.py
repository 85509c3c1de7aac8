"""Short messages at the bottom centre that go away by themselves, with undo."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QWidget
from shiboken6 import isValid

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import Tone, color

_ICONS: dict[Tone, str] = {
    "ok": "check-circle",
    "warn": "alert-triangle",
    "bad": "alert-circle",
    "accent": "info",
    "neutral": "info",
}
SHOWN_MS = 7000


class Toast(Retranslated, QFrame):
    """One message. `undone` when its action was taken, `gone` when it left for any reason.

    It leaves when its time is over, unless the mouse is on it or somebody went into it by F6. Its buttons stand
    outside the Tab order until then: a button that is disabled while focused must not hand its focus to "Undo".
    """

    undone = Signal()
    gone = Signal()

    def __init__(
        self,
        text: Text,
        *,
        tone: Tone = "ok",
        action: Text = "",
        callback: Callable[[], object] | None = None,
        shown_ms: int = SHOWN_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        shade = QGraphicsDropShadowEffect(self, blurRadius=28, offset=QPointF(0, 6))
        dark = QColor(color("shadow"))
        dark.setAlpha(60)
        shade.setColor(dark)
        self.setGraphicsEffect(shade)
        self._callback = callback
        self._before: QWidget | None = None
        self.plain = callback is None and tone != "bad"
        self.settled = False
        self._text = Label(text)
        self.action: Button | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(ToneIcon(_ICONS[tone], tone))
        row.addWidget(self._text)
        row.addSpacing(8)
        if callback is not None:
            self.action = Button(action or "Undo", self._undo, icon="" if action else "undo", tip="F6, then Enter")
            row.addWidget(self.action)
        self.dismiss_button = Button("", self.dismiss, icon="x", variant="quiet", tip="Close")
        row.addWidget(self.dismiss_button)
        self._open_to_tab(False)
        self._timer = QTimer(self, singleShot=True, interval=shown_ms)
        self._timer.timeout.connect(self._expire)
        self._timer.start()
        self._words = text
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(words(self._words))

    def text(self) -> str:
        return self._text.text()

    def is_counting(self) -> bool:
        """Whether the time to leave is running; it rests under the mouse, and while focused."""
        return self._timer.isActive()

    def enter(self) -> None:
        """Bring the focus in, to the action if there is one; Tab goes round its buttons."""
        self._open_to_tab(True)
        self._before = QApplication.focusWidget()
        (self.action or self.dismiss_button).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def dismiss(self) -> None:
        self._timer.stop()
        before = self._before if any(button.hasFocus() for button in self._buttons()) else None
        self.hide()
        if before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.gone.emit()
        self.deleteLater()

    def _buttons(self) -> list[Button]:
        return [button for button in (self.action, self.dismiss_button) if button is not None]

    def _open_to_tab(self, is_open: bool) -> None:
        policy = Qt.FocusPolicy.StrongFocus if is_open else Qt.FocusPolicy.NoFocus
        for button in self._buttons():
            button.setFocusPolicy(policy)

    def _expire(self) -> None:
        if any(button.hasFocus() for button in self._buttons()):
            self._timer.start()
        else:
            self.dismiss()

    def _undo(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()
            self.undone.emit()
        self.dismiss()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self.isVisible():
            self._timer.start()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)


class ToastArea(QObject):
    """Stacks the toasts of one window, the newest lowest. F6 brings the focus to the newest."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._shown: list[Toast] = []
        window.installEventFilter(self)

    @classmethod
    def of(cls, widget: QWidget) -> "ToastArea":
        """The toast area of the window that holds `widget`, made at the first toast."""
        window = widget.window()
        found = window.findChild(cls, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return found or cls(window)

    def show_toast(
        self,
        text: Text,
        *,
        tone: Tone = "ok",
        action: Text = "",
        callback: Callable[[], object] | None = None,
        shown_ms: int = SHOWN_MS,
    ) -> Toast:
        """Show a message; with a callback it has an action, which says "Undo" unless told otherwise."""
        toast = Toast(text, tone=tone, action=action, callback=callback, shown_ms=shown_ms, parent=self._window)
        toast.gone.connect(lambda: self._left(toast))
        QTimer.singleShot(0, toast, lambda: setattr(toast, "settled", True))
        self._shown.append(toast)
        if len(self._shown) > 3:
            self._shown[0].dismiss()
        toast.show()
        self._arrange()
        return toast

    def toasts(self) -> list[Toast]:
        return list(self._shown)

    def leave_page(self) -> None:
        """Another page is shown: confirmations of the last one leave, undo and failures stay their time.

        What was said in the same breath as going there ("Order placed") stays too.
        """
        for toast in self.toasts():
            if toast.plain and toast.settled:
                toast.dismiss()

    def _left(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
        self._arrange()

    def _arrange(self) -> None:
        bottom = self._window.height() - 20
        for toast in reversed(self._shown):
            size = toast.sizeHint()
            corner = QPoint((self._window.width() - size.width()) // 2, bottom - size.height())
            toast.resize(size)
            toast.move(corner)
            toast.raise_()
            bottom = corner.y() - 8

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LanguageChange):
            QTimer.singleShot(0, self, self._arrange)
        elif event.type() == QEvent.Type.KeyPress and self._shown and _is_f6(event):
            self._shown[-1].enter()
            return True
        return super().eventFilter(watched, event)


def _is_f6(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F6

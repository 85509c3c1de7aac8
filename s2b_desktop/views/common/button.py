"""Buttons: one main action per page, the rest quieter, each with its key."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import color
from s2b_desktop.views.common.tips import plain_tip

Variant = Literal["primary", "secondary", "quiet", "danger", "link"]
_INK = {"primary": "on-accent", "danger": "on-bad", "secondary": "text", "quiet": "text", "link": "accent"}
_GAP, _ICON = 8, 16


def key_name(shortcut: str) -> str:
    """A shortcut as this desktop writes it: "Ctrl+K", on macOS the signs. Qt's Return is the key that says Enter."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")


def key_sequences(shortcut: str) -> list[QKeySequence]:
    """A key, and for Return its twin on the keypad, which Qt takes for another."""
    return [QKeySequence(written) for written in dict.fromkeys((shortcut, shortcut.replace("Return", "Enter")))]


class Button(Retranslated, QPushButton):
    """A button with optional icon and key. `show_key` writes the key on it, else the tooltip has it; `key` is one that
    its page hears and is written too. A "link" stands among text and leads to what it names."""

    def __init__(
        self,
        text: Text,
        callback: Callable[[], object] | None = None,
        *,
        shortcut: str = "",
        variant: Variant = "secondary",
        icon: str = "",
        show_key: bool = False,
        key: str = "",
        tip: Text = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words, self._tip, self._icon, self._variant = text, tip, icon, variant
        self._why: Text = ""
        self._keys = " / ".join(key_name(k) for k in (key, shortcut) if k)
        self._written = key_name(key or (shortcut if show_key else ""))
        self.setProperty("variant", variant)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        if callback is not None:
            self.clicked.connect(lambda: callback())
        if shortcut:
            # Qt's own shortcut of a button waits 100 ms for its animation
            heard = QShortcut(self)
            heard.setKeys(key_sequences(shortcut))
            heard.activated.connect(self.click)
        self.retranslate()

    def set_words(self, text: Text) -> None:
        self._words = text
        self.retranslate()

    def allow(self, on: bool, why: Text) -> None:
        """Enable it, or disable it with a tooltip that says why."""
        self.setEnabled(on)
        self._why = "" if on else why
        self.retranslate()

    def retranslate(self) -> None:
        said = words(self._words)
        tip = words(self._why) or words(self._tip) or said
        self.setText(said)
        self.setAccessibleName(said or tip)
        if self._keys:
            self.setAccessibleDescription(self._keys)
            tip = f"{tip}  ({self._keys})"
        self.setToolTip(plain_tip(tip) if self._keys or self._tip or self._why else "")

    def _key_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(12)
        font.setWeight(QFont.Weight.Normal)
        return font

    def _widths(self) -> tuple[int, int, int]:
        text = QFontMetrics(self.font()).horizontalAdvance(self.text()) if self.text() else 0
        key = QFontMetrics(self._key_font()).horizontalAdvance(self._written) if self._written else 0
        return (_ICON if self._icon else 0), text, key

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        used = [width for width in self._widths() if width]
        if self._variant == "link":
            return QSize(sum(used) + _GAP * (len(used) - 1) + 2, 22)
        return QSize(sum(used) + _GAP * (len(used) - 1) + (28 if self.text() else 16), 34)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        self._draw_content(painter)
        painter.end()

    def _draw_content(self, painter: QPainter) -> None:
        token = _INK[self._variant] if self.isEnabled() else "muted"
        icon, text, key = self._widths()
        used = [width for width in (icon, text, key) if width]
        x = (self.width() - sum(used) - _GAP * (len(used) - 1)) // 2
        if icon:
            paint_icon(painter, self._icon, QRect(x, (self.height() - _ICON) // 2, _ICON, _ICON), token)
            x += icon + _GAP
        painter.setPen(color(token))
        if text:
            painter.drawText(QRect(x, 0, text + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
            x += text + _GAP
        if key:
            painter.setFont(self._key_font())
            if token == "text":  # beside a dark word the key stands back, on a filled button it is as light as the word
                painter.setPen(color("muted"))
            area = QRect(x, 0, key + 1, self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._written)

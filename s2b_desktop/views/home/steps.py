"""What to do next: one line each, a click goes there."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import Tone, color, interface_font
from s2b_desktop.views.common.tips import plain_tip


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step: where it leads (page key and what to show there), its icon, title and sentence."""

    key: str
    what: object
    icon: str
    title: Text
    sentence: Text = ""
    tone: Tone = "neutral"


class StepRow(Retranslated, QAbstractButton):
    """Draws one step; Enter and Space follow it as a click does."""

    def __init__(self, step: NextStep, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def retranslate(self) -> None:
        said = [part for part in (words(self.step.title), words(self.step.sentence)) if part]
        self.setText(said[0])
        self.setAccessibleName(". ".join(said))
        self.setToolTip(plain_tip(said[1]) if len(said) > 1 else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 62 if words(self.step.sentence) else 46)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            ring = QPen(color("accent"), 2) if self.hasFocus() else QPen(Qt.PenStyle.NoPen)
            painter.setPen(ring)
            painter.setBrush(color("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)
        middle = self.height() // 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(f"{self.step.tone}-soft"))
        painter.drawEllipse(QRect(10, middle - 16, 32, 32))
        paint_icon(painter, self.step.icon, QRect(18, middle - 8, 16, 16), self.step.tone)
        room, sentence = self.width() - 54 - 36, words(self.step.sentence)
        top = middle - 20 if sentence else middle - 11
        lines = [(words(self.step.title), top, interface_font(13, QFont.Weight.DemiBold), "text")]
        if sentence:
            lines.append((sentence, top + 20, interface_font(12), "muted"))
        for said, y, font, token in lines:
            painter.setFont(font)
            painter.setPen(color(token))
            fitting = QFontMetrics(font).elidedText(said, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(54, y, room, 22), Qt.AlignmentFlag.AlignVCenter, fitting)
        paint_icon(painter, "chevron-right", QRect(self.width() - 28, middle - 8, 16, 16), "muted")
        painter.end()

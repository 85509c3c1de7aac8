"""A fact in a card: label, figure, note; where it can be checked it is also a filter."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from s2b_desktop.text import listed
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import Tone, color, interface_font
from s2b_desktop.views.common.tips import plain_tip

PAD = 16


class FactCard(Retranslated, QAbstractButton):
    """`key` names the card to its page. With `checkable`, `toggled(bool)` says whether it filters."""

    def __init__(
        self,
        key: str,
        label: Text,
        figure: Text = "",
        note: Text = "",
        *,
        tone: Tone = "neutral",
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.key = key
        self._label, self._figure, self._note, self._tone = label, figure, note, tone
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if checkable else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, checkable)
        if checkable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def set_fact(self, figure: Text, note: Text = "", *, tone: Tone = "neutral") -> None:
        """Show another figure; `tone` colours the note (a figure stays plain text)."""
        self._figure, self._note, self._tone = figure, note, tone
        self.retranslate()

    def retranslate(self) -> None:
        said = [part for part in (words(self._label), words(self._figure), words(self._note)) if part]
        self.setAccessibleName(listed(said))
        self._explain()
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _lines(self) -> list[tuple[str, int, int, QFont, str]]:
        """Text, top, height, font and colour."""
        note = "muted" if self._tone == "neutral" else self._tone
        return [
            (words(self._label), 10, 20, interface_font(13), "muted"),
            (words(self._figure), 32, 32, interface_font(22, QFont.Weight.DemiBold), "text"),
            (_sentence(words(self._note)), 66, 20, interface_font(12), note),
        ]

    def _explain(self) -> None:
        """The tooltip has what is cut."""
        room = self.width() - 2 * PAD
        cut = [
            text for text, _y, _tall, font, _ink in self._lines() if QFontMetrics(font).horizontalAdvance(text) > room
        ]
        self.setToolTip(plain_tip("\n".join(cut)))

    def sizeHint(self) -> QSize:
        return QSize(180, 96)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 96)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_frame(painter)
        width = self.width() - 2 * PAD
        for text, y, height, font, token in self._lines():
            painter.setFont(font)
            painter.setPen(color(token))
            fitting = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(PAD, y, width, height, Qt.AlignmentFlag.AlignVCenter, fitting)
        painter.end()

    def _draw_frame(self, painter: QPainter) -> None:
        chosen = self.isChecked()
        fill = "accent-soft" if chosen else "hover" if self.isCheckable() and self.underMouse() else "surface"
        ring = self.hasFocus() or chosen
        painter.setBrush(color(fill))
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(color("accent" if ring else "border"), width))
        inset = width / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, 10, 10)


def _sentence(text: str) -> str:
    """Notes begin alike, with a capital, whatever was filled in."""
    return text[:1].upper() + text[1:]

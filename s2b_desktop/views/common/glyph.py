"""Icons standing alone as widgets."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.theme import Tone, color


class ToneIcon(QWidget):
    """A small icon in the colour of a tone."""

    def __init__(self, icon: str, tone: Tone = "neutral", size: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._tone = icon, tone
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        around = self.contentsMargins()
        return QSize(self._size + around.left() + around.right(), self._size + around.top() + around.bottom())

    def set_look(self, icon: str, tone: Tone) -> None:
        self._icon, self._tone = icon, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self._icon, self.contentsRect(), self._tone)
        painter.end()


class IconDisc(QWidget):
    """An icon on a soft round ground."""

    def __init__(self, icon: str, size: int = 56, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("neutral-soft"))
        painter.drawEllipse(self.rect())
        inset = round(self.width() * 0.28)
        paint_icon(painter, self._icon, self.rect().adjusted(inset, inset, -inset, -inset), "muted")
        painter.end()

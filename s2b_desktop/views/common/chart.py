"""Bars, each with its words and number."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from s2b_desktop.text import count, language
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import color, interface_font

_HEAD, _FOOT, _VALUE, _WIDEST = 34, 22, 20, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """`label` stands below, `figure` above; `said` is what a screen reader says. A `strong` bar stands out."""

    label: Text
    value: int
    figure: Text
    said: Text
    strong: bool = False


class BarChart(Retranslated, QWidget):
    """One bar per entry under a line that sums them up."""

    def __init__(self, summary: Text = "", bars: Sequence[Bar] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary, self._bars = summary, tuple(bars)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(". ".join([words(self._summary), *(words(bar.said) for bar in self._bars)]))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(interface_font(13))
        painter.setPen(color("muted"))
        painter.drawText(QRect(0, 0, self.width(), 20), Qt.AlignmentFlag.AlignVCenter, words(self._summary))
        most = max((bar.value for bar in self._bars), default=0)
        step = self.width() / max(1, len(self._bars))
        floor = self.height() - _FOOT
        room = max(1, floor - _HEAD - _VALUE)
        painter.setPen(color("border"))
        painter.drawLine(0, floor, self.width(), floor)
        for at, bar in enumerate(self._bars):
            self._draw(painter, bar, (at + 0.5) * step, step, floor, room * bar.value / most if most else 0.0)
        painter.end()

    def _draw(self, painter: QPainter, bar: Bar, middle: float, step: float, floor: int, high: float) -> None:
        tall = max(3.0, high) if bar.value else 0.0
        wide = min(_WIDEST, step * 0.6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent" if bar.strong else "handle-hover"))
        if tall:
            painter.drawRoundedRect(QRectF(middle - wide / 2, floor - tall, wide, tall), 3, 3)
        painter.setFont(interface_font(12, QFont.Weight.DemiBold if bar.strong else QFont.Weight.Normal))
        painter.setPen(color("text" if bar.strong else "muted"))
        cell = QRect(round(middle - step / 2), 0, round(step), _VALUE)
        if bar.value:
            above = cell.translated(0, round(floor - tall) - _VALUE)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, words(bar.figure))
        painter.drawText(cell.translated(0, floor + 3), Qt.AlignmentFlag.AlignCenter, words(bar.label))


def short(fen: int) -> str:
    """An amount in a few figures: "262", "1,173", "2.4万", in English "24k"."""
    yuan = round(fen / 100)
    if yuan < 10_000:
        return count(yuan)
    unit, sign = (10_000, "万") if language() == "zh_CN" else (1_000, "k")
    return f"{yuan / unit:.1f}".removesuffix(".0") + sign if yuan < 100 * unit else f"{count(round(yuan / unit))}{sign}"

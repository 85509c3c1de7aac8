"""The orders of a week as bars, each with its words and number."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from s2b_desktop.models.queries.outlook import Day
from s2b_desktop.text import count, language, money, tr
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.theme import color, interface_font

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HEAD, _FOOT, _VALUE, _WIDEST = 34, 22, 20, 34


class WeekChart(Retranslated, QWidget):
    """Draws one bar per day; today's stands out. The whole is one line of words to a screen reader."""

    def __init__(self, days: Sequence[Day], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._week = list(days)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.retranslate()

    def retranslate(self) -> None:
        said = [f"{self.day_name(at)} {count(day.count)}, {money(day.amount)}" for at, day in enumerate(self._week)]
        self.setAccessibleName(". ".join([self.summary(), *said]))
        self.update()

    def summary(self) -> str:
        """All days together: "¥6,204.00 · 23 orders"."""
        orders = sum(day.count for day in self._week)
        if not orders:
            return tr("No orders in these days")
        return f"{money(sum(day.amount for day in self._week))} · {tr('{n} orders', n=orders)}"

    def day_name(self, at: int) -> str:
        if at == len(self._week) - 1:
            return tr("Today")
        return tr(_DAYS[datetime.fromtimestamp(self._week[at].start / 1000 + 43_200).weekday()])

    def sizeHint(self) -> QSize:
        return QSize(260, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(interface_font(13))
        painter.setPen(color("muted"))
        painter.drawText(QRect(0, 0, self.width(), 20), Qt.AlignmentFlag.AlignVCenter, self.summary())
        most = max((day.amount for day in self._week), default=0)
        step = self.width() / max(1, len(self._week))
        floor = self.height() - _FOOT
        room = max(1, floor - _HEAD - _VALUE)
        painter.setPen(color("border"))
        painter.drawLine(0, floor, self.width(), floor)
        for at, day in enumerate(self._week):
            middle, today = (at + 0.5) * step, at == len(self._week) - 1
            tall = max(3.0, room * day.amount / most) if day.amount and most else 0.0
            wide = min(_WIDEST, step * 0.6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent" if today else "handle-hover"))
            if tall:
                painter.drawRoundedRect(QRectF(middle - wide / 2, floor - tall, wide, tall), 3, 3)
            weight = QFont.Weight.DemiBold if today else QFont.Weight.Normal
            painter.setFont(interface_font(12, weight))
            painter.setPen(color("text" if today else "muted"))
            cell = QRect(round(middle - step / 2), 0, round(step), _VALUE)
            if day.amount:
                painter.drawText(
                    cell.translated(0, round(floor - tall) - _VALUE), Qt.AlignmentFlag.AlignCenter, short(day.amount)
                )
            painter.drawText(cell.translated(0, floor + 3), Qt.AlignmentFlag.AlignCenter, self.day_name(at))
        painter.end()


def short(fen: int) -> str:
    """An amount in a few figures: "262", "1,173", "2.4万", in English "24k"."""
    yuan = round(fen / 100)
    if yuan < 10_000:
        return count(yuan)
    unit, sign = (10_000, "万") if language() == "zh_CN" else (1_000, "k")
    return f"{yuan / unit:.1f}".removesuffix(".0") + sign if yuan < 100 * unit else f"{count(round(yuan / unit))}{sign}"

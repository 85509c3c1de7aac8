"""What runs when: a month of days, and a bar for each thing that runs in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.text import clauses, date, language, last_day, listed, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.pill import _SOFT
from s2b_desktop.views.common.theme import Tone, color, interface_font
from s2b_desktop.views.common.tips import plain_tip

_HEAD, _LANE, _BAR = 46, 34, 26
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Span:
    """Something that runs from `starts_at` up to before `ends_at` (ms; None: on and on)."""

    id: str
    name: str
    state: Text
    tone: Tone
    starts_at: int
    ends_at: int | None


class MonthOfSpans(Retranslated, QWidget):
    """A month with buttons to the next and the one before; `chosen(id)` is a click, or Enter on the marked bar."""

    chosen = Signal(str)

    def __init__(self, now: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._first = datetime.fromtimestamp(now / 1000).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self._spans: tuple[Span, ...] = ()
        self._title = Label(self._month, "strong")
        self._title.setMinimumWidth(130)
        self.before = Button("", lambda: self.turn(-1), icon="chevron-left", tip="Month before")
        self.after = Button("", lambda: self.turn(1), icon="chevron-right", tip="Next month")
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.before, self._title, self.after, Button("This month", lambda: self.turn(0))):
            head.addWidget(widget)
        head.addStretch(1)
        self.sheet = _Sheet(self)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sheet.setProperty("plain", True)
        area.setWidget(self.sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(area, 1)
        self._lay()

    def set_spans(self, spans: Sequence[Span], now: int) -> None:
        """Show these; what does not run in the month is left out."""
        self._spans, self._now = tuple(spans), now
        self._lay()

    def turn(self, by: int) -> None:
        """Go `by` months on; 0 is the present one."""
        first = datetime.fromtimestamp(self._now / 1000) if not by else self._first
        month = first.year * 12 + first.month - 1 + by
        self._first = datetime(month // 12, month % 12 + 1, 1)
        self._lay()

    def shown(self) -> list[Span]:
        """What runs in the month, the earliest first."""
        start, end = self._bounds()
        inside = [s for s in self._spans if s.starts_at < end and (s.ends_at is None or s.ends_at > start)]
        return sorted(inside, key=lambda s: (s.starts_at, s.name))

    def retranslate(self) -> None:
        self._lay()

    def _month(self) -> str:
        return f"{self._first:%B %Y}" if language() == "en" else f"{self._first.year} 年 {self._first.month} 月"

    def _bounds(self) -> tuple[int, int]:
        after = (self._first + timedelta(days=32)).replace(day=1)
        return int(self._first.timestamp() * 1000), int(after.timestamp() * 1000)

    def _lay(self) -> None:
        if hasattr(self, "sheet"):
            self._title.retranslate()
            self.sheet.lay(self.shown(), *self._bounds(), self._first, self._now)


class _Sheet(QWidget):
    def __init__(self, month: MonthOfSpans) -> None:
        super().__init__(month)
        self._month = month
        self._spans: list[Span] = []
        self._start, self._end, self._now = 0, 1, 0
        self._first = datetime(1970, 1, 1)
        self._marked = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def lay(self, spans: list[Span], start: int, end: int, first: datetime, now: int) -> None:
        self._spans, self._start, self._end, self._first, self._now = spans, start, end, first, now
        self._marked = min(self._marked, max(0, len(spans) - 1))
        said = [listed([s.name, words(s.state), self.until(s)]) for s in spans]
        self.setAccessibleName(tr("What runs when"))
        self.setAccessibleDescription(clauses(said))
        self.setMinimumHeight(_HEAD + _LANE * max(1, len(spans)) + 8)
        self.update()

    @staticmethod
    def until(span: Span) -> str:
        """From when to when, in words."""
        ends = tr("until it is ended") if span.ends_at is None else last_day(span.ends_at)
        return f"{date(span.starts_at)} – {ends}"

    def sizeHint(self) -> QSize:
        return QSize(600, _HEAD + _LANE * max(6, len(self._spans)))

    def box(self, at: int) -> QRectF:
        """Where the bar of the span at this place is drawn."""
        span, wide = self._spans[at], self.width()
        begin = (max(span.starts_at, self._start) - self._start) / (self._end - self._start)
        last = self._end if span.ends_at is None else min(span.ends_at, self._end)
        end = (last - self._start) / (self._end - self._start)
        return QRectF(begin * wide + 1, _HEAD + at * _LANE + (_LANE - _BAR) / 2, max(8, (end - begin) * wide - 2), _BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_days(painter)
        for at, span in enumerate(self._spans):
            box = self.box(at)
            marked = self.hasFocus() and at == self._marked
            painter.setPen(QPen(color("accent"), 2) if marked else Qt.PenStyle.NoPen)
            painter.setBrush(color(_SOFT[span.tone]))
            painter.drawRoundedRect(box, 7, 7)
            painter.setFont(interface_font(12, QFont.Weight.DemiBold))
            metrics = painter.fontMetrics()
            said = f"{span.name} · {words(span.state)}"
            beside = box.width() - 16 < min(metrics.horizontalAdvance(said), 80)
            left = box.left() + 8
            room = box.width() - 16
            if beside:
                room = max(80.0, self.width() - box.right() - 8)
                left = box.right() + 6 if self.width() - box.right() > 120 else max(0.0, box.left() - 6 - room)
            painter.setPen(color("text" if beside else span.tone))
            fitting = metrics.elidedText(said, Qt.TextElideMode.ElideRight, round(room))
            area = QRect(round(left), round(box.top()), round(room) + 1, _BAR)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, fitting)
        if not self._spans:
            painter.setFont(interface_font(13))
            painter.setPen(color("muted"))
            area = QRect(0, _HEAD, self.width(), _LANE * 2)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, tr("Nothing runs in this month"))
        painter.end()

    def _draw_days(self, painter: QPainter) -> None:
        day, number = self._first, 0
        step = self.width() * 86_400_000 / (self._end - self._start)
        while day.month == self._first.month:
            left = round(number * step)
            cell = QRect(left, 0, round(step), _HEAD - 6)
            today = int(day.timestamp() * 1000) <= self._now < int((day + timedelta(days=1)).timestamp() * 1000)
            if today:
                painter.fillRect(QRect(left, 0, round(step), self.height()), color("accent-soft"))
            painter.setFont(interface_font(12, QFont.Weight.DemiBold if today else QFont.Weight.Normal))
            painter.setPen(color("accent" if today else "text"))
            painter.drawText(cell.adjusted(0, 20, 0, 0), Qt.AlignmentFlag.AlignCenter, str(day.day))
            painter.setPen(color("muted"))
            name = tr(_DAYS[day.weekday()])
            if QFontMetrics(painter.font()).horizontalAdvance(name) > step - 2:
                name = name[-1:] if language() == "zh_CN" else name[:1]
            painter.drawText(cell.adjusted(0, 0, 0, -20), Qt.AlignmentFlag.AlignCenter, name)
            painter.setPen(color("border"))
            painter.drawLine(left, _HEAD - 4, left, self.height())
            day, number = day + timedelta(days=1), number + 1
        painter.drawLine(0, _HEAD - 4, self.width(), _HEAD - 4)

    def _at(self, y: float) -> int:
        at = int((y - _HEAD) // _LANE)
        return at if y >= _HEAD and at < len(self._spans) else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position().y())
        self.setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)
        self.setToolTip(plain_tip(f"{self._spans[at].name}\n{self.until(self._spans[at])}") if at >= 0 else "")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position().y())
        if at >= 0:
            self._marked = at
            self.update()
            self._month.chosen.emit(self._spans[at].id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._spans:
            self._marked = max(0, min(len(self._spans) - 1, self._marked + (1 if key == Qt.Key.Key_Down else -1)))
            self.update()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._month.turn(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._spans:
            self._month.chosen.emit(self._spans[self._marked].id)
        else:
            super().keyPressEvent(event)

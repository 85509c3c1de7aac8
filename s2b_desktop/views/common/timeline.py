"""What happened, in order: when, what, who."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from s2b_desktop.text import clauses, listed, moment, tr
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import Tone, color, interface_font

_LEFT, _GAP = 30, 14


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened (or will): `at` in ms or None; `pending` waits for the hub."""

    title: Text
    at: int | None = None
    who: str = ""
    note: Text = ""
    tone: Tone = "neutral"
    pending: bool = False


class Timeline(Retranslated, QWidget):
    """Draws its events from top to bottom and is as tall as they need."""

    def __init__(self, events: Sequence[TimelineEntry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._events = tuple(events)
        self._heights: dict[int, int] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(200)
        self.retranslate()

    def set_events(self, events: Sequence[TimelineEntry]) -> None:
        self._events = tuple(events)
        self.retranslate()

    def retranslate(self) -> None:
        said = [listed(part for part in (words(e.title), self._when(e), words(e.note)) if part) for e in self._events]
        self.setAccessibleName(tr("History"))
        self.setAccessibleDescription(clauses(said))
        self._heights.clear()
        self._grow()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:  # layouts ask for the same widths again and again
            self._heights[width] = sum(self._tall(event, width) for event in self._events)
        return self._heights[width]

    def sizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(320))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        self.setMinimumHeight(self.heightForWidth(max(self.width(), self.minimumWidth())))
        self.updateGeometry()

    @staticmethod
    def _when(event: TimelineEntry) -> str:
        told = [moment(event.at)] if event.at is not None else []
        if event.who:
            told.append(event.who)
        if event.pending:
            told.append(tr("Waiting to sync"))
        return " · ".join(told)

    @staticmethod
    def _wrapped(text: str, font: QFont, width: int) -> int:
        flags = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        return QFontMetrics(font).boundingRect(QRect(0, 0, width, 10_000), flags, text).height()

    def _tall(self, event: TimelineEntry, width: int) -> int:
        room, small = width - _LEFT, interface_font(12)
        tall = self._wrapped(words(event.title), interface_font(13, QFont.Weight.DemiBold), room)
        if self._when(event):
            tall += QFontMetrics(small).height() + 1
        if words(event.note):
            tall += self._wrapped(words(event.note), small, room) + 2
        return tall + _GAP

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0
        for place, entry in enumerate(self._events):
            tall = self._tall(entry, self.width())
            if place + 1 < len(self._events):
                painter.setPen(QPen(color("border"), 2))
                painter.drawLine(9, top + 21, 9, top + tall + 1)
            self._draw_mark(painter, entry, top)
            self._draw_words(painter, entry, top)
            top += tall
        painter.end()

    @staticmethod
    def _draw_mark(painter: QPainter, entry: TimelineEntry, top: int) -> None:
        if entry.pending:
            paint_icon(painter, "clock", QRect(1, top + 2, 17, 17), "muted")
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(f"{entry.tone}-soft"))
        painter.drawEllipse(QRectF(0.5, top + 1.5, 18, 18))
        painter.setBrush(color(entry.tone))
        painter.drawEllipse(QRectF(5.5, top + 6.5, 8, 8))

    def _draw_words(self, painter: QPainter, entry: TimelineEntry, top: int) -> None:
        room, y = self.width() - _LEFT, top
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        strong, small = interface_font(13, QFont.Weight.DemiBold), interface_font(12)
        parts: list[tuple[str, QFont, str, int]] = [(words(entry.title), strong, "text", 0)]
        if self._when(entry):
            parts.append((self._when(entry), small, "muted", 1))
        if words(entry.note):
            ink: str = "text" if entry.tone in ("neutral", "accent") else entry.tone
            parts.append((words(entry.note), small, ink, 2))
        for said, font, ink, gap in parts:
            y += gap
            tall = self._wrapped(said, font, room)
            painter.setFont(font)
            painter.setPen(color(ink))
            painter.drawText(QRect(_LEFT, y, room, tall), wrap, said)
            y += tall

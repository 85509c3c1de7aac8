"""Status as a coloured pill with a word: for table cells, labels and the line to the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from s2b_desktop.text import ago, duration, listed, now_ms, tr
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import Tone, color, interface_font

_SOFT: dict[Tone, str] = {tone: f"{tone}-soft" for tone in ("ok", "warn", "bad", "accent", "neutral")}
_PAD, _HEIGHT, _MARK = 10, 22, 14


def paint_pill(painter: QPainter, x: int, middle: int, text: str, tone: Tone, width: int) -> int:
    """Draw a pill from `x` around the line `middle`, at most `width` wide; return its right edge.

    The painter's font is used; text that does not fit is shortened.
    """
    metrics = painter.fontMetrics()
    room = width - 2 * _PAD
    if room < 12:
        return x
    advance = metrics.horizontalAdvance(text)
    if advance > room:
        text, advance = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room), room
    box = QRect(x, middle - _HEIGHT // 2, advance + 2 * _PAD, _HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(_SOFT[tone]))
    painter.drawRoundedRect(box, 10, 10)
    painter.setPen(color(tone))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    return box.right() + 1


def pill_width(text: str) -> int:
    """How wide a pill with this text is, in px."""
    return QFontMetrics(interface_font(12)).horizontalAdvance(text) + 2 * _PAD


def paint_waiting(painter: QPainter, x: int, middle: int) -> int:
    """Draw the waiting-to-sync marker (a small clock beside a state) at `x`; return its right edge."""
    paint_icon(painter, "clock", QRect(x, middle - _MARK // 2, _MARK, _MARK), "muted")
    return x + _MARK


class StatePill(Retranslated, QWidget):
    """The state of one thing, in a form or inspector; `waiting` adds the marker beside it."""

    def __init__(
        self, text: Text = "", tone: Tone = "neutral", *, waiting: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._words, self._tone, self._waiting = text, tone, waiting
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def set_state(self, text: Text, tone: Tone, *, waiting: bool = False) -> None:
        self._words, self._tone, self._waiting = text, tone, waiting
        self.retranslate()

    def retranslate(self) -> None:
        said = words(self._words)
        self.setAccessibleName(listed([said, tr("Waiting to sync")]) if self._waiting else said)
        self.setToolTip(tr("Waiting to sync") if self._waiting else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = pill_width(words(self._words))
        return QSize(wide + (6 + _MARK if self._waiting else 0), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(interface_font(12))
        middle = self.height() // 2
        room = self.width() - (6 + _MARK if self._waiting else 0)
        x = paint_pill(painter, 0, middle, words(self._words), self._tone, room)
        if self._waiting:
            paint_waiting(painter, x + 6, middle)
        painter.end()


@dataclass(frozen=True, slots=True)
class LineStatus:
    """The line to the hub: times in ms, counts of commands. `stopped`: it answers, and will not sync."""

    line: Literal["online", "syncing", "stopped", "offline"] = "online"
    since: int | None = None
    waiting: int = 0
    attention: int = 0
    last_synced: int | None = None

    @property
    def tone(self) -> Tone:
        if self.attention:
            return "bad"
        if self.line in ("offline", "stopped"):
            return "warn"
        return "neutral" if self.waiting or self.line == "syncing" else "ok"

    @property
    def icon(self) -> str:
        if self.attention or self.line == "stopped":
            return "alert-circle"
        if self.line == "offline":
            return "wifi-off"
        return "refresh" if self.waiting or self.line == "syncing" else "cloud-check"

    def words(self, now: int) -> str:
        """All that is true, most urgent first: "Offline 12 min · 3 waiting to sync"."""
        said = []
        if self.attention:
            said.append(tr("{n} need attention", n=self.attention))
        if self.line == "offline":
            long = "" if self.since is None else duration(now - self.since)
            said.append(tr("Offline {duration}", duration=long) if long else tr("Offline"))
        elif self.line != "online":
            said.append(tr("Syncing") if self.line == "syncing" else tr("Not syncing"))
        if self.waiting:
            said.append(tr("{n} waiting to sync", n=self.waiting))
        return " · ".join(said) or tr("Online")


class StatusPill(Retranslated, QAbstractButton):
    """The one honest pill at the top right; a click opens the queue."""

    def __init__(self, clock: Callable[[], int] = now_ms, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock, self._status = clock, LineStatus()
        self._tick = QTimer(self, interval=20_000)
        self._tick.timeout.connect(self.retranslate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def set_status(self, status: LineStatus) -> None:
        self._status = status
        if status.line == "offline":
            self._tick.start()
        else:
            self._tick.stop()
        self.retranslate()

    def status(self) -> LineStatus:
        return self._status

    def retranslate(self) -> None:
        now = self._clock()
        self.setText(self._status.words(now))
        self.setAccessibleName(self.text())
        last = self._status.last_synced
        seen = "" if last is None else tr("Last synced {ago}", ago=ago(last, now)) + "\n"
        self.setToolTip(seen + tr("Show what is waiting"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        font = interface_font(13, QFont.Weight.Medium)
        return QSize(QFontMetrics(font).horizontalAdvance(self.text()) + 16 + 8 + 28, 36)

    def paintEvent(self, event: QPaintEvent) -> None:
        tone = self._status.tone
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = color("accent") if self.hasFocus() else color(tone)
        shown = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(ring, 2 if self.hasFocus() else 1) if shown else Qt.PenStyle.NoPen)
        painter.setBrush(color(_SOFT[tone]))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        paint_icon(painter, self._status.icon, QRect(14, (self.height() - 16) // 2, 16, 16), tone)
        painter.setFont(interface_font(13, QFont.Weight.Medium))
        painter.setPen(color(tone))
        area = QRect(38, 0, self.width() - 38, self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

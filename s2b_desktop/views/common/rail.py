"""The rail at the left: where one can go, what waits there."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLayout, QSizePolicy, QVBoxLayout, QWidget

from s2b_desktop.text import listed, tr
from s2b_desktop.views.common.button import key_name
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import Tone, color, interface_font
from s2b_desktop.views.common.tips import plain_tip

WIDE, SLIM = 196, 60
TALL, TIGHT = 38, 29
HEADING, LINE = 28, 9
_TEXT = 40


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the rail: its key, icon, words, key to press (Ctrl+1..9 by position if empty) and heading."""

    key: str
    icon: str
    text: Text
    shortcut: str = ""
    group: Text = ""


class RailEntry(Retranslated, QAbstractButton):
    """One place; collapsed it shows its icon, a dot for its badge, and its words as a tooltip."""

    stepped = Signal(int)  # by an arrow key

    def __init__(self, item: NavItem, *, checkable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self._badge, self._tone, self._slim, self._tall = 0, "neutral", False, TALL
        self.setCheckable(checkable)
        self.setAutoExclusive(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def set_badge(self, n: int, tone: Tone = "neutral") -> None:
        self._badge, self._tone = n, tone
        self.retranslate()

    def set_slim(self, slim: bool) -> None:
        self._slim = slim
        self.retranslate()

    def retranslate(self) -> None:
        said = words(self.item.text)
        self.setText(said)
        waits = tr("{n} waiting", n=self._badge) if self._badge else ""
        self.setAccessibleName(listed(part for part in (said, waits) if part))
        key = f"  ({key_name(self.item.shortcut)})" if self.item.shortcut else ""
        self.setToolTip(plain_tip(said + key))
        self.update()

    def set_tight(self, tight: bool) -> None:
        """Stand closer, where the rail has many places and little height."""
        self._tall = TIGHT if tight else TALL
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(36, self._tall)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = self.isChecked()
        fill = "accent-soft" if here else "hover" if self.underMouse() else ""
        if self.hasFocus():
            painter.setPen(QPen(color("accent"), 2))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        if fill:
            painter.setBrush(color(fill))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)
        ink = "accent" if here else "muted"
        left = (self.width() - 18) // 2 if self._slim else 12
        paint_icon(painter, self.item.icon, QRect(left, (self.height() - 18) // 2, 18, 18), ink)
        if self._slim:
            self._draw_dot(painter)
        else:
            self._draw_words(painter, self._draw_badge(painter))
        painter.end()

    def _draw_words(self, painter: QPainter, right: int) -> None:
        here = self.isChecked()
        font = interface_font(13, QFont.Weight.DemiBold if here else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(color("accent" if here else "text"))
        room = self.room_for_words(right)
        fitting = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(_TEXT, 0, room, self.height()), Qt.AlignmentFlag.AlignVCenter, fitting)

    @staticmethod
    def room_for_words(right: int) -> int:
        """Px between the icon and what stands at `right`."""
        return right - _TEXT - 6

    def _draw_badge(self, painter: QPainter) -> int:
        """Draw the badge if there is one; return its left edge."""
        right = self.width() - 8
        if not self._badge:
            return right
        said = str(self._badge) if self._badge < 1000 else "999+"
        font = interface_font(12, QFont.Weight.Medium)
        wide = max(22, QFontMetrics(font).horizontalAdvance(said) + 10)
        box = QRect(right - wide, (self.height() - 20) // 2, wide, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        soft = "surface" if self.isChecked() and self._tone == "neutral" else f"{self._tone}-soft"
        painter.setBrush(color(soft))
        painter.drawRoundedRect(box, 10, 10)
        painter.setFont(font)
        painter.setPen(color(self._tone))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, said)
        return box.left()

    def _draw_dot(self, painter: QPainter) -> None:
        if self._badge:
            painter.setPen(QPen(color("surface"), 2))
            painter.setBrush(color(self._tone))
            painter.drawEllipse(QRect(self.width() // 2 + 4, 6, 9, 9))


class RailHeading(Retranslated, QWidget):
    """The heading of the places below it; only a line where there is no room or nothing to say."""

    def __init__(self, text: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = text
        self._slim = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(words(self._said) if self._said else "")
        self.update()

    def set_slim(self, slim: bool) -> None:
        """Draw a line instead of words."""
        self._slim = slim
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(36, LINE if self._slim or not self._said else HEADING)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._slim or not self._said:
            painter.fillRect(QRect(12, self.height() // 2, self.width() - 24, 1), color("border"))
        else:
            painter.setFont(interface_font(12, QFont.Weight.DemiBold))
            painter.setPen(color("muted"))
            box = QRect(12, 4, self.width() - 20, self.height() - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words(self._said))
        painter.end()


class Brand(Retranslated, QWidget):
    """The product's mark and whose desk this is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._slim = False
        self.setFixedHeight(56)

    def set_name(self, name: str) -> None:
        """Show the organisation's name beside the mark."""
        self._name = name
        self.setAccessibleName(f"S2B {name}")
        self.setToolTip(plain_tip(name))
        self.update()

    def set_slim(self, slim: bool) -> None:
        self._slim = slim
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(interface_font(15, QFont.Weight.Bold))
        painter.setPen(color("text"))
        mark = QFontMetrics(painter.font()).horizontalAdvance("S2B")
        if self._slim:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "S2B")
        else:
            painter.drawText(QRect(12, 0, mark + 2, 56), Qt.AlignmentFlag.AlignVCenter, "S2B")
            font = interface_font(13)
            room = self.width() - mark - 28
            name = QFontMetrics(font).elidedText(self._name, Qt.TextElideMode.ElideRight, room)
            painter.setFont(font)
            painter.setPen(color("muted"))
            painter.drawText(QRect(mark + 20, 1, room, 56), Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()


class Rail(QFrame):
    """Shows the places it is given, in order; `chosen` says which was picked."""

    chosen = Signal(str)
    collapsed_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "rail")
        self.brand = Brand()
        self._entries: dict[str, RailEntry] = {}
        self._headings: list[RailHeading] = []
        self._foot: list[RailEntry] = []
        self._collapsed = False
        self._fold = RailEntry(NavItem("", "panel-left", "Collapse"), checkable=False)
        self._fold.clicked.connect(lambda: self._fold_by_hand())
        self._wire(self._fold)
        self._column = QVBoxLayout(self)
        self._column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # `_fit` makes the places fit
        self._column.setContentsMargins(8, 0, 8, 12)
        self._column.setSpacing(2)
        self._column.addWidget(self.brand)
        self._places = QVBoxLayout()
        self._places.setSpacing(2)
        self._column.addLayout(self._places)
        self._column.addStretch(1)
        self.footer = QVBoxLayout()
        self.footer.setSpacing(2)
        self._column.addLayout(self.footer)
        self._column.addWidget(self._fold)
        self.setFixedWidth(WIDE)

    def set_items(self, items: Sequence[NavItem]) -> None:
        for entry in self._entries.values():
            self._places.removeWidget(entry)
            entry.deleteLater()
        for heading in self._headings:
            self._places.removeWidget(heading)
            heading.deleteLater()
        self._entries, self._headings = {}, []
        group: Text = ""
        for item in items:
            if item.group != group:
                group = item.group
                heading = RailHeading(group)
                self._places.addWidget(heading)
                self._headings.append(heading)
            entry = RailEntry(item)
            entry.clicked.connect(lambda _on=False, key=item.key: self.chosen.emit(key))
            entry.set_slim(self._collapsed)
            self._places.addWidget(entry)
            self._entries[item.key] = entry
            self._wire(entry)
        self._fit()
        for before, after in pairwise(self._in_order()):
            QWidget.setTabOrder(before, after)

    def add_footer(self, item: NavItem) -> RailEntry:
        """Add a place at the foot (settings, the signed-in person); it has no page of its own to check."""
        entry = RailEntry(item, checkable=False)
        entry.clicked.connect(lambda _on=False, key=item.key: self.chosen.emit(key))
        entry.set_slim(self._collapsed)
        self.footer.addWidget(entry)
        self._foot.append(entry)
        self._wire(entry)
        self._fit()
        return entry

    def entry(self, key: str) -> RailEntry:
        """The entry of a place. Raises KeyError."""
        return self._entries[key]

    def places(self) -> list[str]:
        return list(self._entries)

    def set_current(self, key: str) -> None:
        if key in self._entries:
            self._entries[key].setChecked(True)

    def set_collapsed(self, collapsed: bool) -> None:
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        for entry in self.findChildren(RailEntry):
            entry.set_slim(collapsed)
        self.brand.set_slim(collapsed)
        self.setFixedWidth(SLIM if collapsed else WIDE)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Any height: what the places need beyond it is saved by `_fit`."""
        return QSize(self.width(), 0)

    def _fit(self) -> None:
        """Where not all stand comfortably, the places move together; if that is too little, headings become lines."""
        entries = self._in_order()
        fixed = self.brand.height() + 12 + 2 * (len(entries) + len(self._headings))
        comfortable = fixed + TALL * len(entries)
        slim = self._collapsed
        if not slim and comfortable + HEADING * len(self._headings) > self.height():
            tight_with_words = fixed + TIGHT * len(entries) + HEADING * len(self._headings)
            slim = tight_with_words > self.height()
        tight = comfortable + (LINE if slim else HEADING) * len(self._headings) > self.height()
        for heading in self._headings:
            heading.set_slim(slim)
        for entry in entries:
            entry.set_tight(tight)
        self._column.activate()

    def _in_order(self) -> list[RailEntry]:
        return [*self._entries.values(), *self._foot, self._fold]

    def _wire(self, entry: RailEntry) -> None:
        entry.stepped.connect(lambda by: self._step_from(entry, by))

    def _step_from(self, entry: RailEntry, by: int) -> None:
        order = self._in_order()
        place = order.index(entry) + by
        if 0 <= place < len(order):
            order[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _fold_by_hand(self) -> None:
        self.set_collapsed(not self._collapsed)
        self.collapsed_changed.emit(self._collapsed)

"""What comes next in a line each: supply orders by their time, the last orders, the longest waiting reviews."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.home import Figures
from s2b_desktop.models.queries.review import ReviewKind
from s2b_desktop.text import ago, amount, listed, tr
from s2b_desktop.views.common.pill import paint_pill, pill_width
from s2b_desktop.views.common.theme import Tone, color, interface_font
from s2b_desktop.views.common.tips import plain_tip
from s2b_desktop.views.orders.columns import customer
from s2b_desktop.views.supply.columns import due_text, goods_text
from s2b_domain.records.party import PartyKind

TITLES: dict[PartyKind, str] = {
    PartyKind.SUPPLIER: "Next to ship",
    PartyKind.MERCHANT: "Latest orders",
    PartyKind.PLATFORM: "Waiting longest",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: where it leads, its title, a note, and a pill at the right."""

    key: str
    what: str
    title: str
    note: str
    pill: str
    tone: Tone = "neutral"


def ahead(found: Figures, now: int) -> list[Line]:
    """The lines of whoever these figures are for, the most urgent first."""
    lines = []
    for entry in found.next_due:
        pill, tone = due_text(entry.state, entry.ship_by, now)
        lines.append(Line("supply", entry.id, f"{entry.number}", f"{entry.merchant} · {goods_text(entry)}", pill, tone))
    for row in found.latest:
        pill, tone = state_text("order", row.state)
        note = f"{amount(row.due)} · {customer(row)} · {row.goods}"
        lines.append(Line("orders", row.id, row.number, note, pill, tone))
    waiting = [
        (c.submitted_at, Line("parties", c.id, c.name, ago(c.submitted_at, now), tr("Application"), "warn"))
        for c in found.waiting_companies
    ]
    for goods in found.waiting_goods:
        new = goods.kind is ReviewKind.PRODUCT
        note = " · ".join(part for part in (goods.supplier, ago(goods.submitted_at, now)) if part)
        pill, tone = (tr("New"), "accent") if new else (tr("Changed"), "warn")
        waiting.append((goods.submitted_at, Line("review", goods.id, goods.title, note, pill, tone)))
    return lines + [line for _at, line in sorted(waiting, key=lambda each: each[0])]


class LineRow(QAbstractButton):
    """Draws one line; Enter and Space follow it as a click does."""

    def __init__(self, line: Line, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = line
        self.setText(line.title)
        self.setAccessibleName(listed(part for part in (line.title, line.pill, line.note) if part))
        self.setToolTip(plain_tip(line.note))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(220, 48)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(color("accent"), 2) if self.hasFocus() else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(color("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)
        strong, small = interface_font(13, QFont.Weight.DemiBold), interface_font(12)
        whole = self.width() - 10
        wide = pill_width(self.line.pill) if self.line.pill else 0
        beside = whole - wide - 10 if wide else whole
        low = QFontMetrics(strong).horizontalAdvance(self.line.title) > beside - 10  # the pill stands by the note
        if wide:
            painter.setFont(small)
            middle = 34 if low else self.height() // 2
            paint_pill(painter, whole - wide, middle, self.line.pill, self.line.tone, wide)
        for said, top, right, font, token in (
            (self.line.title, 4 if not low else 2, whole if low else beside, strong, "text"),
            (self.line.note, 23, beside, small, "muted"),
        ):
            painter.setFont(font)
            painter.setPen(color(token))
            fitting = QFontMetrics(font).elidedText(said, Qt.TextElideMode.ElideRight, right - 10)
            painter.drawText(QRect(10, top, right - 10, 20), Qt.AlignmentFlag.AlignVCenter, fitting)
        painter.end()

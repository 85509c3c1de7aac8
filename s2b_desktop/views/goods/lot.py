"""Lot and expiry date of goods that come in."""

from typing import Literal

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from s2b_desktop.text import day_typed, labelled, parse_day, tr
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_domain.rules.stock import Tracking


def lot_problem(tracking: Tracking, lot: str, expires: str) -> tuple[Literal["lot", "expires"], str] | None:
    """What is still to be said of goods that ask for it, and in which field."""
    if tracking is not Tracking.NONE and not lot:
        return "lot", "These goods ask for their lot"
    try:
        day = parse_day(expires)
    except ValueError:
        return "expires", "Write the expiry date as 2027-01-31."
    if tracking is Tracking.EXPIRY and day is None:
        return "expires", "These goods ask for their expiry date"
    return None


class LotFields(Retranslated, QWidget):
    """Both in one line, for goods called `title`; not shown as long as nobody asks for them or says them."""

    def __init__(self, title: str, tracking: Tracking, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._tracking = title, tracking
        self.lot, self.expires = QLineEdit(), QLineEdit()
        self.lot.setMaxLength(100)
        self.expires.setFixedWidth(112)
        self.lot.returnPressed.connect(self.expires.setFocus)
        line = QGridLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setHorizontalSpacing(8)
        for at, (name, field) in enumerate((("Lot", self.lot), ("Expires", self.expires))):
            line.addWidget(Label(name, "small"), 0, 2 * at)
            line.addWidget(field, 0, 2 * at + 1)
        if not self.wanted:
            self.hide()
        self.retranslate()

    @property
    def wanted(self) -> bool:
        """Whether anybody asks for them or has said them."""
        return self._tracking is not Tracking.NONE or bool(self.lot.text() or self.expires.text())

    def retranslate(self) -> None:
        self.lot.setAccessibleName(labelled(self._title, tr("Lot")))
        self.expires.setAccessibleName(labelled(self._title, tr("Expires")))
        self.expires.setPlaceholderText(tr("YYYY-MM-DD"))

    def say(self, lot: str, expires_at: int | None) -> None:
        """Enter what a code or somebody before has said."""
        self.lot.setText(lot)
        self.expires.setText(day_typed(expires_at) if expires_at is not None else "")
        self.setVisible(self.wanted)

    def said(self) -> tuple[str, int | None]:
        """Lot and day; ValueError where the day is none."""
        return self.lot.text().strip(), parse_day(self.expires.text())

    def open_field(self) -> tuple[QLineEdit, str] | None:
        """The field in which something is missing or wrong, and what."""
        problem = lot_problem(self._tracking, self.lot.text().strip(), self.expires.text())
        if problem is None:
            return None
        field, said = problem
        return (self.lot if field == "lot" else self.expires), tr(said)

"""One SKU's stock by hand: received, counted, adjusted or written off."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from s2b_desktop.models.queries.counting import Seen
from s2b_desktop.models.queries.goods import GoodsEntry, Place
from s2b_desktop.text import day_typed, parse_day, quantity, tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.goods.lot import lot_problem
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.rules.stock import MovementKind, Tracking
from s2b_domain.rules.units import MAX_QUANTITY

TITLES: dict[MovementKind, tuple[str, str, str]] = {
    MovementKind.RECEIVE: ("Receive goods", "What came in is added to the stock at once.", "Receive"),
    MovementKind.COUNT: (
        "Count stock",
        "Enter what lies on the shelf; what moves meanwhile is kept.",
        "Book the count",
    ),
    MovementKind.ADJUST: ("Adjust stock", "Up or down (with a minus), with the reason in the ledger.", "Adjust"),
    MovementKind.WRITE_OFF: ("Write off goods", "Broken, expired or lost goods leave the stock.", "Write off"),
}
REASONS: dict[MovementKind, tuple[str, ...]] = {
    MovementKind.ADJUST: ("Booked wrongly before", "Found again", "Used as a sample"),
    MovementKind.WRITE_OFF: ("Damaged", "Expired", "Lost"),
}


class StockPrompt(Confirm):
    """`message()` is the fact as it was entered. The count is blind: the books' figure is not shown.

    `seen` is what the ledger of each place (by stock id) held when the prompt was opened.
    """

    def __init__(
        self,
        kind: MovementKind,
        entry: GoodsEntry,
        places: Sequence[Place] = (),
        seen: Mapping[str, Seen] = {},
        parent: QWidget | None = None,
        *,
        tracking: Tracking = Tracking.NONE,
    ) -> None:
        title, told, verb = TITLES[kind]
        super().__init__(title, lambda: f"{entry.code} · {entry.title}\n{tr(told)}", verb, parent=parent)
        self._kind, self._entry, self._seen = kind, entry, dict(seen)
        least = -MAX_QUANTITY if kind is MovementKind.ADJUST else 0 if kind is MovementKind.COUNT else 1
        self.quantity = QuantityField(
            decimals=entry.decimals, minimum=least, maximum=MAX_QUANTITY, unit=partial(str, entry.unit)
        )
        label = "Counted" if kind is MovementKind.COUNT else "Quantity"
        self.quantity_row = FormRow(label, self.quantity)
        self.middle.addWidget(self.quantity_row)
        self.place = QComboBox()
        self._places = list(places)
        for place in self._places:
            lot = tr("lot {lot}", lot=place.stock.lot) if place.stock.lot else ""
            self.place.addItem(" · ".join(part for part in (place.warehouse, lot) if part))
        if len(self._places) > 1:
            self.middle.addWidget(FormRow("Place", self.place))
        self.lot = QLineEdit()
        if kind is MovementKind.RECEIVE:
            self.lot_row = FormRow("Lot", self.lot, optional=tracking is Tracking.NONE)
            self.middle.addWidget(self.lot_row)
        self.expires = QLineEdit()
        self.expires.setPlaceholderText(tr("YYYY-MM-DD"))
        self._tracking = tracking
        if kind is MovementKind.RECEIVE:
            self.expires_row = FormRow("Expires", self.expires, optional=tracking is not Tracking.EXPIRY)
            self.middle.addWidget(self.expires_row)
        self.reason = QComboBox()
        self.reason.setEditable(True)
        self.reason.addItems([tr(said) for said in REASONS.get(kind, ())])
        self.reason.setCurrentText("")
        self.reason_row = FormRow("Reason", self.reason)
        if kind in REASONS:
            self.middle.addWidget(self.reason_row)
        self.quantity.setFocus()

    def accept(self) -> None:
        value = self.quantity.value()
        if value is None or self.quantity.error() or (value == 0 and self._kind is MovementKind.ADJUST):
            said = self.quantity.error() or tr("Enter a quantity")
            self.quantity_row.set_error(partial(str, said))
            self.quantity.setFocus()
            return
        if self._kind in REASONS and not self.reason.currentText().strip():
            self.reason_row.set_error("Please give a reason")
            self.reason.setFocus()
            return
        if self._kind is MovementKind.RECEIVE and not self._lot_is_told():
            return
        super().accept()

    def _lot_is_told(self) -> bool:
        """Whether lot and date are there as far as the goods ask for them."""
        place = self._places[self.place.currentIndex()].stock if self._places else None
        lot, expires = self.lot.text().strip(), self.expires.text().strip()
        if place is not None and not lot:
            known = day_typed(place.expires_at) if place.expires_at is not None else ""
            lot, expires = place.lot, expires or known
        problem = lot_problem(self._tracking, lot, expires)
        if problem is not None:
            row = self.lot_row if problem[0] == "lot" else self.expires_row
            row.set_error(problem[1])
            row.field.setFocus()
        return problem is None

    def message(self) -> MoveStock | CountStock:
        """The fact as a command."""
        value, reason = self.quantity.value() or 0, self.reason.currentText().strip()
        place = self._places[self.place.currentIndex()].stock if self._places else None
        warehouse, lot = (place.warehouse_id, place.lot) if place else ("", "")
        if self._kind is MovementKind.COUNT:
            seen = self._seen.get(place.id, Seen()) if place else Seen()
            return CountStock(
                sku_id=self._entry.sku_id,
                counted=value,
                position=seen.position,
                seen=seen.waiting,
                warehouse_id=warehouse,
                lot=lot,
            )
        return MoveStock(
            sku_id=self._entry.sku_id,
            kind=self._kind,
            quantity=value,
            reason=reason,
            warehouse_id=warehouse,
            lot=self.lot.text().strip() or lot,
            expires_at=parse_day(self.expires.text()) if self._kind is MovementKind.RECEIVE else None,
        )


def booked(entry: GoodsEntry) -> str:
    """What the books say now, after a fact was booked."""
    said = f"{quantity(entry.on_hand, entry.decimals)} {entry.unit}"
    return tr("{code}: {quantity} on hand now", code=entry.code, quantity=said)

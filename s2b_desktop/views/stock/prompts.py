"""Questions of the stock page: where to move goods, what arrived, from when on goods are low, and warehouses."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QScrollArea, QWidget

from s2b_desktop.models.queries.stock import StockEntry
from s2b_desktop.models.queries.stock_papers import TransferDetail
from s2b_desktop.text import parse_quantity, quantity, tr
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_domain.commands.leases import SetLeasePolicy
from s2b_domain.commands.transfers import ReceiveTransfer, SendTransfer, SentLine
from s2b_domain.commands.warehouses import MAX_WATCHED, SaveWarehouse, WatchStock
from s2b_domain.records.lease import LeasePolicy
from s2b_domain.records.stock import StockWatch, Warehouse
from s2b_domain.rules.leases import MAX_HOURS
from s2b_domain.rules.stock import Tracking
from s2b_domain.rules.units import MAX_QUANTITY

Row = tuple[str, int, int, str, int]
"""Name, most, decimals, unit, value at first."""


class Quantities(QScrollArea):
    """A quantity for each of some goods."""

    def __init__(self, rows: Sequence[Row], heads: tuple[Text, Text], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        grid.addWidget(Label("Goods", "muted"), 0, 0)
        for at, head in enumerate(heads, 1):
            label = Label(head, "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label, 0, at)
        self.fields: list[QuantityField] = []
        for at, (name, most, decimals, unit, value) in enumerate(rows, 1):
            field = QuantityField(decimals=decimals, minimum=0, maximum=MAX_QUANTITY, unit=partial(str, unit))
            field.setFixedWidth(132)
            field.set_value(value)
            field.setAccessibleName(name)
            self.fields.append(field)
            there = Label(partial(quantity, most, decimals))
            there.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(Label(partial(str, name), wrap=True), at, 0)
            grid.addWidget(there, at, 1)
            grid.addWidget(field, at, 2)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(box)
        for each in (box, self.viewport()):
            each.setAutoFillBackground(False)  # on the colour of the dialog
        self.setFixedHeight(min(260, box.sizeHint().height()))

    def values(self) -> list[int] | None:
        """The quantities, or None while one is wrong."""
        if any(field.error() for field in self.fields):
            return None
        return [field.value() or 0 for field in self.fields]


class TransferPrompt(Confirm):
    """Moves places of one warehouse into another, at once or on their way."""

    def __init__(
        self, entries: Sequence[StockEntry], warehouses: Sequence[Warehouse], parent: QWidget | None = None
    ) -> None:
        origin = entries[0].warehouse
        super().__init__(
            "Move to another warehouse",
            lambda: tr("Out of {warehouse}. What is on its way can be promised to nobody until it arrives.",
                       warehouse=origin or tr("Main warehouse")),
            "Move",
            parent=parent,
        )  # fmt: skip
        self.setMinimumWidth(560)
        self._entries = list(entries)
        others = [w for w in warehouses if w.id != entries[0].warehouse_id]
        self.target = ComboBox([(w.id, partial(str, w.name)) for w in others])
        self.middle.addWidget(FormRow("Into", self.target))
        rows = [
            (
                " · ".join(p for p in (e.title, e.lot) if p),
                e.available,
                e.decimals,
                e.unit,
                max(0, e.available) if len(entries) == 1 else 0,
            )
            for e in entries
        ]
        self.quantities = Quantities(rows, ("Available", "Move"))
        self.middle.addWidget(self.quantities)
        self.at_once = CheckBox("It is there already")
        self.at_once.setChecked(True)
        self.middle.addWidget(self.at_once)
        self.reason = QLineEdit()
        self.middle.addWidget(FormRow("Note", self.reason, optional=True))
        self._wrong = Label("", "error", wrap=True)
        self._wrong.hide()
        self.middle.addWidget(self._wrong)

    def accept(self) -> None:
        values = self.quantities.values()
        too_much = values and any(n > max(0, e.available) for n, e in zip(values, self._entries, strict=True))
        if not values or not any(values) or too_much or not self.target.value():
            self._wrong.set_words(
                "Only what is available can be moved" if too_much else "Enter at least one quantity and the warehouse"
            )
            self._wrong.show()
            return
        super().accept()

    def message(self, transfer_id: str) -> SendTransfer:
        """The transfer as it was entered."""
        values = self.quantities.values() or []
        return SendTransfer(
            transfer_id=transfer_id,
            from_id=self._entries[0].warehouse_id,
            to_id=str(self.target.value()),
            lines=tuple(
                SentLine(sku_id=e.sku_id, lot=e.lot, quantity=n)
                for e, n in zip(self._entries, values, strict=True)
                if n
            ),
            at_once=self.at_once.isChecked(),
            reason=self.reason.text().strip(),
        )


class ArrivalPrompt(Confirm):
    """What of a transfer arrived."""

    def __init__(self, detail: TransferDetail, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Receive into {warehouse}", warehouse=detail.target),
            "Enter what arrived. Where it differs, somebody is asked to look for the rest.",
            "Receive",
            parent=parent,
        )
        self.setMinimumWidth(560)
        self._detail = detail
        rows = [
            (" · ".join(p for p in (e.title, e.line.lot) if p), e.line.sent, e.decimals, e.unit, e.line.sent)
            for e in detail.lines
        ]
        self.quantities = Quantities(rows, ("Sent", "Arrived"))
        self.middle.addWidget(self.quantities)

    def accept(self) -> None:
        if self.quantities.values() is not None:
            super().accept()

    def message(self) -> ReceiveTransfer:
        """The receipt as it was entered."""
        return ReceiveTransfer(transfer_id=self._detail.transfer.id, received=tuple(self.quantities.values() or ()))


class WatchPrompt(Confirm):
    """From when on goods are low, where they stand, and what their receipts must say."""

    TRACKING: tuple[tuple[Tracking | None, str], ...] = (
        (None, "As their category asks"),
        (Tracking.NONE, "Neither lot nor date"),
        (Tracking.LOT, "The lot"),
        (Tracking.EXPIRY, "The lot and its expiry date"),
    )

    def __init__(
        self, entries: Sequence[StockEntry], watch: StockWatch | None, usual: int, parent: QWidget | None = None
    ) -> None:
        n = len({e.sku_id for e in entries})
        super().__init__(
            "Limit and shelf",
            lambda: entries[0].title if n == 1 else tr("{n} goods get the same values.", n=n),
            "Save",
            parent=parent,
        )
        self._entries = list(entries)
        first = entries[0]
        self._decimals = first.decimals
        self.limit = QLineEdit()
        if watch is not None and watch.low_at is not None:
            self.limit.setText(quantity(watch.low_at, self._decimals))
        self.limit.setPlaceholderText(tr("usually {quantity}", quantity=quantity(usual, self._decimals)))
        self.limit_row = FormRow(
            "Say so below", self.limit, optional=True, hint="0 says nothing. Empty takes the usual limit."
        )
        self.shelf = QLineEdit(first.shelf if n == 1 else "")
        self.tracking = ComboBox(list(self.TRACKING))
        self.tracking.set_value(watch.tracking if watch is not None else None)
        self.middle.addWidget(self.limit_row)
        self.middle.addWidget(FormRow("Shelf", self.shelf, optional=True, hint="Pick lists follow the shelves."))
        self.middle.addWidget(FormRow("A receipt asks for", self.tracking))
        self.limit.setFocus()

    def accept(self) -> None:
        try:
            value = self._limit()
        except ValueError as wrong:
            said = str(wrong)
            self.limit_row.set_error(lambda: tr(said))
            return
        if value is not None and value < 0:
            self.limit_row.set_error("That quantity is out of range.")
            return
        super().accept()

    def _limit(self) -> int | None:
        text = self.limit.text().strip()
        return parse_quantity(text, self._decimals) if text else None

    def messages(self) -> list[WatchStock]:
        """The wish as it was entered; among several goods an empty shelf leaves each where it is."""
        ids = tuple(dict.fromkeys(e.sku_id for e in self._entries))
        shelf = self.shelf.text().strip()
        chosen = self.tracking.value()
        return [
            WatchStock(
                sku_ids=ids[at : at + MAX_WATCHED],
                low_at=self._limit(),
                tracking=chosen if isinstance(chosen, Tracking) else None,
                shelf=shelf if shelf or len(ids) == 1 else None,
            )
            for at in range(0, len(ids), MAX_WATCHED)
        ]


class WarehousePrompt(Confirm):
    """A new warehouse, or one as it should be."""

    def __init__(self, warehouse: Warehouse | None, main: bool, parent: QWidget | None = None) -> None:
        super().__init__(
            "Warehouse" if warehouse else "New warehouse",
            "Orders are picked from the warehouse with the lowest rank first.",
            "Save",
            parent=parent,
        )
        self._warehouse = warehouse
        self.name = QLineEdit(warehouse.name if warehouse else "")
        self.name_row = FormRow("Name", self.name)
        self.rank = QuantityField(minimum=0, maximum=9999)
        self.rank.set_value(warehouse.position if warehouse else 1)
        self.closed = CheckBox("Closed: nothing comes in any more")
        self.closed.setChecked(bool(warehouse and warehouse.closed))
        self.middle.addWidget(self.name_row)
        self.middle.addWidget(FormRow("Rank", self.rank))
        if warehouse is not None and not main:
            self.middle.addWidget(self.closed)
        self.name.setFocus()

    def accept(self) -> None:
        if not self.name.text().strip():
            self.name_row.set_error("Please give a name")
            return
        if not self.rank.error():
            super().accept()

    def message(self, new_id: str) -> SaveWarehouse:
        """The warehouse as it was entered."""
        return SaveWarehouse(
            warehouse_id=self._warehouse.id if self._warehouse else new_id,
            name=self.name.text().strip(),
            position=self.rank.value() or 0,
            closed=self.closed.isChecked(),
        )


class KeepPrompt(Confirm):
    """How much stock the PCs of shops may keep, so that what they sell without a line is surely there."""

    def __init__(
        self, entry: StockEntry, policies: Mapping[str, LeasePolicy | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Keep stock for shops",
            "A shop's PC sells what is kept for it also without a line; until its time is over nobody else can order "
            "it. 0 keeps nothing.",
            "Save",
            parent=parent,
        )
        self._policies = policies
        self.goods = ComboBox(
            [(entry.sku_id, partial(str, entry.title)), ("", "All goods without a rule of their own")]
        )
        self.goods.set_value(entry.sku_id)
        self.goods.value_changed.connect(lambda _id: self._fill())
        self.most = QuantityField(minimum=0, maximum=MAX_QUANTITY, unit=lambda: entry.unit)
        self.share = QuantityField(minimum=0, maximum=100, unit=lambda: "%")
        self.hours = QuantityField(minimum=0, maximum=MAX_HOURS, unit=lambda: tr("hours"))
        for name, field in (
            ("For", self.goods),
            ("At most for one shop", self.most),
            ("Together at most of the stock", self.share),
            ("At most for", self.hours),
        ):
            self.middle.addWidget(FormRow(name, field))
        self._fill()

    def _fill(self) -> None:
        known = self._policies.get(str(self.goods.value()))
        self.most.set_value(known.most if known else 0)
        self.share.set_value(known.share_bp // 100 if known else 0)
        self.hours.set_value(known.hours if known else 24)

    def accept(self) -> None:
        if not (self.most.error() or self.share.error() or self.hours.error()):
            super().accept()

    def message(self) -> SetLeasePolicy:
        """The rule as it was entered, for shops of every level."""
        return SetLeasePolicy(
            sku_id=str(self.goods.value()),
            most=self.most.value() or 0,
            share_bp=(self.share.value() or 0) * 100,
            hours=self.hours.value() or 0,
        )

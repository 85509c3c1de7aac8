"""收货/验货: what arrived of a supplier's part, well, damaged, wrong or not at all."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from s2b_desktop.models.queries.orders import SupplyPart
from s2b_desktop.models.queries.scanned import Pointed, pointed, tracking_for
from s2b_desktop.models.queries.stock_papers import warehouses_of
from s2b_desktop.text import clauses, labelled, quantity, tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.scan import ScanField
from s2b_desktop.views.goods.lot import LotFields
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.rules.units import MAX_QUANTITY

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

KINDS = ("good", "damaged", "wrong", "missing")
HEADS = {"good": "Good", "damaged": "Damaged", "wrong": "Wrong goods", "missing": "Not arrived"}


class ReceivePrompt(Confirm):
    """Everything that was sent (`left`, by line) counts as good until somebody says otherwise: what is damaged, wrong
    or missing is taken off, as long as nobody counted the good ones. More than was sent is asked about once. Where
    goods ask for their lot, a scan goes to their line and enters what the code says of it; of two lots, the second is
    received on its own. What was `entered` before and not taken is there again."""

    def __init__(
        self,
        desk: "Desk",
        part: SupplyPart,
        left: dict[str, int],
        receipt_id: str,
        entered: ReceiveGoods | None = None,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            lambda: tr("Receive {number}", number=part.supply.number),
            "What is good goes onto your shelf. The supplier sees what was damaged, wrong or missing.",
            "Receive",
            parent=parent,
        )
        self._desk, self._part, self._receipt_id = desk, part, receipt_id
        self.setMinimumWidth(640)
        self.fields: dict[tuple[str, str], QuantityField] = {}
        self._left = left
        self._counted: set[str] = set()
        self._asked = False
        mine = desk.actor.organisation_id
        warehouses = desk.read(warehouses_of, mine)
        self.warehouse = ComboBox([(w.id, partial(str, w.name)) for w in warehouses])
        self.scan = ScanField("Scan goods to enter their lot")
        self.scan.scanned.connect(self._scanned)
        self.lots = {line.id: LotFields(line.title, desk.read(tracking_for, mine, line.sku_id)) for line in part.lines}
        self._lay_out_head()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(0, 1)
        for at, kind in enumerate(KINDS, 1):
            grid.addWidget(Label(HEADS[kind], "small"), 0, at)
        for row, line in zip(range(1, 2 * len(part.lines), 2), part.lines, strict=True):
            said = (line.code, line.specs, f"{quantity(left[line.id], line.decimals)} {line.unit}")
            named = QVBoxLayout()
            named.setSpacing(0)
            named.addWidget(Label(partial(str, line.title), wrap=True))
            named.addWidget(Label(partial(str, " · ".join(part for part in said if part)), "small", wrap=True))
            grid.addLayout(named, row, 0)
            for at, kind in enumerate(KINDS, 1):
                field = QuantityField(decimals=line.decimals, maximum=MAX_QUANTITY)
                field.setFixedWidth(84)
                field.setAccessibleName(labelled(line.title, tr(HEADS[kind])))
                field.set_value(left[line.id] if kind == "good" else 0)
                field.textEdited.connect(partial(self._edited, line.id, kind))
                self.fields[line.id, kind] = field
                grid.addWidget(field, row, at)
            grid.addWidget(self.lots[line.id], row + 1, 1, 1, len(KINDS))
        grid.setRowStretch(2 * len(part.lines) + 1, 1)
        inner = QWidget()
        inner.setProperty("plain", True)
        inner.setLayout(grid)
        self._area = area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        asked = sum(fields.wanted for fields in self.lots.values())
        area.setFixedHeight(min(320, 34 + 46 * len(part.lines) + 42 * asked))
        self.middle.addWidget(area)
        self.problem = Label("", "error", wrap=True)
        self.problem.hide()
        self.middle.addWidget(self.problem)
        self.note = QLineEdit()
        self.middle.addWidget(FormRow("Note to the supplier", self.note, optional=True))
        if entered is not None:
            items = {item.supply_line_id: item for item in entered.items}
            for (line_id, kind), field in self.fields.items():
                field.set_value(getattr(items[line_id], kind) if line_id in items else 0)
                self._counted.add(line_id)
            for line_id, item in items.items():
                self.lots[line_id].say(item.lot, item.expires_at)
            if entered.warehouse_id in (w.id for w in warehouses):
                self.warehouse.set_value(entered.warehouse_id)
            self.note.setText(entered.note)
        if not self.scan.isHidden():
            self.scan.setFocus()

    def _lay_out_head(self) -> None:
        """Where the goods go, where there is a choice; and the scanner, where goods ask for their lot."""
        head = QHBoxLayout()
        head.setSpacing(8)
        self.middle.addLayout(head)
        for widget in (Label("Warehouse", "muted"), self.warehouse):
            head.addWidget(widget)
            widget.setVisible(self.warehouse.count() > 1)
        asks = any(fields.wanted for fields in self.lots.values())
        head.addWidget(self.scan, 1)
        head.addStretch(0 if asks else 1)
        self.scan.setVisible(asks)
        self.verb.setDefault(not asks)  # Enter belongs to the scanner
        for fields in self.lots.values():
            fields.expires.returnPressed.connect(self.scan.setFocus)

    def _scanned(self, code: str) -> None:
        self.scan.hold()
        self._desk.fetch(
            pointed,
            [line.sku_id for line in self._part.lines],
            code,
            done=partial(self._found, code),
            failed=lambda _error: self._found(code, Pointed(())),
        )

    def _found(self, code: str, found: Pointed) -> None:
        self.scan.release()
        lines = [line for line in self._part.lines if line.sku_id in found.sku_ids]
        if len(lines) != 1:
            QApplication.beep()
            said = tr("Which one is it?") if lines else tr("{code} is not in this delivery", code=code)
            self._complain(said)
            return
        [line], fields = lines, self.lots[lines[0].id]
        before = fields.lot.text().strip()
        if found.lot and before not in ("", found.lot):
            QApplication.beep()
            self._complain(tr("{title}: receive lot {lot} on its own, after this one", title=line.title, lot=found.lot))
            return
        self._complain("")
        if found.lot or found.expires_at is not None:
            fields.say(found.lot or before, found.expires_at)
        self._area.ensureWidgetVisible(fields)
        problem = fields.open_field()
        if problem or not fields.wanted:
            self._show_field(problem[0] if problem else self.fields[line.id, "good"])

    def _show_field(self, field: QLineEdit) -> None:
        self._area.ensureWidgetVisible(field)
        field.setFocus()

    def _complain(self, said: str) -> None:
        self.problem.set_words(lambda: said)
        self.problem.setVisible(bool(said))

    def _edited(self, line_id: str, kind: str, _text: str) -> None:
        self._asked = False
        if kind == "good":
            self._counted.add(line_id)
        elif line_id not in self._counted:
            others = sum(self.fields[line_id, other].value() or 0 for other in KINDS[1:])
            self.fields[line_id, "good"].set_value(max(0, self._left[line_id] - others))

    def _too_many(self) -> list[str]:
        """The lines of which more is entered than was sent, in words."""
        said = []
        for line in self._part.lines:
            entered = sum(self.fields[line.id, kind].value() or 0 for kind in KINDS)
            if entered > self._left[line.id]:
                more = f"{quantity(entered - self._left[line.id], line.decimals)} {line.unit}"
                said.append(tr("{title}: {more} more than was shipped", title=line.title, more=more))
        return said

    def _lot_missing(self) -> str:
        """What is still to be said of the lot of goods that go onto the shelf, in the field of which one stands now."""
        for line in self._part.lines:
            problem = self.lots[line.id].open_field() if self.fields[line.id, "good"].value() else None
            if problem is not None:
                self._show_field(problem[0])
                return labelled(line.title, problem[1])
        return ""

    def accept(self) -> None:
        wrong = next((f.error() for f in self.fields.values() if f.error()), "")
        if not wrong and not any(f.value() for f in self.fields.values()):
            wrong = tr("Enter what arrived")
        wrong = wrong or self._lot_missing()
        if not wrong and not self._asked and (more := self._too_many()):
            self._asked = True
            wrong = clauses([*more, tr("if that is what arrived, press the button again")])
        self._complain(wrong)
        if not wrong:
            super().accept()

    def message(self) -> ReceiveGoods:
        """The command for what was entered."""
        items = []
        for line in self._part.lines:
            told = {kind: self.fields[line.id, kind].value() or 0 for kind in KINDS}
            if any(told.values()):
                lot, expires_at = self.lots[line.id].said() if told["good"] else ("", None)
                items.append(
                    ReceivedItem(
                        supply_line_id=line.id,
                        good=told["good"],
                        damaged=told["damaged"],
                        wrong=told["wrong"],
                        missing=told["missing"],
                        lot=lot,
                        expires_at=expires_at,
                    )
                )
        return ReceiveGoods(
            receipt_id=self._receipt_id,
            supply_order_id=self._part.supply.id,
            items=tuple(items),
            warehouse_id=str(self.warehouse.value() or "") if self.warehouse.count() > 1 else "",
            note=self.note.text().strip(),
        )

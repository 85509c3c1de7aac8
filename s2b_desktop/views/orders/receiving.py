"""收货/验货: what arrived of a supplier's part, well, damaged, wrong or not at all."""

from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QWidget

from s2b_desktop.models.queries.orders import SupplyPart
from s2b_desktop.text import labelled, quantity, tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.rules.units import MAX_QUANTITY

KINDS = ("good", "damaged", "wrong", "missing")
HEADS = {"good": "Good", "damaged": "Damaged", "wrong": "Wrong goods", "missing": "Not arrived"}


class ReceivePrompt(Confirm):
    """Everything that was shipped counts as good until somebody says otherwise; what was `entered` before and not
    taken is there again."""

    def __init__(
        self,
        part: SupplyPart,
        told: dict[str, int],
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
        self._part, self._receipt_id = part, receipt_id
        self.setMinimumWidth(640)
        self.fields: dict[tuple[str, str], QuantityField] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(0, 1)
        for at, kind in enumerate(KINDS, 1):
            grid.addWidget(Label(HEADS[kind], "small"), 0, at)
        for row, line in enumerate(part.lines, 1):
            left = max(0, line.shipped - told.get(line.id, 0))
            shown = f"{line.title} · {line.code} · {quantity(left, line.decimals)} {line.unit}"
            grid.addWidget(Label(lambda shown=shown: shown, wrap=True), row, 0)  # type: ignore[misc]
            for at, kind in enumerate(KINDS, 1):
                field = QuantityField(decimals=line.decimals, maximum=MAX_QUANTITY)
                field.setFixedWidth(84)
                field.setAccessibleName(labelled(line.title, tr(HEADS[kind])))
                field.set_value(left if kind == "good" else 0)
                self.fields[line.id, kind] = field
                grid.addWidget(field, row, at)
        inner = QWidget()
        inner.setProperty("plain", True)
        inner.setLayout(grid)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(min(360, 60 + 44 * len(part.lines)))
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
            self.note.setText(entered.note)

    def accept(self) -> None:
        wrong = next((f.error() for f in self.fields.values() if f.error()), "")
        if not wrong and not any(f.value() for f in self.fields.values()):
            wrong = tr("Enter what arrived")
        self.problem.set_words(lambda: wrong)
        self.problem.setVisible(bool(wrong))
        if not wrong:
            super().accept()

    def message(self) -> ReceiveGoods:
        """The command for what was entered."""
        items = []
        for line in self._part.lines:
            told = {kind: self.fields[line.id, kind].value() or 0 for kind in KINDS}
            if any(told.values()):
                items.append(
                    ReceivedItem(
                        supply_line_id=line.id,
                        good=told["good"],
                        damaged=told["damaged"],
                        wrong=told["wrong"],
                        missing=told["missing"],
                    )
                )
        return ReceiveGoods(
            receipt_id=self._receipt_id,
            supply_order_id=self._part.supply.id,
            items=tuple(items),
            note=self.note.text().strip(),
        )

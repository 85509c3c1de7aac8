"""收货/验货: what arrived of a supplier's part, well, damaged, wrong or not at all."""

from functools import partial

from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.models.queries.orders import SupplyPart
from s2b_desktop.text import clauses, labelled, quantity, tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.rules.units import MAX_QUANTITY

KINDS = ("good", "damaged", "wrong", "missing")
HEADS = {"good": "Good", "damaged": "Damaged", "wrong": "Wrong goods", "missing": "Not arrived"}


class ReceivePrompt(Confirm):
    """Everything that was sent (`left`, by line) counts as good until somebody says otherwise: what is damaged, wrong
    or missing is taken off, as long as nobody counted the good ones. More than was sent is asked about once. What was
    `entered` before and not taken is there again."""

    def __init__(
        self,
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
        self._part, self._receipt_id = part, receipt_id
        self.setMinimumWidth(640)
        self.fields: dict[tuple[str, str], QuantityField] = {}
        self._left = left
        self._counted: set[str] = set()
        self._asked = False
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(0, 1)
        for at, kind in enumerate(KINDS, 1):
            grid.addWidget(Label(HEADS[kind], "small"), 0, at)
        for row, line in enumerate(part.lines, 1):
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
        grid.setRowStretch(len(part.lines) + 1, 1)
        inner = QWidget()
        inner.setProperty("plain", True)
        inner.setLayout(grid)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(min(360, 34 + 46 * len(part.lines)))
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
            self.note.setText(entered.note)

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

    def accept(self) -> None:
        wrong = next((f.error() for f in self.fields.values() if f.error()), "")
        if not wrong and not any(f.value() for f in self.fields.values()):
            wrong = tr("Enter what arrived")
        if not wrong and not self._asked and (more := self._too_many()):
            self._asked = True
            wrong = clauses([*more, tr("if that is what arrived, press the button again")])
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

"""What a shop lets be decided by itself: rules in their order, each in one row."""

from collections.abc import Sequence
from functools import partial

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.after_sales_text import KINDS, REASONS, VERDICTS
from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_domain.commands.returns import SaveReturnRules
from s2b_domain.rules.after_sales import MAX_RULES, ReturnKind, ReturnReason, ReturnRule, Verdict

Names = Sequence[tuple[str, str]]


class RuleRow(QFrame):
    """One rule. What a row cannot show (several kinds, categories or levels at once) is kept as it is."""

    def __init__(self, rule: ReturnRule, categories: Names, levels: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._rule = rule
        self.name = QLineEdit(rule.name)
        self.verdict = ComboBox([(v, VERDICTS[v]) for v in Verdict])
        self.verdict.set_value(rule.verdict)
        self.kind = self._choice([(k, KINDS[k]) for k in ReturnKind], rule.kinds, "Any kind")
        self.reason = self._choice([(r, REASONS[r]) for r in ReturnReason], rule.reasons, "Any reason")
        self.category = self._choice([(i, partial(str, n)) for i, n in categories], rule.category_ids, "Any goods")
        self.level = self._choice([(i, partial(str, n)) for i, n in levels], rule.level_ids, "Anybody")
        self.days, self.amount = QuantityField(maximum=3650), MoneyField()
        self.days.set_value(rule.within_days)
        self.amount.set_value(rule.up_to)
        self.on = CheckBox("In use", checked=rule.on)
        self.remove = Button("", lambda: None, icon="trash", variant="quiet", tip="Remove this rule")
        self.up = Button("", lambda: None, icon="chevron-up", variant="quiet", tip="Look at this rule earlier")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 10, 12, 10)
        grid.setHorizontalSpacing(10)
        self.name_row = FormRow("Name of the rule", self.name)
        rows = (
            (self.name_row, 0, 0, 2),
            (FormRow("Decision", self.verdict), 0, 2, 1),
            (FormRow("What is wanted", self.kind), 0, 3, 1),
            (FormRow("Reason", self.reason), 1, 0, 1),
            (FormRow("Days since delivery, at most", self.days, optional=True), 1, 1, 1),
            (FormRow("Refund at most", self.amount, optional=True), 1, 2, 1),
            (FormRow("Goods of", self.category), 1, 3, 1),
            (FormRow("Member level", self.level), 2, 0, 1),
        )
        for widget, row, column, span in rows:
            grid.addWidget(widget, row, column, 1, span)
        grid.addWidget(self.on, 2, 1, Qt.AlignmentFlag.AlignBottom)
        ends = QHBoxLayout()
        ends.addStretch(1)
        ends.addWidget(self.up)
        ends.addWidget(self.remove)
        grid.addLayout(ends, 2, 3, Qt.AlignmentFlag.AlignBottom)

    @staticmethod
    def _choice(options: Sequence[tuple[object, object]], chosen: Sequence[str], anything: str) -> ComboBox:
        several = [((), anything), *[((value,), said) for value, said in options]]
        kept = tuple(chosen)
        if len(kept) > 1:
            several.append((kept, partial(tr, "{n} chosen", n=len(kept))))
        field = ComboBox(several)  # type: ignore[arg-type]
        field.set_value(kept)
        return field

    def rule(self) -> ReturnRule:
        """What was entered."""
        return msgspec.structs.replace(
            self._rule,
            name=self.name.text().strip(),
            verdict=self.verdict.value(),
            kinds=self.kind.value() or (),
            reasons=self.reason.value() or (),
            within_days=self.days.value(),
            up_to=self.amount.value(),
            category_ids=self.category.value() or (),
            level_ids=self.level.value() or (),
            on=self.on.isChecked(),
        )


class RulesPrompt(Confirm):
    """`message()` are the rules; the first that holds decides."""

    def __init__(
        self, rules: Sequence[ReturnRule], categories: Names, levels: Names, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Return rules",
            "The first rule that holds decides at once, also offline, and is named on the return. Else you decide.",
            "Save",
            parent=parent,
        )
        self.setMinimumWidth(900)
        self.verb.setDefault(False)
        self._categories, self._levels = categories, levels
        self.rows: list[RuleRow] = []
        self._box = QWidget()
        self._box.setProperty("plain", True)
        self._column = QVBoxLayout(self._box)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._box)
        area.setMinimumHeight(380)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("Return rules"))
        self.middle.addWidget(area)
        self._empty = Label("No rules yet: every return waits for you.", "muted")
        self._column.insertWidget(0, self._empty)
        self.add = Button("Add a rule", self._add, icon="plus")
        self.middle.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        for rule in rules:
            self._insert(rule)
        self._arrange()

    def _insert(self, rule: ReturnRule) -> RuleRow:
        row = RuleRow(rule, self._categories, self._levels)
        row.remove.clicked.connect(lambda: self._remove(row))
        row.up.clicked.connect(lambda: self._raise(row))
        self.rows.append(row)
        self._column.insertWidget(self._column.count() - 1, row)
        return row

    def _add(self) -> None:
        row = self._insert(ReturnRule(name="", verdict=Verdict.APPROVE, within_days=7))
        self._arrange()
        row.name.setFocus()

    def _remove(self, row: RuleRow) -> None:
        self.rows.remove(row)
        row.deleteLater()
        self._arrange()

    def _raise(self, row: RuleRow) -> None:
        at = self.rows.index(row)
        if at:
            self.rows.insert(at - 1, self.rows.pop(at))
            self._column.insertWidget(at, row)  # the line for no rules stands above
            self._arrange()

    def _arrange(self) -> None:
        self._empty.setVisible(not self.rows)
        self.add.setEnabled(len(self.rows) < MAX_RULES)

    def accept(self) -> None:
        names = [row.name.text().strip() for row in self.rows]
        wrong = False
        for row, name in zip(self.rows, names, strict=True):
            said = "" if name and names.count(name) == 1 else "Every rule has a name of its own"
            row.name_row.set_error(said)
            wrong = wrong or bool(said) or bool(row.days.error() or row.amount.error())
        if not wrong:
            super().accept()

    def message(self) -> SaveReturnRules:
        """The rules in their order."""
        return SaveReturnRules(rules=tuple(row.rule() for row in self.rows))

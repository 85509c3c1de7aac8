"""Receive, count, move or write off by scanner: big digits, a tone on error, nothing booked before the end, nothing
lost before it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from s2b_desktop.messages import failure_text
from s2b_desktop.models.queries.goods import GoodsEntry
from s2b_desktop.models.queries.scanned import Scanned, scanned
from s2b_desktop.models.queries.stock_papers import warehouses_of
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import day, day_typed, parse_day, parse_quantity, quantity, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.fields import TypedField
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.scan import ScanField
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import interface_font
from s2b_desktop.views.goods.differences import DifferencePrompt, Differs, ShortagePrompt
from s2b_desktop.views.goods.scan_list import LEAVING, Mode, ScanLine, ScanList
from s2b_desktop.views.goods.stock import REASONS
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.rules.stock import MovementKind, Tracking
from s2b_domain.rules.units import Unit

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TITLES: dict[Mode, tuple[str, str]] = {
    "receive": ("Receive by scanner", "Scan each piece, or scan once and type *12 for twelve."),
    "count": ("Count by scanner", "Scan what lies on the shelf. The books' figures stay hidden until you are done."),
    "move": ("Move by scanner", "Scan what goes to another warehouse, or scan once and type *12 for twelve."),
    "write_off": (
        "Write off by scanner",
        "Scan what leaves the stock, or scan once and type *12 for twelve.",
    ),
}
VERBS: dict[Mode, str] = {
    "receive": "Book the goods received",
    "count": "Book the count",
    "move": "Move the goods",
    "write_off": "Write off the goods",
}
BOOKED: dict[Mode, str] = {
    "receive": "{n} goods received",
    "count": "{n} goods counted",
    "move": "{n} goods moved",
    "write_off": "{n} goods written off",
}
"""What is told when it is done."""
SHORT = 8
"""Signs of a package's name that fit behind the big digits."""


class ScanDialog(Retranslated, QDialog):
    """`booked(int)` tells how many SKUs were booked, or handed in for a manager to book. What was scanned is kept as a
    draft until then."""

    booked = Signal(int)

    def __init__(self, desk: "Desk", mode: Mode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._mode = desk, mode
        self._list = ScanList(desk, mode)
        self._approves = desk.actor.may(Permission.STOCK_APPROVE)
        self._sent: list[Command] = []
        self._package: Unit | None = None
        """What bore the code that was scanned last, where it is no single unit."""
        self._saved = 0
        found = desk.read(warehouses_of, desk.actor.organisation_id)
        self.warehouse = ComboBox([(w.id, partial(str, w.name)) for w in found])
        self.warehouse.set_value(self._list.warehouse_id or (found[0].id if found else ""))
        self._list.warehouse_id = str(self.warehouse.value() or "")
        self.warehouse.setVisible(len(found) > 1)
        self.warehouse.value_changed.connect(self._warehouse_chosen)
        self._warehouses = found
        self.target = ComboBox()
        self.at_once = CheckBox("It is there already", checked=self._list.at_once)
        self.reason = QComboBox()
        self.reason.setEditable(True)
        self.reason.setMinimumWidth(180)
        self.reason.addItems([tr(said) for said in REASONS[MovementKind.WRITE_OFF]])
        self.reason.setCurrentText(self._list.reason)
        self._offer_targets()
        self.target.value_changed.connect(lambda _id: self._tell_list())
        self.at_once.toggled.connect(lambda _on: self._tell_list())
        self.reason.currentTextChanged.connect(lambda _text: self._tell_list())
        self.setMinimumSize(760, 640)
        title, hint = TITLES[mode]
        self.field = ScanField(big=True)
        self.field.setMinimumHeight(52)
        self.field.scanned.connect(self._scanned)
        self.problem = Banner("bad", "", closable=True)
        self.problem.hide()
        self._choice = QHBoxLayout()
        self._choice.setSpacing(8)
        self._name = Label("", "strong", wrap=True)
        self._detail = Label("", "muted", wrap=True)
        self.digits = Label("", "figure")
        self.digits.setFont(interface_font(52, QFont.Weight.DemiBold))
        self.digits.setStyleSheet("font-size: 52px;")
        self.digits.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.digits.setMinimumWidth(200)
        self.quantity = TypedField(
            lambda text: parse_quantity(text, self._decimals()), lambda steps: quantity(steps, self._decimals())
        )
        self.quantity.setToolTip("F6")
        self.quantity.setFixedWidth(132)
        self.quantity.editingFinished.connect(self._typed)
        self.lot = QLineEdit()
        self.expires = QLineEdit()
        for field, width in ((self.lot, 120), (self.expires, 120)):
            field.setFixedWidth(width)
            field.editingFinished.connect(self._lot_typed)
        entry = self._entry
        self.table: DataTable[ScanLine] = DataTable(
            [
                Column("code", "SKU code", lambda x: entry(x).code, 120),
                Column("title", "Product name", lambda x: entry(x).title, 300, stretch=True),
                Column("specs", "Options", lambda x: specs_text(entry(x).specs), 90, rank=1),
                Column("lot", "Lot", lambda x: lot_words(x), 130),
                Column(
                    "quantity",
                    "Quantity",
                    lambda x: quantity(x.quantity, entry(x).decimals),
                    100,
                    kind="number",
                    edit=self._edit,
                ),
                Column("unit", "Unit", lambda x: entry(x).unit, 60),
            ],
            self._rows,
            name="Scanned goods",
            toolbar=False,
        )
        self.table.set_empty(EmptyState("barcode", "Nothing scanned yet"))
        self.cancel = Button("Later", self.reject, variant="quiet", tip="What was scanned is kept until you come back")
        self.remove = Button("Remove the line", self._remove, icon="trash", variant="quiet")
        self.remove.setEnabled(False)
        self.table.current_changed.connect(lambda rowid: self.remove.setEnabled(rowid is not None))
        self.discard = Button("Discard all", self._discard, variant="quiet")
        verb = "Hand in the count" if mode == "count" and not self._approves else VERBS[mode]
        self.book = Button(verb, self._book, variant="primary", shortcut="Ctrl+Return", show_key=True)
        self._lay_out(title, hint)
        self.retranslate()
        self.field.setFocus()
        QShortcut(QKeySequence("F6"), self).activated.connect(self.quantity.setFocus)

    def _decimals(self) -> int:
        entry = self._list.last_entry
        return entry.decimals if entry is not None else 0

    def _entry(self, line: ScanLine) -> GoodsEntry:
        return self._list.entries[line.sku_id]

    def _lay_out(self, title: str, hint: str) -> None:
        card = QFrame()
        card.setProperty("surface", "card")
        now = QHBoxLayout(card)
        now.setContentsMargins(20, 10, 20, 10)
        now.setSpacing(16)
        told = QVBoxLayout()
        told.setSpacing(2)
        told.addStretch(1)
        told.addWidget(self._name)
        told.addWidget(self._detail)
        told.addStretch(1)
        now.addLayout(told, 1)
        lots = QGridLayout()
        lots.setSpacing(6)
        for at, (name, field) in enumerate((("Lot", self.lot), ("Expires", self.expires))):
            said = Label(name, "small")
            lots.addWidget(said, at, 0)
            lots.addWidget(field, at, 1)
            if field is self.expires and self._mode in LEAVING:
                said.hide()
                field.hide()
        self._lots = QWidget()
        self._lots.setLayout(lots)
        lots.setContentsMargins(0, 0, 0, 0)
        now.addWidget(self._lots)
        now.addWidget(self.quantity)
        now.addWidget(self.digits)
        card.setMinimumHeight(92)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Label(title, "subtitle"))
        head = QHBoxLayout()
        head.addWidget(Label(hint, "muted", wrap=True), 1)
        head.addWidget(self.warehouse)
        asked: tuple[tuple[Mode, tuple[QWidget, ...]], ...] = (
            ("move", (Label("Into", "muted"), self.target, self.at_once)),
            ("write_off", (Label("Reason", "muted"), self.reason)),
        )
        for of, widgets in asked:
            for widget in widgets:
                head.addWidget(widget)
                widget.setVisible(self._mode == of)
        column.addLayout(head)
        column.addWidget(self.field)
        column.addWidget(self.problem)
        column.addLayout(self._choice)
        column.addWidget(card)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.cancel, self.discard, self.remove):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self.book)
        column.addLayout(foot)

    def retranslate(self) -> None:
        self.setWindowTitle(tr(TITLES[self._mode][0]))
        self.quantity.setAccessibleName(tr("Quantity"))
        self.warehouse.setAccessibleName(tr("Warehouse"))
        self.target.setAccessibleName(tr("Into"))
        self.reason.setAccessibleName(tr("Reason"))
        self.lot.setAccessibleName(tr("Lot"))
        self.expires.setAccessibleName(tr("Expires"))
        self.expires.setPlaceholderText(tr("YYYY-MM-DD"))
        self._show()

    # scanning

    def _scanned(self, code: str) -> None:
        last = self._list.last
        if code[0] in "*＊×" and last is not None and code[1:]:  # no letter: codes begin with x
            try:
                self._set(last, self._times(code[1:]))
            except ValueError as wrong:
                source = str(wrong)
                self._complain(lambda: tr(source))
            return
        self.field.hold()
        self._desk.fetch(
            scanned,
            self._list.supplier,
            code,
            self._list.warehouse_id,
            done=partial(self._found, code),
            failed=partial(self._lost, code),
        )

    def _times(self, text: str) -> int:
        """The steps of a quantity typed after a scan: of packages where a package was scanned."""
        package = self._package
        return parse_quantity(text) * package.factor if package else parse_quantity(text, self._decimals())

    def _lost(self, code: str, _error: Exception) -> None:
        self._complain(lambda: tr("{code} could not be looked up. Scan it again.", code=code))
        self.field.release()

    def _found(self, code: str, found: Sequence[Scanned]) -> None:
        if len(found) == 1:
            self._add(found[0])
            self.field.release()
        elif not found:
            self._complain(lambda: tr("None of your goods has the code {code}. Set it aside.", code=code))
            self.field.release()
        else:
            QApplication.beep()
            self._ask_which(found)

    def _ask_which(self, found: Sequence[Scanned]) -> None:
        """Several SKUs share the code: further scans wait until one is chosen."""
        self._choice.addWidget(Label("Which one is it?", "strong"))
        for each in found[:4]:
            said = f"{each.entry.code} {specs_text(each.entry.specs)}".strip()
            self._choice.addWidget(Button(partial(str, said), partial(self._chosen, each)))
        self._choice.addStretch(1)

    def _chosen(self, found: Scanned) -> None:
        while (item := self._choice.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._add(found)
        self.field.setFocus()
        self.field.release()

    def _complain(self, said: Callable[[], str]) -> None:
        QApplication.beep()
        self.problem.set_message("bad", said)
        self.problem.show()

    def _add(self, found: Scanned) -> None:
        self.problem.hide()
        self._list.add(found)
        self._package = found.package
        self._show()
        line = self._list.lines[str(self._list.last)]
        if not line.complete and line.quantity == found.steps:
            self._complain(lambda: tr("{title} asks for its lot: scan or type it.", title=found.entry.title))

    def _set(self, key: str, quantity_: int) -> None:
        if key != self._list.last:
            self._package = None
        if not self._list.set_quantity(key, quantity_):
            self._complain(lambda: tr("That quantity is out of range."))
            return
        self.problem.hide()
        self._show()

    def _edit(self, key: RowId, text: str) -> None:
        try:
            self._set(str(key), parse_quantity(text, self._entry(self._list.lines[str(key)]).decimals))
        except ValueError as wrong:
            source = str(wrong)
            self._complain(lambda: tr(source))

    def _typed(self) -> None:
        value, last = self.quantity.value(), self._list.last
        if last is not None and value is not None and value != self._list.lines[last].quantity:
            self._package = None
            self._set(last, value)
        self.field.setFocus()

    def _lot_typed(self) -> None:
        last = self._list.last
        if last is None:
            return
        line, lot = self._list.lines[last], self.lot.text().strip()[:100]
        try:
            expires_at = parse_day(self.expires.text())
        except ValueError:
            self._complain(lambda: tr("Write the expiry date as 2027-01-31."))
            return
        if (lot, expires_at) != (line.lot, line.expires_at):
            self.problem.hide()
            self._list.set_lot(last, lot, expires_at)
            self._show()

    def _warehouse_chosen(self, id_: object) -> None:
        if not self._list.lines:
            self._list.warehouse_id = str(id_ or "")
            self._offer_targets()
        self.field.setFocus()

    def _offer_targets(self) -> None:
        """Every other warehouse, the one chosen before first."""
        others = [w for w in self._warehouses if w.id != self._list.warehouse_id]
        self.target.set_options([(w.id, partial(str, w.name)) for w in others])
        if self._list.target_id in {w.id for w in others}:
            self.target.set_value(self._list.target_id)
        elif self.target.value() is None and others:
            self.target.set_value(others[0].id)
        self._tell_list()

    def _tell_list(self) -> None:
        """What holds for all lines is kept with them."""
        self._list.target_id, self._list.at_once = str(self.target.value() or ""), self.at_once.isChecked()
        self._list.reason = self.reason.currentText().strip()
        self._list.keep()

    def _remove(self) -> None:
        key = self.table.current_id()
        if key is not None:
            self._list.remove(str(key))
            self._show()
        self.field.setFocus()

    def _discard(self) -> None:
        self._list.clear()
        self._show()
        self.field.setFocus()

    # what is shown

    def _rows(self, keys: Sequence[RowId]) -> list[ScanLine]:
        return [self._list.lines[str(key)] for key in keys if str(key) in self._list.lines]

    def lines(self) -> dict[str, int]:
        """SKU id -> steps over all lots, in the order of the first scan."""
        found: dict[str, int] = {}
        for line in self._list.lines.values():
            found[line.sku_id] = found.get(line.sku_id, 0) + line.quantity
        return found

    def _show(self) -> None:
        last, entry = self._list.last, self._list.last_entry
        self.table.set_ids(list(reversed(self._list.lines)))
        self.table.refresh()
        self.quantity.setVisible(last is not None)
        if last is None or entry is None:
            self._name.set_words("Ready to scan")
            self._detail.set_words("")
            self.digits.set_words("")
            self._lots.hide()
        else:
            line = self._list.lines[last]
            self._name.set_words(partial(str, entry.title))
            self._detail.set_words(partial(self._details, entry, line.quantity, self._package))
            self.digits.set_words(partial(_digits, entry, line.quantity, self._package))
            self.table.select(last)
            self.quantity.set_value(line.quantity)
            self._lots.setVisible(line.tracking is not Tracking.NONE or bool(line.lot))
            self.lot.setText(line.lot)
            self.expires.setText(day_typed(line.expires_at) if line.expires_at is not None else "")
        self.warehouse.setEnabled(not self._list.lines)
        for button in (self.book, self.discard):
            button.setEnabled(bool(self._list.lines))

    @staticmethod
    def _details(entry: GoodsEntry, steps: int, package: Unit | None) -> str:
        named = [entry.code, specs_text(entry.specs), entry.unit]
        if package:
            held, all_ = (f"{quantity(n, entry.decimals)} {entry.unit}" for n in (package.factor, steps))
            named[2:] = [f"1 {package.name} = {held}", tr("{quantity} in all", quantity=all_)]
        return " · ".join(part for part in named if part)

    # booking

    def differences(self) -> list[Differs]:
        """Counted goods that differ from the books."""
        return self._list.differences()

    @property
    def told(self) -> str:
        """What is told of `n` goods that were booked."""
        if self._mode == "count" and not self._approves:
            return "{n} goods counted. A manager books the count."
        on_the_way = self._mode == "move" and not self._list.at_once
        return "{n} goods are on their way" if on_the_way else BOOKED[self._mode]

    def messages(self) -> list[Command]:
        """What is submitted: facts, or a count that waits for a manager."""
        return self._list.sheets() if self._mode == "count" and not self._approves else self._list.messages()

    def _book(self) -> None:
        if self.field.busy:  # a code is being looked up, or stands for several goods: it would not be booked
            QApplication.beep()
            return
        open_ = next((line for line in self._list.lines.values() if not line.complete), None)
        if self._mode != "count" and open_ is not None:
            self._list.last = open_.key
            self._show()
            self._complain(lambda: tr("{title} asks for its lot: scan or type it.", title=self._entry(open_).title))
            (self.expires if open_.lot else self.lot).setFocus()
            return
        if self._mode == "write_off" and not self._list.reason:
            self._complain(lambda: tr("Please give a reason"))
            self.reason.setFocus()
        elif self._mode == "count" and self._approves and (differences := self.differences()):
            from_books = DifferencePrompt(differences, len(self._list.lines), parent=self)
            open_prompt(from_books, self._commit)
        elif self._mode in LEAVING and (short := self._list.shortages()):
            open_prompt(ShortagePrompt(short, parent=self), self._commit)
        else:
            self._commit()

    def _commit(self) -> None:
        """Book what is there now: nothing is changed or closed meanwhile, so that nothing is booked twice."""
        self.setEnabled(False)
        self._desk.submit_together(self.messages(), instead_of=self._list.key, done=self._done, failed=self._failed)

    def _done(self, _seq: int) -> None:
        n = len(self.lines())
        self._list.clear()
        self.booked.emit(n)
        self.accept()

    def _failed(self, error: Exception) -> None:
        """Nothing was booked, and the list stays."""
        self.setEnabled(True)
        self.field.setFocus()
        self._complain(lambda: failure_text(error))

    def reject(self) -> None:
        if self.isEnabled():
            super().reject()


def _digits(entry: GoodsEntry, steps: int, package: Unit | None) -> str:
    """How many there are, or what one scan of a package stands for."""
    if package is None:
        return quantity(steps, entry.decimals)
    named = f" ({package.name})" if len(package.name) <= SHORT else ""  # a long one stands beside them alone
    return f"×{quantity(package.factor, entry.decimals)}{named}"


def lot_words(line: ScanLine) -> str:
    """The lot of a line, or that it is still to be said."""
    if not line.complete:
        return tr("missing")
    return " · ".join([line.lot, day(line.expires_at)] if line.expires_at is not None else [line.lot])

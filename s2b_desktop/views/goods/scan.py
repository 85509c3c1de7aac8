"""Receive or count by scanner: big digits, a tone on error, nothing booked before the end, nothing lost before it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.goods import GoodsEntry, entry_of
from s2b_desktop.models.queries.scanned import Scanned, scanned
from s2b_desktop.text import parse_quantity, quantity, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.fields import TypedField
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.scan import ScanField
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import interface_font
from s2b_desktop.views.goods.differences import DifferencePrompt
from s2b_desktop.views.goods.words import specs_text
from s2b_domain.commands.command import Command
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.errors import DomainError
from s2b_domain.rules.stock import MovementKind, count_difference
from s2b_domain.rules.units import MAX_QUANTITY

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Mode = Literal["receive", "count"]
TITLES: dict[Mode, tuple[str, str]] = {
    "receive": ("Receive by scanner", "Scan each piece, or scan once and type *12 for twelve."),
    "count": ("Count by scanner", "Scan what lies on the shelf. The books' figures stay hidden until you are done."),
}


class ScanLine(msgspec.Struct):
    """What was scanned of one SKU; `position` and `seen` tell what its ledger held when counting began."""

    sku_id: str
    quantity: int
    position: int
    seen: tuple[str, ...] = ()


class ScanDialog(Retranslated, QDialog):
    """`booked(int)` tells how many SKUs were booked. What was scanned is kept as a draft until then."""

    booked = Signal(int)

    def __init__(self, desk: "Desk", mode: Mode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._mode = desk, mode
        self._lines: dict[int, ScanLine] = {}
        self._entries: dict[int, GoodsEntry] = {}
        self._last: int | None = None
        self._saved = 0
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
        self.table: DataTable[GoodsEntry] = DataTable(
            [
                Column("code", "SKU code", lambda e: e.code, 130),
                Column("title", "Product name", lambda e: e.title, 240, stretch=True),
                Column("specs", "Options", lambda e: specs_text(e.specs), 100),
                Column(
                    "quantity",
                    "Quantity",
                    lambda e: quantity(self._lines[e.rowid].quantity, e.decimals),
                    110,
                    kind="number",
                    edit=self._edit,
                ),
                Column("unit", "Unit", lambda e: e.unit, 70),
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
        verb = "Book the goods received" if mode == "receive" else "Book the count"
        self.book = Button(verb, self._book, variant="primary", shortcut="Ctrl+Return", show_key=True)
        self._lay_out(title, hint)
        self._restore()
        self.retranslate()
        self.field.setFocus()
        QShortcut(QKeySequence("F6"), self).activated.connect(self.quantity.setFocus)

    def _decimals(self) -> int:
        return self._entries[self._last].decimals if self._last is not None else 0

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
        now.addWidget(self.quantity)
        now.addWidget(self.digits)
        card.setMinimumHeight(92)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Label(title, "subtitle"))
        column.addWidget(Label(hint, "muted", wrap=True))
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
        self._show()

    # scanning

    def _scanned(self, code: str) -> None:
        if code[0] in "*×xX" and self._last is not None and code[1:]:
            try:
                self._set(self._last, parse_quantity(code[1:], self._entries[self._last].decimals))
            except ValueError as wrong:
                source = str(wrong)
                self._complain(lambda: tr(source))
            return
        self.field.hold()
        supplier = self._desk.actor.organisation_id
        self._desk.fetch(
            scanned, supplier, code, done=lambda found: self._found(code, found), failed=lambda _error: self._lost(code)
        )

    def _lost(self, code: str) -> None:
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
        entry = found.entry
        self.problem.hide()
        begun = ScanLine(entry.sku_id, 0, found.seen.position, found.seen.waiting)
        line = self._lines.setdefault(entry.rowid, begun)
        line.quantity = min(MAX_QUANTITY, line.quantity + found.steps)
        self._entries[entry.rowid] = entry
        self._last = entry.rowid
        self._keep()
        self._show()

    def _set(self, rowid: int, quantity_: int) -> None:
        if not 0 <= quantity_ <= MAX_QUANTITY:
            self._complain(lambda: tr("That quantity is out of range."))
            return
        self.problem.hide()
        self._lines[rowid].quantity = quantity_
        self._last = rowid
        self._keep()
        self._show()

    def _edit(self, rowid: RowId, text: str) -> None:
        try:
            self._set(int(rowid), parse_quantity(text, self._entries[int(rowid)].decimals))
        except ValueError as wrong:
            source = str(wrong)
            self._complain(lambda: tr(source))

    def _typed(self) -> None:
        value = self.quantity.value()
        if self._last is not None and value is not None and value != self._lines[self._last].quantity:
            self._set(self._last, value)
        self.field.setFocus()

    def _remove(self) -> None:
        rowid = self.table.current_id()
        if rowid is not None:
            self._lines.pop(int(rowid), None)
            self._last = None if self._last == rowid else self._last
            self._keep()
            self._show()
        self.field.setFocus()

    def _discard(self) -> None:
        self._lines.clear()
        self._last = None
        self._keep()
        self._show()
        self.field.setFocus()

    # what is shown and kept

    def _rows(self, rowids: Sequence[RowId]) -> list[GoodsEntry]:
        return [self._entries[int(rowid)] for rowid in rowids]

    def lines(self) -> dict[str, int]:
        """SKU id -> steps, in the order of the first scan."""
        return {line.sku_id: line.quantity for line in self._lines.values()}

    def _show(self) -> None:
        last = self._last
        self.table.set_ids(list(reversed(self._lines)))
        self.quantity.setVisible(last is not None)
        if last is None:
            self._name.set_words("Ready to scan")
            self._detail.set_words("")
            self.digits.set_words("")
        else:
            entry, line = self._entries[last], self._lines[last]
            self._name.set_words(partial(str, entry.title))
            named = " · ".join(part for part in (entry.code, specs_text(entry.specs), entry.unit) if part)
            self._detail.set_words(partial(str, named))
            self.digits.set_words(partial(quantity, line.quantity, entry.decimals))
            self.table.select(last)
            self.quantity.set_value(line.quantity)
        for button in (self.book, self.discard):
            button.setEnabled(bool(self._lines))

    @property
    def _key(self) -> str:
        return f"scan/{self._mode}"

    def _keep(self) -> None:
        kept = msgspec.json.encode(list(self._lines.values())) if self._lines else None
        self._desk.save_draft(self._key, kept)

    def _restore(self) -> None:
        kept = self._desk.draft(self._key)
        for line in msgspec.json.decode(kept, type=list[ScanLine]) if kept else []:
            entry = self._desk.read(entry_of, self._desk.actor.organisation_id, line.sku_id)
            if entry is not None:
                self._lines[entry.rowid], self._entries[entry.rowid] = line, entry
                self._last = entry.rowid

    # booking

    def differences(self) -> list[tuple[GoodsEntry, int]]:
        """Counted goods that differ from the books, and by how many steps."""
        found = []
        for rowid, line in self._lines.items():
            entry = self._entries[rowid]
            difference = count_difference(line.quantity, entry.main_on_hand, 0)
            if difference:
                found.append((entry, difference))
        return found

    def messages(self) -> list[Command]:
        """The facts as commands."""
        if self._mode == "receive":
            return [
                MoveStock(sku_id=line.sku_id, kind=MovementKind.RECEIVE, quantity=line.quantity)
                for line in self._lines.values()
                if line.quantity
            ]
        return [
            CountStock(sku_id=line.sku_id, counted=line.quantity, position=line.position, seen=line.seen)
            for line in self._lines.values()
        ]

    def _book(self) -> None:
        if self._mode == "count" and self.differences():
            from_books = DifferencePrompt(self.differences(), len(self._lines), parent=self)
            from_books.accepted.connect(self._commit)
            from_books.finished.connect(from_books.deleteLater)
            from_books.open()
        else:
            self._commit()

    def _commit(self) -> None:
        self.book.setEnabled(False)
        self.field.hold()
        self._saved = 0
        self._desk.submit_many(
            self.messages(),
            import_id=self._desk.new_id(),
            done=self._done,
            failed=self._failed,
            progress=self._progressed,
        )

    def _progressed(self, saved: int, _total: int | None) -> None:
        self._saved = saved

    def _done(self, n: int) -> None:
        self._lines.clear()
        self._keep()
        self.booked.emit(n)
        self.accept()

    def _failed(self, error: Exception) -> None:
        """What was booked leaves the list, so that it is not booked twice."""
        sent = [m.sku_id for m in self.messages()[: self._saved] if isinstance(m, MoveStock | CountStock)]
        self._lines = {rowid: line for rowid, line in self._lines.items() if line.sku_id not in sent}
        self._last = next(reversed(self._lines), None)
        self._keep()
        self._show()
        code, params = (error.code, error.params) if isinstance(error, DomainError) else ("unexpected", {})
        self._complain(lambda: problem_text(code, params))
        self.field.release()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._keep()
        super().closeEvent(event)

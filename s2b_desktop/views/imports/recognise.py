"""The second step: what the file is, which sheet and header, and what each column means; all of it can be changed."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import cast

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.intake_text import field_name
from s2b_desktop.text import count, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.imports.peek import TablePeek
from s2b_domain.intake.goods import FIELDS, KEYS
from s2b_domain.intake.mapping import ColumnMap, across, is_made
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.sizes import Sizes
from s2b_domain.intake.survey import Guess, Survey

Options = Sequence[tuple[object, Text]]
KINDS = {
    "xlsx": "Excel workbook",
    "xlsb": "Excel binary workbook",
    "xls": "old Excel workbook",
    "ods": "OpenDocument sheet",
    "html": "web page with tables",
    "xml": "Excel XML workbook",
    "text": "text table",
}
DIALECTS = {
    "s2b": "our own export",
    "shopify": "Shopify",
    "shopify-new": "Shopify",
    "woocommerce": "WooCommerce",
    "bagisto": "Bagisto",
    "spree": "Spree",
    "taobao": "Taobao assistant",
    "lilishop": "Lilishop",
}
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gb18030": "GBK", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
ON_ERROR: Options = (("rows", "Leave wrong rows out"), ("all", "Import nothing if any row is wrong"))
MODE: Options = (("both", "New goods and changes"), ("create", "Only new goods"), ("update", "Only changes"))
BLANK: Options = (("leave", "Leave what is there"), ("clear", "Clear what is there"))
SEVERAL = frozenset({"specs", "parameters", "image_urls", "barcodes", "category", "tiers", "packages"})
NAMED = frozenset({"specs", "parameters"})
DESCRIBED = frozenset({"title", "supply_price", "dropship_price", "retail_price"})
"""Without any of these a sheet describes no goods."""
AT_ONCE = 4
"""Columns whose choices are made at a time."""
DIALECT = 99
"""The confidence of what a known system's header says."""
BY_USER = 101
"""The confidence of what the user chose."""
REMEMBERED = 102
"""The confidence of what was remembered from the last import of this layout."""

SEP = "\N{NO-BREAK SPACE}· "
"""Between examples: no line begins with the dot."""


class RecogniseStep(QWidget):
    """`sheet_chosen(int)` and `header_chosen(int)` ask for another look; `changed`: the mapping may be valid now."""

    sheet_chosen = Signal(int)
    header_chosen = Signal(int)
    changed = Signal()

    def __init__(self, open_stock_list: Callable[[], object] | None = None, parent: QWidget | None = None) -> None:
        """`open_stock_list` is offered for a sheet that only says how many there are of what."""
        super().__init__(parent)
        self._columns: list[ColumnMap] = []
        self._fields: dict[int, ComboBox] = {}
        self._names: dict[int, QLineEdit] = {}
        self._pills: dict[int, StatePill] = {}
        self._rest: Iterator[ComboBox] = iter(())
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(partial(self._build, AT_ONCE))
        self.note = Banner("warn", "")
        self.note.hide()
        self._may_be_stock = open_stock_list is not None
        self.stock = Banner(
            "info",
            "This looks like a stock list: codes and quantities, no names and no prices. On the stock page it is booked"
            " by warehouse and lot.",
            action="Open as a stock list",
            callback=open_stock_list,
        )
        self.stock.hide()
        self._kind = Label("", "muted", wrap=True)
        self._kind.setMinimumHeight(34)  # as tall as the fields, so that the words are in line with theirs
        self.sheet = ComboBox()
        self.sheet.setMinimumWidth(200)
        self.sheet.value_changed.connect(lambda value: self.sheet_chosen.emit(value))
        self.header = QuantityField(minimum=0, maximum=200)
        self.header.setFixedWidth(90)
        self.header.editingFinished.connect(self._header_typed)
        self._given_header, self._note = 0, cast(Text, "")
        self._sheet_row = FormRow("Sheet", self.sheet)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._sheet_row)
        top.addWidget(FormRow("Header in row", self.header))
        top.addWidget(self._kind, 1, Qt.AlignmentFlag.AlignBottom)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setProperty("plain", True)
        card = QFrame()
        card.setProperty("surface", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.note)
        column.addWidget(self.stock)
        column.addLayout(top)
        self.peek = TablePeek()
        self.peek.hide()
        column.addWidget(self.peek)
        column.addWidget(card, 1)
        column.addLayout(self._rules())

    def _rules(self) -> QHBoxLayout:
        self.on_error, self.mode, self.blank = ComboBox(ON_ERROR), ComboBox(MODE), ComboBox(BLANK)
        row = QHBoxLayout()
        row.setSpacing(12)
        rules = (("Wrong rows", self.on_error), ("What to import", self.mode), ("Empty cells", self.blank))
        for label, combo in rules:
            combo.setCurrentIndex(0)
            row.addWidget(FormRow(label, combo), 1)
        return row

    def policy(self, before: Policy) -> Policy:
        """The rules chosen here, the rest as before."""
        chosen = {"on_error": self.on_error.value(), "mode": self.mode.value(), "blank": self.blank.value()}
        return msgspec.convert({**msgspec.structs.asdict(before), **chosen}, Policy)

    def show_survey(self, survey: Survey, guess: Guess, columns: Sequence[ColumnMap], note: Text = "") -> None:
        """Show what was recognised; `columns` are the proposal or what was remembered for this layout."""
        self._note = note
        self._kind.set_words(partial(_kind_text, survey, guess))
        self.sheet.blockSignals(True)
        self.sheet.set_options([(g.number, partial(_sheet_text, g)) for g in survey.guesses])
        self.sheet.set_value(guess.number)
        self.sheet.blockSignals(False)
        several = len(survey.guesses) > 1
        self._sheet_row.setVisible(several)
        if several:
            self.peek.show_table(survey, guess)
        self.peek.setVisible(several)
        self._given_header = guess.header.first + 1
        self.header.set_value(self._given_header)
        self._show_columns(columns)
        self.changed.emit()

    def _show_columns(self, columns: Sequence[ColumnMap]) -> None:
        self._columns = list(columns)
        self._fields, self._names, self._pills = {}, {}, {}
        box = QWidget()
        box.setProperty("plain", True)
        grid = QGridLayout(box)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for at, title in ((0, "Column in your sheet"), (1, "Examples"), (2, "Becomes"), (4, "How sure")):
            grid.addWidget(Label(title, "small"), 0, at)
        options: list[tuple[object, Text]] = [("", "Leave out")]
        options += [(field, partial(field_name, field)) for field in FIELDS]
        shown = [(at, c) for at, c in enumerate(columns) if not is_made(c) and (c.label or c.field != "specs")]
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        grid.setRowStretch(len(shown) + 1, 1)
        self._rest = self._rows_of(grid, shown, options)
        self._area.setWidget(box)
        self._build(AT_ONCE)

    def _build(self, most: int) -> None:
        """Make the choices of so many more columns; the window answers before those after them."""
        made = sum(1 for _ in islice(self._rest, most))
        self._show_sure()
        if made == most:
            self._soon.start()

    def _finish(self) -> None:
        self._soon.stop()
        self._build(len(self._columns) + 1)

    def _rows_of(
        self, grid: QGridLayout, shown: Sequence[tuple[int, ColumnMap]], options: Options
    ) -> Iterator[ComboBox]:
        for row, (place, column) in enumerate(shown, 1):
            label = Label(partial(_label_text, column), "strong", wrap=True)
            label.setMinimumWidth(120)
            samples = Label(partial(str, SEP.join(s for s in column.samples if s)[:90]), "muted", wrap=True)
            combo = ComboBox(options)
            combo.setMinimumWidth(190)
            combo.set_value(column.field)
            combo.setAccessibleName(_label_text(column))
            combo.value_changed.connect(partial(self._chosen, place))
            name = QLineEdit(column.name)
            name.setFixedWidth(110)
            name.setAccessibleName(tr("Name of the specification or parameter"))
            name.textEdited.connect(partial(self._named, place))
            name.setVisible(column.field in NAMED)
            pill = StatePill("")
            self._fields[place], self._names[place], self._pills[place] = combo, name, pill
            for at, widget in enumerate((label, samples, combo, name, pill)):
                grid.addWidget(widget, row, at)
            yield combo

    def columns(self) -> tuple[ColumnMap, ...]:
        """The mapping as it stands."""
        return tuple(self._columns)

    def field_of(self, label: str) -> ComboBox:
        """The choice beside a column of the sheet. Raises KeyError."""
        self._finish()
        for place, column in enumerate(self._columns):
            if column.label == label:
                return self._fields[place]
        raise KeyError(label)

    def missing(self) -> str:
        """What has to be mapped before one can go on, in words; "" if nothing."""
        fields = {column.field for column in self._columns}
        if not fields.intersection(KEYS):
            return tr("Choose which column is the SKU code or the barcode.")
        return ""

    def say_missing(self, missing: str) -> None:
        """Say above the columns what keeps one from going on; the note on the file comes back when it is done."""
        said: Text = partial(str, missing) if missing else self._note
        self.note.set_message("warn", said)
        self.note.setVisible(bool(missing or self._note))

    def _chosen(self, place: int, field: object) -> None:
        field = str(field or "")
        self._finish()
        if field and field not in SEVERAL:
            for other, column in enumerate(self._columns):
                if other != place and column.field == field:
                    self._put(other, "")
        self._put(place, field)
        self.changed.emit()

    def _put(self, place: int, field: str) -> None:
        column = self._columns[place]
        name = (column.name or column.label or tr("Specification")) if field in NAMED else ""
        confidence = BY_USER if field else 0
        self._columns[place] = msgspec.structs.replace(column, field=field, name=name, confidence=confidence)
        combo = self._fields[place]
        combo.blockSignals(True)
        combo.set_value(field)
        combo.blockSignals(False)
        self._names[place].setVisible(field in NAMED)
        self._names[place].setText(name)
        self._show_sure()

    def _show_sure(self) -> None:
        """How sure each column is, or that its counts become SKUs with the others that run across; and whether all of
        them together are a stock list."""
        fields = {column.field for column in self._columns}
        bare = not fields.isdisjoint(KEYS) and "stock_qty" in fields and not fields & DESCRIBED
        self.stock.setVisible(self._may_be_stock and bare)
        spread = across(self._columns)[1] if Sizes(self._columns).spread else []
        for place, pill in self._pills.items():
            column = self._columns[place]
            sure: tuple[Text, Tone] = ("One SKU each", "accent") if column.label in spread else _confidence(column)
            pill.set_state(*sure)

    def _named(self, place: int, name: str) -> None:
        self._columns[place] = msgspec.structs.replace(self._columns[place], name=name.strip())

    def _header_typed(self) -> None:
        value = self.header.value()
        if value is not None and not self.header.error() and value != self._given_header:
            self._given_header = value
            self.header_chosen.emit(value)


def _confidence(column: ColumnMap) -> tuple[Text, Tone]:
    if not column.field:  # what a known system spreads over columns is joined
        return ("Read with others", "ok") if column.confidence == DIALECT else ("Not used", "neutral")
    if column.confidence == BY_USER:
        return "Chosen by you", "accent"
    if column.confidence == REMEMBERED:
        return "As last time", "ok"
    if column.confidence >= 85:
        return "Sure", "ok"
    return ("Likely", "accent") if column.confidence >= 60 else ("Please check", "warn")


def _label_text(column: ColumnMap) -> str:
    return column.label or tr("Column {number}", number=column.column + 1)


def _sheet_text(guess: Guess) -> str:
    name = " ".join(part for part in (guess.name or tr("the only sheet"), guess.area) if part)
    if guess.transposed:
        name = f"{name} · {tr('goods across')}"
    return f"{name} ({tr('{n} rows', n=guess.rows)})"


def _kind_text(survey: Survey, guess: Guess) -> str:
    info = survey.info
    said = [tr(KINDS[info.kind]) if info.kind in KINDS else info.kind]
    if info.encoding:
        said.append(ENCODINGS.get(info.encoding, info.encoding.upper()))
    if guess.dialect in DIALECTS:
        said.append(tr(DIALECTS[guess.dialect]))
    rows = max(0, guess.rows - guess.header.last - 1)
    said.append(tr("{n} rows below the header", n=rows))
    used = sum(bool(c.field or c.confidence == DIALECT) for c in guess.columns if c.label)
    said.append(
        tr("{used} of {total} columns recognised", used=used, total=count(sum(bool(c.label) for c in guess.columns)))
    )
    return " · ".join(said)

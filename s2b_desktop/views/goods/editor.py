"""Many goods in one grid: edited like a spreadsheet, every change shown old and new, then saved in one go."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.goods_editor import Beside, beside, opened
from s2b_desktop.models.goods_import import effects, goods_by_code
from s2b_desktop.models.queries.categories import category_paths
from s2b_desktop.text import language, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.goods.bulk import TIER_DECIMALS, PercentPrompt, SetPrompt
from s2b_desktop.views.goods.words import review_text, review_words
from s2b_desktop.views.imports.grid import DryRunGrid
from s2b_desktop.views.imports.job import Ended, ImportJob
from s2b_desktop.views.imports.lines import Kind
from s2b_desktop.views.imports.rows import Preview, PreviewRow
from s2b_domain.access import Permission
from s2b_domain.errors import DomainError
from s2b_domain.intake.amounts import clean_price
from s2b_domain.intake.diff import Change
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.goods import GoodsRow
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.tiers import TEXT, read_tiers, united
from s2b_domain.rules.pricing import Tier

if TYPE_CHECKING:
    from s2b_desktop.background import Handle
    from s2b_desktop.tasks import Desk

PRICES = frozenset({"supply_price", "dropship_price", "retail_price"})
PERMITTED = PRICES - {"retail_price"} | {"tiers"}
"""Changed by whoever may change prices."""


class GoodsEditor(Retranslated, QDialog):
    """`saved(import_id, n)` when changes of n goods are in the outbox. Nothing is saved before."""

    saved = Signal(str, int)

    def __init__(self, desk: "Desk", rowids: Sequence[int] | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._import_id = ""
        self._reading: Handle | None = None
        self.grid: DryRunGrid | None = None
        self.strip = ProgressStrip("Opening the goods", background=False, cancellable=False)
        self.job = ImportJob(desk, self)
        self.job.progressed.connect(lambda done, of: self.strip.set_progress(done, of, 0))
        self.job.ended.connect(self._ended)
        self.finished.connect(lambda _result: self._reading.cancel() if self._reading is not None else None)
        self.resize(1240, 760)
        self.setSizeGripEnabled(True)
        self.told = Label("", "muted")
        self.shown = ComboBox([(None, "All goods"), (Kind.CHANGED, "Changed"), (Kind.WRONG, "Wrong")])
        self.shown.setCurrentIndex(0)
        self.shown.value_changed.connect(lambda kind: self.grid.look_at(kind) if self.grid else None)
        self.set_button = Button("Set a value…", self.ask_value, shortcut="Ctrl+Shift+S")
        self.percent_button = Button("Prices by percent…", self.ask_percent, shortcut="Ctrl+Shift+P")
        self.save_button = Button(self._save_text, self.save, variant="primary", shortcut="Ctrl+S")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label("Edit goods", "title"))
        head.addWidget(self.told, 1)
        for part in (self.shown, self.set_button, self.percent_button):
            head.addWidget(part)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        hint = "Prices, stock and sale act at once; names, pictures and other content wait for review."
        foot.addWidget(Label(hint, "small"), 1)
        foot.addWidget(Button("Close", self.reject))
        foot.addWidget(self.save_button)
        middle = QWidget()
        self._middle = QStackedLayout(middle)
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.strip)
        column.addStretch(1)
        self._middle.addWidget(waiting)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(middle, 1)
        column.addLayout(foot)
        self._tell()
        self.retranslate()
        desk.fetch(opened, desk.actor.organisation_id, rowids, done=self._show)

    def retranslate(self) -> None:
        self.setWindowTitle(tr("Edit goods"))
        if self.grid is not None:
            self.grid.table.refresh()

    def _show(self, found: tuple[Examination, list[str]]) -> None:
        preview = Preview(*found, self._existing, self._beside)
        may = self._desk.actor.may
        locked = {"sku_code"} | (set() if may(Permission.GOODS_PRICE) else PERMITTED)
        locked |= set() if may(Permission.STOCK_EDIT) else {"stock_qty"}
        review: Column[PreviewRow] = Column(
            "review",
            "Review",
            lambda row: review_text(row.beside.review)[0] if row.beside else "",
            120,
            kind="state",
            tone=lambda row: review_text(row.beside.review)[1] if row.beside else "neutral",
            fits=review_words,
        )
        self._locked = frozenset(locked)
        self.grid = DryRunGrid(preview, self._desk.run, locked=locked, extra=[review])
        self.grid.save.hide()
        for told in (self.grid.began, self.grid.edited):
            told.connect(self._tell)
        self._middle.addWidget(self.grid)
        self._middle.setCurrentWidget(self.grid)
        self.grid.load()
        self.grid.table.setFocus()
        self._tell()

    def _existing(self, codes: Sequence[str]) -> Mapping[str, GoodsRow]:
        return self._desk.read(goods_by_code, self._desk.actor.organisation_id, list(codes))

    def _beside(self, codes: Sequence[str]) -> Mapping[str, Beside]:
        return self._desk.read(beside, self._desk.actor.organisation_id, list(codes))

    # what is edited

    def _columns(self, fields: frozenset[str] | None = None) -> list[tuple[int, ColumnMap]]:
        """The places and columns that may be edited, of these fields."""
        assert self.grid is not None
        found = [(at, c) for at, c in enumerate(self.grid.preview.columns) if c.field not in self._locked]
        return [(at, c) for at, c in found if fields is None or c.field in fields]

    def _chosen(self) -> list[int]:
        """The chosen rows, or all that are shown if there are fewer than two."""
        assert self.grid is not None
        table = self.grid.table
        chosen = [int(key) for key in table.selected_ids()]
        return chosen if len(chosen) > 1 else [int(key) for key in table.model.ids()]

    def ask_value(self) -> None:
        """Ask for a value of one column for the chosen rows."""
        if self.grid is None:
            return
        keys = self._chosen()
        paths = self._desk.read(category_paths, language() == "en")
        prompt = SetPrompt(self._columns(), self.grid.place(), len(keys), paths, parent=self)
        open_prompt(prompt, lambda: self.set_value(prompt.place, prompt.text, keys))

    def set_value(self, place: int, text: str, keys: Sequence[int]) -> None:
        """Put one text into a column of these rows."""
        assert self.grid is not None
        column = self.grid.preview.columns[place].column
        self.grid.put({(key, column): text for key in keys})

    def ask_percent(self) -> None:
        """Ask by how much the prices of the chosen rows change."""
        columns = self._columns(PRICES)
        if self.grid is None or not columns:
            return
        keys, run = self._chosen(), self.grid.preview.run
        tiered = [column for _, column in self._columns(frozenset({"tiers"}))]

        def read(_progress: object) -> tuple[dict[int, list[int | None]], list[tuple[Tier, ...]]]:
            rows = run.cells(keys)
            return _prices(rows, columns), [_tiers(row, tiered) for row in rows]

        self._reading = self._desk.run(read, done=partial(self._ask_percent, columns, keys))
        self._tell()

    def _ask_percent(
        self,
        columns: Sequence[tuple[int, ColumnMap]],
        keys: Sequence[int],
        now: tuple[Mapping[int, Sequence[int | None]], Sequence[Sequence[Tier]]],
    ) -> None:
        self._reading = None
        self._tell()
        if self.grid is not None:
            prompt = PercentPrompt(columns, self.grid.place(), *now, parent=self)
            open_prompt(prompt, lambda: self.set_prices(prompt.place, keys, prompt.prices(), prompt.tiers()))

    def set_prices(
        self, place: int, keys: Sequence[int], prices: Sequence[str | None], tiers: Sequence[str | None]
    ) -> None:
        """Put new prices into a column, and beside them those by quantity; None leaves one as it is."""
        assert self.grid is not None
        column = self.grid.preview.columns[place].column
        texts = {(key, column): text for key, text in zip(keys, prices, strict=True) if text is not None}
        for _, tiered in self._columns(frozenset({"tiers"})):
            told = zip(keys, tiers, strict=True)
            texts |= {(key, tiered.column): text for key, text in told if text is not None}
        self.grid.put(texts)

    # saving

    def _count(self, kind: Kind) -> int:
        return self.grid.preview.count(kind) if self.grid is not None else 0

    def _save_text(self) -> str:
        n = self._count(Kind.CHANGED)
        return tr("Save {n} changes", n=n) if n else tr("Nothing to save")

    def _tell(self) -> None:
        busy = self._reading is not None or (self.grid is not None and self.grid.working())
        ready = self.grid is not None and not self.job.running and not busy
        for button in (self.set_button, self.percent_button):
            button.setEnabled(ready)
        self.save_button.set_words(self._save_text)
        self.save_button.setEnabled(ready and self._count(Kind.CHANGED) > 0)
        self.told.set_words("Working out the change…" if busy else self._told)

    def _told(self) -> str:
        if self.grid is None:
            return ""
        lines = self.grid.preview.run.lines
        changed = effects((), [line.body for line in lines if isinstance(line.body, Change)])
        said = [tr("{n} SKUs", n=len(lines))]
        if changed.at_once:
            said.append(tr("{n} act at once", n=changed.at_once))
        if changed.reviewed:
            said.append(tr("{n} wait for review", n=changed.reviewed))
        if wrong := self._count(Kind.WRONG):
            said.append(tr("{n} wrong", n=wrong))
        return " · ".join(said)

    def save(self) -> None:
        """Save the changes that are right; wrong rows stay in the grid."""
        if self.grid is None or self.job.running or self.grid.working() or not self._count(Kind.CHANGED):
            return
        self._import_id = self._desk.new_id()
        self.strip.set_text("Saving the changes on this PC")
        self._middle.setCurrentIndex(0)
        self.job.start(self._import_id, tr("Edited in the grid"), self.grid.preview.examination)
        self._tell()

    def _ended(self, ended: Ended) -> None:
        if ended.error is None:
            self.saved.emit(self._import_id, len(ended.saved))
            self.grid = None
            self.accept()
            return
        code, params = (ended.error.code, ended.error.params) if isinstance(ended.error, DomainError) else ("", {})
        if self.grid is not None:
            self._middle.setCurrentWidget(self.grid)
        self._tell()
        self.told.set_words(lambda: problem_text(code or "unexpected", params))

    def reject(self) -> None:
        """Close, also by the window's own button; what is being worked out or saved is waited for."""
        if self.job.running or (self.grid is not None and self.grid.working()):
            return
        if self.grid is not None and self.grid.preview.run.edits:
            n = len(self.grid.preview.run.edits)
            prompt = Confirm(
                lambda: tr("Close without saving?"),
                lambda: tr("{n} edited rows are not saved.", n=n),
                "Close without saving",
                tone="danger",
                keep="Go on editing",
                parent=self,
            )
            open_prompt(prompt, self._discard)
        else:
            super().reject()

    def _discard(self) -> None:
        self.grid = None
        self.done(QDialog.DialogCode.Rejected)

    def open(self) -> None:
        """Show it over its window, as large as that allows."""
        self.setWindowModality(Qt.WindowModality.WindowModal)
        super().open()


def _prices(
    rows: Sequence[Sequence[Any] | None], columns: Sequence[tuple[int, ColumnMap]]
) -> dict[int, list[int | None]]:
    """The prices of rows by the place of their column; None where a cell holds none."""
    return {at: [_price(row[column.column]) if row is not None else None for row in rows] for at, column in columns}


def _tiers(row: Sequence[Any] | None, columns: Sequence[ColumnMap]) -> tuple[Tier, ...]:
    """The prices by quantity of a row; none where its cell cannot be read."""
    pairs = read_tiers(str(row[columns[0].column])) if row is not None and columns else None
    found = united([TEXT], [pairs], 10**14, TIER_DECIMALS) if pairs else None
    return found.tiers if found is not None else ()


def _price(cell: Any) -> int | None:
    found = clean_price(str(cell))
    return found if isinstance(found, int) and not isinstance(found, bool) else None

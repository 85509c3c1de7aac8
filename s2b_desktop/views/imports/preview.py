"""The third step: the dry run. Honest counts that filter, every row with its errors in the cell, editable in place."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from s2b_desktop.intake_text import aside_text, issue_text
from s2b_desktop.text import count, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.language import Retranslated, Text
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.imports.grid import KINDS, DryRunGrid, Run
from s2b_desktop.views.imports.lines import Kind
from s2b_desktop.views.imports.rows import Preview, PreviewRow
from s2b_domain.intake.goods import Issue

CARDS = (Kind.NEW, Kind.CHANGED, Kind.UNCHANGED, Kind.WRONG)
Choices = Sequence[tuple[Text, str, str]]
ZEROS: Choices = (("Put the zeros back", "leading_zeros", "repair"), ("Keep as they are", "leading_zeros", "keep"))
HIDDEN: Choices = (("Leave them out", "hidden_rows", "leave"),)
CONTINUED: Choices = (("Do not fill in", "blank_names", "leave"),)
BARCODES: Choices = (("Take them as they are", "bad_barcodes", "keep"),)


OFFERS = {"hidden_rows": HIDDEN, "rows_continued": CONTINUED}
"""Notes that one may decide otherwise."""
LOSSES = frozenset({"foreign_prices", "price_tiers", "sizes_across"})
"""Notes on what is not taken as the sheet means it."""


class PreviewStep(Retranslated, QWidget):
    """`edited` after a cell was changed; `report` asks to save the wrong rows; `policy(name, value)` to look again;
    `match` to say what categories mean."""

    edited = Signal()
    report = Signal()
    policy = Signal(str, str)
    cancelled = Signal()
    match = Signal()

    def __init__(self, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._preview: Preview | None = None
        self._kind: Kind | None = None
        self._unplaced = self._nameless = 0
        self.strip = ProgressStrip("Checking every row", background=False)
        self.strip.cancelled.connect(self.cancelled)
        self.cards = {kind: FactCard(kind.value, KINDS[kind][0], lambda: "–", checkable=True) for kind in CARDS}
        strip_row = QHBoxLayout()
        strip_row.setSpacing(12)
        for kind, card in self.cards.items():
            strip_row.addWidget(card, 1)
            card.toggled.connect(partial(self._filter, kind))
        self._banners = QVBoxLayout()
        self._banners.setSpacing(8)
        self.grid: DryRunGrid | None = None
        self._coming: Preview | None = None
        self._holder = QVBoxLayout()
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(strip_row)
        column.addLayout(self._banners)
        column.addLayout(self._holder, 1)
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.strip)
        column.addStretch(1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(waiting)
        self._stack.addWidget(shown)

    def wait(self) -> None:
        """Show that the rows are being checked."""
        self._coming = None
        self._stack.setCurrentIndex(0)

    def show_preview(self, preview: Preview, then: Callable[[], object]) -> None:
        """Show a dry run; wrong rows first if there are any. The window answers between its two halves; `then` follows
        when it is there."""
        self._preview, self._unplaced, self._nameless = preview, 0, 0
        self._make_grid(preview)
        self._coming = preview
        QTimer.singleShot(0, self, partial(self._show, preview, then))

    def _show(self, preview: Preview, then: Callable[[], object]) -> None:
        if self._coming is not preview:  # another one is being worked out already
            return
        self._coming, self._kind = None, None
        for kind, card in self.cards.items():
            card.blockSignals(True)
            card.setChecked(False)
            card.blockSignals(False)
            if kind is Kind.WRONG and preview.count(kind):
                card.setChecked(True)
        self._tell()
        self._load()
        self._stack.setCurrentIndex(1)
        then()

    def show_unplaced(self, n: int, nameless: int = 0) -> None:
        """Offer to say what so many categories of the sheet mean, and where so many goods without one belong."""
        self._unplaced, self._nameless = n, nameless
        self._tell()

    def _make_grid(self, preview: Preview) -> None:
        grid = DryRunGrid(preview, self._run)
        for told in (grid.began, grid.edited):
            told.connect(self._edited)
        grid.report.connect(self.report)
        if self.grid is not None:
            self.grid.stop()
            self._holder.removeWidget(self.grid)
            self.grid.hide()
            self.grid.deleteLater()
        self.grid = grid
        self._holder.addWidget(grid)

    def working(self) -> bool:
        """Whether a large edit is being prepared: what would be imported is not known until then."""
        return self.grid is not None and self.grid.working()

    def _edited(self) -> None:
        self._tell()
        self.edited.emit()

    def _filter(self, kind: Kind, on: bool) -> None:
        if on:
            for other, card in self.cards.items():
                if other is not kind:
                    card.blockSignals(True)
                    card.setChecked(False)
                    card.blockSignals(False)
        self._kind = kind if on else None if self._kind is kind else self._kind
        self._load()

    def _load(self) -> None:
        if self.grid is not None:
            self.grid.look_at(self._kind)

    def _tell(self) -> None:
        preview = self._preview
        if preview is None:
            return
        warned = preview.run.warned
        skipped, aside = preview.count(Kind.SKIPPED), len([a for a in preview.examination.aside if a.kind != "blank"])
        notes: dict[Kind, Text] = {
            Kind.NEW: "wait for review first" if preview.count(Kind.NEW) else "",
            Kind.CHANGED: "old → new in the cell" if preview.count(Kind.CHANGED) else "",
            Kind.UNCHANGED: (lambda: tr("{n} left out by your rules", n=skipped))
            if skipped
            else (lambda: tr("{n} rows are no goods", n=aside))
            if aside
            else "",
            Kind.WRONG: self._wrong_note(preview, warned),
        }
        tones: dict[Kind, Tone] = {Kind.WRONG: "bad" if preview.count(Kind.WRONG) else "neutral"}
        for kind, card in self.cards.items():
            card.set_fact(partial(count, preview.count(kind)), notes[kind], tone=tones.get(kind, "neutral"))
        self._say_banners(preview)

    @staticmethod
    def _wrong_note(preview: Preview, warned: int) -> Text:
        if preview.count(Kind.WRONG):
            refused = preview.examination.policy.on_error == "all"
            if not preview.count(Kind.NEW) + preview.count(Kind.CHANGED):
                return "can be put right in the rows below"
            return "nothing is imported" if refused else "left out, the rest is imported"
        return (lambda: tr("{n} with a remark", n=warned)) if warned else "all rows are fine"

    def _say_banners(self, preview: Preview) -> None:
        while (item := self._banners.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        notes = [note for note in preview.examination.notes if note.code not in OFFERS]
        losses = [note for note in notes if note.code in LOSSES]
        if remarks := [note for note in notes if note not in losses]:
            self._banners.addWidget(Banner("info", partial(_told, remarks)))
        if losses:
            self._banners.addWidget(Banner("warn", partial(_told, losses)))
        if aside_text(preview.examination.aside):
            self._banners.addWidget(Banner("info", partial(aside_text, preview.examination.aside)))
        wrong = {row.row for row in preview.plan.wrong}
        spoiled = sum(i.code == "barcode_lost" and i.row not in wrong for i in preview.plan.warnings)
        if spoiled:
            said = partial(tr, "{n} barcodes that Excel spoiled are left out; their goods are imported.", n=spoiled)
            self._banners.addWidget(Banner("warn", said))
        if self._unplaced or self._nameless:
            n, nameless = self._unplaced, self._nameless

            def unplaced() -> str:
                unknown = tr("{n} of your categories are not known here yet.", n=n) if n else ""
                return f"{unknown} {tr('{n} goods have no category.', n=nameless) if nameless else ''}".strip()

            self._banner(unplaced).addWidget(Button("Match categories…", self.match.emit, icon="list-tree"))
        for note in preview.examination.notes:
            if note.code in OFFERS:
                self._offer(partial(issue_text, note), OFFERS[note.code])
        lost = self._rows_with(preview, "leading_zero_lost")
        if lost:
            self._offer(
                lambda: tr("{n} codes seem to have lost their leading zeros in Excel.", n=lost),
                ZEROS,
            )
        digits = self._rows_with(preview, "barcode_check_digit")
        if digits:
            self._offer(
                lambda: tr("{n} barcodes have a wrong check digit.", n=digits),
                BARCODES,
            )

    @staticmethod
    def _rows_with(preview: Preview, code: str) -> int:
        return sum(any(issue.code == code for issue in wrong.issues) for wrong in preview.plan.wrong)

    def _offer(self, said: Callable[[], str], choices: Choices) -> None:
        layout = self._banner(said)
        for text, name, value in choices:
            layout.addWidget(Button(text, partial(self.policy.emit, name, value)))

    def _banner(self, said: Callable[[], str]) -> QHBoxLayout:
        """A warning with room for what can be done."""
        banner = Banner("warn", said)
        layout = banner.layout()
        assert isinstance(layout, QHBoxLayout)
        self._banners.addWidget(banner)
        return layout

    @property
    def table(self) -> DataTable[PreviewRow] | None:
        """The table of the grid, when there is one."""
        return self.grid.table if self.grid is not None else None

    def retranslate(self) -> None:
        if self.grid is not None:
            self.grid.table.refresh()


def _told(notes: Sequence[Issue]) -> str:
    return " ".join(dict.fromkeys(map(issue_text, notes)))

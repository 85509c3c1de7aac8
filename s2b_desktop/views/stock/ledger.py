"""The whole ledger of one SKU: by kind and place, and as a workbook."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.exports import Cell, write_table
from s2b_desktop.models.queries.ledger import LedgerLine, ledger
from s2b_desktop.text import moment, quantity, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.goods.words import MOVEMENTS
from s2b_desktop.views.stock.columns import signed

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

MOST = 20_000
"""Movements beyond the latest ones are not shown."""


class LedgerDialog(Retranslated, QDialog):
    """Shows `name`'s movements, newest first."""

    def __init__(
        self, desk: "Desk", sku_id: str, name: str, decimals: int, unit: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._name, self._decimals = desk, name, decimals
        self._lines: list[LedgerLine] = []
        self._shown: list[LedgerLine] = []
        self.setMinimumSize(960, 640)
        self.resize(1120, 680)
        self.kind = ComboBox([("", "Every movement"), *((kind, said) for kind, said in MOVEMENTS.items())])
        self.kind.set_value("")
        self.kind.value_changed.connect(lambda _kind: self._filter())
        self.table: DataTable[LedgerLine] = DataTable(
            [
                Column("at", "When", lambda x: moment(x.at, desk.now()), 120),
                Column("kind", "Movement", lambda x: tr(MOVEMENTS[x.kind]), 120),
                Column("change", "On hand by", lambda x: signed(x.change, decimals) if x.change else "", 96,
                       kind="number"),
                Column("held", "Promised by", lambda x: signed(x.held, decimals) if x.held else "", 96, kind="number"),
                Column("after", "On hand after", lambda x: quantity(x.on_hand_after, decimals), 110, kind="number"),
                Column("place", "Warehouse", lambda x: x.warehouse or tr("Main warehouse"), 90, rank=1,
                       fits=lambda: [tr("Main warehouse")]),
                Column("document", "Document", lambda x: x.document, 150, rank=2),
                Column("reason", "Reason", self._reason, 120, stretch=True),
                Column("who", "By whom", lambda x: x.who, 80, rank=3),
            ],
            self._rows,
            name="Ledger",
            search="Reason, document or person",
            exportable=True,
        )  # fmt: skip
        self.table.toolbar.insertWidget(0, self.kind)
        self.table.set_empty(EmptyState("clock", "Nothing has moved yet."))
        self.table.search_changed.connect(lambda _text: self._filter())
        self.table.export_requested.connect(self._ask_export)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Label(lambda: f"{tr('Ledger')} · {name} ({unit})", "subtitle", wrap=True))
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(Button("Close", self.accept))
        column.addLayout(foot)
        self.retranslate()
        desk.fetch(ledger, desk.actor.organisation_id, sku_id, MOST, done=self._found)

    def retranslate(self) -> None:
        self.setWindowTitle(tr("Ledger"))
        self.kind.setAccessibleName(tr("Movement"))

    @staticmethod
    def _reason(line: LedgerLine) -> str:
        return tr("by import") if line.reason == "import" else line.reason

    def _found(self, lines: list[LedgerLine]) -> None:
        self._lines = lines
        self._filter()

    def _filter(self) -> None:
        kind, text = self.kind.value(), self.table.search_field.text().strip().casefold()
        self._shown = [
            line
            for line in self._lines
            if kind in ("", line.kind)
            and (not text or any(text in part.casefold() for part in (line.reason, line.document, line.who)))
        ]
        self.table.set_ids(range(len(self._shown)))
        self.table.refresh()

    def _rows(self, ids: Sequence[RowId]) -> list[LedgerLine]:
        return [self._shown[int(at)] for at in ids if int(at) < len(self._shown)]

    def _ask_export(self) -> None:
        name = f"{tr('Ledger')} {self._name}.xlsx".replace("/", "-")
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export to Excel"), name, "Excel (*.xlsx)")
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write what is shown."""
        heads = [tr(c.title) if isinstance(c.title, str) else c.title() for c in self.table.model.columns]
        rows: list[list[Cell]] = [
            [
                moment(x.at),
                tr(MOVEMENTS[x.kind]),
                x.change / 10**self._decimals,
                x.held / 10**self._decimals,
                x.on_hand_after / 10**self._decimals,
                x.warehouse,
                x.document,
                self._reason(x),
                x.who,
            ]
            for x in self._shown
        ]
        self._desk.run(
            lambda _progress: write_table(path, heads, rows),
            done=partial(self._written, path.name),
            failed=self._not_written,
        )

    def _written(self, file: str, n: int) -> None:
        ToastArea.of(self).show_toast(partial(tr, "{n} movements written to {file}", n=n, file=file))

    def _not_written(self, _error: Exception) -> None:
        said = "The file could not be written. Close it in other programs, or choose another place."
        ToastArea.of(self).show_toast(said, tone="bad")

"""The rows of a dry run as a grid shows them, and what editing one of their cells does. No Qt here."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from s2b_desktop.intake_text import field_name, issue_text
from s2b_desktop.models.goods_cells import cells_of, value_text
from s2b_desktop.models.goods_import import settle
from s2b_desktop.text import tr
from s2b_domain.intake.diff import Change, Plan, Planner, WrongRow
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.goods import GoodsRow, Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.table import GoodsTable

Goods = Callable[[Sequence[str]], Mapping[str, GoodsRow]]
ARROW = " → "
_FIRST = ("sku_code", "title")


class Kind(StrEnum):
    """What an import would do with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"
    SKIPPED = "skipped"


class PreviewRow(msgspec.Struct, frozen=True):
    """One row: `cells` and `problems` stand beside `Preview.columns`; `notes` says all in words."""

    number: int
    kind: Kind
    cells: tuple[str, ...]
    problems: tuple[str, ...]
    notes: str


class Preview:
    """A dry run under the user's hands. `codes` are the SKU codes of all its rows in the order of the sheet;
    `existing` answers goods that are there."""

    def __init__(self, examination: Examination, codes: Sequence[str], existing: Goods) -> None:
        self.examination = examination
        self.existing = existing
        self.edits: dict[int, dict[int, str]] = {}
        shown = [c for c in examination.columns if c.field and (c.label or c.field != "specs")]
        hidden = [c for c in examination.columns if c.field == "specs" and not c.label]
        first = [c for field in _FIRST for c in shown if c.field == field]
        self.columns: tuple[ColumnMap, ...] = (*first, *(c for c in shown if c not in first), *hidden)
        self._index()
        numbers = sorted(self._kinds)
        self._codes = dict(zip(numbers, codes, strict=True)) if len(codes) == len(numbers) else {}

    def _index(self) -> None:
        plan = self.plan
        self._rows: dict[int, GoodsRow | Change | WrongRow] = {g.row: g for g in plan.new}
        self._rows |= {c.goods.row: c for c in plan.changed}
        self._rows |= {w.row: w for w in plan.wrong}
        self._kinds: dict[int, Kind] = dict.fromkeys(plan.unchanged, Kind.UNCHANGED)
        self._kinds |= dict.fromkeys(plan.skipped, Kind.SKIPPED)
        for number, row in self._rows.items():
            self._kinds[number] = _kind(row)
        self._warnings: dict[int, list[Issue]] = {}
        for issue in plan.warnings:
            self._warnings.setdefault(issue.row, []).append(issue)

    @property
    def plan(self) -> Plan:
        """What an import would do."""
        return self.examination.plan

    def count(self, kind: Kind) -> int:
        """How many rows of a kind there are."""
        plan = self.plan
        lists: dict[Kind, Sequence[object]] = {
            Kind.NEW: plan.new,
            Kind.CHANGED: plan.changed,
            Kind.UNCHANGED: plan.unchanged,
            Kind.WRONG: plan.wrong,
            Kind.SKIPPED: plan.skipped,
        }
        return len(lists[kind])

    def numbers(self, kind: Kind | None = None, text: str = "") -> "array[int]":
        """Row numbers of a kind (all by default) whose code or name, or wrong cells, hold `text`."""
        wanted = text.strip().lower()
        found = (n for n, k in self._kinds.items() if kind is None or k is kind)
        if wanted:
            found = (n for n in found if wanted in self._searched(n))
        return array("q", sorted(found))

    def _searched(self, number: int) -> str:
        row = self._rows.get(number)
        if isinstance(row, WrongRow):
            return " ".join(map(text_of, row.cells)).lower()
        goods = row.goods if isinstance(row, Change) else row
        if goods is None:
            return self._codes.get(number, "").lower()
        return f"{goods.sku_code} {goods.title or ''} {' '.join(goods.barcodes or ())}".lower()

    def rows(self, numbers: Sequence[int]) -> list[PreviewRow]:
        """The rows to show; goods that are there already are looked up by code."""
        unread = [self._codes[n] for n in numbers if n not in self._rows and self._codes.get(n)]
        there = self.existing(unread) if unread else {}
        return [self._row(n, there) for n in numbers]

    def _row(self, number: int, there: Mapping[str, GoodsRow]) -> PreviewRow:
        kind, row = self._kinds[number], self._rows.get(number)
        issues = row.issues if isinstance(row, WrongRow) else tuple(self._warnings.get(number, ()))
        notes = " ".join(dict.fromkeys(issue_text(issue) for issue in issues))
        blank = ("",) * len(self.columns)
        if isinstance(row, WrongRow):
            cells = tuple(text_of(row.cells[c.column]) if c.column < len(row.cells) else "" for c in self.columns)
            problems = tuple(_problem(c, issues) for c in self.columns)
            return PreviewRow(number, kind, cells, problems, notes)
        if isinstance(row, Change):
            changes = {f.field: (f.old, f.new) for f in row.fields}
            cells = tuple(_changed_cell(c, row.goods, changes) for c in self.columns)
            titled = zip(self.columns, cells, strict=True)
            said = [f"{column_title(c)} {cell}" for c, cell in titled if ARROW in cell and c.field in changes]
            return PreviewRow(number, kind, cells, blank, "; ".join(part for part in (*said, notes) if part))
        goods = row or there.get(self._codes.get(number, ""))
        if goods is None:
            return PreviewRow(number, kind, (self._codes.get(number, ""), *blank[1:]), blank, notes)
        by_column = cells_of(goods, self.columns)
        return PreviewRow(number, kind, tuple(by_column[c.column] for c in self.columns), blank, notes)

    def edit(self, number: int, place: int, text: str) -> Kind:
        """Put `text` into the cell of `columns[place]` and check the row anew."""
        column = self.columns[place]
        text = text.rpartition(ARROW)[2]
        self.edits.setdefault(number, {})[column.column] = text
        cells = self._cells(number)
        cells[column.column] = text
        self._check(number, tuple(cells))
        return self._kinds[number]

    def edit_again(self, edits: Mapping[int, Mapping[int, str]]) -> None:
        """Take over the edits of an earlier dry run of the same sheet."""
        for number, by_column in edits.items():
            if number in self._kinds:
                self.edits[number] = dict(by_column)
                cells = self._cells(number)
                for column, text in by_column.items():
                    cells[column] = text
                self._check(number, tuple(cells))

    def _cells(self, number: int) -> list[Any]:
        row = self._rows.get(number)
        width = max(c.column for c in self.examination.columns) + 1
        if isinstance(row, WrongRow):
            return [*row.cells[:width], *[""] * (width - len(row.cells))]
        goods = row.goods if isinstance(row, Change) else row
        if goods is None:
            code = self._codes.get(number, "")
            goods = self.existing([code]).get(code)
        cells = list(cells_of(goods, self.examination.columns)) if goods is not None else []
        return [*cells, *[""] * (width - len(cells))]

    def _check(self, number: int, cells: tuple[Any, ...]) -> None:
        examined = self.examination
        table = GoodsTable(examined.columns, examined.policy)
        goods, issues = table.build([[cell] for cell in cells], [number])
        planner = Planner(self.existing, examined.policy, table.fields)
        planner.label_columns({c.field: c.label for c in reversed(examined.columns) if c.field})
        planner.add(goods, issues, lambda _number: cells)
        one = settle(msgspec.structs.replace(examined, plan=planner.plan)).plan
        code = goods[0].sku_code
        other = next((n for n, c in self._codes.items() if c == code and n != number and self._is_good(n)), None)
        if other is not None and not one.wrong:
            label = next((c.label for c in examined.columns if c.field == "sku_code"), "")
            issue = Issue(number, label, "sku_code", "duplicate", code, "error", {"other": other})
            one = Plan([], [], [], [], [WrongRow(number, cells, (issue,))], [])
        self._codes[number] = code
        self._replace(number, one)

    def _is_good(self, number: int) -> bool:
        return self._kinds[number] not in (Kind.WRONG, Kind.SKIPPED)

    def _replace(self, number: int, one: Plan) -> None:
        plan = self.plan
        merged = Plan(
            sorted([*(g for g in plan.new if g.row != number), *one.new], key=lambda g: g.row),
            sorted([*(c for c in plan.changed if c.goods.row != number), *one.changed], key=lambda c: c.goods.row),
            sorted([*(n for n in plan.unchanged if n != number), *one.unchanged]),
            sorted([*(n for n in plan.skipped if n != number), *one.skipped]),
            sorted([*(w for w in plan.wrong if w.row != number), *one.wrong], key=lambda w: w.row),
            [*(w for w in plan.warnings if w.row != number), *one.warnings],
        )
        self.examination = msgspec.structs.replace(self.examination, plan=merged)
        self._index()


def column_title(column: ColumnMap) -> str:
    """What a column becomes, in words: the name of a specification or parameter, or the field's."""
    return column.name or field_name(column.field)


def _kind(row: GoodsRow | Change | WrongRow) -> Kind:
    if isinstance(row, WrongRow):
        return Kind.WRONG
    return Kind.CHANGED if isinstance(row, Change) else Kind.NEW


def _problem(column: ColumnMap, issues: Sequence[Issue]) -> str:
    mine = [i for i in issues if i.field == column.field and (not i.column or i.column == column.label)]
    return " ".join(issue_text(issue) for issue in mine)


def _changed_cell(column: ColumnMap, goods: GoodsRow, changes: Mapping[str, tuple[Any, Any]]) -> str:
    if column.field not in changes:
        return value_text(column.field, getattr(goods, column.field), goods.unit, column.name)
    old, new = (value_text(column.field, value, goods.unit, column.name) for value in changes[column.field])
    return new if old == new else f"{old or tr('nothing')}{ARROW}{new or tr('nothing')}"

"""The lines of a dry run in words, as the grid shows them. No Qt here."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from s2b_desktop.intake_text import field_name, issue_text, reason_text
from s2b_desktop.models.goods_cells import cell_of, cells_of, value_text
from s2b_desktop.models.goods_editor import Beside
from s2b_desktop.models.goods_import import CONTENT
from s2b_desktop.text import clauses, labelled, listed, tr
from s2b_desktop.views.imports.lines import Cell, DryRun, Goods, Kind, Line
from s2b_domain.intake.diff import Change, Plan, WrongRow
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.fitting import Fitting
from s2b_domain.intake.goods import KEYS, GoodsRow, Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.illustrations import FIELD as PICTURES
from s2b_domain.intake.mapping import ColumnMap, is_made
from s2b_domain.intake.packages import place_of as package_place_of
from s2b_domain.intake.tiers import place_of
from s2b_domain.intake.trace import Trace
from s2b_domain.rules.blobs import digest_in

ARROW = " → "
_FIRST = ("sku_code", "title")
_SLICE = 2_000


class PreviewRow(msgspec.Struct, frozen=True):
    """One line: `cells`, `texts`, `problems` and `traces` stand beside `Preview.columns`; `notes` says all in words.

    `texts` are the cells as one would type them, of a change the new value."""

    number: int
    kind: Kind
    cells: tuple[str, ...]
    texts: tuple[str, ...]
    problems: tuple[str, ...]
    notes: str
    traces: tuple[str, ...] = ()
    beside: Beside | None = None
    code: str = ""


class Preview:
    """A dry run and how it reads. Lines are named by their keys. `beside` tells where existing goods stand, by code."""

    def __init__(
        self,
        examination: Examination,
        codes: Sequence[str],
        existing: Goods,
        beside: Callable[[Sequence[str]], Mapping[str, Beside]] | None = None,
        fitting: Fitting | None = None,
    ) -> None:
        self.run = DryRun(examination, codes, existing, fitting)
        self._beside = beside
        shown = [c for c in examination.columns if c.field and (c.label or c.field != "specs")]
        hidden = [c for c in examination.columns if c.field == "specs" and not c.label]
        first = [c for field in _FIRST for c in shown if c.field == field]
        first += [c for c in shown if is_made(c) and c.field in examination.policy.required and c not in first]
        self.columns: tuple[ColumnMap, ...] = (*first, *(c for c in shown if c not in first), *hidden)

    @property
    def makes_codes(self) -> bool:
        """Whether SKU codes stand in no cell but are made of the product's and its options."""
        fields = {column.field for column in self.columns}
        return next((field for field in KEYS if field in fields), "") == "product_key"

    @property
    def examination(self) -> Examination:
        """The examination as it is after the edits."""
        return self.run.examination

    @property
    def plan(self) -> Plan:
        """What an import would do."""
        return self.run.examination.plan

    def count(self, kind: Kind) -> int:
        """How many lines of a kind there are."""
        return self.run.counts[kind]

    def keys(self, kind: Kind | None = None, text: str = "") -> "array[int]":
        """Keys of a kind (all by default) whose code or name, or wrong cells, hold `text`."""
        wanted, lines = text.strip().lower(), self.run.lines
        found: Sequence[int] = range(len(lines))
        if kind is not None:
            found = [key for key, line in enumerate(lines) if line.kind is kind]
        if wanted:
            found = [key for key in found if wanted in _searched(lines[key])]
        return array("q", found)

    def rows(self, keys: Sequence[int]) -> list[PreviewRow]:
        """The lines to show; goods that are there already are looked up by code."""
        lines = [self.run.lines[key] for key in keys]
        unread = [line.code for line in lines if line.body is None and line.code]
        there = self.run.existing(unread) if unread else {}
        rows = [msgspec.structs.replace(self._row(line, there), code=line.code) for line in lines]
        if self._beside is None:
            return rows
        known = self._beside([line.code for line in lines])
        return [self._placed(row, known.get(line.code)) for row, line in zip(rows, lines, strict=True)]

    def _placed(self, row: PreviewRow, beside: Beside | None) -> PreviewRow:
        """A row with where its content stands; cells that differ from what is live say so."""
        if beside is None or beside.live is None:
            return msgspec.structs.replace(row, beside=beside)
        live = beside.live
        said = []
        for column, text in zip(self.columns, row.texts, strict=True):
            there = cell_of(live, column.field, column.name) if column.field in CONTENT else text
            said.append(tr("Live now: {value}", value=there or tr("nothing")) if there != text else "")
        return msgspec.structs.replace(row, traces=tuple(said), beside=beside)

    def _row(self, line: Line, there: Mapping[str, GoodsRow]) -> PreviewRow:
        body, columns = line.body, self.columns
        remarks = self.run.warnings_of(line)
        issues = body.issues if isinstance(body, WrongRow) else ()
        notes = " ".join(dict.fromkeys(issue_text(issue) for issue in (*issues, *remarks)))
        blank = ("",) * len(columns)
        traces = self._traced(line)
        if isinstance(body, WrongRow):
            cells = tuple(_text(body.cells[c.column]) if c.column < len(body.cells) else "" for c in columns)
            problems = tuple(_problem(c, issues) for c in columns)
            return PreviewRow(line.number, line.kind, cells, cells, problems, notes, traces)
        if isinstance(body, Change):
            changes = {f.field: (f.old, f.new) for f in body.fields}
            texts = tuple(_changed_text(c, body, changes) for c in columns)
            cells = tuple(_changed_cell(c, body, changes, text) for c, text in zip(columns, texts, strict=True))
            told = [(c, text) for c, text in zip(columns, cells, strict=True) if ARROW in text and c.field in changes]
            said = [f"{column_title(c)} {on_one_line(c, text)}" for c, text in told]
            notes = clauses(part for part in (*said, notes) if part)
            return PreviewRow(line.number, line.kind, cells, texts, blank, notes, traces)
        goods = body or there.get(line.code)
        if goods is None:
            cells = (line.code, *blank[1:])
        else:
            by_column = cells_of(goods, columns)
            cells = tuple(by_column[c.column] for c in columns)
        return PreviewRow(line.number, line.kind, cells, cells, blank, notes, traces)

    def _traced(self, line: Line) -> tuple[str, ...]:
        """Beside each column what cleaning did to its cell, in words."""
        traces = self.run.traces_of(line)
        if not traces:
            return ()
        body = line.body
        unit = body.unit if isinstance(body, Change | GoodsRow) else None
        said: dict[tuple[str, str], list[str]] = {}
        for trace in traces:
            said.setdefault((trace.field, trace.column), []).append(trace_text(trace, unit))
        return tuple(clauses(said.get((c.field, c.label), ())) for c in self.columns)

    def text_at(self, key: int, place: int) -> str:
        """What stands in the cell of `columns[place]`, without the old value of a change."""
        return self.rows([key])[0].texts[place]

    def edit(self, key: int, place: int, text: str) -> Kind:
        """Put `text` into the cell of `columns[place]` and check the line anew."""
        self.run.edit({(key, self.columns[place].column): text})
        return self.run.lines[key].kind

    def replacements(
        self, keys: Sequence[int], find: str, put: str, place: int | None, stopped: Callable[[], bool]
    ) -> dict[Cell, str]:
        """The cells of `columns[place]` (of all columns for None) that hold `find`, whatever its case, with `put` in
        its place. Cells that hold a whole list or description count as one text."""
        found: dict[Cell, str] = {}
        wanted = find.casefold()
        columns = self.columns if place is None else (self.columns[place],)
        for start in range(0, len(keys), _SLICE):
            part = keys[start : start + _SLICE]
            if not wanted or stopped():
                return {}
            for key, cells in zip(part, self.run.cells(part), strict=True):
                for column in columns if cells is not None else ():
                    text = _text(cells[column.column]) if cells is not None else ""
                    if wanted in text.casefold():
                        found[key, column.column] = _replaced(text, find, put)
        return found


def trace_text(trace: Trace, unit: str | None = None) -> str:
    """What cleaning did to a cell: as it stood, what it was read as, and why."""
    after = tr("nothing") if trace.after is None else value_text(trace.field, trace.after, unit)
    why = listed(reason_text(reason) for reason in trace.why)
    return labelled(f"{trace.before or tr('nothing')}{ARROW}{after}", why)


def column_title(column: ColumnMap) -> str:
    """What a column becomes, in words: the name of a specification or parameter, or the field's."""
    kinds = {"tiers": place_of(column.label).kind, "packages": package_place_of(column.label).kind}
    if kinds.get(column.field, "text") != "text":
        return labelled(field_name(column.field), column.label)
    return column.name or field_name(column.field)


def on_one_line(column: ColumnMap, cell: str) -> str:
    """A cell to be read; pictures that were found in it are counted, for their names say nothing."""
    if column.field == PICTURES:
        cell = ARROW.join(map(_counted, cell.split(ARROW)))
    return " ".join(cell.split("\n"))[:200]


def _counted(names: str) -> str:
    written = [name for name in names.split("\n") if not digest_in(name)]
    found = names.count("\n") + 1 - len(written)
    return "\n".join([*written, *([tr("{n} pictures", n=found)] if found else [])])


def _text(cell: Any) -> str:
    if isinstance(cell, tuple | list):
        return "; ".join(f"{name}:{value}" for name, value in cell)
    return text_of(cell)


def _replaced(text: str, find: str, put: str) -> str:
    """`text` with every occurrence of `find` replaced, whatever its case."""
    folded, wanted, parts, at = text.casefold(), find.casefold(), [], 0
    if len(folded) != len(text):  # letters that fold into several: exact matches only
        return text.replace(find, put)
    while (hit := folded.find(wanted, at)) >= 0:
        parts += [text[at:hit], put]
        at = hit + len(wanted)
    return "".join([*parts, text[at:]])


def _searched(line: Line) -> str:
    body = line.body
    if isinstance(body, WrongRow):
        return " ".join(map(_text, body.cells)).lower()
    goods = body.goods if isinstance(body, Change) else body
    if goods is None:
        return line.code.lower()
    return f"{goods.sku_code} {goods.title or ''} {' '.join(goods.barcodes or ())}".lower()


def _problem(column: ColumnMap, issues: Iterable[Issue]) -> str:
    mine = [i for i in issues if i.field == column.field and (not i.column or i.column == column.label)]
    return " ".join(issue_text(issue) for issue in mine)


def _changed_text(column: ColumnMap, change: Change, changes: Mapping[str, tuple[Any, Any]]) -> str:
    if column.field not in changes:
        return cell_of(change.goods, column.field, column.name)
    return value_text(column.field, changes[column.field][1], change.unit, column.name)


def _changed_cell(column: ColumnMap, change: Change, changes: Mapping[str, tuple[Any, Any]], new: str) -> str:
    if column.field not in changes:
        return new
    old = value_text(column.field, changes[column.field][0], change.unit, column.name)
    return new if old == new else f"{old or tr('nothing')}{ARROW}{new or tr('nothing')}"

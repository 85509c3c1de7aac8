"""The one way in: `examine` reads a file, understands it, checks every row and says what an import would do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from s2b_domain.intake import dialect as dialects
from s2b_domain.intake.area import Area
from s2b_domain.intake.combine import Aside
from s2b_domain.intake.continued import Continued
from s2b_domain.intake.diff import Change, Lookup, Plan, Planner, nothing
from s2b_domain.intake.goods import GoodsRow, Issue
from s2b_domain.intake.illustrations import FIELD as PICTURES
from s2b_domain.intake.illustrations import Illustrate, Illustrations, gathers
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.lots import Lots
from s2b_domain.intake.mapping import (
    ColumnMap,
    across,
    adds_packages,
    foreign_prices,
    layout_key,
    price_tiers,
    with_made,
)
from s2b_domain.intake.marks import Marks
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.products import Products
from s2b_domain.intake.reader import SheetInfo
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sandbox import SandboxedBook
from s2b_domain.intake.sizes import Sizes
from s2b_domain.intake.stream import Batch, Columns, Sieve, as_batches, as_rows, overflowing
from s2b_domain.intake.survey import Guess, Survey, chosen, code_width, guess, survey
from s2b_domain.intake.table import GoodsTable
from s2b_domain.intake.trace import Trace

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all, from the calling thread."""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """A file as we understand it and what importing it would do. Row numbers are 1-based rows of the sheet."""

    file: str
    kind: str
    encoding: str
    delimiter: str
    dialect: str
    sheet: str
    sheets: tuple[str, ...]
    area: str = ""
    """The part of the sheet that is the table, such as "F3:J40"; "" if it is all of it."""
    transposed: bool = False
    """A product per column: "rows" are then the sheet's columns."""
    header_row: int | None
    header_rows: int
    layout: str
    columns: tuple[ColumnMap, ...]
    code_width: int = 0
    """How many digits the codes have that are written as text; shorter numbers lost zeros. 0: any number of digits."""
    policy: Policy
    plan: Plan
    aside: tuple[Aside, ...]
    notes: tuple[Issue, ...]
    traces: tuple[Trace, ...] = ()
    """What cleaning did to cells, at most `trace.MOST` of them in full."""
    cleaned: dict[tuple[str, str], int] = {}
    """How many cells were cleaned by (field, reason)."""

    @property
    def rows(self) -> int:
        """Rows of goods in the sheet."""
        return self.plan.rows

    @property
    def errors(self) -> list[Issue]:
        """Every reason of every wrong row, in the order of the sheet."""
        return [issue for wrong in self.plan.wrong for issue in wrong.issues]

    @property
    def accepted(self) -> tuple[Sequence[GoodsRow], Sequence[Change]]:
        """What an import carries out: new goods and changes; nothing if the policy refuses the whole file."""
        if self.policy.on_error == "all" and self.plan.wrong:
            return (), ()
        return self.plan.new, self.plan.changed


def peek(path: Path, *, limits: Limits | None = None, cancelled: Callable[[], bool] = lambda: False) -> Survey:
    """A first look: sheets, headers and proposed columns, whether or not there are goods. Raises `Refused`."""
    with SandboxedBook(path, limits or Limits(), cancelled) as book:
        return survey(book.info)


def examine(
    path: Path,
    *,
    mapping: Sequence[ColumnMap] | None = None,
    sheet: str | int | None = None,
    area: str | None = None,
    transposed: bool | None = None,
    header_row: int | None = None,
    existing: Lookup = nothing,
    policy: Policy | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    illustrate: Illustrate | None = None,
) -> Examination:
    """Read and check a file. What is left out is proposed; raises `Refused` if the file cannot be imported.

    `area` is a part of the sheet such as "F3:J40" ("" for all of it); `transposed` reads its columns as rows. With
    `illustrate`, pictures in and over the cells of a workbook become those of the goods on their rows.
    """
    policy = policy or Policy()
    with SandboxedBook(path, limits or Limits(), cancelled) as book:
        found = survey(book.info)
        which = _which(found, sheet, area, transposed, header_row, mapping is not None)
        if mapping is not None:
            which = msgspec.structs.replace(which, columns=tuple(mapping))
        reading = _Reading(book, which, policy, illustrate, cancelled)
        plan = reading.plan(existing, progress, cancelled)
        which = reading.which
    if not plan.rows:
        raise Refused("no_rows")
    return Examination(
        file=str(path),
        kind=found.info.kind,
        encoding=found.info.encoding,
        delimiter=found.info.delimiter,
        dialect=which.dialect,
        sheet=which.name,
        sheets=tuple(s.name for s in found.info.sheets),
        area=which.area,
        transposed=which.transposed,
        header_row=which.header.first + 1 if which.header.first >= 0 else None,
        header_rows=which.header.last - which.header.first + 1 if which.header.first >= 0 else 0,
        layout=layout_key(which.header.labels),
        columns=_with_asked(which.columns, policy),
        code_width=reading.code_width,
        policy=policy,
        plan=plan,
        aside=tuple(reading.aside),
        notes=(
            *_notes(which, policy),
            *_file_notes(path, found, which, reading.marks, policy),
            *reading.notes(),
            *(reading.pictures.notes() if reading.pictures is not None else ()),
        ),
        traces=tuple(reading.table.traces.kept),
        cleaned=dict(reading.table.traces.counts),
    )


def _which(
    found: Survey,
    sheet: str | int | None,
    area: str | None,
    transposed: bool | None,
    header_row: int | None,
    decided: bool,
) -> Guess:
    if sheet is None and area is None and transposed is None and header_row is None and not decided:
        return chosen(found)
    which = found.best or found.guesses[0]
    if sheet is not None or area is not None or transposed is not None:
        which = found.named(which.sheet if sheet is None else sheet, area, transposed)
    if header_row is not None:
        whole = found.info.sheets[which.sheet]
        which = guess(which.sheet, whole, header_row, which.area, which.transposed)
    if not decided and not which.worth:
        chosen(Survey(msgspec.structs.replace(found.info, sheets=[found.info.sheets[which.sheet]]), (which,)))
    return which


class _Reading:
    """One table on its way from cells to a plan."""

    def __init__(
        self,
        book: SandboxedBook,
        which: Guess,
        policy: Policy,
        illustrate: Illustrate | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self._book, self._policy = book, policy
        self._area = Area.named(which.area)
        self.pictures: Illustrations | None = None
        if illustrate is not None and not which.transposed:
            below = which.header.last + 1
            self.pictures = Illustrations(book, which.sheet, self._area, below, illustrate, cancelled)
            if self.pictures:
                which = msgspec.structs.replace(which, columns=with_made(which.columns, [PICTURES]))
        self.which = which
        self._info: SheetInfo = book.info.sheets[which.sheet]
        self.marks = book.marks(which.sheet)
        self.continued: Continued | None = None
        self.aside: list[Aside] = []
        head = self._area.head(self._info.head)
        self._sample = head[which.header.last + 1 :] if not which.transposed else []
        self.code_width = code_width(which.columns, self._sample)
        self.table = GoodsTable(which.columns, policy, self.code_width)

    def plan(self, existing: Lookup, progress: Progress | None, cancelled: Callable[[], bool]) -> Plan:
        """Read, clean and compare every row."""
        which = self.which
        beside = gathers(which.columns)
        planner = Planner(existing, self._policy, self.table.fields, gathers=beside, adds=adds_packages(which.columns))
        labels = {c.field: c.label for c in reversed(which.columns) if c.field}
        planner.label_columns(labels)
        products = Products(labels, gathers=beside)
        found: list[Issue] = []
        unvalued = self._unvalued()
        for numbers, columns in self._batches(found):
            if cancelled():
                raise Refused("cancelled")
            if self.pictures:
                columns = self.pictures.beside(numbers, columns, which.columns[-1].column)
            own: dict[int, list[Issue]] = {}
            if len(set(numbers)) == len(numbers):
                goods, issues = self.table.build(columns, numbers)
            else:
                goods, issues, own = self._several(columns, numbers)
            if self.pictures:
                issues = self.pictures.found(issues)
            issues += found
            found.clear()
            if unvalued:
                issues = _without_value(issues, unvalued, numbers)
                own = {at: [i for i in mine if not _is_of(i, unvalued)] for at, mine in own.items()}
            planner.add(products.unite(goods, issues), issues, partial(_cells, columns), own)
            if progress is not None:
                progress(numbers[-1], self._info.rows)
        return planner.plan

    def notes(self) -> Iterator[Issue]:
        """What was done to rows, in all."""
        if self.continued is not None and self.continued.count:
            yield Issue(0, "", "title", "rows_continued", "", "warning", {"n": self.continued.count})

    def _several(
        self, columns: Columns, numbers: list[int]
    ) -> tuple[list[GoodsRow], list[Issue], dict[int, list[Issue]]]:
        """Goods of rows that hold several SKUs, what is to be known of the rows, and the errors of each SKU by its
        place: what is wrong with one is not said of the others."""
        kept = self.table.traces.kept
        before = len(kept)
        built, found = self.table.build(columns, range(len(numbers)))
        goods = [msgspec.structs.replace(row, row=numbers[row.row]) for row in built]
        kept[before:] = [msgspec.structs.replace(trace, row=numbers[trace.row]) for trace in kept[before:]]
        issues, own = list[Issue](), dict[int, list[Issue]]()
        for issue in found:
            numbered = msgspec.structs.replace(issue, row=numbers[issue.row])
            (own.setdefault(issue.row, []) if issue.level == "error" else issues).append(numbered)
        return goods, issues, own

    def _batches(self, found: list[Issue]) -> Iterator[Batch]:
        which = self.which
        source = self._area.batches(self._book.columns(which.sheet))
        if which.transposed:
            source = _turned(source)
        leave = self._policy.hidden_rows == "leave" and not which.transposed
        sieve = Sieve(which.header, which.columns, self.aside, frozenset(self.marks.hidden if leave else ()))
        batches = sieve.batches(source)
        if self._book.info.kind == "text" and which.header.last >= 0:
            batches = overflowing(batches, _named_width(which), found)
        combine = next((d.combine for d in dialects.KNOWN if d.name == which.dialect), None)
        if combine is not None:
            return as_batches(combine(as_rows(batches), which.header.labels, found, self.aside))
        if which.dialect == "generic" and self._policy.blank_names == "fill":
            self.continued = Continued(which.columns, found, self.table.traces)
            batches = self.continued.batches(batches)
        sizes = Sizes(which.columns)
        if sizes.spread:
            return as_batches(sizes.rows(as_rows(batches), found))
        lots = Lots(which.columns)
        if which.dialect == "generic" and lots.are_in(self._sample):
            return as_batches(lots.united(as_rows(batches), found, self.aside))
        return batches

    def _unvalued(self) -> dict[int, list[ColumnMap]]:
        """Mapped cells whose formula has no stored value, by row."""
        if self.which.transposed:
            return {}
        mapped = {c.column + self._area.left: c for c in self.which.columns if c.field}
        found: dict[int, list[ColumnMap]] = {}
        for row, column in self.marks.unvalued:
            if column in mapped:
                found.setdefault(row, []).append(mapped[column])
        return found


def _turned(source: Iterable[tuple[int, Columns]]) -> Iterator[tuple[int, Columns]]:
    """A transposed table: its columns become rows."""
    rows = [row for _, columns in source for row in zip(*columns, strict=True)]
    if rows:
        yield len(rows[0]) if rows[0] else 0, rows


def _without_value(issues: list[Issue], unvalued: dict[int, list[ColumnMap]], numbers: list[int]) -> list[Issue]:
    """Issues with those of cells whose formula has no value; what else was said of such cells is needless."""
    there = {(row, c.field): c for row in numbers for c in unvalued.get(row, ())}
    rest = [issue for issue in issues if (issue.row, issue.field) not in there]
    return rest + [Issue(row, c.label, c.field, "formula_without_value", "") for (row, _), c in there.items()]


def _is_of(issue: Issue, unvalued: dict[int, list[ColumnMap]]) -> bool:
    return any(column.field == issue.field for column in unvalued.get(issue.row, ()))


def _cells(columns: Columns, at: int) -> tuple[Any, ...]:
    """A row of a batch as it stood in the sheet."""
    return tuple(column[at] for column in columns)


def _named_width(which: Guess) -> int:
    """How many columns the header's own row has; cells to the right of it are not meant to be there."""
    return max((n + 1 for n, label in enumerate(which.header.labels) if label), default=0)


def _file_notes(path: Path, found: Survey, which: Guess, marks: Marks, policy: Policy) -> Iterator[Issue]:
    """What concerns the file: hidden rows, formulas, links, a workbook that is open elsewhere, other tables."""
    if found.info.unread:
        yield Issue(0, "", "", "sheets_unread", ", ".join(found.info.unread)[:120], "warning")
    below = [row for row in marks.hidden if row > which.header.last + 1]
    if below and not which.transposed and policy.hidden_rows == "take":
        yield Issue(0, "", "", "hidden_rows", "", "warning", {"n": len(below)})
    if marks.unvalued:
        yield Issue(0, "", "", "formulas_without_values", "", "warning", {"n": len(marks.unvalued)})
    if marks.linked:
        yield Issue(0, "", "", "linked_workbooks", "", "warning")
    if which.transposed:
        yield Issue(0, "", "", "transposed", "", "warning")
    if _is_open_elsewhere(path):
        yield Issue(0, "", "", "open_elsewhere", "", "warning")
    others = [g for g in found.guesses if g.worth and not g.hidden and (g.sheet, g.area) != (which.sheet, which.area)]
    if which.area:
        others = [g for g in others if g.area or g.sheet != which.sheet]
    if others:
        yield Issue(0, "", "", "other_tables", "", "warning", {"n": len(others)})


def _is_open_elsewhere(path: Path) -> bool:
    """Whether Excel or WPS left their mark beside the workbook."""
    marked = (f"~${path.name}", f"~${path.name[2:]}", f".~{path.name}")
    try:
        return any((path.parent / name).exists() for name in marked)
    except OSError:
        return False


def _with_asked(columns: tuple[ColumnMap, ...], policy: Policy) -> tuple[ColumnMap, ...]:
    """The columns, and empty ones for what new goods need and the sheet lacks, to be filled in by hand."""
    fields = {c.field for c in columns}
    asked = (*policy.required, *(("supply_price", "min_qty") if "tiers" in fields else ()))
    return with_made(columns, [field for field in dict.fromkeys(asked) if field not in fields])


def _notes(which: Guess, policy: Policy) -> tuple[Issue, ...]:
    """What concerns the whole sheet."""
    fields = which.fields
    told = {*fields, "supply_price"} if "tiers" in fields else fields
    notes = [Issue(0, "", f, "no_column", "", "warning") for f in policy.required if f not in told]
    if "supply_price" not in fields and "tiers" in fields:
        notes.append(Issue(0, "", "supply_price", "no_price_but_tiers", "", "warning"))
    if "sku_code" not in fields:
        if "barcodes" in fields:
            notes.append(Issue(0, "", "sku_code", "code_is_barcode", "", "warning"))
        elif "product_key" in fields:
            notes.append(Issue(0, "", "sku_code", "code_of_product", "", "warning"))
        else:
            notes.append(Issue(0, "", "sku_code", "no_column", "", "warning"))
    if foreign := foreign_prices(which.columns):
        notes.append(Issue(0, "", "supply_price", "foreign_prices", ", ".join(foreign)[:120], "warning"))
    if tiers := price_tiers(which.columns):
        notes.append(Issue(0, "", "supply_price", "price_tiers", ", ".join(tiers)[:120], "warning"))
    if sizes := across(which.columns)[1]:
        code = "sizes_spread" if Sizes(which.columns).spread else "sizes_across"
        notes.append(Issue(0, "", "specs", code, ", ".join(sizes)[:120], "warning"))
    if which.header.first < 0:
        notes.append(Issue(0, "", "", "no_header", "", "warning"))
    return tuple(notes)

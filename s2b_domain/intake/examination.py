"""The one way in: `examine` reads a file, understands it, checks every row and says what an import would do."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from s2b_domain.intake import dialect as dialects
from s2b_domain.intake.combine import Aside
from s2b_domain.intake.diff import Change, Lookup, Plan, Planner, nothing
from s2b_domain.intake.goods import GoodsRow, Issue
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.mapping import ColumnMap, layout_key
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.products import Products
from s2b_domain.intake.reader import SheetInfo
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sandbox import SandboxedBook
from s2b_domain.intake.stream import Columns, Sieve, as_batches, as_rows, overflowing
from s2b_domain.intake.survey import Guess, Survey, chosen, code_width, guess, survey
from s2b_domain.intake.table import GoodsTable
from s2b_domain.intake.trace import Trace, Traces

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
    header_row: int | None
    header_rows: int
    layout: str
    columns: tuple[ColumnMap, ...]
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
    header_row: int | None = None,
    existing: Lookup = nothing,
    policy: Policy | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Examination:
    """Read and check a file. What is left out is proposed; raises `Refused` if the file cannot be imported."""
    policy = policy or Policy()
    with SandboxedBook(path, limits or Limits(), cancelled) as book:
        found = survey(book.info)
        which = _which(found, sheet, header_row, mapping is not None)
        if mapping is not None:
            which = msgspec.structs.replace(which, columns=tuple(mapping))
        aside: list[Aside] = []
        plan, traces = _planned(book, which, existing, policy, aside, progress, cancelled)
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
        header_row=which.header.first + 1 if which.header.first >= 0 else None,
        header_rows=which.header.last - which.header.first + 1 if which.header.first >= 0 else 0,
        layout=layout_key(which.header.labels),
        columns=which.columns,
        policy=policy,
        plan=plan,
        aside=tuple(aside),
        notes=_notes(which, policy),
        traces=tuple(traces.kept),
        cleaned=dict(traces.counts),
    )


def _which(found: Survey, sheet: str | int | None, header_row: int | None, decided: bool) -> Guess:
    if sheet is None and header_row is None and not decided:
        return chosen(found)
    which = found.named(sheet) if sheet is not None else (found.best or found.guesses[0])
    if header_row is not None:
        which = guess(which.sheet, found.info.sheets[which.sheet], header_row)
    if not decided and not which.worth:
        chosen(Survey(msgspec.structs.replace(found.info, sheets=[found.info.sheets[which.sheet]]), (which,)))
    return which


def _planned(
    book: SandboxedBook,
    which: Guess,
    existing: Lookup,
    policy: Policy,
    aside: list[Aside],
    progress: Progress | None,
    cancelled: Callable[[], bool],
) -> tuple[Plan, Traces]:
    info: SheetInfo = book.info.sheets[which.sheet]
    table = GoodsTable(which.columns, policy, code_width(which.columns, info.head[which.header.last + 1 :]))
    planner = Planner(existing, policy, table.fields)
    labels = {c.field: c.label for c in reversed(which.columns) if c.field}
    planner.label_columns(labels)
    products = Products(labels)
    sieve = Sieve(which.header, which.columns, aside)
    batches = sieve.batches(book.columns(which.sheet))
    found: list[Issue] = []
    if book.info.kind == "text" and which.header.last >= 0:
        batches = overflowing(batches, _named_width(which), found)
    combine = next((d.combine for d in dialects.KNOWN if d.name == which.dialect), None)
    if combine is not None:
        batches = as_batches(combine(as_rows(batches), which.header.labels, found, aside))
    for numbers, columns in batches:
        if cancelled():
            raise Refused("cancelled")
        goods, issues = table.build(columns, numbers)
        issues += found
        found.clear()
        planner.add(products.unite(goods, issues), issues, partial(_cells, numbers, columns))
        if progress is not None:
            progress(numbers[-1], info.rows)
    return planner.plan, table.traces


def _cells(numbers: list[int], columns: Columns, row: int) -> tuple[Any, ...]:
    """A row of a batch as it stood in the sheet."""
    at = bisect_left(numbers, row)
    return tuple(column[at] for column in columns)


def _named_width(which: Guess) -> int:
    """How many columns the header's own row has; cells to the right of it are not meant to be there."""
    return max((n + 1 for n, label in enumerate(which.header.labels) if label), default=0)


def _notes(which: Guess, policy: Policy) -> tuple[Issue, ...]:
    """What concerns the whole sheet."""
    fields = which.fields
    notes = [Issue(0, "", f, "no_column", "", "warning") for f in policy.required if f not in fields]
    if "sku_code" not in fields:
        if "barcodes" in fields:
            notes.append(Issue(0, "", "sku_code", "code_is_barcode", "", "warning"))
        else:
            notes.append(Issue(0, "", "sku_code", "no_column", "", "warning"))
    if which.header.first < 0:
        notes.append(Issue(0, "", "", "no_header", "", "warning"))
    return tuple(notes)

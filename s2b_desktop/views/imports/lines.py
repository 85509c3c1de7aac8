"""A dry run under the user's hands: one line per SKU, cells edited one by one or many at once, undone and redone.

What editing gives is what the dry run of the edited sheet would give. No Qt here.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from s2b_desktop.models.goods_cells import cells_of
from s2b_desktop.models.goods_import import settle
from s2b_domain.intake.codes import clean_code
from s2b_domain.intake.diff import Change, Plan, Planner, WrongRow
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.fitting import Fitting
from s2b_domain.intake.goods import GoodsRow, Issue
from s2b_domain.intake.illustrations import gathers, is_pictures
from s2b_domain.intake.mapping import adds_packages
from s2b_domain.intake.products import SHARED, Products
from s2b_domain.intake.table import GoodsTable
from s2b_domain.intake.trace import Trace

Goods = Callable[[Sequence[str]], Mapping[str, GoodsRow]]
Cell = tuple[int, int]
"""A line's key and a column's number in the sheet."""
_OF_THE_FILE = frozenset({"too_many_cells", "formula_without_value", "code_made"})
"""Issues that only reading the file again could find."""
STEPS = 200
"""Steps that can be undone."""


class Kind(StrEnum):
    """What an import would do with a line."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"
    SKIPPED = "skipped"


_KINDS = dict(zip(b"ncusw", (Kind.NEW, Kind.CHANGED, Kind.UNCHANGED, Kind.SKIPPED, Kind.WRONG), strict=True))


class Line(msgspec.Struct, frozen=True, gc=False):
    """One SKU of row `number` of the sheet. `body` is None where nothing is to be done; `warnings` and `traces` are
    None where those of the file hold."""

    number: int
    kind: Kind
    code: str
    body: GoodsRow | Change | WrongRow | None = None
    warnings: tuple[Issue, ...] | None = None
    traces: tuple[Trace, ...] | None = None


class Step(msgspec.Struct, frozen=True):
    """What an edit does: lines and edited texts by key, before and after."""

    before: dict[int, Line]
    after: dict[int, Line]
    texts_before: dict[int, dict[int, str]]
    texts_after: dict[int, dict[int, str]]


class DryRun:
    """The lines of an examination; a line's key is its place. `codes` are the SKU codes of all lines in their order,
    `existing` answers goods that are there, `fitting` what their categories ask."""

    def __init__(
        self, examination: Examination, codes: Sequence[str], existing: Goods, fitting: Fitting | None = None
    ) -> None:
        self._examination = examination
        self.existing, self._fitting = existing, fitting
        self.lines = list(_lines(examination.plan, codes))
        self.counts = Counter(line.kind for line in self.lines)
        self.edits: dict[int, dict[int, str]] = {}
        self._width = max((c.column for c in examination.columns), default=-1) + 1
        self._stale = False
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._warnings: dict[int, tuple[Issue, ...]] = {}
        for issue in examination.plan.warnings:
            self._warnings[issue.row] = (*self._warnings.get(issue.row, ()), issue)
        self._traces: dict[int, tuple[Trace, ...]] = {}
        for trace in examination.traces:
            self._traces[trace.row] = (*self._traces.get(trace.row, ()), trace)
        self.warned = sum(map(self._is_warned, self.lines))
        """How many lines are right, with a remark."""

    def _is_warned(self, line: Line) -> bool:
        return line.kind is not Kind.WRONG and bool(self.warnings_of(line))

    @property
    def examination(self) -> Examination:
        """The examination as it is after the edits."""
        if self._stale:
            self._examination = msgspec.structs.replace(self._examination, plan=self._plan())
            self._stale = False
        return self._examination

    def _plan(self) -> Plan:
        plan = Plan(warnings=list(_once(w for line in self.lines for w in self.warnings_of(line))))
        lists: dict[Kind, list[Any]] = {Kind.NEW: plan.new, Kind.CHANGED: plan.changed, Kind.WRONG: plan.wrong}
        numbers = {Kind.UNCHANGED: plan.unchanged, Kind.SKIPPED: plan.skipped}
        letters = {kind: letter for letter, kind in _KINDS.items()}
        for line in self.lines:
            plan.order.append(letters[line.kind])
            if line.body is None:
                numbers[line.kind].append(line.number)
            else:
                lists[line.kind].append(line.body)
        return plan

    def warnings_of(self, line: Line) -> tuple[Issue, ...]:
        """What is worth a look in a line that is right."""
        return self._warnings.get(line.number, ()) if line.warnings is None else line.warnings

    def traces_of(self, line: Line) -> tuple[Trace, ...]:
        """What cleaning did to the cells of a line."""
        return self._traces.get(line.number, ()) if line.traces is None else line.traces

    def cells(self, keys: Sequence[int]) -> list[list[Any] | None]:
        """The cells of lines as they stand now, by column of the sheet; None for a line of which only the code is
        known, because the rules leave it out."""
        asked = [self.lines[key].code for key in keys if self.lines[key].body is None]
        there = self.existing([code for code in asked if code]) if asked else {}
        return [self._cells(key, there) for key in keys]

    def _cells(self, key: int, there: Mapping[str, GoodsRow]) -> list[Any] | None:
        body = self.lines[key].body
        if isinstance(body, WrongRow):
            if not body.cells:
                return None
            cells = list(body.cells[: self._width])
        else:
            goods = body.goods if isinstance(body, Change) else body or there.get(self.lines[key].code)
            if goods is None:
                return None
            cells = list(cells_of(goods, self._examination.columns))
        cells += [""] * (self._width - len(cells))
        for column, text in self.edits.get(key, {}).items():
            cells[column] = text
        return cells

    # edits

    def edit(self, texts: Mapping[Cell, str]) -> int:
        """Put texts into cells and check what that concerns; how many lines were edited."""
        return self.apply(self.prepare(texts))

    def prepare(self, texts: Mapping[Cell, str]) -> Step:
        """What `edit` would do; changes nothing, and may be asked on any thread while nothing else is edited."""
        wanted: dict[int, dict[int, str]] = {}
        found_in_cells = {c.column for c in self._examination.columns if is_pictures(c)}
        for (key, column), text in texts.items():
            if column not in found_in_cells:
                wanted.setdefault(key, {})[column] = text
        self._say_alike(wanted)
        keys = sorted(wanted)
        found = dict(zip(keys, self.cells(keys), strict=True))
        rows = {key: cells for key, cells in found.items() if cells is not None}
        for key, cells in rows.items():
            for column, text in wanted[key].items():
                cells[column] = text
        after = self._checked(rows, {key: frozenset(wanted[key]) for key in rows})
        return Step(
            before={key: self.lines[key] for key in after},
            after=after,
            texts_before={key: self.edits.get(key, {}) for key in rows},
            texts_after={key: {**self.edits.get(key, {}), **wanted[key]} for key in rows},
        )

    def _say_alike(self, wanted: dict[int, dict[int, str]]) -> None:
        """Have every line of a product say what one of them is to say of it: the last would be right otherwise."""
        shared = {c.column for c in self._examination.columns if c.field in SHARED}
        said: dict[str, dict[int, str]] = {}
        for key, texts in wanted.items():
            of_product = {column: text for column, text in texts.items() if column in shared}
            product = self._product_at(key) if of_product else ""
            if product:
                said[product] = {**said.get(product, {}), **of_product}
        for product, keys in self._speaking(said).items():
            for key in keys:
                wanted[key] = {**said[product], **wanted.get(key, {})}

    def _product_at(self, key: int) -> str:
        body = self.lines[key].body
        if not isinstance(body, WrongRow):
            goods = body.goods if isinstance(body, Change) else body
            return _product_of(goods) if goods is not None else ""
        at = next((c.column for c in self._examination.columns if c.field == "product_key"), len(body.cells))
        found = clean_code(body.cells[at]) if at < len(body.cells) else None
        return found if isinstance(found, str) else ""

    def _speaking(self, products: Collection[str]) -> dict[str, list[int]]:
        """By product, the lines that say what belongs to it. No index: it would take longer to make than many looks."""
        found: dict[str, list[int]] = {}
        for key, line in enumerate(self.lines) if products else ():
            goods = line.body.goods if type(line.body) is Change else line.body
            if type(goods) is GoodsRow and goods.product_key in products and _says(line):
                found.setdefault(goods.product_key or "", []).append(key)
        return found

    def _united(self, goods: dict[int, GoodsRow], rows: Collection[int], issues: list[Issue]) -> None:
        """Give the lines of a product the voice of the first of them, as reading the sheet does."""
        products = {p for key in rows if (p := _product_of(goods[key]))}
        labels = {c.field: c.label for c in reversed(self._examination.columns) if c.field}
        for product, keys in self._speaking(products).items():
            whole = sorted({*keys, *(key for key in rows if _product_of(goods[key]) == product)})
            said = [goods[key] if key in goods else _goods_of(self.lines[key], key) for key in whole]
            found = list[Issue]()
            united = Products(labels, gathers=gathers(self._examination.columns)).unite(said, found)
            goods |= {key: row for key, row in zip(whole, united, strict=True) if key in rows}
            issues += [issue for issue in found if issue.row in rows]

    def apply(self, step: Step) -> int:
        """Carry out a prepared edit; how many lines were edited."""
        if step.texts_after:
            self._put(step.after, step.texts_after)
            self._done = [*self._done[-STEPS + 1 :], step]
            self._undone.clear()
        return len(step.texts_after)

    @property
    def undoable(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._done)

    @property
    def redoable(self) -> bool:
        """Whether there is an edit to do again."""
        return bool(self._undone)

    def undo(self) -> tuple[int, ...]:
        """Take the last edit back; the keys of its lines."""
        if not self._done:
            return ()
        step = self._done.pop()
        self._undone.append(step)
        self._put(step.before, step.texts_before)
        return tuple(step.texts_before)

    def redo(self) -> tuple[int, ...]:
        """Do the last edit that was taken back again; the keys of its lines."""
        if not self._undone:
            return ()
        step = self._undone.pop()
        self._done.append(step)
        self._put(step.after, step.texts_after)
        return tuple(step.texts_after)

    def edits_by_row(self) -> dict[tuple[int, int], dict[int, str]]:
        """The edited texts by row of the sheet and place among the SKUs of that row, for another dry run of it."""
        return {place: self.edits[key] for key, place in self._places() if key in self.edits}

    def edit_again(self, edits: Mapping[tuple[int, int], Mapping[int, str]]) -> None:
        """Take over the edits of an earlier dry run of the same sheet."""
        if edits:
            keys = {place: key for key, place in self._places()}
            texts = {
                (keys[place], column): text
                for place, by_column in edits.items()
                if place in keys
                for column, text in by_column.items()
            }
            self.edit(texts)

    def _places(self) -> Iterator[tuple[int, tuple[int, int]]]:
        before, nth = -1, 0
        for key, line in enumerate(self.lines):
            nth = nth + 1 if line.number == before else 0
            before = line.number
            yield key, (line.number, nth)

    def _put(self, lines: Mapping[int, Line], texts: Mapping[int, dict[int, str]]) -> None:
        for key, line in lines.items():
            old = self.lines[key]
            self.counts[old.kind] -= 1
            self.counts[line.kind] += 1
            self.warned += self._is_warned(line) - self._is_warned(old)
            self.lines[key] = line
        for key, by_column in texts.items():
            if by_column:
                self.edits[key] = by_column
            else:
                self.edits.pop(key, None)
        self._stale = True

    def _checked(self, rows: Mapping[int, list[Any]], edited: Mapping[int, frozenset[int]]) -> dict[int, Line]:
        """The lines that these cells give, and those of all others with a code that they had or have now."""
        if not rows:
            return {}
        examined = self._examination
        table = GoodsTable(examined.columns, examined.policy, examined.code_width)
        built, issues = table.build(list(zip(*rows.values(), strict=True)), list(rows))
        labels = {key: {c.label for c in examined.columns if c.column in edited[key]} for key in rows}
        traces = {k: tuple(t for t in self.traces_of(self.lines[k]) if t.column not in labels[k]) for k in rows}
        for trace in table.traces.kept:
            if trace.column in labels[trace.row]:
                traces[trace.row] = (*traces[trace.row], trace)
        goods = {row.row: row for row in built}
        self._united(goods, rows, issues)
        codes = {row.sku_code for row in built} | {self.lines[key].code for key in rows}
        others = [k for k, line in enumerate(self.lines) if line.code in codes and line.code and k not in goods]
        for key, cells in zip(others, self.cells(others), strict=True):
            body = self.lines[key].body
            if isinstance(body, WrongRow) and cells is not None:
                [row], found = table.build([[cell] for cell in cells], [key])
                goods[key], issues = row, issues + found
            else:
                known = body.goods if isinstance(body, Change) else body if isinstance(body, GoodsRow) else None
                goods[key] = msgspec.structs.replace(known, row=key) if known else GoodsRow(key, self.lines[key].code)
        unread = [key for key in others if self.lines[key].body is None and self.lines[key].kind is Kind.UNCHANGED]
        there = self.existing([self.lines[key].code for key in unread]) if unread else {}
        for key in unread:
            if (old := there.get(self.lines[key].code)) is not None:
                goods[key] = msgspec.structs.replace(old, row=key)
        keys = sorted(goods)
        issues += [i for key in keys for i in self._kept(key, edited.get(key, frozenset()))]
        cells_by_key = dict(rows)
        beside, adds = gathers(examined.columns), adds_packages(examined.columns)
        planner = Planner(self.existing, examined.policy, table.fields, gathers=beside, adds=adds)
        planner.label_columns({c.field: c.label for c in reversed(examined.columns) if c.field})
        planner.add([goods[key] for key in keys], issues, lambda at: self._raw(keys[at], cells_by_key))
        plan = settle(msgspec.structs.replace(examined, plan=planner.plan), self._fitting).plan
        right = frozenset(key for key in rows if self.lines[key].kind is not Kind.WRONG)
        warnings = {k: tuple(w for w in self.warnings_of(self.lines[k]) if w.column not in labels[k]) for k in right}
        warnings = {k: tuple(msgspec.structs.replace(w, row=k) for w in found) for k, found in warnings.items()}
        for issue in plan.warnings:
            if issue.row not in right or issue.column in labels.get(issue.row, ()):
                warnings[issue.row] = (*warnings.get(issue.row, ()), issue)
        after: dict[int, Line] = {}
        for key, line in zip(keys, _lines(plan, planner.plan.codes), strict=True):
            own = key in rows
            placed = self._numbered(line, key)
            after[key] = msgspec.structs.replace(
                placed,
                warnings=self._renumbered(warnings.get(key, ())) if own else self.lines[key].warnings,
                traces=traces[key] if own else self.lines[key].traces,
            )
        return after

    def _raw(self, key: int, rows: Mapping[int, list[Any]]) -> tuple[Any, ...]:
        cells = rows.get(key)
        if cells is None:
            [cells] = self.cells([key])
        return tuple(cells or ())

    def _kept(self, key: int, edited: frozenset[int]) -> list[Issue]:
        """Issues of the file that stay until their cell is edited."""
        body = self.lines[key].body
        labels = {c.label for c in self._examination.columns if c.column in edited}
        found = body.issues if isinstance(body, WrongRow) else ()
        kept = [i for i in found if i.code in _OF_THE_FILE and (not i.column or i.column not in labels)]
        return [msgspec.structs.replace(issue, row=key) for issue in kept]

    def _numbered(self, line: Line, key: int) -> Line:
        """A line of a plan of keys with the row numbers of the sheet."""
        number, body = self.lines[key].number, line.body
        if isinstance(body, WrongRow):
            body = WrongRow(number, body.cells, self._renumbered(body.issues))
        elif isinstance(body, Change):
            body = msgspec.structs.replace(body, goods=msgspec.structs.replace(body.goods, row=number))
        elif body is not None:
            body = msgspec.structs.replace(body, row=number)
        return Line(number, line.kind, line.code, body)

    def _renumbered(self, issues: Iterable[Issue]) -> tuple[Issue, ...]:
        found = []
        for issue in issues:
            params = issue.params
            if issue.code == "duplicate":
                params = {**params, "other": self.lines[int(params["other"] or 0)].number}
            found.append(msgspec.structs.replace(issue, row=self.lines[issue.row].number, params=params))
        return tuple(found)


def _product_of(goods: GoodsRow) -> str:
    """The key of a product that may have other SKUs."""
    return goods.product_key if goods.product_key and goods.product_key != goods.sku_code else ""


def _says(line: Line) -> bool:
    """Whether a line says what belongs to its product."""
    return not isinstance(line.body, Change) or any(change.field in SHARED for change in line.body.fields)


def _goods_of(line: Line, key: int) -> GoodsRow:
    body = line.body.goods if isinstance(line.body, Change) else line.body
    assert isinstance(body, GoodsRow)
    return msgspec.structs.replace(body, row=key)


def _once(issues: Iterable[Issue]) -> Iterator[Issue]:
    """Issues once each: several lines of one row share those of the file."""
    seen: set[tuple[object, ...]] = set()
    for issue in issues:
        sign = (issue.row, issue.column, issue.field, issue.code, issue.value)
        if sign not in seen:
            seen.add(sign)
            yield issue


def _lines(plan: Plan, codes: Sequence[str]) -> Iterator[Line]:
    bodies: dict[Kind, Iterator[Any]] = {
        Kind.NEW: iter(plan.new),
        Kind.CHANGED: iter(plan.changed),
        Kind.WRONG: iter(plan.wrong),
    }
    numbers = {Kind.UNCHANGED: iter(plan.unchanged), Kind.SKIPPED: iter(plan.skipped)}
    for letter, code in zip(plan.order, codes, strict=True):
        kind = _KINDS[letter]
        if kind in numbers:
            yield Line(next(numbers[kind]), kind, code)
            continue
        body = next(bodies[kind])
        yield Line(body.goods.row if kind is Kind.CHANGED else body.row, kind, code, body)

"""What a stock list would change, and the commands that change it. The dry run and the import are the same plan."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, literal_column, select

from s2b_desktop.models.queries.counting import Seen, seen_of
from s2b_desktop.models.queries.sku_search import named
from s2b_desktop.models.queries.stock_papers import warehouses_of
from s2b_domain.commands.feeds import MAX_LINES, FeedLine, FeedMode, FeedStock
from s2b_domain.commands.stock import main_warehouse_id, stock_id
from s2b_domain.intake.stock_sheet import StockRow, StockSheet
from s2b_domain.intake.zeros import LostZeros
from s2b_domain.records.catalog import Sku
from s2b_domain.records.stock import Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.units import MAX_QUANTITY, written

_ROWID: ColumnElement[int] = literal_column("sku.rowid")


class FeedChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How a list is meant: what lies there or what came in; all of a warehouse or only some; where, unless it says.
    `zeros`: codes that lost their leading zeros have them again."""

    mode: FeedMode = FeedMode.SET
    full: bool = False
    warehouse_id: str = ""
    zeros: bool = False


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one row (0: goods that a full list does not name). Quantities as people write them."""

    row: int
    code: str
    lot: str
    warehouse: str
    result: str
    before: str = ""
    after: str = ""
    reason: str = ""


class StockPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A list against the books: every row's result, and the commands."""

    rows: tuple[Planned, ...]
    messages: tuple[FeedStock, ...]

    def count(self, result: str) -> int:
        """How many rows have a result: changed, unchanged, wrong or zeroed."""
        return sum(row.result == result for row in self.rows)


class _Line(msgspec.Struct):
    row: int
    sku: Sku
    warehouse_id: str
    lot: str
    steps: int
    expires_at: int | None


class _Planning:
    def __init__(self, connection: Connection, owner_id: str, choice: FeedChoice) -> None:
        self._connection, self._owner, self._choice = connection, owner_id, choice
        self._store = RecordStore(connection)
        rows = warehouses_of(connection, owner_id)
        self._names = {w.id: w.name for w in rows}
        self._by_name = {w.name.casefold(): w.id for w in rows}
        self._default = choice.warehouse_id or main_warehouse_id(owner_id)
        self._taken: dict[tuple[str, str, str], _Line] = {}
        self._unread: set[str] = set()
        self._zeros = LostZeros(self._by_codes)
        self._seen: dict[str, dict[str, Seen]] = {}
        self.planned: list[Planned] = []

    def take(self, row: StockRow) -> None:
        """Find what a row means, or say why it means nothing."""
        reason, sku, each, steps = row.flaw, None, 0, 0
        if not reason:
            found = self._skus(row)
            reason = "" if len(found) == 1 else "ambiguous" if found else "unknown_sku"
            sku, each = found[0] if len(found) == 1 else (None, 0)
        if reason == "unknown_sku" and (meant := self._zeros.goods([row.code or row.barcode], {})):
            [(_, sku)] = meant.values()
            each = 10**sku.decimals
            reason = "" if self._choice.zeros else "zeros_lost"
        warehouse_id = self._by_name.get(row.warehouse.casefold(), "") if row.warehouse else self._default
        if not reason and not warehouse_id:
            reason = "unknown_warehouse"
        if sku is not None and not reason and row.quantity is not None:
            exact = row.quantity * each
            steps = int(exact)
            if exact != steps or abs(steps) > MAX_QUANTITY or (steps < 0 and self._choice.mode is FeedMode.SET):
                reason = "quantity_wrong"
        if sku is not None and not reason and (sku.id, warehouse_id, row.lot) in self._taken:
            reason = "repeated"
        if reason or sku is None:
            if sku is not None:
                self._unread.add(sku.id)
            self._say(row.row, row.code or row.barcode, row.lot, row.warehouse, "wrong", reason=reason)
            return
        line = _Line(row.row, sku, warehouse_id, row.lot, steps, row.expires_at)
        self._taken[sku.id, warehouse_id, row.lot] = line

    def _skus(self, row: StockRow) -> list[tuple[Sku, int]]:
        """The goods that a row names, with the steps of what it counts: of the package that bears the barcode, or of
        one unit."""
        return next((found for code in (row.code, row.barcode) if code and (found := self._named(code))), [])

    def _by_codes(self, codes: Sequence[str]) -> dict[str, Sku]:
        return {code: found[0][0] for code in codes if len(found := self._named(code)) == 1}

    def _named(self, code: str) -> list[tuple[Sku, int]]:
        steps = dict(named(self._connection, self._owner, code))
        wanted = select(_ROWID, Sku.table).where(_ROWID.in_(list(steps)))
        rows = self._connection.execute(wanted).all() if steps else []
        return [(Sku.decode(row[1:]), steps[row[0]]) for row in rows]

    def finish(self) -> StockPlan:
        """Compare with the books."""
        lines = [*self._taken.values(), *self._rest()]
        ids = {id(x): stock_id(self._owner, x.sku.id, x.warehouse_id, x.lot) for x in lines}
        on_hand = {s.id: s.on_hand for s in self._store.find_in(Stock, "id", set(ids.values()))}
        changed: dict[str, list[FeedLine]] = {}
        for line in lines:
            before = on_hand.get(ids[id(line)], 0)
            after = line.steps if self._choice.mode is FeedMode.SET else before + line.steps
            result = "unchanged" if after == before else "zeroed" if not line.row else "changed"
            decimals = line.sku.decimals
            self._say(
                line.row, line.sku.code, line.lot, self._names.get(line.warehouse_id, ""), result,
                before=written(before, decimals), after=written(after, decimals),
            )  # fmt: skip
            if result != "unchanged":
                changed.setdefault(line.warehouse_id, []).append(self._fed(line, ids[id(line)]))
        mode = self._choice.mode
        messages = [
            FeedStock(lines=tuple(part[at : at + MAX_LINES]), mode=mode, warehouse_id=place, reason="stock list")
            for place, part in changed.items()
            for at in range(0, len(part), MAX_LINES)
        ]
        self.planned.sort(key=lambda p: (p.row == 0, p.row))
        return StockPlan(rows=tuple(self.planned), messages=tuple(messages))

    def _fed(self, line: _Line, place: str) -> FeedLine:
        if line.sku.id not in self._seen:
            self._seen[line.sku.id] = seen_of(self._connection, self._owner, line.sku.id)
        seen = self._seen[line.sku.id].get(place, Seen())
        known = self._choice.mode is FeedMode.SET
        return FeedLine(
            sku_id=line.sku.id,
            quantity=line.steps,
            lot=line.lot,
            expires_at=line.expires_at,
            position=seen.position if known else None,
            seen=seen.waiting if known else (),
        )

    def _rest(self) -> list[_Line]:
        """What a full list does not name, in the warehouses that it speaks of; goods with a wrong row are left."""
        if not self._choice.full or self._choice.mode is not FeedMode.SET or not self._taken:
            return []
        spoken = {warehouse_id for _, warehouse_id, _ in self._taken}
        left = [
            s
            for s in self._store.find(Stock, owner_id=self._owner)
            if s.warehouse_id in spoken
            and s.on_hand > 0
            and s.sku_id not in self._unread
            and (s.sku_id, s.warehouse_id, s.lot) not in self._taken
        ]
        skus = {s.id: s for s in self._store.find_in(Sku, "id", {s.sku_id for s in left})}
        return [_Line(0, skus[s.sku_id], s.warehouse_id, s.lot, 0, None) for s in left if s.sku_id in skus]

    def _say(
        self, row: int, code: str, lot: str, warehouse: str, result: str, *, before: str = "", after: str = "",
        reason: str = "",
    ) -> None:  # fmt: skip
        self.planned.append(
            Planned(
                row=row, code=code, lot=lot, warehouse=warehouse, result=result, before=before, after=after,
                reason=reason,
            )
        )  # fmt: skip


def plan_stock(connection: Connection, owner_id: str, sheet: StockSheet, choice: FeedChoice) -> StockPlan:
    """What a list would change, row by row."""
    planning = _Planning(connection, owner_id, choice)
    for row in sheet.rows:
        planning.take(row)
    return planning.finish()


def result_rows(plan: StockPlan, words: dict[str, str]) -> Sequence[Sequence[str | int]]:
    """The rows of a report; `words` are those of results and reasons."""
    return [
        (
            p.row or "",
            p.code,
            p.warehouse,
            p.lot,
            words.get(p.result, p.result),
            p.before,
            p.after,
            words.get(p.reason, p.reason),
        )
        for p in plan.rows
    ]

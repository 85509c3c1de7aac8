"""Counts that wait for a manager, transfers that are on their way, and warehouses."""

import msgspec
from sqlalchemy import Connection, select

from s2b_domain.commands.counts import differences
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Product, Sku
from s2b_domain.records.receiving import StockCost
from s2b_domain.records.record import decode_all
from s2b_domain.records.stock import StockCount, Transfer, TransferLine, Warehouse
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.money import line_amount

SHOWN = 200
"""Papers beyond the latest ones are not listed."""


class CountedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a count against the books, in steps; `value` (分) is the difference at
    what it cost the shop, else at the supply price, if known."""

    sku_id: str
    code: str
    title: str
    unit: str
    decimals: int
    lot: str
    expected: int
    counted: int
    difference: int
    value: int | None


class CountDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A count; its lines are those that differ first, the dearest first."""

    count: StockCount
    warehouse: str
    lines: tuple[CountedEntry, ...]

    @property
    def different(self) -> tuple[CountedEntry, ...]:
        """The lines that booking would change."""
        return tuple(line for line in self.lines if line.difference)

    @property
    def value(self) -> int:
        """What booking changes in 分, as far as prices are known."""
        return sum(line.value or 0 for line in self.lines)


class MovedEntry(msgspec.Struct, frozen=True):
    """A line of a transfer with its goods' names."""

    line: TransferLine
    code: str
    title: str
    unit: str
    decimals: int


class TransferDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer with its warehouses' names."""

    transfer: Transfer
    origin: str
    target: str
    lines: tuple[MovedEntry, ...]


def warehouses_of(connection: Connection, owner_id: str, *, closed: bool = False) -> list[Warehouse]:
    """An owner's warehouses, the first to pick from first; the main one first among equals."""
    table, main = Warehouse.table, main_warehouse_id(owner_id)
    rows = decode_all(Warehouse, connection.execute(select(table).where(table.c.owner_id == owner_id)))
    shown = [w for w in rows if closed or not w.closed]
    return sorted(shown, key=lambda w: (w.position, w.id != main, w.name))


def counts(connection: Connection, owner_id: str) -> list[StockCount]:
    """The latest counts: those that wait first, then the newest."""
    table = StockCount.table
    newest = select(table).where(table.c.owner_id == owner_id).order_by(table.c.counted_at.desc()).limit(SHOWN)
    found = decode_all(StockCount, connection.execute(newest))
    return sorted(found, key=lambda c: (c.state != "SUBMITTED", -c.counted_at))


def transfers(connection: Connection, owner_id: str) -> list[Transfer]:
    """The latest transfers: those on their way first, then the newest."""
    table = Transfer.table
    newest = select(table).where(table.c.owner_id == owner_id).order_by(table.c.sent_at.desc()).limit(SHOWN)
    found = decode_all(Transfer, connection.execute(newest))
    return sorted(found, key=lambda t: (not t.open, -t.sent_at))


def count_detail(connection: Connection, count: StockCount) -> CountDetail:
    """A count against the books as they are now."""
    store = RecordStore(connection)
    ids = [line.sku_id for line in count.lines]
    skus = {s.id: s for s in store.find_in(Sku, "id", ids)}
    products = {p.id: p for p in store.find_in(Product, "id", {s.product_id for s in skus.values()})}
    prices = {p.sku_id: p.supply_price for p in store.find_in(Price, "sku_id", ids, level=STANDARD_LEVEL)}
    prices |= {c.sku_id: c.average for c in store.find_in(StockCost, "sku_id", ids, owner_id=count.owner_id)}
    lines = []
    for line, expected, difference in differences(store, count):
        sku = skus.get(line.sku_id)
        if sku is None:
            continue
        price = prices.get(sku.id)
        worth = None if price is None else line_amount(price, abs(difference), sku.decimals)
        lines.append(
            CountedEntry(
                sku_id=sku.id,
                code=sku.code,
                title=products[sku.product_id].title if sku.product_id in products else "",
                unit=sku.unit,
                decimals=sku.decimals,
                lot=line.lot,
                expected=expected,
                counted=line.counted,
                difference=difference,
                value=None if worth is None else (worth if difference > 0 else -worth),
            )
        )
    lines.sort(key=lambda x: (not x.difference, -abs(x.value or 0), x.code))
    warehouse = store.get(Warehouse, count.warehouse_id)
    return CountDetail(count=count, warehouse=warehouse.name if warehouse else "", lines=tuple(lines))


def transfer_detail(connection: Connection, transfer: Transfer) -> TransferDetail:
    """A transfer with names."""
    store = RecordStore(connection)
    skus = {s.id: s for s in store.find_in(Sku, "id", [line.sku_id for line in transfer.lines])}
    products = {p.id: p.title for p in store.find_in(Product, "id", {s.product_id for s in skus.values()})}
    names = {w.id: w.name for w in store.find_in(Warehouse, "id", [transfer.from_id, transfer.to_id])}
    lines = [
        MovedEntry(line, s.code, products.get(s.product_id, ""), s.unit, s.decimals)
        for line in transfer.lines
        if (s := skus.get(line.sku_id)) is not None
    ]
    return TransferDetail(
        transfer=transfer,
        origin=names.get(transfer.from_id, ""),
        target=names.get(transfer.to_id, ""),
        lines=tuple(lines),
    )


def count_by_id(connection: Connection, id_: str) -> StockCount | None:
    """A count by its id."""
    return RecordStore(connection).get(StockCount, id_)


def transfer_by_id(connection: Connection, id_: str) -> Transfer | None:
    """A transfer by its id."""
    return RecordStore(connection).get(Transfer, id_)

"""What was scanned so far, by SKU and lot: kept as a draft until it is booked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from s2b_desktop.models.queries.goods import GoodsEntry, entry_of
from s2b_desktop.models.queries.scanned import Scanned, seen_at
from s2b_domain.commands.command import Command
from s2b_domain.commands.counts import MAX_LINES, CountedLine, SubmitCount
from s2b_domain.commands.stock import CountStock, MoveStock, main_warehouse_id, stock_id
from s2b_domain.records.stock import Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.stock import MovementKind, Tracking, count_difference
from s2b_domain.rules.units import MAX_QUANTITY

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Mode = Literal["receive", "count"]


class ScanLine(msgspec.Struct):
    """What was scanned of one SKU (and lot); `position` and `seen` tell what its ledger held when counting began."""

    sku_id: str
    quantity: int
    position: int
    seen: tuple[str, ...] = ()
    lot: str = ""
    expires_at: int | None = None
    tracking: Tracking = Tracking.NONE

    @property
    def key(self) -> str:
        """Its row id in the table."""
        return f"{self.sku_id}/{self.lot}"

    @property
    def complete(self) -> bool:
        """Whether it says of its lot what the goods ask for."""
        if self.tracking is Tracking.NONE:
            return True
        return bool(self.lot) and (self.tracking is Tracking.LOT or self.expires_at is not None)


class Kept(msgspec.Struct):
    """The draft."""

    warehouse_id: str
    lines: list[ScanLine]


class ScanList:
    """The lines in the order of their first scan. `last` is the key of the one that was touched last."""

    def __init__(self, desk: "Desk", mode: Mode) -> None:
        self._desk, self.mode = desk, mode
        self.lines: dict[str, ScanLine] = {}
        self.entries: dict[str, GoodsEntry] = {}
        self.last: str | None = None
        self.warehouse_id = ""
        self._restore()

    @property
    def supplier(self) -> str:
        """Whose goods are scanned."""
        return self._desk.actor.organisation_id

    @property
    def last_entry(self) -> GoodsEntry | None:
        """The goods that were touched last."""
        return self.entries[self.lines[self.last].sku_id] if self.last is not None else None

    def add(self, found: Scanned) -> None:
        """One scan more of a SKU."""
        begun = ScanLine(
            found.entry.sku_id, 0, found.seen.position, found.seen.waiting, found.lot, found.expires_at, found.tracking
        )
        if not found.lot and self.last is not None and self.lines[self.last].sku_id == begun.sku_id:
            line = self.lines[self.last]  # the next piece of the lot that was just typed
        else:
            line = self.lines.setdefault(begun.key, begun)
        line.quantity = min(MAX_QUANTITY, line.quantity + found.steps)
        self.entries[begun.sku_id] = found.entry
        self.last = line.key
        self.keep()

    def set_quantity(self, key: str, quantity: int) -> bool:
        """False where it is out of range."""
        if not 0 <= quantity <= MAX_QUANTITY:
            return False
        self.lines[key].quantity = quantity
        self.last = key
        self.keep()
        return True

    def set_lot(self, key: str, lot: str, expires_at: int | None) -> None:
        """Say the lot of a line; lines of the same lot become one."""
        line = self.lines.pop(key)
        line.lot, line.expires_at = lot, expires_at
        seen = self._desk.read(seen_at, self.supplier, line.sku_id, self.warehouse_id, lot)
        line.position, line.seen = seen.position, seen.waiting
        twin = self.lines.get(line.key)
        if twin is not None:
            twin.quantity = min(MAX_QUANTITY, twin.quantity + line.quantity)
            twin.expires_at = expires_at if expires_at is not None else twin.expires_at
        else:
            self.lines[line.key] = line
        self.last = line.key
        self.keep()

    def remove(self, key: str) -> None:
        """Forget a line."""
        self.lines.pop(key, None)
        self.last = None if self.last == key else self.last
        self.keep()

    def clear(self) -> None:
        """Forget all."""
        self.lines.clear()
        self.last = None
        self.keep()

    def drop_first(self, n: int) -> None:
        """Forget what was booked before something went wrong: the first `n` messages."""
        sent = {(m.sku_id, m.lot) for m in self.messages()[:n] if isinstance(m, MoveStock | CountStock)}
        self.lines = {k: line for k, line in self.lines.items() if (line.sku_id, line.lot) not in sent}
        self.last = next(reversed(self.lines), None)
        self.keep()

    def differences(self) -> list[tuple[GoodsEntry, int, int]]:
        """(goods, what the books say, by how much it differs) of what was counted; what is right is left out."""
        found = []
        warehouse = self.warehouse_id or main_warehouse_id(self.supplier)
        ids = {key: stock_id(self.supplier, x.sku_id, warehouse, x.lot) for key, x in self.lines.items()}
        rows = self._desk.read(lambda connection: RecordStore(connection).find_in(Stock, "id", ids.values()))
        on_hand = {row.id: row.on_hand for row in rows}
        for key, line in self.lines.items():
            books = on_hand.get(ids[key], 0)
            difference = count_difference(line.quantity, books, 0)
            if difference:
                found.append((self.entries[line.sku_id], books, difference))
        return found

    def messages(self) -> list[Command]:
        """The facts as commands."""
        if self.mode == "receive":
            return [
                MoveStock(
                    sku_id=line.sku_id,
                    kind=MovementKind.RECEIVE,
                    quantity=line.quantity,
                    warehouse_id=self.warehouse_id,
                    lot=line.lot,
                    expires_at=line.expires_at,
                )
                for line in self.lines.values()
                if line.quantity
            ]
        return [
            CountStock(
                sku_id=line.sku_id,
                counted=line.quantity,
                position=line.position,
                seen=line.seen,
                warehouse_id=self.warehouse_id,
                lot=line.lot,
            )
            for line in self.lines.values()
        ]

    def sheets(self) -> list[Command]:
        """The count as papers that a manager books."""
        lines = [
            CountedLine(sku_id=x.sku_id, counted=x.quantity, position=x.position, seen=x.seen, lot=x.lot)
            for x in self.lines.values()
        ]
        parts: Sequence[list[CountedLine]] = [lines[at : at + MAX_LINES] for at in range(0, len(lines), MAX_LINES)]
        return [
            SubmitCount(count_id=self._desk.new_id(), lines=tuple(part), warehouse_id=self.warehouse_id)
            for part in parts
        ]

    @property
    def _key(self) -> str:
        return f"scan/{self.mode}"

    def keep(self) -> None:
        """Write the draft."""
        kept = msgspec.json.encode(Kept(self.warehouse_id, list(self.lines.values()))) if self.lines else None
        self._desk.save_draft(self._key, kept)

    def _restore(self) -> None:
        draft = self._desk.draft(self._key)
        kept = msgspec.json.decode(draft, type=Kept) if draft else Kept("", [])
        self.warehouse_id = kept.warehouse_id
        for line in kept.lines:
            entry = self._desk.read(entry_of, self.supplier, line.sku_id)
            if entry is not None:
                self.lines[line.key], self.entries[line.sku_id] = line, entry
                self.last = line.key

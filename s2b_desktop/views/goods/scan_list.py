"""What was scanned so far, by SKU and lot: kept as a draft until it is booked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from s2b_desktop.models.queries.counting import Seen, moved_since
from s2b_desktop.models.queries.goods import GoodsEntry, entry_of
from s2b_desktop.models.queries.scanned import Scanned, seen_at
from s2b_domain.commands.command import Command
from s2b_domain.commands.counts import MAX_LINES, CountedLine, SubmitCount
from s2b_domain.commands.stock import CountStock, MoveStock, main_warehouse_id, stock_id
from s2b_domain.commands.transfers import MAX_LINES as MAX_SENT
from s2b_domain.commands.transfers import SendTransfer, SentLine
from s2b_domain.records.stock import Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.stock import MovementKind, Tracking, count_difference
from s2b_domain.rules.units import MAX_QUANTITY

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Mode = Literal["receive", "count", "move", "write_off"]
LEAVING: tuple[Mode, ...] = ("move", "write_off")
"""Goods leave the place where they are scanned."""


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
    """The draft. `target_id`, `at_once`: where goods are moved, and whether they are there; `reason`: why they are
    written off."""

    warehouse_id: str
    lines: list[ScanLine]
    target_id: str = ""
    at_once: bool = True
    reason: str = ""


class ScanList:
    """The lines in the order of their first scan. `last` is the key of the one that was touched last."""

    def __init__(self, desk: "Desk", mode: Mode) -> None:
        self._desk, self.mode = desk, mode
        self.lines: dict[str, ScanLine] = {}
        self.entries: dict[str, GoodsEntry] = {}
        self.last: str | None = None
        self.warehouse_id, self.target_id, self.at_once, self.reason = "", "", True, ""
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
        """One scan more of a SKU. Of what leaves, its place knows when it expires."""
        tracking, expires_at = found.tracking, found.expires_at
        if self.mode in LEAVING:
            tracking, expires_at = Tracking.NONE if tracking is Tracking.NONE else Tracking.LOT, None
        begun = ScanLine(
            found.entry.sku_id, 0, found.seen.position, found.seen.waiting, found.lot, expires_at, tracking
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

    def differences(self) -> list[tuple[GoodsEntry, int, int]]:
        """(goods, what the books said when it was counted, by how much it differs); what is right is left out."""
        found = []
        for line, place in self._places():
            since = self._desk.read(moved_since, place.id, Seen(line.position, line.seen)) if place else 0
            books = place.on_hand - since if place else 0
            difference = count_difference(line.quantity, books, 0)
            if difference:
                found.append((self.entries[line.sku_id], books, difference))
        return found

    def shortages(self) -> list[tuple[GoodsEntry, int, int]]:
        """(goods, what is available here by the books, by how much it falls short) of what leaves."""
        found = []
        for line, place in self._places():
            free = place.available if place else 0
            if line.quantity > max(0, free):
                found.append((self.entries[line.sku_id], free, free - line.quantity))
        return found

    def _places(self) -> list[tuple[ScanLine, Stock | None]]:
        """Each line with the place of its lot in the books."""
        warehouse = self.warehouse_id or main_warehouse_id(self.supplier)
        ids = [stock_id(self.supplier, line.sku_id, warehouse, line.lot) for line in self.lines.values()]
        rows = self._desk.read(lambda connection: RecordStore(connection).find_in(Stock, "id", ids))
        places = {row.id: row for row in rows}
        return [(line, places.get(id_)) for line, id_ in zip(self.lines.values(), ids, strict=True)]

    def messages(self) -> list[Command]:
        """The facts as commands."""
        if self.mode == "move":
            return self._transfers()
        if self.mode != "count":
            kind = MovementKind.RECEIVE if self.mode == "receive" else MovementKind.WRITE_OFF
            return [
                MoveStock(
                    sku_id=line.sku_id,
                    kind=kind,
                    quantity=line.quantity,
                    reason=self.reason,
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

    def _transfers(self) -> list[Command]:
        lines = [SentLine(sku_id=x.sku_id, lot=x.lot, quantity=x.quantity) for x in self.lines.values() if x.quantity]
        return [
            SendTransfer(
                transfer_id=self._desk.new_id(),
                from_id=self.warehouse_id,
                to_id=self.target_id,
                lines=tuple(lines[at : at + MAX_SENT]),
                at_once=self.at_once,
            )
            for at in range(0, len(lines), MAX_SENT)
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
    def key(self) -> str:
        """The key of the draft."""
        return f"scan/{self.mode}"

    def keep(self) -> None:
        """Write the draft."""
        kept = Kept(self.warehouse_id, list(self.lines.values()), self.target_id, self.at_once, self.reason)
        self._desk.save_draft(self.key, msgspec.json.encode(kept) if self.lines else None)

    def _restore(self) -> None:
        draft = self._desk.draft(self.key)
        kept = msgspec.json.decode(draft, type=Kept) if draft else Kept("", [])
        self.warehouse_id, self.target_id = kept.warehouse_id, kept.target_id
        self.at_once, self.reason = kept.at_once, kept.reason
        for line in kept.lines:
            entry = self._desk.read(entry_of, self.supplier, line.sku_id)
            if entry is not None:
                self.lines[line.key], self.entries[line.sku_id] = line, entry
                self.last = line.key

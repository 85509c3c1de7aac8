"""Warehouses, what lies in them, why it changed, what is promised, and where facts contradict the books."""

from enum import StrEnum

import msgspec

from s2b_domain.records.record import Record, record
from s2b_domain.rules.stock import MovementKind, Tracking


@record("warehouse", ("owner_id",))
class Warehouse(Record, frozen=True, kw_only=True):
    """A place of an organisation where stock lies; lower `position` is picked first, a closed one is used no more."""

    owner_id: str
    name: str
    position: int = 0
    closed: bool = False


@record("stock", ("owner_id", "sku_id"), ("sku_id",))
class Stock(Record, frozen=True, kw_only=True):
    """Stock of (owner, SKU, warehouse, lot); `id` is derived from these. `position` counts its movements."""

    owner_id: str
    sku_id: str
    warehouse_id: str
    lot: str = ""
    expires_at: int | None = None
    on_hand: int = 0
    reserved: int = 0
    leased: int = 0
    position: int = 0

    @property
    def available(self) -> int:
        """What may still be promised from this row."""
        return self.on_hand - self.reserved - self.leased


@record("movement", ("stock_id", "position"))
class Movement(Record, frozen=True, kw_only=True):
    """One line of the append-only ledger."""

    owner_id: str
    stock_id: str
    sku_id: str
    kind: MovementKind
    quantity: int
    position: int
    on_hand_after: int
    reason: str = ""
    document_id: str = ""
    actor_id: str
    at: int


@record("availability", ("supplier_id",))
class Availability(Record, frozen=True, kw_only=True):
    """What merchants may see of a supplier's stock: the sum of `available` over its rows. `id` is the SKU's."""

    supplier_id: str
    available: int
    live: bool = False


@record("reservation", ("supply_line_id",), ("supply_order_id",))
class Reservation(Record, frozen=True, kw_only=True):
    """Stock held for a supply line, by the row it will be taken from; deleted when shipped or released."""

    owner_id: str
    supply_order_id: str
    supply_line_id: str
    stock_id: str
    quantity: int


@record("discrepancy", ("organisation_id", "open"))
class Discrepancy(Record, frozen=True, kw_only=True):
    """差异处理: a fact was booked although the books said otherwise; somebody has to look."""

    organisation_id: str
    code: str
    document_id: str
    subject_id: str = ""
    details: dict[str, int | str] = {}
    open: bool = True
    at: int
    note: str = ""
    closed_by: str = ""
    closed_at: int | None = None


@record("stock_watch", ("owner_id",), ("sku_id",))
class StockWatch(Record, frozen=True, kw_only=True):
    """What an owner wants to know of a SKU; `id` is derived from both.

    `low_at`: fewer steps available are low (None: `LOW_STOCK` units; 0: never). `tracking` overrides the category's.
    `low_since` is when it became low, while it is. `shelf` is where it stands, for picking.
    """

    owner_id: str
    sku_id: str
    low_at: int | None = None
    tracking: Tracking | None = None
    low_since: int | None = None
    shelf: str = ""


class TransferLine(msgspec.Struct, frozen=True, array_like=True):
    """Steps of a SKU (and lot) that left, and how many of them arrived."""

    sku_id: str
    lot: str
    expires_at: int | None
    sent: int
    received: int = 0


@record("transfer", ("owner_id", "open"))
class Transfer(Record, frozen=True, kw_only=True):
    """Goods that went from one warehouse to another; in transit while `open`."""

    owner_id: str
    from_id: str
    to_id: str
    lines: tuple[TransferLine, ...]
    reason: str = ""
    sent_by: str
    sent_at: int
    received_by: str = ""
    received_at: int | None = None
    open: bool = True


class CountState(StrEnum):
    """A count waits for a manager, was booked, or is to be done again."""

    SUBMITTED = "SUBMITTED"
    BOOKED = "BOOKED"
    RECOUNT = "RECOUNT"


class CountLine(msgspec.Struct, frozen=True, array_like=True):
    """What somebody counted while the ledger stood at `position` and the movements `seen` waited after it."""

    sku_id: str
    counted: int
    position: int
    lot: str = ""
    seen: tuple[str, ...] = ()


@record("stock_count", ("owner_id", "state"))
class StockCount(Record, frozen=True, kw_only=True):
    """A blind count of one warehouse; nothing of it is booked before a manager has seen the differences."""

    owner_id: str
    warehouse_id: str
    lines: tuple[CountLine, ...]
    state: CountState = CountState.SUBMITTED
    note: str = ""
    counted_by: str
    counted_at: int
    decided_by: str = ""
    decided_at: int | None = None
    reason: str = ""

"""Warehouses, what lies in them, why it changed, what is promised, and where facts contradict the books."""

from s2b_domain.records.record import Record, record
from s2b_domain.rules.stock import MovementKind


@record("warehouse", ("owner_id",))
class Warehouse(Record, frozen=True, kw_only=True):
    """A place of an organisation where stock lies; lower `position` is picked first."""

    owner_id: str
    name: str
    position: int = 0


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

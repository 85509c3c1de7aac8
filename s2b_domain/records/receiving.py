"""收货/验货: what arrived of a purchase, in what state, and what the goods cost the shop."""

import msgspec

from s2b_domain.records.record import Record, record


class ReceivedLine(msgspec.Struct, frozen=True, array_like=True):
    """Steps of a supply line that arrived well, damaged, or as other goods; and those that are missing."""

    supply_line_id: str
    sku_id: str
    good: int
    damaged: int = 0
    wrong: int = 0
    missing: int = 0

    @property
    def told(self) -> int:
        """All steps that this line speaks of."""
        return self.good + self.damaged + self.wrong + self.missing


@record("goods_receipt", ("supply_order_id",), ("merchant_id", "at"))
class GoodsReceipt(Record, frozen=True, kw_only=True):
    """A delivery of a purchase as the shop found it; both sides see it."""

    merchant_id: str
    supplier_id: str
    supply_order_id: str
    lines: tuple[ReceivedLine, ...]
    note: str = ""
    received_by: str
    at: int


@record("stock_cost", ("owner_id",))
class StockCost(Record, frozen=True, kw_only=True):
    """What a SKU costs a shop (1/10,000 yuan per unit): on average of what lies there, and the last time."""

    owner_id: str
    sku_id: str
    average: int
    last: int
    at: int

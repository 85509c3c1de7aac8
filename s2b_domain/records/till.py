"""The till of a counter for a day: opened with a float, counted when it is closed."""

import msgspec

from s2b_domain.records.record import Record, record


class MethodSum(msgspec.Struct, frozen=True, array_like=True):
    """Payments of one kind (分): taken and given back, how many, and what was counted (None: nobody counted it)."""

    method: str
    taken: int = 0
    given_back: int = 0
    payments: int = 0
    counted: int | None = None

    @property
    def net(self) -> int:
        """What should be there of it, without the float."""
        return self.taken - self.given_back


class CashMove(msgspec.Struct, frozen=True, array_like=True):
    """Cash (分) that was put in or (negative) taken out, and why."""

    amount: int
    reason: str
    actor_name: str
    at: int


class TillFigures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a till came to (分): sales, what was taken off and why, and what stays owed."""

    methods: tuple[MethodSum, ...] = ()
    sales: int = 0
    sales_amount: int = 0
    list_amount: int = 0
    discounts: int = 0
    coupons: int = 0
    points: int = 0
    points_amount: int = 0
    rounding: int = 0
    on_account: int = 0


@record("till", ("merchant_id", "opened_at"), ("device_id", "open"))
class Till(Record, frozen=True, kw_only=True):
    """A till on one device. `day` is the local day ("2026-11-25") that it was opened for; amounts in 分.

    Once closed, `figures` stay as they were and `difference` says what is more (or less) in the drawer than should be.
    """

    merchant_id: str
    device_id: str
    day: str
    float_amount: int
    opened_at: int
    opened_by: str
    moves: tuple[CashMove, ...] = ()
    open: bool = True
    closed_at: int | None = None
    closed_by: str = ""
    figures: TillFigures = TillFigures()
    difference: int = 0
    note: str = ""

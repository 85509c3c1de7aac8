"""Orders of merchants, their parts for each supplier, parcels, payments and what happened to them."""

from enum import StrEnum

import msgspec

from s2b_domain.records.record import Record, record
from s2b_domain.rules.bounds import Code, Name, Reason
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, SupplyState
from s2b_domain.rules.pricing import Entry, Frozen, Reduction, Skipped


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods go. `area_code` is the six-digit code of the region, "" where that is not known."""

    name: Name
    phone: Name
    region: Name = ""
    street: Reason = ""
    area_code: Code = ""


@record(
    "sales_order", ("merchant_id", "placed_at"), ("number",), ("state",), ("replaces",), ("till_id",), ("member_id",)
)
class Order(Record, frozen=True, kw_only=True):
    """A merchant's order. Amounts (分) are what the buyer pays: retail for consumers, supply price for 采购.

    goods_amount is at item prices; total = goods_amount - discount_amount - rounding_amount + freight_amount.
    `person` is whom limits per person count for: the member's id, a phone number, or "" for nobody known. `rewarded`:
    its points were earned and its coupons are used up, because it is paid. `returned_amount` was given back.
    `replaces` is the order in whose place this one stands (after an exchange: for some of its goods), `replaces_part`
    the supply order of that one which it stands for, or "". `forgone`: its declined supply orders in whose
    place nothing is ordered any more.
    `sure`: it was promised from stock kept for the device, and waits for no confirmation.
    """

    number: str
    merchant_id: str
    kind: OrderKind
    state: OrderState
    address: Address | None
    goods_amount: int
    freight_amount: int = 0
    discount_amount: int = 0
    total: int
    cancelled_amount: int = 0
    paid: int = 0
    note: str = ""
    placed_at: int
    placed_by: str
    rounding_amount: int = 0
    member_id: str = ""
    person: str = ""
    coupon_ids: tuple[str, ...] = ()
    points_used: int = 0
    points_earned: int = 0
    rewarded: bool = False
    returned_amount: int = 0
    replaces: str = ""
    replaces_part: str = ""
    forgone: tuple[str, ...] = ()
    sure: bool = False
    till_id: str = ""

    @property
    def due(self) -> int:
        """What its buyer owes in all (分): without what was cancelled and given back."""
        return self.total - self.cancelled_amount - self.returned_amount


@record("order_line", ("order_id",))
class OrderLine(Record, frozen=True, kw_only=True):
    """A line as it was priced at placement; names are copies, so a receipt never changes.

    Amounts in 分: `list_amount` at the list price, `amount` at the item price (`unit_price`), `payable` after every
    reduction, `freight_amount` its part of the consumer's freight. `reductions` say who bears what; they add up to
    list_amount - payable. A gift names its promotion in `gift_of`. Steps that were `cancelled` (they came to
    `cancelled_amount`) and `returned` are read off the frozen units one after the other.
    """

    order_id: str
    merchant_id: str
    line: int
    sku_id: str
    supplier_id: str
    supply_order_id: str
    title: str
    specs: str
    code: str
    unit: str
    decimals: int
    quantity: int
    unit_price: int
    amount: int
    supply_line_id: str = ""
    list_price: int = 0
    list_amount: int = 0
    payable: int = 0
    freight_amount: int = 0
    points_used: int = 0
    points_earned: int = 0
    gift_of: str = ""
    reductions: tuple[Reduction, ...] = ()
    cancelled: int = 0
    cancelled_amount: int = 0
    returned: int = 0

    @property
    def gone(self) -> int:
        """Steps that its buyer does not have any more or never had."""
        return self.cancelled + self.returned

    @property
    def frozen(self) -> Frozen:
        """What refunds are read off."""
        return Frozen(
            quantity=self.quantity,
            payable=self.payable,
            freight=self.freight_amount,
            points_used=self.points_used,
            points_earned=self.points_earned,
            reductions=self.reductions,
        )


@record("price_trace")
class PriceTrace(Record, frozen=True, kw_only=True):
    """Why an order (whose id it has) costs what it costs."""

    merchant_id: str
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...] = ()


@record("supply_order", ("supplier_id", "state"), ("merchant_id", "state"), ("order_id",), ("number",))
class SupplyOrder(Record, frozen=True, kw_only=True):
    """One supplier's part of an order, with what the supplier is paid (分); frozen at placement.

    goods_amount is after `reduction_amount`, which the supplier bears; total = goods_amount + freight_amount.
    """

    number: str
    order_id: str
    supplier_id: str
    merchant_id: str
    merchant_name: str
    supplier_name: str
    kind: OrderKind
    state: SupplyState
    address: Address | None
    goods_amount: int
    freight_amount: int = 0
    total: int
    ship_by: int | None = None
    note: str = ""
    reason: str = ""
    placed_at: int
    reduction_amount: int = 0

    @property
    def sent(self) -> bool:
        """Whether the supplier has ever been asked; before, the order is the merchant's own business."""
        return self.ship_by is not None


@record("supply_line", ("supply_order_id",))
class SupplyLine(Record, frozen=True, kw_only=True):
    """A line of a supply order: ordered, shipped and cancelled steps; price and amount (分) as frozen.

    `amount` is after `reduction_amount`, which the supplier bears. `unheld` steps were promised although no shelf had
    them: a shop, which sees no shelves, knows by it what goes back when the line ends.
    """

    supply_order_id: str
    supplier_id: str
    merchant_id: str
    line: int
    sku_id: str
    title: str
    specs: str
    code: str
    unit: str
    decimals: int
    quantity: int
    shipped: int = 0
    cancelled: int = 0
    unit_price: int
    amount: int
    reduction_amount: int = 0
    unheld: int = 0


@record("commission", ("supplier_id",))
class Commission(Record, frozen=True, kw_only=True):
    """Platform commission of a supply order (whose id it has), frozen at placement; merchants never see it."""

    supplier_id: str
    rate_bp: int
    amount: int


class ParcelItem(msgspec.Struct, frozen=True, array_like=True):
    """What of a supply line is in a parcel."""

    supply_line_id: str
    quantity: int


@record("parcel", ("supply_order_id",), ("tracking_number",))
class Parcel(Record, frozen=True, kw_only=True):
    """A parcel of a supply order."""

    supply_order_id: str
    order_id: str
    supplier_id: str
    merchant_id: str
    carrier: str
    tracking_number: str
    items: tuple[ParcelItem, ...]
    state: ParcelState
    shipped_at: int
    eta: int | None = None


class PaymentMethod(StrEnum):
    """Ways to pay that reports tell apart; other words are allowed where somebody writes them."""

    CASH = "CASH"
    CARD = "CARD"
    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    TRANSFER = "TRANSFER"
    STORE_CREDIT = "STORE_CREDIT"
    CARRIED = "CARRIED"
    """Paid for the order in whose place this one stands: how was not noted by older programs."""


@record("payment", ("order_id",), ("till_id",))
class Payment(Record, frozen=True, kw_only=True):
    """Money that changed hands for an order (分; refunds negative). Append-only.

    `given` is what was handed over in cash before change; `device_id` is where it was taken, and `till_id` the till
    that was open there.
    """

    order_id: str
    merchant_id: str
    method: str
    amount: int
    reference: str = ""
    given: int = 0
    device_id: str = ""
    till_id: str = ""
    actor_id: str
    at: int


@record("history", ("document_id",))
class History(Record, frozen=True, kw_only=True):
    """What happened to a document, for its timeline: who, when, from which state to which, and why.

    `organisation_id` is who may see it: an event that both sides may see is written for each of them.
    """

    organisation_id: str
    document_id: str
    event: str
    before: str = ""
    after: str = ""
    reason: str = ""
    actor_id: str
    actor_name: str
    at: int

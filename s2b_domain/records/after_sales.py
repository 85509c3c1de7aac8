"""Returns of consumers to a shop, claims of a shop on its suppliers, refunds to be paid by hand, and what was said.

Retail amounts stand in `ReturnCase` and `Payout`, which no supplier ever receives; a `Claim` knows supply prices only.
"""

from enum import StrEnum

import msgspec

from s2b_domain.records.order import Address
from s2b_domain.records.record import Record, record
from s2b_domain.rules.after_sales import CostBearer, ReturnKind, ReturnReason, ReturnRule, ReturnState, Ruling
from s2b_domain.rules.order_flow import OrderKind


class CaseLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of a line that come back, what they are worth (分), and what became of them.

    `line_id` is the order line's in a return, the supply line's in a claim. Inspected: `restocked` + `written_off` are
    kept; what was received beyond that goes back to the customer.
    """

    line_id: str
    supply_line_id: str
    supplier_id: str
    sku_id: str
    title: str
    specs: str
    code: str
    unit: str
    decimals: int
    quantity: int
    amount: int
    received: int = 0
    restocked: int = 0
    written_off: int = 0

    @property
    def kept(self) -> int:
        """What was found to be all right to take back (steps)."""
        return self.restocked + self.written_off


class AfterSale(Record, frozen=True, kw_only=True):
    """What returns and claims have in common. Its goods go to `return_to`, of the supplier where `supplier_id` is set.

    `answer` is why it was decided so; `ruling` what the platform decided once it was `disputed`.
    """

    number: str
    merchant_id: str
    supplier_id: str = ""
    kind: ReturnKind
    state: ReturnState
    reason: ReturnReason
    note: str = ""
    photos: tuple[str, ...] = ()
    lines: tuple[CaseLine, ...]
    answer: str = ""
    ruling: Ruling | None = None
    return_to: Address | None = None
    carrier: str = ""
    tracking_number: str = ""
    disputed: bool = False
    opened_at: int
    opened_by: str
    ended_at: int | None = None

    @property
    def sent(self) -> bool:
        """Whether its goods have left whoever had them."""
        return bool(self.tracking_number) or any(x.received for x in self.lines)


@record("return_case", ("order_id",), ("merchant_id", "state"), ("number",), ("member_id",))
class ReturnCase(AfterSale, frozen=True, kw_only=True):
    """A consumer gives goods back to a shop, or asks for money back. Amounts in 分.

    value = goods_amount + freight_amount - gift_amount; `pay_back` of it is paid out, the rest was never paid.
    They are what was shown at the request until `settled`, then what was booked. `gift_amount` is for gifts that are
    kept although they are no longer earned, negative where they come back after that. `rule` names the rule that
    decided, "" where a person did.
    """

    order_id: str
    order_number: str
    order_kind: OrderKind
    with_freight: bool = False
    goods_amount: int
    freight_amount: int = 0
    gift_amount: int = 0
    points_back: int = 0
    points_away: int = 0
    value: int
    pay_back: int
    settled: bool = False
    member_id: str = ""
    customer: str = ""
    rule: str = ""
    replacement_id: str = ""

    @property
    def kept(self) -> bool:
        """Whether a part was taken back, and is to be paid for whatever becomes of the rest."""
        return any(x.kept for x in self.lines)


@record("claim", ("supplier_id", "state"), ("merchant_id", "state"), ("supply_order_id",), ("return_id",), ("number",))
class Claim(AfterSale, frozen=True, kw_only=True):
    """A shop asks a supplier to take goods back or to bear what they cost. Amounts (分) at supply prices.

    `asked` is what the shop wants, `credit` what the supplier gives: never more than was asked. `goods_back`: the goods
    go to the supplier, from the consumer where `return_id` is set, else from the shop's own stock (采购退货).
    """

    supply_order_id: str
    supply_number: str
    supplier_name: str
    merchant_name: str
    return_id: str = ""
    asked: int
    credit: int = 0
    bearer: CostBearer = CostBearer.UNDECIDED


class PayoutState(StrEnum):
    """A refund is to be paid by hand, was paid, or did not work."""

    OPEN = "OPEN"
    PAID = "PAID"
    FAILED = "FAILED"


@record("payout", ("return_id",), ("merchant_id", "state"), ("order_id",))
class Payout(Record, frozen=True, kw_only=True):
    """Money (分) that a shop gives back by one method. Its id comes from the command that ordered it, so a payment
    provider (and whoever does it by hand) knows the same refund again: it is the idempotency key.
    """

    return_id: str
    order_id: str
    merchant_id: str
    method: str
    amount: int
    state: PayoutState = PayoutState.OPEN
    reference: str = ""
    proof: tuple[str, ...] = ()
    reason: str = ""
    opened_at: int
    done_at: int | None = None
    done_by: str = ""


@record("return_rules")
class ReturnRules(Record, frozen=True, kw_only=True):
    """What a shop lets be decided by itself, first rule first; `id` is the merchant's."""

    rules: tuple[ReturnRule, ...] = ()


@record("case_message", ("document_id",))
class CaseMessage(Record, frozen=True, kw_only=True):
    """What somebody said of a return or a claim: a word, photos, or (`event`) a decision. Nothing edits it.

    A claim's thread is read by the shop and the supplier, by the platform from the moment on when it is `disputed`.
    """

    document_id: str
    merchant_id: str
    supplier_id: str = ""
    organisation_id: str
    organisation_name: str
    actor_name: str
    event: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()
    disputed: bool = False
    at: int

"""What a draft costs now and what stands in its way, by the domain's own rules. No Qt here."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from s2b_desktop.models.queries.catalog import SkuOffer
from s2b_desktop.views.orders.draft import DraftLine, OrderDraft
from s2b_domain.commands.costs import unit_cost
from s2b_domain.commands.orders import OrderPreview
from s2b_domain.commands.quote import Quote
from s2b_domain.errors import Refused
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Gift, next_allowed, quantity_allowed
from s2b_domain.rules.purchase import Mix, Short, Wanted, short_lines

NOTHING_KEPT: Mapping[str, int] = MappingProxyType({})


class LineQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it stands. Unit prices in 1/10,000 yuan, amounts in 分, quantities in steps.

    problem: the code with which the hub would refuse it, or "". fix: the quantity that mends it; None where only
    taking the line out does. moved_from: the unit price seen before, where it is another now.
    kept: steps that this PC may sell of it without asking. short: what a purchase
    lacks to its minimum.
    """

    line: DraftLine
    offer: SkuOffer | None
    cost: int | None = None
    retail: int | None = None
    amount: int = 0
    supply_amount: int = 0
    problem: str = ""
    fix: int | None = None
    moved_from: int | None = None
    kept: int = 0
    short: Short | None = None

    @property
    def sure(self) -> bool:
        """Whether this PC's reserve covers it."""
        return 0 < self.line.quantity <= self.kept

    @property
    def code(self) -> str:
        """The SKU's code, as refusals name it."""
        return self.offer.sku.code if self.offer else self.line.sku_id


class SupplierQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What one supplier will be asked for (分): one supply order."""

    supplier_id: str
    name: str
    lines: int
    amount: int


class OrderQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The whole draft: `total` is what the buyer pays, `supply_total` what the suppliers get (分).

    priced: promotions, coupons and freight are in it; else only goods. refusal: why it could not be placed as a whole.
    """

    lines: tuple[LineQuote, ...]
    suppliers: tuple[SupplierQuote, ...]
    total: int
    supply_total: int
    discount: int = 0
    freight: int = 0
    priced: bool = False
    offers: Quote | None = None
    refusal: Refused | None = None

    @property
    def sure(self) -> bool:
        """Whether it needs no confirmation: this PC's reserve covers all of it."""
        return self.priced and not self.gifts and all(li.sure for li in self.lines)

    @property
    def gifts(self) -> tuple[Gift, ...]:
        """What is given with it."""
        return tuple(Gift(g.ware.sku.id, g.ware.quantity) for g in self.offers.gifts) if self.offers else ()

    @property
    def problems(self) -> tuple[LineQuote, ...]:
        """Lines that would be refused."""
        return tuple(li for li in self.lines if li.problem)

    @property
    def moved(self) -> tuple[LineQuote, ...]:
        """Lines whose price is another than the one seen before."""
        return tuple(li for li in self.lines if li.moved_from is not None)

    @property
    def costs(self) -> dict[str, int]:
        """SKU id -> the unit price that is shown."""
        return {li.line.sku_id: li.cost for li in self.lines if li.cost is not None}

    @property
    def retail(self) -> dict[str, int]:
        """SKU id -> the retail unit price that somebody typed; for the others the shop's listing counts, with its tiers
        and its price for members."""
        typed = ((li.line.sku_id, li.line.retail_price) for li in self.lines)
        return {sku_id: price for sku_id, price in typed if price is not None}


def quote(
    draft: OrderDraft,
    offers: Mapping[str, SkuOffer],
    mixes: Mapping[str, Sequence[Mix]] | None = None,
    kept: Mapping[str, int] = NOTHING_KEPT,
) -> OrderQuote:
    """Price a draft with what is on offer now; `mixes` are the groups with a common minimum by supplier, `kept` what
    this PC may sell of each SKU without asking."""
    short = _short(draft, offers, mixes or {}) if draft.kind is OrderKind.PURCHASE else {}
    lines = tuple(
        _quoted(draft.kind, line, offers.get(line.sku_id), short.get(line.sku_id), kept.get(line.sku_id, 0))
        for line in draft.lines
    )
    groups: dict[str, list[LineQuote]] = {}
    for each in lines:
        if each.offer is not None:
            groups.setdefault(each.offer.sku.supplier_id, []).append(each)
    suppliers = (
        SupplierQuote(
            supplier_id=supplier,
            name=part[0].offer.supplier_name if part[0].offer else "",
            lines=len(part),
            amount=sum(li.supply_amount for li in part),
        )
        for supplier, part in groups.items()
    )
    return OrderQuote(
        lines=lines,
        suppliers=tuple(suppliers),
        total=sum(li.amount for li in lines),
        supply_total=sum(li.supply_amount for li in lines),
    )


def _short(draft: OrderDraft, offers: Mapping[str, SkuOffer], mixes: Mapping[str, Sequence[Mix]]) -> dict[str, Short]:
    """What each line lacks to its minimum, alone or with its group, by the rule that the hub asks."""
    parts: dict[str, list[Wanted]] = {}
    for line in draft.lines:
        offer = offers.get(line.sku_id)
        if offer is not None:
            sku = offer.sku
            parts.setdefault(sku.supplier_id, []).append(
                Wanted(
                    key=sku.id,
                    product_id=sku.product_id,
                    quantity=line.quantity,
                    decimals=sku.decimals,
                    minimum=sku.min_quantity,
                    step=sku.order_step,
                )
            )
    return {s.key: s for supplier, part in parts.items() for s in short_lines(part, mixes.get(supplier, ()))}


def with_preview(quote: OrderQuote, preview: OrderPreview | Refused) -> OrderQuote:
    """The quote with what the whole order comes to by the rules that will place it."""
    if isinstance(preview, Refused):
        return msgspec.structs.replace(quote, refusal=preview)
    return msgspec.structs.replace(
        quote,
        suppliers=tuple(
            msgspec.structs.replace(s, amount=preview.supplies.get(s.supplier_id, s.amount)) for s in quote.suppliers
        ),
        total=preview.total,
        supply_total=sum(preview.supplies.values()),
        discount=sum(li.amount for li in quote.lines) + preview.freight_amount - preview.total,
        freight=preview.freight_amount,
        priced=True,
        offers=preview.quote,
    )


def _quoted(
    kind: OrderKind, line: DraftLine, offer: SkuOffer | None, short: Short | None = None, kept: int = 0
) -> LineQuote:
    if offer is None or offer.price is None or not (offer.sku.live and offer.sku.on_sale):
        return LineQuote(line=line, offer=offer, problem="not_on_sale")
    if not offer.trading:
        return LineQuote(line=line, offer=offer, problem="supplier_not_trading")
    sku, purchase = offer.sku, kind is OrderKind.PURCHASE
    cost = unit_cost(offer.price, kind, line.quantity)
    if cost is None or not (purchase or sku.dropship):
        return LineQuote(line=line, offer=offer, problem="no_dropship")
    retail = cost if purchase else line.retail_price if line.retail_price is not None else offer.shelf_price
    problem, fix = _hindrance(kind, line.quantity, offer, short)
    if problem == "out_of_stock" and line.quantity <= kept:
        problem, fix = "", None
    if not problem and retail is None:
        problem = "retail_price_missing"
    return LineQuote(
        line=line,
        offer=offer,
        cost=cost,
        retail=None if purchase else retail,
        amount=line_amount(retail or 0, line.quantity, sku.decimals),
        supply_amount=line_amount(cost, line.quantity, sku.decimals),
        problem=problem,
        fix=fix,
        short=short,
        kept=kept,
        moved_from=line.cost_seen if line.cost_seen not in (None, cost) else None,
    )


def _hindrance(kind: OrderKind, quantity: int, offer: SkuOffer, short: Short | None) -> tuple[str, int | None]:
    """What is wrong with a quantity, and the quantity that mends it."""
    sku = offer.sku
    minimum, step = (sku.min_quantity, sku.order_step) if kind is OrderKind.PURCHASE else (1, 1)
    if short is None and quantity < minimum:
        minimum = 1  # its group reaches it
    if not quantity_allowed(quantity, minimum, step):
        mixed = short is not None and short.mix_missing > 0
        more = short.mix_missing * 10**sku.decimals if short is not None and mixed else 0
        fitting = next_allowed(quantity + more, 1 if mixed else minimum, step)
        problem = "mix_short" if mixed and quantity_allowed(quantity, 1, step) else "quantity_wrong"
        return problem, fitting if fitting <= offer.available else largest_allowed(offer.available, minimum, step)
    if quantity > offer.available:
        return "out_of_stock", largest_allowed(offer.available, minimum, step)
    return "", None


def largest_allowed(available: int, minimum: int, step: int) -> int | None:
    """The largest quantity that may be bought and is there; None if there is none."""
    for fitting in (available, available - available % max(step, 1)):
        if quantity_allowed(fitting, minimum, step):
            return fitting
    return None

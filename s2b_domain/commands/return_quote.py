"""What a return comes to, to the cent, before anything is sent: the screen asks what the command will ask."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from s2b_domain.commands.rewards import one_purchase
from s2b_domain.commands.stock import counted, wrong_quantity
from s2b_domain.errors import Refused
from s2b_domain.records.after_sales import CaseLine, Payout, PayoutState, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, OrderLine, Payment, PriceTrace, SupplyLine
from s2b_domain.records.promotion import Coupon, Promotion
from s2b_domain.rules.after_sales import ReturnKind, by_method, gifts_due, over, payable_back
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.rules.pricing import Measure, PromotionKind, refundable, units_between
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader

RETURNABLE = frozenset({OrderState.PARTLY_SHIPPED, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})


class ReturnQuote(NamedTuple):
    """Amounts in 分. value = goods + freight - gifts; `pay_back` of it is paid out, the rest was never paid.

    `gifts`: (title, steps, decimals, worth) of gifts that are kept although they are no longer earned; `gift_amount` is
    what is charged for them, negative where one that was charged before is handed back. `coupons` (name
    and until when, None: for ever) return, because nothing of the purchase is left.
    """

    lines: tuple[CaseLine, ...]
    goods: int
    freight: int
    gift_amount: int
    points_back: int
    points_away: int
    value: int
    pay_back: int
    methods: tuple[tuple[str, int], ...]
    gifts: tuple[tuple[str, int, int, int], ...]
    coupons: tuple[tuple[str, int | None], ...] = ()


def held_steps(reader: Reader, order_id: str, but: str = "") -> dict[str, int]:
    """The steps of each line that other returns of the order are about, which are under way."""
    held: dict[str, int] = {}
    for case in reader.find(ReturnCase, order_id=order_id):
        if case.id != but and not case.settled and not over(case.state, case.ruling, kept=case.kept):
            for line in case.lines:
                held[line.line_id] = held.get(line.line_id, 0) + line.quantity
    return held


def left_of(reader: Reader, line: OrderLine, held: int) -> int:
    """The steps of a line that may still be returned: what went out, without what came back or is asked for."""
    out = line.quantity - line.cancelled
    if line.supply_line_id:
        supplied = reader.get(SupplyLine, line.supply_line_id)
        out = min(out, supplied.shipped) if supplied else out
    return max(0, out - line.returned - held)


def quote_return(
    reader: Reader, order: Order, kind: ReturnKind, units: Mapping[str, int], *, with_freight: bool, but: str = ""
) -> ReturnQuote:
    """Read off the frozen lines what `units` (steps by line id) are worth now. `but`: the return that asks for them.

    `Refused` for another's lines, for goods that never went out, and for more than is left.
    """
    if order.kind is OrderKind.PURCHASE:
        raise Refused("field_wrong", field="kind")
    if order.state not in RETURNABLE:
        raise Refused("not_shipped_yet", number=order.number)
    lines = {x.id: x for x in reader.find(OrderLine, order_id=order.id)}
    if not units or not units.keys() <= lines.keys():
        raise Refused("field_wrong", field="items")
    held = held_steps(reader, order.id, but)
    chosen: list[CaseLine] = []
    goods = freight = points_back = points_away = 0
    for id_, line in sorted(lines.items(), key=lambda x: x[1].line):
        if id_ not in units:
            continue
        quantity, left = units[id_], left_of(reader, line, held.get(id_, 0))
        if not 0 < quantity <= MAX_QUANTITY:
            raise wrong_quantity(line)
        if quantity > left:
            raise Refused("more_than_left", quantity=quantity, left=left, **counted(line))
        back = refundable(line.frozen, line.gone, quantity)
        goods, freight = goods + back.amount, freight + (back.freight if with_freight else 0)
        points_back, points_away = points_back + back.points_back, points_away + back.points_away
        chosen.append(case_line(line, quantity, back.amount))
    if kind in (ReturnKind.REPAIR, ReturnKind.EXCHANGE):
        return ReturnQuote(tuple(chosen), goods, 0, 0, 0, 0, 0, 0, (), ())
    purchase = one_purchase(reader, [order.id])
    gifts = _kept_gifts(reader, purchase, units)
    cases = reader.find_in(ReturnCase, "order_id", [each.id for each in purchase])
    charged = sum(c.gift_amount for c in cases if c.settled)
    handed = sum(_list_worth(x, units[x.id]) for x in lines.values() if x.gift_of and x.id in units)
    again = max(0, min(handed, charged, order.due - goods - freight))
    gift_amount = min(goods + freight, max(-again, sum(worth for *_, worth in gifts) - charged))
    value = goods + freight - gift_amount
    pay_back, methods = money_back(reader, order, value)
    if not order.rewarded:
        points_away = 0
    return ReturnQuote(
        lines=tuple(chosen),
        goods=goods,
        freight=freight,
        gift_amount=gift_amount,
        points_back=points_back,
        points_away=points_away,
        value=value,
        pay_back=pay_back,
        methods=methods,
        gifts=tuple(gifts),
        coupons=_coupons_back(reader, purchase, units),
    )


def _coupons_back(
    reader: Reader, purchase: Sequence[Order], units: Mapping[str, int]
) -> tuple[tuple[str, int | None], ...]:
    ids = [each.id for each in purchase]
    lines = reader.find_in(OrderLine, "order_id", ids)
    if any(x.quantity > x.gone + units.get(x.id, 0) for x in lines):
        return ()
    return tuple((c.name, c.valid_to) for c in reader.find_in(Coupon, "order_id", ids))


def money_back(reader: Reader, order: Order, value: int) -> tuple[int, tuple[tuple[str, int], ...]]:
    """What of `value` (分) is paid out, and by which of the methods that were used to pay."""
    amount = payable_back(value, order.paid - _promised(reader, order), order.due)
    return amount, ways_back(reader, order, amount)


def paid_too_much(reader: Reader, order: Order) -> int:
    """What was paid (分) beyond what an order still comes to and what returns have promised of it."""
    return order.paid - _promised(reader, order) - order.due


def ways_back(reader: Reader, order: Order, amount: int) -> tuple[tuple[str, int], ...]:
    """By which of the methods that were used to pay an amount (分) goes back, in their order."""
    taken = [(p.method, p.amount) for p in sorted(reader.find(Payment, order_id=order.id), key=lambda p: (p.at, p.id))]
    taken += [(p.method, -p.amount) for p in _open_payouts(reader, order)]
    return tuple(by_method(amount, taken))


def _open_payouts(reader: Reader, order: Order) -> list[Payout]:
    return [p for p in reader.find(Payout, order_id=order.id) if p.state is not PayoutState.PAID]


def _promised(reader: Reader, order: Order) -> int:
    return sum(p.amount for p in _open_payouts(reader, order))


def case_line(line: OrderLine, quantity: int, amount: int) -> CaseLine:
    """A line of a return."""
    return CaseLine(
        line_id=line.id,
        supply_line_id=line.supply_line_id,
        supplier_id=line.supplier_id,
        sku_id=line.sku_id,
        title=line.title,
        specs=line.specs,
        code=line.code,
        unit=line.unit,
        decimals=line.decimals,
        quantity=quantity,
        amount=amount,
    )


def _kept_gifts(reader: Reader, purchase: Sequence[Order], units: Mapping[str, int]) -> list[tuple[str, int, int, int]]:
    """Gifts whose condition the goods that stay no longer meet, and that are not given back with them. Goods that were
    exchanged stay as well."""
    ids = [order.id for order in purchase]
    lines = sorted(reader.find_in(OrderLine, "order_id", ids), key=lambda x: (x.order_id, x.line))
    told = {
        (trace.id, e.source_id): e
        for trace in reader.find_in(PriceTrace, "id", ids)
        for e in trace.entries
        if e.code == PromotionKind.GIFT.value.lower()
    }
    products = {s.id: s.product_id for s in reader.find_in(Sku, "id", [x.sku_id for x in lines])} if told else {}
    found: list[tuple[str, int, int, int]] = []
    for gift in lines:
        entry = told.get((gift.order_id, gift.gift_of))
        if entry is None:
            continue
        promotion, said = reader.get(Promotion, gift.gift_of), entry.params.get("times")
        times = said if isinstance(said, int) else 1
        alike = {products.get(key) for key in entry.line_keys}
        kept = [
            (x, x.quantity - x.cancelled - x.returned - units.get(x.id, 0))
            for x in lines
            if not x.gift_of
            and (x.sku_id in entry.line_keys if x.order_id == gift.order_id else products.get(x.sku_id) in alike)
        ]
        by_count = promotion is not None and promotion.terms.measure is not Measure.AMOUNT
        have = sum(n // 10**x.decimals if by_count else _worth(x, n, gift.order_id) for x, n in kept)
        terms = promotion.terms if promotion and promotion.terms.steps else None
        if terms is None and have:
            continue  # what the promotion asked for is not known any more: the buyer keeps the gift
        threshold = terms.steps[0].threshold if terms else 1
        due = gifts_due(times, gift.quantity, have, threshold, repeat=terms is not None and terms.repeat)
        missing = due - gift.cancelled - gift.returned - units.get(gift.id, 0)
        if missing > 0:
            found.append((gift.title, missing, gift.decimals, _list_worth(gift, missing)))
    return found


def _list_worth(gift: OrderLine, quantity: int) -> int:
    """What steps of a gift cost whoever keeps them (分)."""
    return line_amount(gift.list_price, quantity, gift.decimals)


def _worth(line: OrderLine, quantity: int, order_id: str) -> int:
    """What steps of a line come to at the item price (分); a replacement's line says what was paid."""
    if line.order_id == order_id:
        return units_between(line.amount, line.quantity, 0, quantity)
    return line_amount(line.unit_price, quantity, line.decimals)

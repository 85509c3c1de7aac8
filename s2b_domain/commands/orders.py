"""A merchant's orders are placed: priced once, then split by supplier."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.conditions import check_minimums, credit_refusal
from s2b_domain.commands.costs import check_amount, prices_for, unit_cost
from s2b_domain.commands.history import remember
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.order_lines import Sold, at_cost, keep_trace, order_line, subsidy
from s2b_domain.commands.quote import MAX_COUPONS, Quote, Ware, Wish, choices, not_valid, quote, supply_freight
from s2b_domain.commands.rewards import claim_offers, note_lost_coupons, redeem, reward
from s2b_domain.commands.stock import counted
from s2b_domain.commands.supplies import NO_LEASES, Leases, open_supply, order_scopes, own_trading, send
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Address, Order
from s2b_domain.records.party import Organisation
from s2b_domain.records.promotion import Coupon
from s2b_domain.records.shop import Shop
from s2b_domain.rules.bounds import MAX_PRICE, Code, Id, Note, Number
from s2b_domain.rules.money import allocate
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.rules.pricing import Channel, CouponChoice, Gift, quantity_allowed
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_LINES = 500


class OrderItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wanted SKU: steps, the unit price that the user saw (采购: 供货价 after tiers; 代发: 代发价), and for a
    consumer order the retail unit price. Prices in 1/10,000 yuan."""

    sku_id: Id
    quantity: int
    price_seen: Number
    retail_price: Number | None = None


class PlaceOrder(Command, frozen=True, kw_only=True):
    """Place 采购 or 一件代发. `number` is minted on the device; `confirm` sends it to the suppliers at once.

    A consumer order may name the member, coupons and points to use, and gifts that are not wanted (their promotions).
    `total_seen` (分) and `gifts_seen` are what the user was shown: where they differ now, it asks.
    """

    order_id: Id
    number: Code
    kind: OrderKind
    items: Annotated[tuple[OrderItem, ...], msgspec.Meta(max_length=MAX_LINES)]
    address: Address | None = None
    note: Note = ""
    confirm: bool = True
    member_id: Id = ""
    coupon_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_COUPONS)] = ()
    points: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    declined_gifts: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_LINES)] = ()
    total_seen: Number | None = None
    gifts_seen: Annotated[tuple[Gift, ...], msgspec.Meta(max_length=MAX_LINES)] | None = None


class Agreed(NamedTuple):
    """What a consumer gives for an order, as it was agreed before: 分, and points that were worth a part of it; and
    what the platform bears of it (分)."""

    charged: int
    points: int
    subsidy: int


def placed_scopes(reader: Reader, actor: Actor, message: PlaceOrder) -> list[str]:
    """What placing an order may write."""
    mine = actor.organisation_id
    wanted = [i.sku_id for i in message.items] + [g.sku_id for g in message.gifts_seen or ()]
    suppliers = {s.supplier_id for s in reader.find_in(Sku, "id", wanted)}
    scopes = order_scopes(reader, mine, suppliers)
    if message.kind is not OrderKind.PURCHASE:
        scopes |= {own(mine, "members"), *(own(o, "offers") for o in (mine, platform_id(reader), *suppliers))}
    return sorted(scopes)


def _wares(tx: Tx, message: PlaceOrder) -> list[Ware]:
    """The goods at their costs, as far as they may be bought."""
    skus = {s.id: s for s in tx.find_in(Sku, "id", [i.sku_id for i in message.items])}
    products = {p.id: p for p in tx.find_in(Product, "id", [s.product_id for s in skus.values()])}
    suppliers = {o.id: o for o in tx.find_in(Organisation, "id", [s.supplier_id for s in skus.values()])}
    merchant = tx.actor.organisation_id
    prices = prices_for(tx, merchant, skus, knows_terms=tx.sees(own(merchant, "money")))
    wares: list[Ware] = []
    changed: list[str] = []
    for item in message.items:
        sku = skus.get(item.sku_id)
        product = products.get(sku.product_id) if sku else None
        if sku is None or product is None or not (tx.recorded is not None or (sku.live and sku.on_sale)):
            raise Refused("not_on_sale", sku=sku.code if sku else item.sku_id)
        supplier = suppliers.get(sku.supplier_id)
        if supplier is None or not (tx.recorded is not None or supplier.state is PartyState.APPROVED):
            raise Refused("supplier_not_trading", supplier=supplier.name if supplier else "")
        if sku.id not in prices and tx.recorded is None:
            raise Refused("not_on_sale", sku=sku.code)
        if not 0 < item.quantity <= MAX_QUANTITY:
            raise Refused("quantity_wrong", minimum=sku.min_quantity, step=sku.order_step, **counted(sku))
        purchase = message.kind is OrderKind.PURCHASE
        if purchase and tx.recorded is None and not quantity_allowed(item.quantity, 1, sku.order_step):
            raise Refused("quantity_wrong", minimum=sku.min_quantity, step=sku.order_step, **counted(sku))
        cost = item.price_seen if tx.recorded is not None else unit_cost(prices[sku.id], message.kind, item.quantity)
        if cost is None or not (purchase or sku.dropship or tx.recorded is not None):
            raise Refused("no_dropship", sku=sku.code)
        if cost != item.price_seen:
            changed += [sku.code, str(item.price_seen), str(cost)]
        typed = None if purchase else item.retail_price
        if typed is not None and not 0 <= typed <= MAX_PRICE:
            raise Refused("retail_price_missing", sku=sku.code)
        check_amount(max(cost, typed or 0, sku.retail_price or 0), item.quantity, sku, len(message.items))
        wares.append(Ware(sku, product, item.quantity, typed, cost))
    if message.kind is OrderKind.PURCHASE and tx.recorded is None:
        check_minimums(tx, wares)
    if changed:
        raise NeedsConfirmation("price_changed", changes=changed)
    return wares


def _priced(
    tx: Tx, message: PlaceOrder, wares: list[Ware], agreed: Agreed | None = None, *, leased: bool = False
) -> tuple[list[Sold], Quote | None]:
    """The lines as they will be frozen: at cost for 采购, else through the pipeline, with the gifts behind."""
    if message.kind is OrderKind.PURCHASE:
        return [Sold(w, at_cost(w)) for w in wares], None
    merchant = tx.actor.organisation_id
    quoted = quote(tx, _wish(tx, message), wares, tx.time)
    charged = agreed.charged if agreed else None
    if tx.recorded is not None:
        charged = int(tx.recorded.get("total", quoted.priced.total))
        quoted = quoted.with_gifts(() if leased else message.gifts_seen)
    if charged is not None:
        quoted = quoted.as_charged(charged)
    if agreed is not None:
        quoted = quoted.with_points(agreed.points).with_subsidy(agreed.subsidy, platform_id(tx))
    if leased:
        quoted = quoted.at_the_shops_loss(not_valid(tx, quoted, tx.time))
    sold = [Sold(w, line) for w, line in zip(wares, quoted.lines, strict=True)]
    skus = [g.ware.sku.id for g in quoted.gifts]
    prices = prices_for(tx, merchant, skus, knows_terms=tx.sees(own(merchant, "money"))) if skus else {}
    for gift in quoted.gifts:
        sku = gift.ware.sku
        cost = unit_cost(prices[sku.id], message.kind, gift.ware.quantity) if sku.id in prices else None
        if cost is None and tx.recorded is not None:
            cost = 0
        if cost is None:
            raise Refused("no_dropship", sku=sku.code)
        sold.append(Sold(gift.ware._replace(unit_cost=cost), gift.line, gift.promotion_id))
    return sold, quoted


def _wish(tx: Tx, message: PlaceOrder) -> Wish:
    """What the consumer brings. For what was accepted before it counts as it did then, as far as it is still known."""
    merchant, address = tx.actor.organisation_id, message.address
    member = member_now(tx, message.member_id)
    wish = Wish(
        merchant_id=merchant,
        channel=Channel.ORDER,
        member_id=member.id if member is not None else message.member_id,
        phone=address.phone.strip() if address else "",
        coupon_ids=message.coupon_ids,
        points=message.points,
        region=address.region if address else "",
        declined_gifts=message.declined_gifts,
    )
    if tx.recorded is None:
        return wish
    coupons = {c.id for c in tx.find_in(Coupon, "id", message.coupon_ids)}
    return msgspec.structs.replace(
        wish,
        honour=True,
        member_id=member.id if member is not None and member.active else "",
        points=message.points if member is not None and member.active else 0,
        coupon_ids=tuple(c for c in message.coupon_ids if c in coupons),
    )


def _agreed(message: PlaceOrder, quoted: Quote | None, total: int) -> None:
    """Money never changes silently: what the user was shown must still be so."""
    seen = total if message.total_seen is None else message.total_seen
    for id_ in message.coupon_ids if quoted else ():
        if quoted and id_ not in quoted.priced.used and message.total_seen != total:
            why = next((s.code for s in quoted.priced.skipped if s.source_id == id_), "")
            name = quoted.coupons[id_].name
            raise NeedsConfirmation(
                "coupon_unusable", coupon=name, why=why, seen=seen, now=total, difference=total - seen, coupon_id=id_
            )
    given = quoted.gifts if quoted else []
    gifts = sorted((g.ware.sku.id, g.ware.quantity) for g in given)
    other_gifts = message.gifts_seen is not None and gifts != sorted((g.sku_id, g.quantity) for g in message.gifts_seen)
    if other_gifts or seen != total:
        told = [f"{g.ware.sku.code} {g.ware.quantity}" for g in given]
        code = "gifts_changed" if seen == total else "total_changed"
        raise NeedsConfirmation(code, seen=seen, now=total, difference=total - seen, gifts=told)


def _check(tx: Tx, message: PlaceOrder) -> Organisation:
    if message.kind is OrderKind.RETAIL:
        raise Refused("field_wrong", field="kind")
    if message.kind is OrderKind.PURCHASE and (message.member_id or message.coupon_ids or message.points):
        raise Refused("field_wrong", field="member_id")
    if not message.items:
        raise Refused("order_empty")
    ids = [i.sku_id for i in message.items]
    if len(set(ids)) < len(ids):
        raise Refused("field_wrong", field="items")
    if not is_id(message.order_id) or tx.get(Order, message.order_id):
        raise Refused("id_taken", id=message.order_id)
    # Only one's own numbers are known to a desktop, and nobody can take a number from another shop.
    if not message.number.strip() or tx.find(Order, number=message.number, merchant_id=tx.actor.organisation_id):
        raise Refused("number_taken", number=message.number)
    merchant = own_trading(tx)
    address = message.address
    if message.kind is OrderKind.DROPSHIP and not (
        address and address.name.strip() and address.phone.strip() and address.street.strip()
    ):
        raise Refused("address_required")
    return merchant


class OrderPreview(NamedTuple):
    """What an order would come to (分), and why; `supplies` is each supplier's part with its freight."""

    total: int
    goods_amount: int
    discount_amount: int
    freight_amount: int
    supplies: dict[str, int]
    quote: Quote | None


def preview_order(tx: Tx, message: PlaceOrder) -> OrderPreview:
    """Price an order that is still being written; nothing is written or reserved. `Refused` as placing would be."""
    sold, quoted = _priced(tx, message, _wares(tx, message))
    to = message.address or _own_address(tx)
    supplies, fees = {}, 0
    for supplier, indexes in _split(sold):
        lines = [sold[i] for i in indexes]
        fee = _fee(tx, to, supplier, lines)
        supplies[supplier] = sum(s.cost - s.borne_by_supplier for s in lines) + fee
        fees += fee
    refusal = credit_refusal(tx, tx.actor.organisation_id, supplies) if message.confirm else None
    if refusal is not None:
        raise refusal
    goods = sum(s.line.amount for s in sold)
    if quoted is None:
        return OrderPreview(goods + fees, goods, 0, fees, supplies, None)
    priced = quoted.priced
    return OrderPreview(priced.total, goods, priced.discount_amount, priced.freight_amount, supplies, quoted)


def order_choices(tx: Tx, message: PlaceOrder, coupons: Iterable[Coupon]) -> list[CouponChoice]:
    """What each coupon would bring to an order that is still being written, or why it would not. As `preview_order`."""
    return choices(tx, _wish(tx, message), _wares(tx, message), coupons, tx.time)


def _split(sold: list[Sold]) -> list[tuple[str, list[int]]]:
    """The places of each supplier's lines, by supplier."""
    by_supplier: dict[str, list[int]] = {}
    for index, s in enumerate(sold):
        by_supplier.setdefault(s.ware.sku.supplier_id, []).append(index)
    return sorted(by_supplier.items())


@command("order.place@1", PlaceOrder, permission=Permission.ORDER_PLACE, touches=placed_scopes)
def place_order(tx: Tx, message: PlaceOrder) -> Result:
    """Price once, split by supplier, reserve. What moved since the user looked asks for confirmation. An order that was
    accepted before is booked at what was agreed to then; stock that is not there is a discrepancy."""
    order = place(tx, message)
    return {"number": order.number, "total": order.total}


def place(
    tx: Tx,
    message: PlaceOrder,
    *,
    agreed: Agreed | None = None,
    replaces: str = "",
    replaces_part: str = "",
    leases: Leases = NO_LEASES,
) -> Order:
    """Place an order. `agreed`: what its consumer gives for it, whatever it is priced at. `replaces` names the order in
    whose place it stands, `replaces_part` the supply order of that one. `leases` give what they cover of it."""
    organisation = _check(tx, message)
    sold, quoted = _priced(tx, message, _wares(tx, message), agreed, leased=bool(leases))
    priced = quoted.priced if quoted else None
    parts = _split(sold)
    to = message.address or _own_address(tx)
    fees = [
        _fee(tx, to, supplier, [sold[i] for i in indexes], tx.id("supply_order", part))
        for part, (supplier, indexes) in enumerate(parts, start=1)
    ]
    goods = sum(s.line.amount for s in sold)
    freight = priced.freight_amount if priced else sum(fees)
    total = priced.total if priced else goods + freight
    if tx.recorded is None and agreed is None:
        _agreed(message, quoted, total)
    order = Order(
        id=message.order_id,
        number=message.number,
        merchant_id=tx.actor.organisation_id,
        kind=message.kind,
        state=OrderState.PLACED,
        address=message.address,
        goods_amount=goods,
        freight_amount=freight,
        discount_amount=priced.discount_amount if priced else 0,
        total=total,
        note=message.note,
        placed_at=tx.time,
        placed_by=tx.actor.name,
        member_id=quoted.wish.member_id if quoted else "",
        person=quoted.wish.person if quoted else "",
        coupon_ids=priced.used if priced else (),
        points_used=priced.points_used if priced else 0,
        points_earned=priced.points_earned if priced else 0,
        replaces=replaces,
        replaces_part=replaces_part,
        sure=bool(leases),
    )
    tx.add(order)
    for part, ((supplier, indexes), fee) in enumerate(zip(parts, fees, strict=True), start=1):
        lines = [sold[i] for i in indexes]
        supply = open_supply(tx, order, organisation.name, supplier, part, lines, fee, leases)
        carried = allocate(fee, [s.line.amount or 1 for s in lines])
        for number, (i, mine) in enumerate(zip(indexes, carried, strict=True), start=1):
            id_ = tx.id("supply_line", part, number)
            share_ = sold[i].line.freight if quoted else mine
            order_line(tx, order, i + 1, sold[i], supply_order_id=supply.id, supply_line_id=id_, freight=share_)
    remember(tx, order.id, "order.placed", order.merchant_id, after=OrderState.PLACED)
    if quoted:
        keep_trace(tx, order, quoted)
        note_lost_coupons(tx, order, quoted)
        claim_offers(tx, order, quoted)
        redeem(tx, order)
        owe(tx, CONSUMERS, order.merchant_id, order.total, kind="sale", document_id=order.id)
        owe(tx, platform_id(tx), order.merchant_id, subsidy(sold), kind="subsidy", document_id=order.id)
        if not order.total:
            order = reward(tx, order)  # points and coupons have paid for all of it
    return send(tx, order) if message.confirm else order


def _own_address(tx: Tx) -> Address | None:
    shop = tx.get(Shop, tx.actor.organisation_id)
    return shop.address if shop else None


def _fee(tx: Tx, to: Address | None, supplier_id: str, lines: list[Sold], supply_id: str = "") -> int:
    """What a supplier takes for carrying its part. It is told where that was agreed to and is not offered any more."""
    try:
        return supply_freight(tx, supplier_id, to, [(s.ware.sku, s.ware.quantity, s.line.amount) for s in lines])
    except Refused as refusal:
        if tx.recorded is None:
            raise
        tx.contradict("region_ended", supplier_id, supply_id, region=str(refusal.params["region"]))
        return 0

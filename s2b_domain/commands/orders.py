"""A merchant's orders: place, confirm, cancel, pay. Priced once, then split by supplier."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec

from s2b_domain.access import STOCK, Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.order_lines import Sold, at_cost, keep_trace, order_line, spec_text, subsidy
from s2b_domain.commands.quote import MAX_COUPONS, Quote, Ware, Wish, quote, supply_freight
from s2b_domain.commands.rewards import claim_offers, offer_scopes, redeem, release_offers, reward, take_back
from s2b_domain.commands.stock import counted, move, promise, take
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Product, Sku
from s2b_domain.records.member import Member
from s2b_domain.records.order import (
    Address,
    Commission,
    Order,
    OrderLine,
    Payment,
    SupplyLine,
    SupplyOrder,
)
from s2b_domain.records.party import Organisation, SupplierTerms, TradeTerms
from s2b_domain.records.promotion import Coupon
from s2b_domain.records.shop import Shop
from s2b_domain.records.stock import Availability, Reservation, Stock
from s2b_domain.rules.bounds import MAX_AMOUNT, MAX_PRICE, Code, Id, Name, Note, Number, Reason
from s2b_domain.rules.money import allocate, line_amount, share
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import CANCELLABLE, DEAD, OrderKind, OrderState, SupplyState, derived_state
from s2b_domain.rules.pricing import Bearer, Channel, Gift, first_units, quantity_allowed, refundable, tier_price
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_LINES = 500
SHIP_WITHIN = 48 * 3600 * 1000
"""发货时限: milliseconds from sending a supply order to its latest shipping."""


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


class ConfirmOrder(Command, frozen=True, kw_only=True):
    """Send a placed order to its suppliers."""

    order_id: Id


class CancelOrder(Command, frozen=True, kw_only=True):
    """Take an order back before anything was shipped."""

    order_id: Id
    reason: Reason


class PayOrder(Command, frozen=True, kw_only=True):
    """Money (分) that the merchant has taken for an order."""

    order_id: Id
    method: Name
    amount: int
    reference: Name = ""


def _placed(reader: Reader, actor: Actor, message: PlaceOrder) -> list[str]:
    mine = actor.organisation_id
    wanted = [i.sku_id for i in message.items] + [g.sku_id for g in message.gifts_seen or ()]
    suppliers = {s.supplier_id for s in reader.find_in(Sku, "id", wanted)}
    scopes = _order_scopes(reader, mine, suppliers)
    if message.kind is not OrderKind.PURCHASE:
        scopes |= {own(mine, "members"), *(own(o, "offers") for o in (mine, platform_id(reader), *suppliers))}
    return sorted(scopes)


def _existing(reader: Reader, actor: Actor, message: ConfirmOrder | CancelOrder | PayOrder) -> list[str]:
    mine = actor.organisation_id
    suppliers = {s.supplier_id for s in reader.find(SupplyOrder, order_id=message.order_id)}
    return sorted(_order_scopes(reader, mine, suppliers) | offer_scopes(reader, mine, [message.order_id]))


def _order_scopes(reader: Reader, merchant_id: str, suppliers: set[str]) -> set[str]:
    scopes = {STOCK, own(merchant_id, "trade"), own(merchant_id, "money"), own(CONSUMERS, "money")}
    scopes.add(own(platform_id(reader), "money"))
    for supplier in suppliers:
        scopes |= {own(supplier, "trade"), own(supplier, "money"), own(supplier, "stock")}
    return scopes


def unit_cost(price: Price, kind: OrderKind, quantity: int) -> int | None:
    """What the merchant pays the supplier per unit (1/10,000 yuan); None if 一件代发 is not offered."""
    if kind is OrderKind.DROPSHIP:
        return price.dropship_price
    return tier_price(price.supply_price, price.tiers, quantity)


def prices_for(reader: Reader, merchant_id: str, sku_ids: Iterable[str], *, knows_terms: bool) -> dict[str, Price]:
    """The merchant's price per SKU: at its agreed level where its terms are known, else the only one it receives."""
    levels = {t.supplier_id: t.level for t in reader.find(TradeTerms, merchant_id=merchant_id)}
    found: dict[str, Price] = {}
    for price in reader.find_in(Price, "sku_id", sku_ids):
        level = levels.get(price.supplier_id, STANDARD_LEVEL)
        if price.live and (price.level == level or not knows_terms):
            found[price.sku_id] = price
    return found


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
        if purchase and tx.recorded is None and not quantity_allowed(item.quantity, sku.min_quantity, sku.order_step):
            raise Refused("quantity_wrong", minimum=sku.min_quantity, step=sku.order_step, **counted(sku))
        cost = item.price_seen if tx.recorded is not None else unit_cost(prices[sku.id], message.kind, item.quantity)
        if cost is None or (not purchase and not sku.dropship):
            raise Refused("no_dropship", sku=sku.code)
        if cost != item.price_seen:
            changed += [sku.code, str(item.price_seen), str(cost)]
        typed = None if purchase else item.retail_price
        if typed is not None and not 0 <= typed <= MAX_PRICE:
            raise Refused("retail_price_missing", sku=sku.code)
        check_amount(max(cost, typed or 0, sku.retail_price or 0), item.quantity, sku, len(message.items))
        wares.append(Ware(sku, product, item.quantity, typed, cost))
    if changed:
        raise NeedsConfirmation("price_changed", changes=changed)
    return wares


def check_amount(unit_price: int, quantity: int, sku: Sku, lines: int) -> None:
    """`field_wrong` where `lines` such lines would come to more than any amount may be."""
    if line_amount(unit_price, quantity, sku.decimals) * lines > MAX_AMOUNT:
        raise Refused("field_wrong", field="quantity")


def _priced(tx: Tx, message: PlaceOrder, wares: list[Ware]) -> tuple[list[Sold], Quote | None]:
    """The lines as they will be frozen: at cost for 采购, else through the pipeline, with the gifts behind."""
    if message.kind is OrderKind.PURCHASE:
        return [Sold(w, at_cost(w)) for w in wares], None
    merchant = tx.actor.organisation_id
    quoted = quote(tx, _wish(tx, message), wares, tx.time)
    if tx.recorded is not None:
        quoted = quoted.as_charged(int(tx.recorded.get("total", quoted.priced.total)))
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
    wish = Wish(
        merchant_id=merchant,
        channel=Channel.ORDER,
        member_id=message.member_id,
        phone=address.phone.strip() if address else "",
        coupon_ids=message.coupon_ids,
        points=message.points,
        region=address.region if address else "",
        declined_gifts=message.declined_gifts,
    )
    if tx.recorded is None:
        return wish
    member = tx.get(Member, message.member_id) if message.member_id else None
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
        raise NeedsConfirmation("total_changed", seen=seen, now=total, difference=total - seen, gifts=told)


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


def own_trading(tx: Tx) -> Organisation:
    """The actor's organisation; `Refused("not_approved")` where it may not enter into anything at present."""
    organisation = tx.need(Organisation, tx.actor.organisation_id)
    if organisation.state is not PartyState.APPROVED and tx.recorded is None:
        raise Refused("not_approved", state=organisation.state.value)
    return organisation


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
    goods = sum(s.line.amount for s in sold)
    if quoted is None:
        return OrderPreview(goods + fees, goods, 0, fees, supplies, None)
    priced = quoted.priced
    return OrderPreview(priced.total, goods, priced.discount_amount, priced.freight_amount, supplies, quoted)


def _split(sold: list[Sold]) -> list[tuple[str, list[int]]]:
    """The places of each supplier's lines, by supplier."""
    by_supplier: dict[str, list[int]] = {}
    for index, s in enumerate(sold):
        by_supplier.setdefault(s.ware.sku.supplier_id, []).append(index)
    return sorted(by_supplier.items())


@command("order.place@1", PlaceOrder, permission=Permission.ORDER_PLACE, touches=_placed)
def place_order(tx: Tx, message: PlaceOrder) -> Result:
    """Price once, split by supplier, reserve. What moved since the user looked asks for confirmation. An order that was
    accepted before is booked at what was agreed to then; stock that is not there is a discrepancy."""
    organisation = _check(tx, message)
    sold, quoted = _priced(tx, message, _wares(tx, message))
    priced = quoted.priced if quoted else None
    parts = _split(sold)
    to = message.address or _own_address(tx)
    fees = [_fee(tx, to, supplier, [sold[i] for i in indexes]) for supplier, indexes in parts]
    goods = sum(s.line.amount for s in sold)
    freight = priced.freight_amount if priced else sum(fees)
    total = priced.total if priced else goods + freight
    if tx.recorded is None:
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
    )
    tx.add(order)
    for part, ((supplier, indexes), fee) in enumerate(zip(parts, fees, strict=True), start=1):
        lines = [sold[i] for i in indexes]
        supply = _supply_order(tx, order, organisation.name, supplier, part, lines, fee)
        carried = allocate(fee, [s.line.amount or 1 for s in lines])
        for number, (i, mine) in enumerate(zip(indexes, carried, strict=True), start=1):
            id_ = tx.id("supply_line", part, number)
            share_ = sold[i].line.freight if quoted else mine
            order_line(tx, order, i + 1, sold[i], supply_order_id=supply.id, supply_line_id=id_, freight=share_)
    remember(tx, order.id, "order.placed", order.merchant_id, after=OrderState.PLACED)
    if quoted:
        keep_trace(tx, order, quoted)
        claim_offers(tx, order, quoted)
        redeem(tx, order)
        owe(tx, CONSUMERS, order.merchant_id, order.total, kind="sale", document_id=order.id)
        owe(tx, platform_id(tx), order.merchant_id, subsidy(sold), kind="subsidy", document_id=order.id)
        if not order.total:
            order = reward(tx, order)  # points and coupons have paid for all of it
    if message.confirm:
        _send(tx, order)
    return {"number": order.number, "total": order.total}


def _own_address(tx: Tx) -> Address | None:
    shop = tx.get(Shop, tx.actor.organisation_id)
    return shop.address if shop else None


def _fee(tx: Tx, to: Address | None, supplier_id: str, lines: list[Sold]) -> int:
    return supply_freight(tx, supplier_id, to, [(s.ware.sku, s.ware.quantity, s.line.amount) for s in lines])


def _supply_order(
    tx: Tx, order: Order, merchant_name: str, supplier_id: str, part: int, lines: list[Sold], freight: int
) -> SupplyOrder:
    supplier = tx.need(Organisation, supplier_id)
    borne = sum(s.borne_by_supplier for s in lines)
    goods = sum(s.cost for s in lines) - borne
    supply = SupplyOrder(
        id=tx.id("supply_order", part),
        number=f"{order.number}-{part}",
        order_id=order.id,
        supplier_id=supplier_id,
        merchant_id=order.merchant_id,
        merchant_name=merchant_name,
        supplier_name=supplier.name,
        kind=order.kind,
        state=SupplyState.PENDING,
        address=order.address,
        goods_amount=goods,
        freight_amount=freight,
        total=goods + freight,
        note=order.note,
        placed_at=tx.time,
        reduction_amount=borne,
    )
    tx.add(supply)
    terms = tx.get(SupplierTerms, supplier_id)
    if terms:
        commission = share(supply.goods_amount, terms.commission_bp)
        tx.add(Commission(id=supply.id, supplier_id=supplier_id, rate_bp=terms.commission_bp, amount=commission))
    for number, sold in enumerate(lines, start=1):
        ware = sold.ware
        line = SupplyLine(
            id=tx.id("supply_line", part, number),
            supply_order_id=supply.id,
            supplier_id=supplier_id,
            merchant_id=order.merchant_id,
            line=number,
            sku_id=ware.sku.id,
            title=ware.product.title,
            specs=spec_text(ware.sku.specs),
            code=ware.sku.code,
            unit=ware.sku.unit,
            decimals=ware.sku.decimals,
            quantity=ware.quantity,
            unit_price=ware.unit_cost,
            amount=sold.cost - sold.borne_by_supplier,
            reduction_amount=sold.borne_by_supplier,
        )
        tx.add(line)
        _reserve(tx, supply, line, ware.sku)
    return supply


def _reserve(tx: Tx, supply: SupplyOrder, line: SupplyLine, sku: Sku) -> None:
    """Hold stock for a line. Where the supplier's shelves are not seen, only what is promised goes down."""
    if not tx.sees(own(supply.supplier_id, "stock")):
        row = tx.get(Availability, sku.id)
        available = row.available if row else 0
        if available < line.quantity:
            raise Refused("out_of_stock", available=max(0, available), wanted=line.quantity, **counted(sku))
        promise(tx, sku, -line.quantity)
        return
    wanted = line.quantity
    if tx.recorded is not None:
        row = tx.get(Availability, sku.id)
        wanted = max(0, min(wanted, row.available if row else 0))
        if wanted < line.quantity:
            missing = line.quantity - wanted
            tx.contradict("promised_without_stock", supply.supplier_id, supply.id, sku.id, missing=missing)
    for stock, part in take(tx, supply.supplier_id, sku, wanted) if wanted else ():
        move(tx, stock, MovementKind.RESERVE, part, sku=sku, document_id=supply.id)
        tx.add(
            Reservation(
                id=tx.id("reservation", line.id, stock.id),
                owner_id=supply.supplier_id,
                supply_order_id=supply.id,
                supply_line_id=line.id,
                stock_id=stock.id,
                quantity=part,
            )
        )


def release(tx: Tx, supply: SupplyOrder, line: SupplyLine, most: int | None = None) -> None:
    """Give back what is still held for a line, or `most` of it: of the goods that would have left last."""
    if not tx.sees(own(supply.supplier_id, "stock")):
        promised = tx.get(Availability, line.sku_id)
        if promised:
            left = line.quantity - line.shipped - line.cancelled if most is None else most
            tx.put(promised.with_(available=promised.available + left))
        return
    sku = tx.get(Sku, line.sku_id)
    places = [(held, tx.need(Stock, held.stock_id)) for held in tx.find(Reservation, supply_line_id=line.id)]
    places.sort(key=lambda p: (p[1].expires_at is not None, -(p[1].expires_at or 0), p[1].id))
    left = sum(held.quantity for held, _ in places) if most is None else most
    for held, stock in places:
        part = min(left, held.quantity)
        if not part:
            break
        move(tx, stock, MovementKind.RELEASE, part, sku=sku, document_id=supply.id)
        if part == held.quantity:
            tx.delete(held)
        else:
            tx.put(held.with_(quantity=held.quantity - part))
        left -= part


def _send(tx: Tx, order: Order) -> Order:
    """CONFIRMED: the supply orders go out and their shipping time starts."""
    order = tx.put(order.with_(state=OrderState.CONFIRMED))
    remember(tx, order.id, "order.confirmed", order.merchant_id, before=OrderState.PLACED, after=order.state)
    for supply in tx.find(SupplyOrder, order_id=order.id):
        if supply.state is SupplyState.PENDING:
            tx.put(supply.with_(state=SupplyState.WAITING, ship_by=tx.time + SHIP_WITHIN))
            remember(tx, supply.id, "supply.sent", supply.supplier_id, supply.merchant_id, after=SupplyState.WAITING)
    return order


def _own_order(tx: Tx, order_id: str) -> Order:
    order = tx.need(Order, order_id)
    if order.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=order_id)
    return order


@command("order.confirm@1", ConfirmOrder, permission=Permission.ORDER_PLACE, touches=_existing)
def confirm_order(tx: Tx, message: ConfirmOrder) -> None:
    """PLACED becomes CONFIRMED, if everybody who takes part may still trade."""
    order = _own_order(tx, message.order_id)
    if order.state is not OrderState.PLACED:
        raise Refused("state_changed", state=order.state.value, wanted=OrderState.CONFIRMED.value)
    own_trading(tx)
    supplies = tx.find(SupplyOrder, order_id=order.id)
    for supplier in tx.find_in(Organisation, "id", [s.supplier_id for s in supplies]):
        if supplier.state is not PartyState.APPROVED:
            raise Refused("supplier_not_trading", supplier=supplier.name)
    _send(tx, order)


@command("order.cancel@1", CancelOrder, permission=Permission.ORDER_CANCEL, touches=_existing)
def cancel_order(tx: Tx, message: CancelOrder) -> None:
    """Allowed until a supplier has shipped; what was held is released and what was owed is taken back."""
    if not message.reason.strip():
        raise Refused("reason_required")
    order = _own_order(tx, message.order_id)
    if order.state not in CANCELLABLE:
        raise Refused("state_changed", state=order.state.value, wanted=OrderState.CANCELLED.value)
    for supply in tx.find(SupplyOrder, order_id=order.id):
        if supply.state in (SupplyState.PENDING, SupplyState.WAITING, SupplyState.ACCEPTED):
            end_supply(tx, supply, SupplyState.CANCELLED, message.reason.strip())
    settle_order(tx, order.id, OrderState.CANCELLED, message.reason.strip())


def kept_amount(lines: Iterable[SupplyLine]) -> int:
    """What lines cost the merchant (分) without what of them was cancelled."""
    return sum(x.amount - first_units(x.amount, x.quantity, x.cancelled) for x in lines)


def end_supply(tx: Tx, supply: SupplyOrder, state: SupplyState, reason: str) -> SupplyOrder:
    """Decline or cancel a supply order: release its stock, take back what it was owed."""
    ended = tx.put(supply.with_(state=state, reason=reason))
    lines = tx.find(SupplyLine, supply_order_id=supply.id)
    kept = kept_amount(lines)
    for line in lines:
        release(tx, supply, line)
        tx.put(line.with_(cancelled=line.quantity - line.shipped))
    if supply.state is SupplyState.ACCEPTED:
        owed = supply.total - supply.goods_amount + kept  # what was short before is owed no more
        owe(tx, supply.merchant_id, supply.supplier_id, -owed, kind="supply_reversed", document_id=supply.id)
        commission = tx.get(Commission, supply.id)
        if commission:
            platform, back = platform_id(tx), -share(kept, commission.rate_bp)
            owe(tx, supply.supplier_id, platform, back, kind="commission_reversed", document_id=supply.id)
    remember(
        tx,
        supply.id,
        "supply." + state.value.lower(),
        *([supply.supplier_id] if supply.sent else []),
        supply.merchant_id,
        before=supply.state,
        after=state,
        reason=reason,
    )
    return ended


def settle_order(tx: Tx, order_id: str, state: OrderState | None = None, reason: str = "") -> None:
    """Bring an order to where its supply orders stand (or to `state`). A supplier's desktop does not hold it."""
    order = tx.get(Order, order_id)
    if order is None:
        return
    supplies = tx.find(SupplyOrder, order_id=order_id)
    after = state or derived_state(s.state for s in supplies)
    cancelled = _cancel_lines(tx, order, supplies)
    if order.kind is OrderKind.DROPSHIP and cancelled != order.cancelled_amount:
        back = order.cancelled_amount - cancelled
        owe(tx, CONSUMERS, order.merchant_id, back, kind="sale_cancelled", document_id=order.id)
    if after is not order.state:
        event = "order." + after.value.lower()
        remember(tx, order.id, event, order.merchant_id, before=order.state, after=after, reason=reason)
        if after is OrderState.CANCELLED:
            release_offers(tx, order)
    order = tx.put(order.with_(state=after, cancelled_amount=cancelled))
    if order.paid >= order.total - cancelled and order.paid > 0 and after is not OrderState.CANCELLED:
        reward(tx, order)  # what is left of it is paid


def _cancel_lines(tx: Tx, order: Order, supplies: list[SupplyOrder]) -> int:
    """Read off the frozen units what its buyer need not pay (分), now that parts ended or were left short.

    The freight of a part goes with the whole part. Used points return, and the platform's share is owed no more.
    """
    dead = {s.id for s in supplies if s.state in DEAD}
    short = {line.id: line.cancelled for line in tx.find_in(SupplyLine, "supply_order_id", [s.id for s in supplies])}
    total = amount = points_back = points_away = borne = 0
    for line in tx.find(OrderLine, order_id=order.id):
        missing = line.quantity if line.supply_order_id in dead else short.get(line.supply_line_id, 0)
        more = min(missing, line.quantity - line.returned) - line.cancelled
        if more > 0:
            back = refundable(line.frozen, line.cancelled + line.returned, more)
            line = tx.put(
                line.with_(cancelled=line.cancelled + more, cancelled_amount=line.cancelled_amount + back.amount)
            )
            amount += back.amount
            points_back, points_away = points_back + back.points_back, points_away + back.points_away
            borne += sum(r.amount for r in back.reductions if r.bearer is Bearer.PLATFORM)
        total += line.cancelled_amount + (line.freight_amount if line.supply_order_id in dead else 0)
    if order.kind is OrderKind.DROPSHIP:
        take_back(tx, order, amount, points_back, points_away)
        owe(tx, platform_id(tx), order.merchant_id, -borne, kind="subsidy_reversed", document_id=order.id)
    return total


@command("order.pay@1", PayOrder, permission=Permission.ORDER_PAY, touches=_existing, fact=True)
def pay_order(tx: Tx, message: PayOrder) -> None:
    """Book money taken (or, negative, given back) for a consumer order; too much opens a discrepancy.

    What a shop owes for 采购 is settled with its suppliers, not by its own word: `field_wrong`.
    """
    order = _own_order(tx, message.order_id)
    if order.kind is OrderKind.PURCHASE:
        raise Refused("field_wrong", field="kind")
    if not message.amount or abs(message.amount) > 10**12 or not message.method.strip():
        raise Refused("field_wrong", field="method" if message.amount else "amount")
    payment = Payment(
        id=tx.id("payment"),
        order_id=order.id,
        merchant_id=order.merchant_id,
        method=message.method,
        amount=message.amount,
        reference=message.reference,
        device_id=tx.device_id,
        actor_id=tx.actor.id,
        at=tx.time,
    )
    tx.add(payment)
    paid = order.paid + message.amount
    order = tx.put(order.with_(paid=paid))
    owe(tx, order.merchant_id, CONSUMERS, message.amount, kind="payment", document_id=payment.id)
    remember(tx, order.id, "order.paid", order.merchant_id, reason=message.method)
    due = order.total - order.cancelled_amount
    if paid >= due and order.state is not OrderState.CANCELLED:
        order = reward(tx, order)
        _confirm_by_rule(tx, order)
    if (message.amount > 0 and paid > due) or (message.amount < 0 and paid < 0):
        tx.contradict("overpaid", order.merchant_id, order.id, due=due, paid=paid)


def _confirm_by_rule(tx: Tx, order: Order) -> None:
    """A paid order goes out by itself where the shop's rule says so and everybody may still trade."""
    shop = tx.get(Shop, order.merchant_id)
    if shop is None or not shop.rules.confirm_paid or order.state is not OrderState.PLACED:
        return
    most = shop.rules.confirm_up_to
    parties = [order.merchant_id, *(s.supplier_id for s in tx.find(SupplyOrder, order_id=order.id))]
    trading = all(o.state is PartyState.APPROVED for o in tx.find_in(Organisation, "id", parties))
    if trading and (most is None or order.total <= most):
        _send(tx, order)

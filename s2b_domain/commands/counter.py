"""门店零售: sold over the counter from the shop's own stock, paid and handed over at once."""

from typing import Annotated

import msgspec

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.costs import check_amount
from s2b_domain.commands.history import remember
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.order_lines import Sold, keep_trace, order_line, subsidy
from s2b_domain.commands.orders import MAX_LINES
from s2b_domain.commands.quote import MAX_COUPONS, Given, Quote, Ware, Wish, gift_line, listing_id, not_valid, quote
from s2b_domain.commands.rewards import claim_offers, note_lost_coupons, redeem, reward
from s2b_domain.commands.stock import counted, move, note_oversold, places, stock_row, wrong_quantity
from s2b_domain.commands.takings import take
from s2b_domain.commands.tills import open_till
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Order
from s2b_domain.records.promotion import Coupon, Promotion
from s2b_domain.records.shop import Listing
from s2b_domain.rules.bounds import MAX_AMOUNT, MAX_PRICE, Code, Id, Name, Note
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.rules.pricing import Bearer, Channel
from s2b_domain.rules.stock import MovementKind, pick
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_TENDERS = 20
MAX_ROUNDING = 1000
"""分 that a cashier may let go."""


class SaleItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of a SKU, and the unit price (1/10,000 yuan) where the cashier typed one."""

    sku_id: Id
    quantity: int
    price: Annotated[int, msgspec.Meta(ge=0, le=MAX_PRICE)] | None = None


class Tender(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money (分) taken in one way, change already given back; `given` is what was handed over before change."""

    method: Name
    amount: Annotated[int, msgspec.Meta(ge=1, le=10**12)]
    given: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    reference: Name = ""


class SaleGift(msgspec.Struct, frozen=True, array_like=True):
    """A gift that was handed over: by which promotion, and steps of a SKU."""

    promotion_id: Id
    sku_id: Id
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]


class BookSale(Command, frozen=True, kw_only=True):
    """Goods were handed over for `charged` 分. What the tenders do not cover is owed (挂账).

    `rounded_off` (分) is what the cashier let go on purpose, beyond what the shop rounds by itself (抹零). `gifts` were
    handed over too; None: those that the books give.
    """

    order_id: Id
    number: Code
    items: Annotated[tuple[SaleItem, ...], msgspec.Meta(max_length=MAX_LINES)]
    charged: Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
    tenders: Annotated[tuple[Tender, ...], msgspec.Meta(max_length=MAX_TENDERS)] = ()
    member_id: Id = ""
    coupon_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_COUPONS)] = ()
    points: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    declined_gifts: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_LINES)] = ()
    note: Note = ""
    rounded_off: Annotated[int, msgspec.Meta(ge=0, le=MAX_ROUNDING)] = 0
    gifts: Annotated[tuple[SaleGift, ...], msgspec.Meta(max_length=MAX_LINES)] | None = None


def _touched(reader: Reader, actor: Actor, message: BookSale) -> list[str]:
    mine, platform = actor.organisation_id, platform_id(reader)
    classes = ("trade", "money", "stock", "offers", "members")
    return [
        *(own(mine, c) for c in classes),
        own(CONSUMERS, "money"),
        own(platform, "money"),
        own(platform, "offers"),
    ]


@command("sale.book@1", BookSale, permission=Permission.ORDER_PLACE, touches=_touched, fact=True)
def book_sale(tx: Tx, message: BookSale) -> Result:
    """Book the sale as it happened. Where the books price it otherwise, the shop bears the difference, and is told."""
    _check(message)
    merchant = tx.actor.organisation_id
    order_id = _own_place(tx, message)
    wares = _wares(tx, message)
    wish = Wish(
        merchant_id=merchant,
        channel=Channel.COUNTER,
        member_id=_member(tx, message, order_id),
        coupon_ids=_coupons(tx, message, order_id),
        points=message.points,
        declined_gifts=message.declined_gifts,
        honour=True,
    )
    if not wish.member_id:
        wish = msgspec.structs.replace(wish, points=0)
    quoted = _as_charged(tx, message, order_id, quote(tx, wish, wares, tx.time))
    quoted = _with_gifts(tx, message, order_id, quoted.at_the_shops_loss(not_valid(tx, quoted, tx.time)))
    priced = quoted.priced
    sold = [Sold(w, line) for w, line in zip(wares, quoted.lines, strict=True)]
    sold += [Sold(g.ware, g.line, g.promotion_id) for g in quoted.gifts]
    order = tx.add(
        Order(
            id=order_id,
            number=message.number,
            merchant_id=merchant,
            kind=OrderKind.RETAIL,
            state=OrderState.COMPLETED,
            address=None,
            goods_amount=priced.goods_amount,
            discount_amount=priced.discount_amount,
            rounding_amount=priced.rounding_amount,
            total=priced.total,
            note=message.note,
            placed_at=tx.time,
            placed_by=tx.actor.name,
            member_id=wish.member_id,
            person=wish.person,
            coupon_ids=priced.used,
            points_used=priced.points_used,
            points_earned=priced.points_earned,
            till_id=open_till(tx),
        )
    )
    for number, each in enumerate(sold, start=1):
        order_line(tx, order, number, each, freight=0)
        hand_over(tx, order, each.ware)
    remember(tx, order.id, "order.sold", merchant, after=order.state)
    keep_trace(tx, order, quoted)
    note_lost_coupons(tx, order, quoted)
    claim_offers(tx, order, quoted)
    redeem(tx, order)
    owe(tx, CONSUMERS, merchant, order.total, kind="sale", document_id=order.id)
    owe(tx, platform_id(tx), merchant, subsidy(sold), kind="subsidy", document_id=order.id)
    order = _take_money(tx, reward(tx, order), message.tenders)
    return {"number": order.number, "total": order.total}


def _check(message: BookSale) -> None:
    if not message.items:
        raise Refused("order_empty")
    if not is_id(message.order_id) or not message.number.strip():
        raise Refused("field_wrong", field="order_id" if message.number.strip() else "number")
    ids = [i.sku_id for i in message.items]
    if len(set(ids)) < len(ids) or len(set(message.coupon_ids)) < len(message.coupon_ids):
        raise Refused("field_wrong", field="items")
    if any(not t.method.strip() for t in message.tenders):
        raise Refused("field_wrong", field="method")


def _own_place(tx: Tx, message: BookSale) -> str:
    """The id for the sale; where id or number stand for another order, it is booked all the same, and said."""
    merchant = tx.actor.organisation_id
    twin = tx.get(Order, message.order_id)
    if twin is None and not tx.find(Order, number=message.number, merchant_id=merchant):
        return message.order_id
    order_id = message.order_id if twin is None else tx.id("sale")
    tx.contradict("sold_twice", merchant, order_id, message.order_id, number=message.number)
    return order_id


def _wares(tx: Tx, message: BookSale) -> list[Ware]:
    wares: list[Ware] = []
    for item in message.items:
        sku = tx.need(Sku, item.sku_id)
        product = tx.need(Product, sku.product_id)
        if not 0 < item.quantity <= MAX_QUANTITY:
            raise wrong_quantity(sku)
        listing = tx.get(Listing, listing_id(tx.actor.organisation_id, sku.id))
        listed = max(item.price or 0, sku.retail_price or 0, listing.price if listing else 0)
        check_amount(listed, item.quantity, sku, len(message.items))
        wares.append(Ware(sku, product, item.quantity, item.price))
    return wares


def _member(tx: Tx, message: BookSale, order_id: str) -> str:
    """The member, also where it was merged into another meanwhile; an unknown one is said and forgotten."""
    member = member_now(tx, message.member_id)
    mine = member is not None and member.merchant_id == tx.actor.organisation_id and member.active
    if message.member_id and not mine:
        tx.contradict("member_unknown", tx.actor.organisation_id, order_id, message.member_id)
    return member.id if member is not None and mine else ""


def _coupons(tx: Tx, message: BookSale, order_id: str) -> tuple[str, ...]:
    merchant = tx.actor.organisation_id
    known = {c.id for c in tx.find_in(Coupon, "id", message.coupon_ids) if c.merchant_id == merchant}
    for id_ in message.coupon_ids:
        if id_ not in known:
            tx.contradict("coupon_unknown", merchant, order_id, id_)
    return tuple(id_ for id_ in message.coupon_ids if id_ in known)


def _as_charged(tx: Tx, message: BookSale, order_id: str, quoted: Quote) -> Quote:
    """The quote with what was really charged."""
    if message.rounded_off:
        quoted = quoted.rounded(message.rounded_off)
    priced = quoted.priced
    if priced.total == message.charged:
        return quoted
    tx.contradict(
        "charged_otherwise",
        tx.actor.organisation_id,
        order_id,
        charged=message.charged,
        priced=priced.total,
        difference=message.charged - priced.total,
    )
    return quoted.as_charged(message.charged)


def _with_gifts(tx: Tx, message: BookSale, order_id: str, quoted: Quote) -> Quote:
    """The quote with the gifts that were handed over; one that the books do not give is the shop's loss, and told."""
    if message.gifts is None:
        return quoted
    merchant, handed = tx.actor.organisation_id, list[Given]()
    due = {(g.promotion_id, g.ware.sku.id, g.ware.quantity): g for g in quoted.gifts}
    for gift in message.gifts:
        given = due.pop((gift.promotion_id, gift.sku_id, gift.quantity), None)
        if given is None:
            sku, promotion = tx.need(Sku, gift.sku_id), tx.get(Promotion, gift.promotion_id)
            ware = Ware(sku, tx.need(Product, sku.product_id), gift.quantity)
            source = (gift.promotion_id, promotion.name if promotion else "")
            given = Given(ware, gift.promotion_id, gift_line(ware, source, (Bearer.MERCHANT, merchant)))
            told = {"quantity": gift.quantity, **counted(sku)}
            tx.contradict("gift_not_due", merchant, order_id, f"{gift.promotion_id}:{sku.id}", **told)
        handed.append(given)
    return quoted._replace(gifts=handed)


def hand_over(tx: Tx, order: Order, ware: Ware) -> None:
    """Out of the shop's own stock: what lies there first, the rest below zero until somebody counts."""
    merchant, left = order.merchant_id, ware.quantity
    found, rows = places(tx, merchant, ware.sku.id)
    for id_, part in pick(found, left):
        move(tx, rows[id_], MovementKind.SALE, part, sku=None, document_id=order.id)
        left -= part
    if left:
        stock = stock_row(tx, merchant, ware.sku)
        stock = move(tx, stock, MovementKind.SALE, left, sku=None, document_id=order.id)
        if rows:
            note_oversold(tx, stock, ware.sku)


def _take_money(tx: Tx, order: Order, tenders: tuple[Tender, ...]) -> Order:
    for number, tender in enumerate(tenders, start=1):
        id_, method = tx.id("payment", number), tender.method.strip()
        order = take(tx, order, id_, method, tender.amount, reference=tender.reference, given=tender.given)
    if order.paid > order.total:
        tx.contradict("overpaid", order.merchant_id, order.id, due=order.total, paid=order.paid)
    return order

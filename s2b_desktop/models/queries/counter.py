"""What the counter asks: what a scanned code names, what a cart costs, which coupons apply, and a sale's receipt."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, func, select

from s2b_desktop.models.queries.catalog import skus_by_code, skus_of_products
from s2b_desktop.models.queries.coupons import coupons_held
from s2b_desktop.models.search import search_goods
from s2b_domain.access import Actor
from s2b_domain.commands.counter import SaleItem
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.quote import Quote, Ware, Wish, choices, listing_id, quote
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.member import Member, MemberLevel
from s2b_domain.records.memo import Memo
from s2b_domain.records.order import Order, OrderLine, Payment, PriceTrace
from s2b_domain.records.promotion import Coupon
from s2b_domain.records.shop import Listing, Shop
from s2b_domain.records.stock import Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules import gs1
from s2b_domain.rules.phones import plain_phone
from s2b_domain.rules.pricing import CouponChoice
from s2b_domain.rules.units import MAX_QUANTITY

COUPONS_SHOWN = 50
_stock, _member = Stock.table, Member.table


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU at the counter: its shelf price (1/10,000 yuan; None: nobody set one) and the shop's stock in steps."""

    sku: Sku
    title: str
    price: int | None
    on_hand: int
    listed: bool


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What a code names: goods (best first) with the steps one scan stands for, a member, or a coupon."""

    goods: tuple[tuple[Ticket, int], ...] = ()
    member: Member | None = None
    coupon: Coupon | None = None


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a cart costs. `unpriced` are SKUs that need a price, `unknown` those that this PC does not know (any more).

    `quote` is None where nothing can be priced; `refusal` says why.
    """

    tickets: dict[str, Ticket]
    quote: Quote | None
    unpriced: frozenset[str]
    unknown: tuple[str, ...]
    refusal: Refused | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A member with the level they have, and what they owe the shop (分)."""

    member: Member
    level: MemberLevel | None
    owes: int


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a receipt says."""

    order: Order
    lines: tuple[OrderLine, ...]
    payments: tuple[Payment, ...]
    shop: Shop | None
    member: Member | None
    trace: PriceTrace | None


def tickets(connection: Connection, merchant_id: str, sku_ids: Iterable[str]) -> dict[str, Ticket]:
    """SKU id -> how it stands in the shop; SKUs that are not known are left out."""
    store = RecordStore(connection)
    skus = {s.id: s for s in store.find_in(Sku, "id", sku_ids)}
    titles = {p.id: p.title for p in store.find_in(Product, "id", [s.product_id for s in skus.values()])}
    listings = {x.sku_id: x for x in store.find_in(Listing, "id", [listing_id(merchant_id, s) for s in skus])}
    there = (
        select(_stock.c.sku_id, func.sum(_stock.c.on_hand))
        .where(_stock.c.owner_id == merchant_id, _stock.c.sku_id.in_(list(skus)))
        .group_by(_stock.c.sku_id)
    )
    on_hand: dict[str, int] = dict(connection.execute(there).all())
    return {
        sku.id: _ticket(sku, titles.get(sku.product_id, ""), listings.get(sku.id), on_hand.get(sku.id, 0))
        for sku in skus.values()
    }


def _ticket(sku: Sku, title: str, listing: Listing | None, on_hand: int) -> Ticket:
    listed = listing is not None and listing.on_sale
    return Ticket(
        sku=sku,
        title=(listing.title if listing is not None and listed else "") or title,
        price=listing.price if listing is not None and listed else sku.retail_price,
        on_hand=on_hand,
        listed=listed,
    )


def scan(connection: Connection, actor: Actor, code: str) -> Scan:
    """What a scanned or typed code names exactly. Of goods with one barcode, those on the shop's shelf come first."""
    merchant = actor.organisation_id
    named = _steps(connection, code)
    if named:
        found = tickets(connection, merchant, named)
        ranked = sorted(found.values(), key=lambda t: (t.on_hand <= 0, not t.listed, t.price is None, t.sku.id))
        return Scan(goods=tuple((t, named[t.sku.id] or 10**t.sku.decimals) for t in ranked))
    store = RecordStore(connection)
    for member in (*store.find(Member, merchant_id=merchant, card=code), *_by_phone(store, merchant, code)):
        if member.active:
            return Scan(member=member)
    coupons = [c for c in store.find(Coupon, code=code) if c.merchant_id == merchant]
    return Scan(coupon=coupons[0] if coupons else None)


def _by_phone(store: RecordStore, merchant_id: str, text: str) -> list[Member]:
    digits = plain_phone(text)
    return store.find(Member, merchant_id=merchant_id, phone=digits) if digits.isdigit() and len(digits) > 6 else []


def _steps(connection: Connection, code: str) -> dict[str, int | None]:
    found = skus_by_code(connection, code)
    if found:
        return found
    told = gs1.parse(code)
    if told is not None:
        for number in gs1.gtins(told.gtin):
            found = skus_by_code(connection, number)
            if found:
                return found
        return {}
    weighed = gs1.weighed(code)
    store = RecordStore(connection)
    for number in weighed.codes if weighed else ():
        named = skus_by_code(connection, number)
        kilos = [s.id for s in store.find_in(Sku, "id", named) if s.decimals == gs1.KILOGRAM_DECIMALS]
        if kilos and weighed:
            return dict.fromkeys(kilos, weighed.grams)
    return {}


def find_tickets(connection: Connection, actor: Actor, text: str, limit: int) -> list[Ticket]:
    """Goods that are called like `text`, or whose code it is."""
    named = list(_steps(connection, text.strip()))
    if not named:
        products = search_goods(connection, text, limit=limit)
        named = [o.sku.id for o in skus_of_products(connection, actor, products, limit)]
    found = tickets(connection, actor.organisation_id, named)
    return [found[id_] for id_ in named if id_ in found]


def _wares(
    connection: Connection, merchant_id: str, items: Sequence[SaleItem]
) -> tuple[dict[str, Ticket], list[Ware], frozenset[str]]:
    known = tickets(connection, merchant_id, [i.sku_id for i in items])
    store = RecordStore(connection)
    products = {p.id: p for p in store.find_in(Product, "id", {t.sku.product_id for t in known.values()})}
    wares: list[Ware] = []
    unpriced: set[str] = set()
    for item in items:
        ticket = known.get(item.sku_id)
        product = products.get(ticket.sku.product_id) if ticket else None
        if ticket is None or product is None:
            known.pop(item.sku_id, None)
            continue
        bare = item.price is None and ticket.price is None
        if bare:
            unpriced.add(item.sku_id)
        wares.append(Ware(ticket.sku, product, min(item.quantity, MAX_QUANTITY), 0 if bare else item.price))
    return known, wares, frozenset(unpriced)


def bill(connection: Connection, actor: Actor, wish: Wish, items: Sequence[SaleItem], now: int) -> Bill:
    """What a cart costs a buyer now, by the rules that book the sale."""
    known, wares, unpriced = _wares(connection, actor.organisation_id, items)
    unknown = tuple(i.sku_id for i in items if i.sku_id not in known)
    try:
        found = quote(Memo(RecordStore(connection)), wish, wares, now) if wares else None
    except Refused as refusal:
        return Bill(tickets=known, quote=None, unpriced=unpriced, unknown=unknown, refusal=refusal)
    return Bill(tickets=known, quote=found, unpriced=unpriced, unknown=unknown)


def coupon_choices(
    connection: Connection, actor: Actor, wish: Wish, items: Sequence[SaleItem], now: int
) -> list[CouponChoice]:
    """The member's coupons and those presented: what each would bring, or why it would not. Best first."""
    store = RecordStore(connection)
    held = coupons_held(store, wish.member_id, now, COUPONS_SHOWN)
    coupons = {c.id: c for c in (*held, *store.find_in(Coupon, "id", wish.coupon_ids))}
    wares = _wares(connection, actor.organisation_id, items)[1]
    if not coupons or not wares:
        return []
    try:
        return choices(Memo(store), wish, wares, coupons.values(), now)
    except Refused:
        return []


def standing(connection: Connection, member_id: str) -> Standing | None:
    """A member as the counter sees them, whoever they were merged into."""
    member = member_now(store := RecordStore(connection), member_id)
    if member is None:
        return None
    orders = Order.table
    left = orders.c.total - orders.c.cancelled_amount - orders.c.returned_amount - orders.c.paid
    owed = select(func.coalesce(func.sum(left), 0)).where(orders.c.member_id.in_({member_id, member.id}), left > 0)
    level = store.get(MemberLevel, member.level_id) if member.level_id else None
    return Standing(member=member, level=level, owes=connection.execute(owed).scalar_one())


def find_members(connection: Connection, merchant_id: str, text: str, limit: int) -> list[Member]:
    """Members by phone (its beginning or its end), card or name."""
    text = text.strip()
    if not text:
        return []
    store = RecordStore(connection)
    digits = text.replace(" ", "").replace("-", "")
    exact = [*store.find(Member, merchant_id=merchant_id, card=text), *_by_phone(store, merchant_id, text)]
    like = digits.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    named = select(_member.c.id).where(
        _member.c.merchant_id == merchant_id,
        _member.c.active,
        _member.c.phone.like(f"%{like}%", escape="\\")
        if digits.isdigit()
        else _member.c.name.like(f"%{like}%", escape="\\"),
    )
    ids = connection.execute(named.order_by(_member.c.last_order_at.desc()).limit(limit)).scalars().all()
    found = {m.id: m for m in store.find_in(Member, "id", ids)}
    return [*{m.id: m for m in (*exact, *(found[i] for i in ids)) if m.active}.values()][:limit]


def receipt(connection: Connection, order_id: str) -> Receipt | None:
    """A sale as its receipt tells it."""
    store = RecordStore(connection)
    order = store.get(Order, order_id)
    if order is None:
        return None
    return Receipt(
        order=order,
        lines=tuple(sorted(store.find(OrderLine, order_id=order_id), key=lambda li: li.line)),
        payments=tuple(sorted(store.find(Payment, order_id=order_id), key=lambda p: (p.at, p.id))),
        shop=store.get(Shop, order.merchant_id),
        member=member_now(store, order.member_id),
        trace=store.get(PriceTrace, order_id),
    )

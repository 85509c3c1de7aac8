"""Stock kept for one device: granted within what the supplier allows, sold as a fact, and back by itself."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.access import Actor
from s2b_domain.commands import Command, carry_out, pack
from s2b_domain.commands.freights import SaveFreight
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.leases import LeaseUse, PlaceLeased, RequestLease, ReturnLease, SetLeasePolicy
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.promotions import SavePromotion
from s2b_domain.commands.stock import MoveStock
from s2b_domain.commands.supply import AcceptSupply, ShipItem, ShortPick
from s2b_domain.errors import Refused
from s2b_domain.records.lease import Lease, LeaseHold
from s2b_domain.records.order import Address, Order, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Availability, Discrepancy, Reservation, Stock
from s2b_domain.rules.leases import GRACE, HOUR, MARGIN, LeaseState, cover, grantable, usable
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Freight, FreightArea, Gift, PromotionKind, Step, Terms
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Tx
from tests.domain.books import Books, water
from tests.domain.straight import check_books
from tests.domain.test_sequences import step

ALL = SetLeasePolicy(most=100, share_bp=10_000, hours=48)


def kept(books: Books, quantity: int = 6, *, stock: int = 10, policy: SetLeasePolicy = ALL) -> Lease:
    books.sell(books.hengfeng, water(stock=stock))
    books.do(books.hengfeng, policy)
    return ask(books, quantity)


def ask(books: Books, quantity: int, who: Actor | None = None, hours: int = 24) -> Lease:
    before = {lease.id for lease in books.store.find(Lease)}
    books.do(who or books.chenguang, RequestLease(sku_id=books.skus()[0].id, quantity=quantity, hours=hours))
    check_books(books)
    [lease] = [le for le in books.store.find(Lease) if le.id not in before]
    return lease


def sale(books: Books, lease: Lease, quantity: int, **changes: Any) -> PlaceLeased:
    order_id = books.id()
    item = OrderItem(sku_id=lease.sku_id, quantity=quantity, price_seen=12_500)
    placed = PlaceOrder(order_id=order_id, number=order_id, kind=OrderKind.PURCHASE, items=(item,))
    return PlaceLeased(
        placed=msgspec.structs.replace(placed, **changes), uses=(LeaseUse(lease_id=lease.id, quantity=quantity),)
    )


def sold(books: Books, lease: Lease, quantity: int, **changes: Any) -> Order:
    message = sale(books, lease, quantity, **changes)
    books.do(books.chenguang, message)
    check_books(books)
    [order] = books.store.find(Order, id=message.placed.order_id)
    return order


def on(books: Books, device: str, message: Command) -> None:
    """Carry out on another device; nothing is kept of it."""
    tx = Tx(books.store, actor=books.chenguang, command_id=books.id(), device_id=device, time=books.now)
    carry_out(tx, *pack(message))


def recorded(books: Books, message: Command) -> None:
    """Carry out what a history of the hub that is gone had accepted."""
    told = {"total": 500}
    tx = Tx(
        books.store, actor=books.chenguang, command_id=books.id(), device_id="d" * 32, time=books.now, recorded=told
    )
    carry_out(tx, *pack(message))
    books.flush(tx)
    check_books(books)


def available(books: Books) -> int:
    [row] = books.store.find(Availability)
    return row.available


def refused(books: Books, who: Actor, message: Command) -> str:
    with pytest.raises(Refused) as refusal:
        books.do(who, message)
    return refusal.value.code


def test_what_is_kept_is_promised_to_nobody_else(books: Books) -> None:
    lease = kept(books)
    assert (lease.quantity, available(books)) == (6, 4)
    item = OrderItem(sku_id=lease.sku_id, quantity=5, price_seen=12_500)
    order = PlaceOrder(order_id=books.id(), number="X-1", kind=OrderKind.PURCHASE, items=(item,))
    assert refused(books, books.xiaoman, order) == "out_of_stock"


@pytest.mark.parametrize(
    ("policy", "granted"),
    [
        (SetLeasePolicy(most=4, share_bp=10_000, hours=9), 4),
        (SetLeasePolicy(most=100, share_bp=3_000, hours=9), 3),
        (ALL, 10),
    ],
)
def test_no_more_is_kept_than_the_supplier_allows_and_has(books: Books, policy: SetLeasePolicy, granted: int) -> None:
    lease = kept(books, 50, policy=policy)
    assert (lease.quantity, lease.expires_at - lease.granted_at) == (granted, min(24, policy.hours) * HOUR)
    again = RequestLease(sku_id=lease.sku_id, quantity=1, hours=1)
    assert refused(books, books.chenguang, again) == ("out_of_stock" if granted == 10 else "lease_used_up")


def test_what_was_said_of_the_goods_counts_before_what_was_said_of_all(books: Books) -> None:
    lease = kept(books, 2)
    none = SetLeasePolicy(sku_id=lease.sku_id, most=0, share_bp=10_000, hours=9)
    books.do(books.hengfeng, none)
    again = RequestLease(sku_id=lease.sku_id, quantity=1, hours=1)
    assert refused(books, books.chenguang, again) == "lease_not_offered"
    books.do(books.hengfeng, msgspec.structs.replace(none, level="standard", most=3))
    assert ask(books, 5).quantity == 1, "with the two that it has"


def test_a_sale_turns_what_is_kept_into_what_is_held_for_the_order(books: Books) -> None:
    lease = kept(books)
    order = sold(books, lease, 4)
    [stock] = books.store.find(Stock)
    assert (order.sure, stock.leased, stock.reserved, available(books)) == (True, 2, 4, 4)
    assert refused(books, books.chenguang, sale(books, lease, 3)) == "lease_too_small"
    books.do(books.chenguang, CancelOrder(order_id=order.id, reason="不要了"))
    check_books(books)
    assert available(books) == 8


def test_a_sale_is_booked_although_the_goods_cost_more_or_are_off_sale_by_now(books: Books) -> None:
    lease = kept(books)
    books.do(books.hengfeng, ShelveGoods(sku_ids=(lease.sku_id,), on_sale=False))
    item = OrderItem(sku_id=lease.sku_id, quantity=2, price_seen=11_000)
    order = sold(books, lease, 2, items=(item,))
    assert order.total == 220
    [told] = books.store.find(Discrepancy)
    assert (told.organisation_id, told.code) == (books.hengfeng.organisation_id, "lease_price")


def consumers(books: Books, lease: Lease, quantity: int = 2) -> PlaceLeased:
    """A consumer's order of what is kept, for 20.00 each, as the desk showed it."""
    item = OrderItem(sku_id=lease.sku_id, quantity=quantity, price_seen=15_000)
    home = Address(name="王芳", phone="139", region="浙江省杭州市", street="文三路 1 号")
    return sale(
        books,
        lease,
        quantity,
        kind=OrderKind.DROPSHIP,
        items=(item,),
        address=home,
        total_seen=200 * quantity,
        gifts_seen=(),
    )


def nowhere(books: Books) -> SaveFreight:
    freight = Freight(areas=(FreightArea(refused=True),))
    return SaveFreight(template_id=books.id(), name="停运", freight=freight, default=True)


@pytest.mark.parametrize("ended", ["dropship", "region", "own region", "price"])
def test_what_ended_meanwhile_stops_no_sale(books: Books, ended: str) -> None:
    lease = kept(books)
    if ended == "dropship":
        books.sell(books.hengfeng, water(dropship=False))
    elif ended == "price":
        [sku] = books.skus()
        books.write(sku.with_(retail_price=None))
    else:
        books.do(books.hengfeng if ended == "region" else books.chenguang, nowhere(books))
    message = consumers(books, lease)
    books.do(books.chenguang, message)
    check_books(books)
    [order] = books.store.find(Order)
    assert (order.total, order.freight_amount, order.sure) == (400, 0, True)
    told = {d.code: d.organisation_id for d in books.store.find(Discrepancy)}
    code = {"dropship": "lease_dropship", "region": "region_ended"}.get(ended)
    assert told == ({code: books.hengfeng.organisation_id} if code else {})


def test_a_promotion_that_began_meanwhile_gives_no_gift_that_nobody_promised(books: Books) -> None:
    lease = kept(books)
    terms = Terms(kind=PromotionKind.GIFT, steps=(Step(100, 0),), gifts=(Gift(lease.sku_id, 1),))
    begun = SavePromotion(promotion_id=books.id(), name="满赠", terms=terms, starts_at=0, schedule=True)
    books.do(books.chenguang, begun)
    books.do(books.chenguang, consumers(books, lease))
    check_books(books)
    [supply] = books.store.find(SupplyOrder)
    assert ([x.quantity for x in books.store.find(SupplyLine)], supply.total) == ([2], 300)


@pytest.mark.parametrize(("other", "missing"), [(0, 0), (7, 3), (10, 6)])
def test_a_sale_that_is_told_after_the_rest_went_back_is_booked(books: Books, other: int, missing: int) -> None:
    lease = kept(books)
    books.now = lease.expires_at + GRACE
    on(books, "hub", ReturnLease(lease_id=lease.id))
    books.do(books.chenguang, ReturnLease(lease_id=lease.id))
    check_books(books)
    assert available(books) == 10
    if other:
        item = OrderItem(sku_id=lease.sku_id, quantity=other, price_seen=12_500)
        taken = PlaceOrder(order_id=books.id(), number="X-2", kind=OrderKind.PURCHASE, items=(item,))
        books.do(books.xiaoman, taken)
    sold(books, lease, 6)
    found = books.store.find(Discrepancy)
    short = [int(d.details["wanted"]) - int(d.details["available"]) for d in found]
    assert short == ([missing] if missing else [])
    assert sum(r.quantity for r in books.store.find(Reservation)) <= 10, "nothing is held twice"


def test_goods_that_expired_meanwhile_do_not_stop_a_fact(books: Books) -> None:
    lease = kept(books, 10)
    books.do(books.chenguang, ReturnLease(lease_id=lease.id))
    gone = MoveStock(sku_id=lease.sku_id, kind=MovementKind.WRITE_OFF, quantity=10, reason="x")
    books.do(books.hengfeng, gone)
    old = MoveStock(sku_id=lease.sku_id, kind=MovementKind.RECEIVE, quantity=10, lot="L", expires_at=1)
    books.do(books.hengfeng, old)
    sold(books, lease, 3)


def test_only_its_own_device_gives_it_back_before_it_has_lapsed(books: Books) -> None:
    lease = kept(books)
    with pytest.raises(Refused, match="lease_elsewhere"):
        on(books, "e" * 32, ReturnLease(lease_id=lease.id))
    assert refused(books, books.xiaoman, ReturnLease(lease_id=lease.id)) == "not_yours"
    books.do(books.chenguang, ReturnLease(lease_id=lease.id))
    check_books(books)
    assert (available(books), books.store.find(LeaseHold)) == (10, [])
    [row] = books.store.find(Lease)
    assert (row.state, row.returned, row.left) == (LeaseState.RETURNED, 6, 0)
    assert refused(books, books.chenguang, ReturnLease(lease_id=lease.id)) == "lease_returned"


def test_nobody_sells_under_what_is_kept_for_another_shop_or_at_absurd_prices(books: Books) -> None:
    lease = kept(books)
    assert refused(books, books.xiaoman, sale(books, lease, 1)) == "not_yours"
    below = OrderItem(sku_id=lease.sku_id, quantity=1, price_seen=-1)
    assert refused(books, books.chenguang, sale(books, lease, 1, items=(below,))) == "field_wrong"
    twice = sale(books, lease, 2)
    uses = (LeaseUse(lease_id=lease.id, quantity=1), LeaseUse(lease_id=lease.id, quantity=1))
    assert refused(books, books.chenguang, msgspec.structs.replace(twice, uses=uses)) == "field_wrong"


def test_what_two_histories_sold_under_one_lease_is_booked_and_no_lease_gives_more_than_it_has(books: Books) -> None:
    lease = kept(books, 6)
    sold(books, lease, 4)
    recorded(books, sale(books, lease, 4))
    assert [le.left for le in books.store.find(Lease)] == [0]
    assert sum(r.quantity for r in books.store.find(Reservation)) == 8


def test_a_restored_hub_that_lost_the_lease_books_the_sale(books: Books) -> None:
    lease = kept(books)
    message = sale(books, lease, 4)
    books.do(books.chenguang, ReturnLease(lease_id=lease.id))
    unknown = msgspec.structs.replace(message, uses=(LeaseUse(lease_id=books.id(), quantity=4),))
    recorded(books, unknown)
    assert available(books) == 6


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_device_stops_before_its_end_and_where_it_cannot_know_the_time(end: int, now: int) -> None:
    assert usable(end, now) == (now + MARGIN < end)
    assert not usable(end, None)


@given(st.lists(st.tuples(st.uuids().map(str), st.integers(0, 5), st.integers(0, 9))), st.integers(1, 40))
def test_uses_cover_all_or_nothing_and_what_ends_first_goes_first(leases: list[tuple[str, int, int]], n: int) -> None:
    uses = cover(leases, n)
    assert sum(use.quantity for use in uses) == (n if sum(left for _, _, left in leases) >= n else 0)
    left = {id_: (end, most) for id_, end, most in leases}
    assert all(0 < use.quantity <= left[use.lease_id][1] for use in uses)
    ends = [left[use.lease_id][0] for use in uses]
    assert ends == sorted(ends)


@given(*[st.integers(0, 50)] * 4, st.integers(0, 10_000), st.integers(0, 99), st.integers(-5, 50))
def test_a_grant_stays_within_every_limit(
    wanted: int, most: int, held: int, leased: int, share_bp: int, unreserved: int, there: int
) -> None:
    n = grantable(
        wanted, most=most, held=held, share_bp=share_bp, unreserved=unreserved, leased=leased, available=there
    )
    assert 0 <= n <= max(0, min(wanted, there))
    if n:
        assert held + n <= most
        assert (leased + n) * 10_000 <= share_bp * unreserved


@pytest.mark.parametrize("picked", [6, 4, 1])
def test_what_no_shelf_held_is_not_given_back_either(books: Books, picked: int) -> None:
    """A sale under a lease that had lapsed finds 3 of its 6, of which some may not be picked: cancelled, it gives back
    what is left of those 3. The shop's desktop, which sees no shelves, foresees it."""
    lease = kept(books)
    books.do(books.chenguang, ReturnLease(lease_id=lease.id))
    item = OrderItem(sku_id=lease.sku_id, quantity=7, price_seen=12_500)
    others = PlaceOrder(order_id=books.id(), number="X-2", kind=OrderKind.PURCHASE, items=(item,))
    books.do(books.xiaoman, others)
    order = sold(books, lease, 6)
    [supply] = books.store.find(SupplyOrder, order_id=order.id)
    [line] = books.store.find(SupplyLine, supply_order_id=supply.id)
    if picked < line.quantity:
        books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
        missing = (ShipItem(supply_line_id=line.id, quantity=line.quantity - picked),)
        books.do(books.hengfeng, ShortPick(supply_order_id=supply.id, items=missing, reason="没找到"))
    assert step(books, books.chenguang, CancelOrder(order_id=order.id, reason="不要了"))
    check_books(books)

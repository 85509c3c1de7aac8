"""What the hub does by itself: points that expire, orders that nobody pays."""

from __future__ import annotations

import msgspec

from s2b_domain.commands import Command
from s2b_domain.commands.leases import RequestLease, SetLeasePolicy
from s2b_domain.commands.members import SaveMember, SavePointsRule
from s2b_domain.commands.order_steps import CompleteOrder
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.shops import SaveShop
from s2b_domain.commands.supply import AcceptSupply, ShipItem, ShipParcel, TrackParcel
from s2b_domain.records.catalog import Sku
from s2b_domain.records.lease import Lease
from s2b_domain.records.member import Member, PointsEntry, PointsKind
from s2b_domain.records.order import Order, SupplyLine, SupplyOrder
from s2b_domain.records.shop import AutoRules
from s2b_domain.records.stock import Availability
from s2b_domain.rules.leases import GRACE, LeaseState
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState
from s2b_domain.rules.pricing import PointsTerms
from s2b_domain.wire import OutcomeKind
from s2b_hub.chores import DAY, HOUR, do_due
from tests.hub.world import Desk, World

MONTH = 30 * 86_400_000


def do(desk: Desk, *messages: Command) -> None:
    for message in messages:
        outcome = desk.send(message)
        assert outcome.kind is OutcomeKind.ACCEPTED, outcome


def test_points_expire_when_their_time_is_over_and_desktops_hear(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    member_id = world.id()
    order = msgspec.structs.replace(world.order(("HF-1", 5), kind=OrderKind.DROPSHIP), member_id=member_id)
    do(
        desk,
        SavePointsRule(terms=PointsTerms(months=1)),
        SaveMember(member_id=member_id, name="王", phone="1"),
        order,
    )
    [placed] = world.rows(Order)
    do(desk, PayOrder(order_id=order.order_id, method="现金", amount=placed.total))
    [member] = world.rows(Member)
    assert member.points > 0
    world.now += MONTH
    assert (do_due(world.hub), do_due(world.hub)) == (1, 0)
    assert world.rows(Member)[0].points == 0
    lost = [e.amount for e in world.rows(PointsEntry) if e.kind is PointsKind.EXPIRE]
    assert lost == [-member.points]
    desk = world.desk("chenguang")
    desk.pull()
    assert desk.has(Member)[0].points == 0


def test_only_orders_that_nobody_paid_in_time_are_cancelled(world: World) -> None:
    desk = world.desk("chenguang")
    unpaid, paid, bought = (
        world.order(("HF-1", 1), kind=OrderKind.DROPSHIP),
        world.order(("HF-2", 1), kind=OrderKind.DROPSHIP),
        world.order(("HF-3", 1)),
    )
    orders = [msgspec.structs.replace(o, confirm=False) for o in (unpaid, paid, bought)]
    do(desk, *orders, PayOrder(order_id=paid.order_id, method="现金", amount=1))
    world.now += 48 * HOUR
    assert do_due(world.hub) == 0, "the shop has not asked for it"
    do(desk, SaveShop(name="晨光", rules=AutoRules(unpaid_hours=50)))
    assert do_due(world.hub) == 0
    world.now += 2 * HOUR
    assert (do_due(world.hub), do_due(world.hub)) == (1, 0)
    states = {o.id: o.state for o in world.rows(Order)}
    assert states == {
        unpaid.order_id: OrderState.CANCELLED,
        paid.order_id: OrderState.PLACED,
        bought.order_id: OrderState.PLACED,
    }
    desk.pull()
    assert desk.has(Order, id=unpaid.order_id)[0].state is OrderState.CANCELLED


def test_delivered_consumer_orders_complete_after_the_days_of_their_shop(world: World) -> None:
    shop, supplier = world.desk("chenguang"), world.desk("hengfeng")
    sold, bought, late = (
        world.order(("HF-1", 1), kind=OrderKind.DROPSHIP),
        world.order(("HF-2", 1)),
        world.order(("HF-3", 1), kind=OrderKind.DROPSHIP),
    )
    do(shop, SaveShop(name="晨光"), sold, bought, late)
    for order in (sold, bought):
        deliver(world, supplier, order)
    world.now += 5 * DAY
    supplier = world.desk("hengfeng")
    deliver(world, supplier, late)
    assert do_due(world.hub) == 0
    world.now += 2 * DAY
    assert (do_due(world.hub), do_due(world.hub)) == (1, 0)
    assert {o.id: o.state for o in world.rows(Order)} == {
        sold.order_id: OrderState.COMPLETED,
        bought.order_id: OrderState.DELIVERED,
        late.order_id: OrderState.DELIVERED,
    }
    shop = world.desk("chenguang")
    do(shop, SaveShop(name="晨光", rules=AutoRules(complete_after_days=0)))
    world.now += 5 * DAY
    assert do_due(world.hub) == 0, "the shop wants to do it itself"
    do(shop, CompleteOrder(order_id=late.order_id))
    assert world.rows(Order, id=late.order_id)[0].state is OrderState.COMPLETED


def deliver(world: World, supplier: Desk, order: PlaceOrder) -> None:
    """The supplier takes an order on, sends it, and says that it has arrived."""
    [part] = world.rows(SupplyOrder, order_id=order.order_id)
    [line] = world.rows(SupplyLine, supply_order_id=part.id)
    parcel, items = world.id(), (ShipItem(supply_line_id=line.id, quantity=line.quantity),)
    do(
        supplier,
        AcceptSupply(supply_order_ids=(part.id,)),
        ShipParcel(parcel_id=parcel, supply_order_id=part.id, carrier="SF", tracking_number="SF1", items=items),
        TrackParcel(parcel_id=parcel, state=ParcelState.DELIVERED),
    )


def test_what_is_left_of_a_lease_goes_back_after_its_grace(world: World) -> None:
    [sku] = world.rows(Sku, code="HF-1")
    [before] = world.rows(Availability, id=sku.id)
    do(world.desk("hengfeng"), SetLeasePolicy(most=5, share_bp=10_000, hours=4))
    do(world.desk("chenguang"), RequestLease(sku_id=sku.id, quantity=2, hours=9))
    [lease] = world.rows(Lease)
    assert [a.available for a in world.rows(Availability, id=sku.id)] == [before.available - 2]
    world.now = lease.expires_at + GRACE - 1
    assert do_due(world.hub) == 0
    world.now += 1
    assert (do_due(world.hub), do_due(world.hub)) == (1, 0)
    assert [a.available for a in world.rows(Availability, id=sku.id)] == [before.available]
    assert [(le.state, le.returned) for le in world.rows(Lease)] == [(LeaseState.RETURNED, 2)]

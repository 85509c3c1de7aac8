"""Selling offline from what is kept for a PC: sure there, booked on the hub, and never more than the hub has."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s2b_desktop.models.steady import SAME_BOOT, Contact, hub_time
from s2b_domain.books import wrong
from s2b_domain.commands.leases import LeaseUse, PlaceLeased, RequestLease, ReturnLease, SetLeasePolicy
from s2b_domain.errors import DomainError, Refused
from s2b_domain.records.catalog import Sku
from s2b_domain.records.lease import Lease
from s2b_domain.records.order import Order
from s2b_domain.records.stock import Discrepancy, Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.leases import HOUR, MARGIN, LeaseState
from s2b_hub.chores import do_due
from tests.hub.world import World, open_world
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop


def offer(world: World, most: int = 100) -> None:
    world.desk("hengfeng").send(SetLeasePolicy(most=most, share_bp=10_000, hours=48))


def sku_of(world: World) -> Sku:
    [sku] = world.rows(Sku, code="HF-3")
    assert isinstance(sku, Sku)
    return sku


def keep(world: World, desktop: Desktop, quantity: int, hours: int = 12) -> Lease:
    desktop.sync()
    known = {lease.id for lease in desktop.find(Lease)}
    desktop.workspace.submit(RequestLease(sku_id=sku_of(world).id, quantity=quantity, hours=hours))
    desktop.sync()
    [lease] = [le for le in desktop.find(Lease) if le.id not in known]
    assert isinstance(lease, Lease)
    return lease


def sell(world: World, desktop: Desktop, lease: Lease, quantity: int) -> str:
    """Sell there and then; the code of the refusal, or ""."""
    uses = (LeaseUse(lease_id=lease.id, quantity=quantity),)
    try:
        desktop.workspace.submit(PlaceLeased(placed=world.order(("HF-3", quantity)), uses=uses))
    except DomainError as refusal:
        return refusal.code
    return ""


def test_an_order_under_a_lease_is_sure_without_a_line(desktops: Desktops, world: World) -> None:
    offer(world)
    merchant = desktops("chenguang")
    lease = keep(world, merchant, 3)
    merchant.line.down = True
    assert sell(world, merchant, lease, 2) == ""
    assert [o.sure for o in merchant.find(Order)] == [True]
    assert [le.left for le in merchant.find(Lease)] == [1]
    assert sell(world, merchant, lease, 2) == "lease_too_small"
    merchant.line.down = False
    merchant.sync()
    assert merchant.shown() == merchant.from_nothing()
    assert [(o.sure, le.used) for o, le in zip(world.rows(Order), world.rows(Lease), strict=True)] == [(True, 2)]


def test_a_lease_ends_by_the_steady_clock_and_not_by_one_that_was_put_back(desktops: Desktops, world: World) -> None:
    offer(world)
    merchant = desktops("chenguang")
    lease = keep(world, merchant, 3)
    merchant.line.down = True
    merchant.skew = -20 * HOUR
    world.now = lease.expires_at - MARGIN - 1
    assert sell(world, merchant, lease, 1) == ""
    world.now += 1
    assert sell(world, merchant, lease, 1) == "lease_over"


def test_a_clock_that_was_put_forward_ends_nothing(desktops: Desktops, world: World) -> None:
    offer(world)
    merchant = desktops("chenguang")
    lease = keep(world, merchant, 3)
    merchant.line.down, merchant.skew = True, 40 * HOUR
    assert sell(world, merchant, lease, 1) == ""


def test_a_restart_of_the_program_keeps_a_lease_and_one_of_the_pc_needs_a_contact(
    desktops: Desktops, world: World
) -> None:
    offer(world)
    merchant = desktops("chenguang")
    lease = keep(world, merchant, 3)
    merchant.line.down = True
    merchant.restart("chenguang")
    world.now += HOUR
    assert sell(world, merchant, lease, 1) == ""
    merchant.close()
    merchant.started = world.now
    merchant.restart("chenguang")
    assert sell(world, merchant, lease, 1) == "lease_over"
    merchant.line.down = False
    merchant.sync()
    assert sell(world, merchant, lease, 1) == ""


def test_another_pc_of_the_shop_neither_sells_nor_gives_back(desktops: Desktops, world: World) -> None:
    offer(world)
    first, second = desktops("chenguang"), desktops("chenguang-shop")
    lease = keep(world, first, 3)
    second.sync()
    assert [le.id for le in second.find(Lease)] == [lease.id]
    assert sell(world, second, lease, 1) == "lease_elsewhere"
    with pytest.raises(Refused, match="lease_elsewhere"):
        second.workspace.submit(ReturnLease(lease_id=lease.id))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("keep", "sell", "sell", "order", "cut", "sync", "wait", "clock", "reboot", "back", "chores")),
        st.integers(0, 1),
        st.integers(1, 4),
    ),
    max_size=25,
)


def straight(world: World) -> list[str]:
    with world.hub.database.read() as connection:
        return list(wrong(RecordStore(connection)))


@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_two_desktops_with_cuts_and_wrong_clocks_never_sell_more_than_the_hub_has(
    founded: Any, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """What was promised at a desk is booked, whatever happens; as long as it is told within the grace, it is there."""
    folder = tmp_path_factory.mktemp("two")
    with ExitStack() as stack:
        world = stack.enter_context(open_world(founded, folder / "hub"))
        desks = Desktops(world, folder, stack)
        offer(world)
        two = [desks("chenguang"), desks("xiaoman")]
        for desk in two:
            desk.sync()
            keep(world, desk, 1)
        sold: set[str] = set()
        for verb, who, n in steps:
            act(world, two[who], verb, n, sold)
        for desk in two:
            desk.line.down = False
            desk.sync()
        orders = {o.id: o for o in world.rows(Order)}
        assert sold <= orders.keys(), "a fact was lost"
        assert all(orders[id_].sure for id_ in sold)
        assert straight(world) == []
        [stock] = world.rows(Stock, sku_id=sku_of(world).id)
        assert stock.available >= 0
        assert world.rows(Discrepancy) == []


def act(world: World, desk: Desktop, verb: str, n: int, sold: set[str]) -> None:
    workspace = desk.workspace
    mine = [le for le in desk.find(Lease) if le.state is LeaseState.ACTIVE]
    try:
        if verb == "keep":
            workspace.submit(RequestLease(sku_id=sku_of(world).id, quantity=n, hours=4 * n))
        elif verb == "sell" and mine:
            placed = world.order(("HF-3", n))
            workspace.submit(PlaceLeased(placed=placed, uses=(LeaseUse(lease_id=mine[-1].id, quantity=n),)))
            sold.add(placed.order_id)
        elif verb == "order":
            workspace.submit(world.order(("HF-3", n)))
        elif verb == "back" and mine:
            workspace.submit(ReturnLease(lease_id=mine[0].id))
    except DomainError:
        return
    if verb == "cut":
        desk.line.down = not desk.line.down
    elif verb == "sync":
        desk.sync()
    elif verb == "wait":
        world.now += n * HOUR // 2  # 25 of these end within the grace
    elif verb == "clock":
        desk.skew = (n - 2) * 9 * HOUR
    elif verb == "reboot":
        login = "chenguang" if desk.folder.name == "chenguang" else "xiaoman"
        desk.close()
        desk.started = world.now
        desk.restart(login)
    elif verb == "chores":
        do_due(world.hub)


@given(st.integers(0, 10**12), st.integers(0, 10**10), st.integers(0, 10**10), st.integers(-(10**10), 10**10))
def test_the_hubs_time_is_never_earlier_than_it_is(told: int, up: int, passed: int, wall_set: int) -> None:
    """Whatever is done to the wall clock, within one run of the PC."""
    contact = Contact(hub_time=told, steady=up, wall=told)
    found = hub_time(contact, up + passed, told + passed + wall_set, same_run=False)
    assert found in (None, told + passed)
    assert (found is None) == (abs(wall_set) > SAME_BOOT)
    assert hub_time(contact, up + passed, 0, same_run=True) == told + passed
    assert hub_time(None, up, told, same_run=True) is None
    assert hub_time(contact, up - 1, told, same_run=True) is None

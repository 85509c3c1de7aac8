"""Rounds against a real hub: what is saved arrives once, what is pulled is the hub's, whatever the line does."""

from __future__ import annotations

from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.rules.order_flow import OrderState, SupplyState
from tests.hub.world import World
from tests.sync.conftest import Desktops


def test_a_first_load_gives_exactly_what_the_hub_grants(desktops: Desktops) -> None:
    for login in ("chenguang", "hengfeng", "admin", "chenguang-shop"):
        desktop = desktops(login)
        assert desktop.sync().problem == ""
        assert desktop.shown() == desktop.from_nothing()
        assert desktop.find(Sku) or login == "admin"


def test_an_order_placed_offline_arrives_once_and_comes_back(desktops: Desktops, world: World) -> None:
    merchant, supplier = desktops("chenguang"), desktops("hengfeng")
    merchant.sync()
    merchant.line.down = True
    order = world.order(("HF-1", 2))
    merchant.workspace.submit(order)
    status = merchant.sync()
    assert (status.online, status.problem) == (False, "unreachable")
    assert merchant.find(Order)[0].number == order.number
    merchant.restart("chenguang")
    assert merchant.find(Order)[0].number == order.number
    merchant.line.down = False
    merchant.line.lose_answers = 1
    merchant.sync()
    assert merchant.sync().online
    assert [i.state for i in merchant.workspace.queue()] == ["accepted"]
    assert merchant.workspace.counts() == (0, 0)
    assert len(world.rows(Order)) == 1
    supplier.sync()
    [supply] = supplier.find(SupplyOrder)
    supplier.workspace.submit(AcceptSupply(supply_order_ids=(supply.id,)))
    supplier.sync()
    merchant.sync()
    assert merchant.find(SupplyOrder)[0].state is SupplyState.ACCEPTED
    assert merchant.find(Order)[0].state is OrderState.CONFIRMED
    for desktop in (merchant, supplier):
        assert desktop.shown() == desktop.from_nothing()


def test_a_refused_command_needs_attention_and_leaves_no_trace(desktops: Desktops, world: World) -> None:
    merchant, other = desktops("chenguang"), desktops("xiaoman")
    for desktop in (merchant, other):
        desktop.sync()
    [sku] = merchant.find(Sku, code="HF-1")
    everything = world.rows(Sku, code="HF-1")
    assert everything
    hengfeng = desktops("hengfeng")
    hengfeng.sync()
    merchant.workspace.submit(world.order(("HF-1", 1)))
    hengfeng.workspace.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    hengfeng.sync()
    merchant.sync()
    [item] = merchant.workspace.queue()
    assert (item.state, item.code) == ("rejected", "not_on_sale")
    assert merchant.find(Order) == []
    assert merchant.workspace.counts() == (0, 1)
    merchant.workspace.outbox.dismiss(item.seq)
    assert merchant.workspace.counts() == (0, 0)
    assert merchant.shown() == merchant.from_nothing()


def test_small_pages_and_a_cut_between_them_give_the_same(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.line.limit = 3
    merchant.line.lose_answers = 2
    merchant.sync()
    while not merchant.loop.status().online or merchant.loop.status().problem:
        merchant.restart("chenguang")
        merchant.line.lose_answers = 0
        merchant.sync()
    assert len(merchant.line.pulls) > 4
    assert merchant.shown() == merchant.from_nothing()
    hengfeng = desktops("hengfeng")
    hengfeng.sync()
    for sku in hengfeng.find(Sku):
        hengfeng.workspace.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    hengfeng.sync()
    merchant.workspace.submit(world.order(("YD-1", 1)))
    merchant.line.limit = 1
    merchant.sync()
    assert merchant.shown() == merchant.from_nothing()
    assert merchant.workspace.counts() == (0, 0)

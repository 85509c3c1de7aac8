"""Whatever happens in whatever order, a cache shows the hub's rows at its cursors plus what is pending, replayed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_desktop.models.footprint import Footprints
from s2b_desktop.sync import loop
from s2b_domain.commands import Command
from s2b_domain.commands.goods import ImportGoods, ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.stock import MoveStock
from s2b_domain.commands.supply import AcceptSupply, DeclineSupply
from s2b_domain.errors import DomainError
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.rules.order_flow import CANCELLABLE, OrderKind, SupplyState
from s2b_domain.rules.stock import MovementKind
from tests.hub.world import World, line, open_world
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Durability is tested elsewhere; here it would only cost time."""
LOGINS = ("chenguang", "xiaoman", "hengfeng")
MERCHANT = ("order", "order", "cancel")
SUPPLIER = ("accept", "decline", "shelve", "import", "stock")

step = st.one_of(
    st.tuples(st.sampled_from(LOGINS[:2]), st.sampled_from(MERCHANT), st.integers(0, 3)),
    st.tuples(st.just("hengfeng"), st.sampled_from(SUPPLIER), st.integers(0, 3)),
    st.tuples(st.sampled_from(LOGINS), st.just("sync"), st.sampled_from((1, 2, 5, 10_000))),
    st.tuples(st.sampled_from(LOGINS), st.just("lost answer"), st.integers(1, 3)),
    st.tuples(st.sampled_from(LOGINS), st.just("restart"), st.just(0)),
)


def command(world: World, desktop: Desktop, what: str, n: int) -> Command | None:
    """Something that this desktop's user could do now."""
    skus = desktop.find(Sku)
    waiting = desktop.find(SupplyOrder, state=SupplyState.WAITING)
    orders = [o for o in desktop.find(Order) if o.state in CANCELLABLE]
    if what == "order":
        return world.order((("HF-1", "HF-2", "HF-3", "YD-1")[n], n + 1))
    if what == "cancel":
        return CancelOrder(order_id=orders[n % len(orders)].id, reason="x") if orders else None
    if what == "accept":
        return AcceptSupply(supply_order_ids=(waiting[n % len(waiting)].id,)) if waiting else None
    if what == "decline":
        return DeclineSupply(supply_order_id=waiting[n % len(waiting)].id, reason="x") if waiting else None
    if what == "shelve":
        return ShelveGoods(sku_ids=(skus[n % len(skus)].id,), on_sale=not skus[n % len(skus)].on_sale)
    if what == "import":
        return ImportGoods(lines=(line(f"HF-{n + 2}", supply_price=125_000 + n, stock=50 + n),))
    return MoveStock(sku_id=skus[n % len(skus)].id, kind=MovementKind.RECEIVE, quantity=n + 1)


def check(desktop: Desktop) -> None:
    assert desktop.shown() == desktop.expected()


def run(world: World, folder: Path, steps: list[tuple[str, str, int]]) -> None:
    with ExitStack() as stack:
        desktops: dict[str, Desktop] = {}
        for login in LOGINS:
            desktops[login] = Desktop(world, folder / login)
            stack.callback(desktops[login].close)
            desktops[login].sign_in(login)
            desktops[login].sync()
            desktops[login].remember()
        for login, what, n in steps:
            desktop = desktops[login]
            world.now += 1000
            if what == "restart":
                desktop.restart(login)
            elif what == "lost answer":
                desktop.line.lose_answers = n
                if desktop.sync().problem == "":
                    desktop.remember()
                desktop.line.lose_answers = 0
            elif what == "sync":
                desktop.line.limit = n
                assert desktop.sync().problem == ""
                desktop.remember()
            elif (message := command(world, desktop, what, n)) is not None:
                with suppress(DomainError):
                    desktop.workspace.submit(message)
            check(desktop)
        for desktop in desktops.values():
            while desktop.workspace.counts()[0]:
                assert desktop.sync().problem == ""
                desktop.remember()
                check(desktop)


@pytest.mark.parametrize("short_way", [True, False])
@given(steps=st.lists(step, min_size=4, max_size=16))
@settings(max_examples=15)
def test_cache_is_hub_plus_pending(founded: Path, short_way: bool, steps: list[tuple[str, str, int]]) -> None:
    folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
    with pytest.MonkeyPatch.context() as patched:
        # One command per round, so that some are answered while others wait.
        patched.setattr(loop, "PUSHES", 1)
        patched.setattr(loop, "MAX_COMMANDS", 1)
        if not short_way:
            patched.setattr(Footprints, "crossed", lambda self, seqs, *rest: None if list(seqs) else [])
        try:
            with open_world(founded, folder / "hub") as world:
                run(world, folder, steps)
        finally:
            shutil.rmtree(folder)


def replayed(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The places that are predicted anew by each pull from now on; all of them fail the test."""
    some: list[list[int]] = []
    again = desktop.workspace.replay_some

    def note(connection: Any, seqs: Sequence[int], allowed: frozenset[str]) -> frozenset[str] | None:
        some.append(list(seqs))
        return again(connection, seqs, allowed)

    monkeypatch.setattr(desktop.workspace, "replay_some", note)
    monkeypatch.setattr(desktop.workspace, "replay", lambda *given: pytest.fail("everything was replayed"))
    return some


def test_only_what_a_change_has_to_do_with_is_predicted_again(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    for code in ("HF-1", "HF-2", "HF-1", "YD-1", "HF-3"):
        merchant.workspace.submit(world.order((code, 2)))
    some = replayed(merchant, monkeypatch)
    monkeypatch.setattr(merchant.loop, "_push", lambda: None)
    world.desk("xiaoman").send(world.order(("HF-2", 7)))
    assert merchant.sync().problem == ""
    merchant.remember()
    check(merchant)
    assert some == [[2]]
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-1", supply_price=99_000),)))
    world.approve()
    assert merchant.sync().problem == ""
    merchant.remember()
    check(merchant)
    assert some == [[2], [1, 3]]


def test_answers_that_are_as_predicted_cost_no_replay(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    for code in ("HF-1", "HF-2", "HF-1"):
        merchant.workspace.submit(world.order((code, 2)))
    some = replayed(merchant, monkeypatch)
    monkeypatch.setattr(loop, "PUSHES", 1)
    monkeypatch.setattr(loop, "MAX_COMMANDS", 1)
    for _ in range(3):
        assert merchant.sync().problem == ""
        merchant.remember()
        check(merchant)
    assert merchant.workspace.counts() == (0, 0)
    assert all(len(seqs) <= 1 for seqs in some)


def test_what_built_on_a_prediction_goes_with_it(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    order = world.order(("HF-1", 2))
    for message in (order, world.order(("YD-1", 1)), world.order(("YD-2", 1)), world.order(("HF-3", 1))):
        merchant.workspace.submit(message)
    merchant.workspace.submit(CancelOrder(order_id=order.order_id, reason="x"))
    some = replayed(merchant, monkeypatch)
    push = merchant.loop._push
    monkeypatch.setattr(merchant.loop, "_push", lambda: None)
    [sku] = world.rows(Sku, code="HF-1")
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    assert merchant.sync().problem == ""
    merchant.remember()
    check(merchant)
    assert some == [[1, 5]]
    monkeypatch.setattr(merchant.loop, "_push", push)
    assert merchant.sync().problem == ""
    merchant.remember()
    check(merchant)
    assert [i.state for i in merchant.workspace.queue()] == ["rejected", "accepted", "accepted", "accepted", "rejected"]


def test_what_two_commands_wrote_is_undone_from_the_last_to_the_first(desktops: Desktops, world: World) -> None:
    shop = desktops("chenguang")
    shop.sync()
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    shop.workspace.submit(order)
    shop.sync()
    booked = shop.shown()
    first = shop.workspace.body(world.order(("HF-1", 1_000_000)))
    shop.workspace.outbox.append([first], at=world.now)
    for amount in (100, 200):
        payment = PayOrder(order_id=order.order_id, method="cash", amount=amount)
        shop.workspace.submit(payment, depends_on=(first.command_id,))
    assert shop.shown() != booked
    assert shop.sync().problem == ""
    assert [item.state for item in shop.workspace.queue()][:3] == ["rejected"] * 3
    assert shop.shown() == booked

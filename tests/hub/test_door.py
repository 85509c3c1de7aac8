"""Group commit: many devices at once, one transaction, and nobody pays for another's failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError

from s2b_domain.access import Actor
from s2b_domain.commands.command import HANDLERS
from s2b_domain.commands.goods import ImportGoods, ShelveGoods
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order
from s2b_domain.records.stock import Stock
from s2b_domain.tx import Reader, Tx
from s2b_domain.wire import Outcome, OutcomeKind, Pushed
from s2b_hub import tables
from s2b_hub.problems import ProblemError
from s2b_hub.push import PushedCommand
from tests.hub.world import Desk, World, line, open_world

pytestmark = pytest.mark.postgresql


@pytest.fixture
def busy_world(founded: Path, tmp_path: Path) -> Iterator[World]:
    """A world whose hub has a writer thread of its own."""
    with open_world(founded, tmp_path / "hub", inline=False) as opened:
        yield opened


@contextmanager
def held_writer(world: World) -> Iterator[None]:
    """Keep the writer from beginning its next batch, so that a known queue builds up."""
    world.hub.door._one_writer.acquire()
    try:
        yield
    finally:
        world.hub.door._one_writer.release()


@contextmanager
def counted_commits(world: World) -> Iterator[list[int]]:
    """One entry for every commit of the writer."""
    commits: list[int] = []

    def count(connection: Connection) -> None:
        commits.append(1)

    event.listen(world.hub.database.writer, "commit", count)
    try:
        yield commits
    finally:
        event.remove(world.hub.database.writer, "commit", count)


def push_together(world: World, pushes: list[Callable[[], Pushed]]) -> list[Pushed]:
    """Let several devices push, so that one batch takes them all."""
    with ThreadPoolExecutor(len(pushes)) as pool:
        with held_writer(world):
            futures = [pool.submit(push) for push in pushes]
            while len(world.hub.door._queues) < len(pushes):
                threading.Event().wait(0.001)
        return [f.result() for f in futures]


def pusher(desk: Desk, *messages: Any) -> Callable[[], Pushed]:
    envelopes = [desk.envelope(desk.body(m)) for m in messages]
    return lambda: desk.push(*envelopes)


def test_devices_that_push_at_once_share_a_commit(busy_world: World) -> None:
    world = busy_world
    desks = [world.desk("chenguang") for _ in range(8)]
    pushes = [pusher(d, world.order(("HF-1", 1), ("YD-1", 1)), world.order(("HF-2", 1))) for d in desks]
    with counted_commits(world) as commits:
        pushed = push_together(world, pushes)
    assert [o.kind for p in pushed for o in p.outcomes] == [OutcomeKind.ACCEPTED] * 16
    assert len(commits) <= 2
    assert len(world.rows(Order)) == 16
    (sku,) = world.rows(Sku, code="HF-1")
    assert world.rows(Stock, sku_id=sku.id)[0].reserved == 8


def test_promised_stock_is_never_promised_twice_by_rivals(busy_world: World) -> None:
    world = busy_world
    desks = [world.desk(("chenguang", "xiaoman")[n % 2]) for n in range(8)]
    pushes = [pusher(d, *(world.order(("HF-1", 4)) for _ in range(5))) for d in desks]
    with ThreadPoolExecutor(8) as pool:
        outcomes = [o for p in pool.map(lambda push: push(), pushes) for o in p.outcomes]
    assert sum(o.kind is OutcomeKind.ACCEPTED for o in outcomes) == 25
    assert {o.code for o in outcomes if o.kind is OutcomeKind.REJECTED} == {"out_of_stock"}
    (sku,) = world.rows(Sku, code="HF-1")
    (stock,) = world.rows(Stock, sku_id=sku.id)
    assert (stock.reserved, stock.available) == (100, 0)


def test_orders_of_decision_have_no_gap_and_no_double(busy_world: World) -> None:
    world = busy_world
    desks = [world.desk("chenguang") for _ in range(6)]
    pushes = [pusher(d, *(world.order(("HF-3", 1)) for _ in range(4))) for d in desks]
    with ThreadPoolExecutor(6) as pool:
        outcomes = [o for p in pool.map(lambda push: push(), pushes) for o in p.outcomes]
    with world.hub.database.read() as connection:
        orders = list(connection.scalars(select(tables.ledger.c.hub_order).order_by(tables.ledger.c.hub_order)))
    assert orders == list(range(1, len(orders) + 1))
    assert {o.receipt.hub_order for o in outcomes if o.receipt} <= set(orders)


def test_a_failing_command_costs_its_batch_nothing(busy_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = busy_world

    def broken(tx: Tx, message: ShelveGoods) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(HANDLERS, "goods.shelve@1", replace(HANDLERS["goods.shelve@1"], run=broken))
    bad, good, merchant = world.desk("hengfeng"), world.desk("yuanda"), world.desk("chenguang")
    pushes = [
        pusher(bad, ShelveGoods(sku_ids=(), on_sale=False), ImportGoods(lines=(line("HF-8"),))),
        pusher(good, ImportGoods(lines=(line("YD-8"),))),
        pusher(merchant, world.order(("HF-1", 1))),
    ]
    first, second, third = push_together(world, pushes)
    assert [(o.seq, o.code) for o in first.outcomes] == [(1, "hub_error"), (2, "")]
    assert [o.kind for o in (*second.outcomes, *third.outcomes)] == [OutcomeKind.ACCEPTED] * 2
    with world.hub.database.read() as connection:
        (dead,) = connection.execute(select(tables.dead_letter)).all()
    assert (dead.device_id, dead.seq) == (bad.signed.device_id, 1)
    assert "ZeroDivisionError" in dead.error


def test_rows_that_the_database_refuses_cost_only_their_command(
    busy_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = busy_world

    def too_large(tx: Tx, message: ShelveGoods) -> None:
        tx.put(tx.find(Sku)[0].with_(weight_g=1 << 70))

    monkeypatch.setitem(HANDLERS, "goods.shelve@1", replace(HANDLERS["goods.shelve@1"], run=too_large))
    bad, good = world.desk("hengfeng"), world.desk("yuanda")
    pushes = [
        pusher(bad, ShelveGoods(sku_ids=(), on_sale=False)),
        pusher(good, ImportGoods(lines=(line("YD-8"),))),
    ]
    first, second = push_together(world, pushes)
    assert first.outcomes[0].code == "hub_error"
    assert second.outcomes[0].kind is OutcomeKind.ACCEPTED


def test_a_command_that_touches_more_than_it_said_runs_alone_and_in_its_order(
    busy_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = busy_world
    handler = HANDLERS["goods.import@1"]
    told: list[str] = []

    def forgetful(reader: Reader, actor: Actor, message: ImportGoods) -> list[str]:
        told.append(message.lines[0].code)
        return []

    monkeypatch.setitem(HANDLERS, "goods.import@1", replace(handler, touches=forgetful))
    desk, other = world.desk("hengfeng"), world.desk("yuanda")
    pushes = [
        pusher(desk, *(ImportGoods(lines=(line("HF-7", supply_price=n),)) for n in (1, 2, 3))),
        pusher(other, ImportGoods(lines=(line("YD-7"),))),
    ]
    first, second = push_together(world, pushes)
    assert [o.kind for o in (*first.outcomes, *second.outcomes)] == [OutcomeKind.ACCEPTED] * 4
    orders = [o.receipt.hub_order for o in first.outcomes if o.receipt]
    assert orders == sorted(orders)
    desk.pull()
    (sku,) = desk.has(Sku, code="HF-7")
    assert sku.row_version == 1


def test_a_busy_database_is_said_and_nothing_is_decided(world: World) -> None:
    desk = world.desk("chenguang")
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))

    def full(connection: Connection) -> None:
        error = type("Full", (Exception,), {"sqlite_errorcode": 13})("disk is full")
        raise OperationalError("COMMIT", None, error)

    event.listen(world.hub.database.writer, "commit", full)
    with pytest.raises(ProblemError) as raised:
        desk.push(envelope)
    assert (raised.value.problem.code, raised.value.status) == ("busy", 503)
    event.remove(world.hub.database.writer, "commit", full)
    assert world.rows(Order) == []
    assert desk.push(envelope).outcomes[0].kind is OutcomeKind.ACCEPTED


def test_a_closed_door_takes_nothing_and_finishes_what_it_has(busy_world: World) -> None:
    world = busy_world
    desk = world.desk("chenguang")
    push = pusher(desk, world.order(("HF-1", 1)))
    with ThreadPoolExecutor(2) as pool:
        with held_writer(world):
            pushed = pool.submit(push)
            while not world.hub.door._queues:
                threading.Event().wait(0.001)
            closed = pool.submit(world.hub.door.close)
            while not world.hub.door._closing:
                threading.Event().wait(0.001)
            with pytest.raises(ProblemError, match="busy"):
                world.hub.write(lambda batch: None)
        closed.result()
        outcomes: tuple[Outcome, ...] = pushed.result().outcomes
    assert outcomes[0].kind is OutcomeKind.ACCEPTED


def test_a_large_import_does_not_hold_up_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2b_hub.door.MAX_BYTES", 2000)
    importer, merchant = world.desk("hengfeng"), world.desk("chenguang")
    door = world.hub.door
    door._thread = threading.current_thread()  # queue only
    lines = tuple(line(f"HF-{n}", n) for n in range(100, 150))
    jobs = _submitted(world, importer, [ImportGoods(lines=lines)] * 3) + _submitted(
        world, merchant, [world.order(("HF-1", 1))]
    )
    assert door._take() == [jobs[0]]
    assert door._take() == [jobs[3], jobs[1]]
    door._thread = None


def _submitted(world: World, desk: Desk, messages: list[Any]) -> list[Any]:
    jobs = [
        PushedCommand(desk.signed.device_id, desk.signed.actor.id, desk.envelope(desk.body(m)), 0) for m in messages
    ]
    world.hub.door.submit(*jobs)
    return jobs

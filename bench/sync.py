"""Bringing a desktop up to date: from nothing, with commands waiting, and sending what waits."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from bench import raw
from bench.figure import Figure, against, median, seconds
from bench.line import Line, unpacked
from bench.serial import Mark
from bench.world import Stage, World, pull
from s2b_desktop.models.reception import Reception
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain.records.catalog import Price
from s2b_domain.records.stock import Availability
from s2b_domain.records.store import RecordStore
from s2b_domain.wire import Pull, Pulled

CHANGED = 500
"""SKUs whose price and availability change between two pulls, at most."""
PULLS = 5
TABLES = ("organisation", "category", "product", "sku", "price", "availability", "warehouse", "person")


def figures(stage: Stage) -> Iterator[Figure]:
    """Bootstrap, deltas with commands waiting, and the drain of an outbox."""
    with stage.world() as world:
        pages = _pages(stage, world)
        yield from _bootstrap(stage, world, pages)
        yield from _deltas(stage, world, pages)
        yield from _drain(stage, world)


def _pages(stage: Stage, world: World) -> list[bytes]:
    """What the hub sends a merchant that has nothing, as bytes."""
    workspace = world.desktop("merchant", stage.fresh("first"))
    world.line.answers.clear()
    pull(workspace, world.line)
    workspace.close()
    return list(world.line.answers)


def _bootstrap(stage: Stage, world: World, pages: Sequence[bytes]) -> Iterator[Figure]:
    count = sum(len(part.rows) for page in pages for part in unpacked(page, Pulled).tables)
    ours, theirs = [], []
    for _ in range(stage.runs):
        workspace = world.desktop("merchant", stage.fresh("boot"))
        ours.append(count / seconds(partial(_received, workspace, pages)))
        workspace.close()
        path = stage.fresh("bare")
        theirs.append(count / seconds(partial(_streamed, path, pages)))
    size = sum(map(len, pages)) / 1e6
    note = f"{count} rows of {stage.count} SKUs in {len(pages)} pages, {size:.3g} MB; checked, indexed, swapped in"
    yield against("sync.bootstrap", median(ours), median(theirs), "rows/s", most=2, n=stage.runs, more=True, note=note)


def _received(workspace: Workspace, pages: Sequence[bytes]) -> None:
    reception = Reception(workspace)
    for page in pages:
        reception.take(reception.request(), unpacked(page, Pulled))
    reception.close()


def _rows(page: Pulled) -> raw.Rows:
    return {part.table: part.rows for part in page.tables}


def _streamed(path: Path, pages: Sequence[bytes]) -> None:
    bare = raw.open_cipher(path)
    raw.create_tables(bare, TABLES, indexes=False)
    for page in pages:
        raw.upsert(bare, {table: rows for table, rows in _rows(unpacked(page, Pulled)).items() if table in TABLES})
    raw.create_indexes(bare, TABLES)
    bare.close()


def _deltas(stage: Stage, world: World, pages: Sequence[bytes]) -> Iterator[Figure]:
    workspace = world.desktop("merchant", stage.fresh("delta"))
    pull(workspace, world.line)
    bare_path = stage.fresh("bare")
    _streamed(bare_path, pages)
    bare = raw.open_cipher(bare_path)
    orders = world.orders(stage.pending)
    for at in range(0, stage.pending, 50):
        workspace.append(orders[at : at + 50])
        workspace.predict()
    ordered = {item.sku_id for order in orders for item in order.items}
    chance = Random(9)
    for name, what in (
        ("deltas_apart", "changes of goods that nobody has ordered"),
        ("deltas_crossing", "a tenth of the changed goods stands in a waiting order"),
    ):
        ours, theirs, count = [], [], 0
        for _ in range(PULLS):
            _change(world, chance, ordered, crossing=name == "deltas_crossing")
            world.line.answers.clear()
            reception = Reception(workspace)
            request = reception.request()
            page = world.line.pull(_token(workspace), request)
            [content] = world.line.answers
            ours.append(seconds(partial(_taken, reception, request, content)))
            theirs.append(seconds(partial(_upserted, bare, content)))
            count = sum(len(part.rows) for part in page.tables)
        note = f"{stage.pending} orders wait, {count} rows per pull, one transaction each; {what}"
        fast, limit = count / median(ours), count / median(theirs)
        yield against(f"sync.{name}", fast, limit, "rows/s", most=1 / 0.3, n=PULLS, more=True, note=note)
    bare.close()
    workspace.close()


def _taken(reception: Reception, request: Pull, content: bytes) -> None:
    reception.take(request, unpacked(content, Pulled))


def _upserted(bare: Any, content: bytes) -> None:
    raw.upsert(bare, _rows(unpacked(content, Pulled)))


def _token(workspace: Workspace) -> str:
    session = workspace.outbox.session(workspace.actor.id)
    assert session is not None
    return session.token


def _change(world: World, chance: Random, ordered: set[str], *, crossing: bool) -> None:
    """Other prices and availability for some goods on the hub."""
    with world.hub.database.read() as connection:
        store = RecordStore(connection)
        prices = store.find(Price)
        free = [p for p in prices if p.sku_id not in ordered]
        chosen = chance.sample(free, min(CHANGED, len(free)))
        if crossing:
            taken = [p for p in prices if p.sku_id in ordered]
            chosen = chosen[: len(chosen) * 9 // 10] + chance.sample(taken, min(len(taken), CHANGED // 10))
        stocks = store.find_in(Availability, "id", [p.sku_id for p in chosen])
    world.put([p.with_(supply_price=p.supply_price + 100) for p in chosen])
    world.put([a.with_(available=a.available + 1) for a in stocks])


def _drain(stage: Stage, world: World) -> Iterator[Figure]:
    ours, theirs = [], []
    for _ in range(stage.runs):
        workspace = world.desktop("merchant", stage.fresh("drain"))
        line = Line(world.hub)
        pull(workspace, line)
        orders = world.orders(stage.pending)
        for at in range(0, stage.pending, 50):
            workspace.append(orders[at : at + 50])
            workspace.predict()
        mark = Mark(world.hub)
        loop = SyncLoop(workspace, line)
        ours.append(seconds(loop.round))
        waiting, attention = workspace.counts()
        if waiting or attention:
            raise RuntimeError(f"{waiting} orders still wait, {attention} need attention")
        loop.stop()
        workspace.close()
        theirs.append(mark.replayed(stage.fresh("serial"), stage.pending, commit_every=stage.pending))
    note = f"{stage.pending} orders of two lines, pushed, decided by the hub in this process, and pulled"
    yield against(
        "sync.drain",
        stage.pending / median(ours),
        stage.pending / median(theirs),
        "orders/s",
        most=None,
        n=stage.runs,
        more=True,
        note=f"{note}; limit: SQLAlchemy Core inserts of the hub's rows alone",
    )

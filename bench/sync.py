"""Bringing a desktop up to date: from nothing, with commands waiting, and sending what waits."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import raw
from bench.figure import Figure, against, median, seconds
from bench.importer import imported
from bench.line import Line, unpacked
from bench.serial import Mark
from bench.world import Stage, World, pull
from s2b_desktop.models.reception import Reception
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.bootstrap import Bootstrap
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain import wire
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
        kept = _Kept(stage, world)
        yield from _bootstrap(stage, world, kept)
        yield from _deltas(stage, world, kept)
        yield from _drain(stage, world)


class _Kept:
    """Everything a merchant's desktop fetches that has nothing: the manifest, chunks, and the pages after them."""

    def __init__(self, stage: Stage, world: World) -> None:
        workspace = world.desktop("merchant", stage.fresh("first"))
        line = Line(world.hub)
        self.manifest = line.prepare(_token(workspace), wire.Prepare(protocol=wire.PROTOCOL))
        pull(workspace, line)
        workspace.close()
        self.chunks, self.pages = line.chunks, list(line.answers)
        self.keys = {c.name: c for s in self.manifest.snapshots for c in s.chunks}

    def rows(self) -> Iterator[raw.Rows]:
        """All of it, opened and decoded piece by piece."""
        for name, chunk in self.keys.items():
            packed = AESGCM(chunk.key).decrypt(wire.NO_NONCE, self.chunks[name], None)
            part = unpacked(packed, wire.Rows)
            yield {part.table: part.rows}
        for page in self.pages:
            yield _rows(unpacked(page, Pulled))

    def prepare(self, token: str, request: wire.Prepare) -> wire.Manifest:
        """As a `ChunkSource`."""
        return self.manifest

    def chunk(self, name: str, *, fresh: bool = False) -> bytes:
        """As a `ChunkSource`."""
        return self.chunks[name]


def _bootstrap(stage: Stage, world: World, kept: _Kept) -> Iterator[Figure]:
    count = sum(len(rows) for piece in kept.rows() for rows in piece.values())
    ours, theirs = [], []
    for _ in range(stage.runs):
        workspace = world.desktop("merchant", stage.fresh("boot"))
        ours.append(count / seconds(partial(_received, workspace, kept)))
        workspace.close()
        path = stage.fresh("bare")
        theirs.append(count / seconds(partial(_streamed, path, kept)))
    size = (sum(map(len, kept.pages)) + sum(map(len, kept.chunks.values()))) / 1e6
    note = (
        f"{count} rows of {stage.count} SKUs in {len(kept.chunks)} chunks and {len(kept.pages)} pages, {size:.3g} MB;"
        " opened, checked, indexed, swapped in; limit: the same bytes opened and upserted"
    )
    yield against("sync.bootstrap", median(ours), median(theirs), "rows/s", most=2, n=stage.runs, more=True, note=note)


def _received(workspace: Workspace, kept: _Kept) -> None:
    reception = Reception(workspace)
    bootstrap = Bootstrap(kept, reception, threading.Event())
    bootstrap.run(lambda: kept.manifest, lambda: None)
    for page in kept.pages:
        reception.take(reception.request(), unpacked(page, Pulled))
    reception.close()


def _rows(page: Pulled) -> raw.Rows:
    return {part.table: part.rows for part in page.tables}


def _streamed(path: Path, kept: _Kept) -> None:
    bare = raw.open_cipher(path)
    raw.create_tables(bare, TABLES, indexes=False)
    for piece in kept.rows():
        raw.upsert(bare, {table: rows for table, rows in piece.items() if table in TABLES})
    raw.create_indexes(bare, TABLES)
    bare.close()


def _deltas(stage: Stage, world: World, kept: _Kept) -> Iterator[Figure]:
    workspace = world.desktop("merchant", stage.fresh("delta"))
    pull(workspace, world.line)
    bare_path = stage.fresh("bare")
    _streamed(bare_path, kept)
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
    """A whole outbox: of orders, and of an import into an empty catalog."""
    queued, ours, theirs = min(10_000, stage.count // 10), [], []
    for _ in range(stage.runs):
        workspace = world.desktop("merchant", stage.fresh("drain"))
        line = Line(world.hub)
        pull(workspace, line)
        orders = world.orders(queued)
        for at in range(0, queued, 50):
            workspace.append(orders[at : at + 50])
            workspace.predict()
        mark = Mark(world.hub)
        ours.append(seconds(partial(_emptied, workspace, line)))
        workspace.close()
        theirs.append(mark.replayed(stage.fresh("serial"), queued, commit_every=queued))
    limit = "limit: SQLAlchemy Core inserts of the hub's rows alone"
    note = f"{queued} orders of two lines, pushed, decided by the hub in this process, and pulled; {limit}"
    rates = queued / median(ours), queued / median(theirs)
    yield against("sync.drain", *rates, "orders/s", most=None, n=stage.runs, more=True, note=note)
    with stage.world(0) as empty:
        workspace = empty.desktop("supplier", stage.fresh("drain-import"))
        line = Line(empty.hub)
        pull(workspace, line)
        new = imported(workspace, stage.sheet()).new
        mark = Mark(empty.hub)
        taken = seconds(partial(_emptied, workspace, line))
        workspace.close()
        bare = mark.replayed(stage.fresh("serial"), 100, commit_every=100)
    note = f"an import of {new} rows, pushed, decided by the hub in this process, and pulled; {limit}"
    yield against("sync.drain_import", new / taken, new / bare, "rows/s", most=None, n=1, more=True, note=note)


def _emptied(workspace: Workspace, line: Line) -> None:
    """Rounds until nothing waits."""
    loop = SyncLoop(workspace, line)
    while (counts := workspace.counts()) != (0, 0):
        if not loop.round() or workspace.counts() == counts or workspace.counts()[1]:
            raise RuntimeError(f"{workspace.counts()} wait and need attention: {loop.status()}")
    loop.stop()

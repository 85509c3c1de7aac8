"""How long until one desktop shows what another has saved, while a thousand wait at a hub in a process of its own."""

import asyncio
import os
import queue
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bench import raw
from bench.figure import Figure, against, median, percentile, within
from bench.line import packed
from bench.world import PASSWORD, Stage, World
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.reception import Reception
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.client import Client
from s2b_desktop.sync.ear import HubEar
from s2b_desktop.sync.entry import sign_in
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.records.catalog import Price
from s2b_domain.records.party import Organisation
from s2b_domain.records.store import RecordStore
from s2b_hub import certificate

WAITING = 1_000
ORDERS = 40
ROWS = 14
"""Rows that an order of two lines writes, about, and how many bytes each has."""
ROW_BYTES = 200
PATIENCE = 60.0


def figures(stage: Stage) -> Iterator[Figure]:
    """Propagation, waking everybody, and what it costs to wait."""
    count = WAITING if stage.count >= 100_000 else WAITING // 10
    with stage.world(min(stage.count, 10_000)) as world:
        orders = _orders_of_one_supplier(world, ORDERS)
        world.hub.close()
        with _serving(world.folder) as (address, pid):
            pem = (world.folder / certificate.CERTIFICATE).read_text()
            with (
                _Desktop(stage, address, pem, "merchant") as merchant,
                _Desktop(stage, address, pem, "supplier") as supplier,
                _Desktop(stage, address, pem, "other") as other,
            ):
                other.stop()
                before = _resident(pid)
                with _Crowd(address, other.workspace, count) as crowd:
                    held = (_resident(pid) - before) / count
                    taken = [_propagated(merchant, supplier, order) for order in orders][ORDERS // 10 :]
                yield from _against_bare(stage, taken, count)
                note = f"{count} TLS connections with a question each, growth of the hub's resident memory"
                yield within("hub.waiting", held, 32, "KiB/desktop", n=1, note=note)
                merchant.stop()
                with _Crowd(address, merchant.workspace, count) as crowd:
                    yield _all_woken(merchant, crowd, orders[0].items[0].sku_id, world, count)


def _against_bare(stage: Stage, taken: list[float], count: int) -> Iterator[Figure]:
    bare = _bare(stage.fresh("bare"), len(taken))
    note = (
        f"from a click on one desktop until the other's cache shows it, {count} others waiting, over TLS; limit: a"
        " durable SQLite commit of as many rows, a byte through a socket, read, upserted into SQLCipher"
    )
    for name, at, most in (("median", 50, 3.0), ("p99", 99, 10.0)):
        ours, limit = percentile(taken, at) * 1000, median(bare) * 1000
        yield against(f"hub.propagation_{name}", ours, limit, "ms", most=most, n=len(taken), note=note)


def _resident(pid: int) -> float:
    """KiB that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return float(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


class _Desktop:
    """A desktop without a screen that syncs and listens."""

    def __init__(self, stage: Stage, address: str, pem: str, login: str) -> None:
        self.client = Client(address, pem)
        self.workspace = sign_in(Profile(stage.fresh(login)), self.client, login, PASSWORD)
        self.heard: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
        self.loop = SyncLoop(self.workspace, self.client, ear=HubEar(self.client), source=self.client)
        self._running = False

    def __enter__(self) -> "_Desktop":
        ready = threading.Event()
        self.loop.listener = lambda status: ready.set() if status.last_synced and not status.syncing else None
        self.loop.start()
        self._running = True
        if not ready.wait(PATIENCE):
            raise RuntimeError(f"a desktop did not come up: {self.loop.status()}")
        self.workspace.listeners.append(lambda changes: self.heard.put(changes.tables))
        return self

    def stop(self) -> None:
        """Sync no longer."""
        if self._running:
            self._running = False
            self.loop.stop()

    def __exit__(self, *error: object) -> None:
        self.stop()
        self.workspace.close()
        self.client.close()


def _orders_of_one_supplier(world: World, count: int) -> list[PlaceOrder]:
    with world.hub.database.read() as connection:
        store = RecordStore(connection)
        supplier = next(o for o in store.find(Organisation) if o.name == "杭州恒丰食品")
        prices = store.find(Price, supplier_id=supplier.id)
    return [world.order_of(prices) for _ in range(count)]


def _propagated(merchant: _Desktop, supplier: _Desktop, order: PlaceOrder) -> float:
    start = time.perf_counter()
    merchant.workspace.submit(order)
    merchant.loop.nudge()
    while "supply_order" not in supplier.heard.get(timeout=PATIENCE):
        pass
    taken = time.perf_counter() - start
    time.sleep(0.1)  # until both wait again
    return taken


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, int]]:
    certificate.make(folder, ["localhost"], time.time_ns() // 1_000_000)
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "s2b_hub", "serve", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--ready-file", str(ready)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + PATIENCE
        while not ready.exists():
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError("the hub did not come up")
            time.sleep(0.05)
        address = msgspec.json.decode(ready.read_bytes())["address"]
        yield address.replace("0.0.0.0", "127.0.0.1"), process.pid
    finally:
        process.terminate()
        process.wait()


class _Crowd:
    """Desktops that do nothing but wait, all from where one of them stands; `woken` has the time of each answer."""

    def __init__(self, address: str, workspace: Workspace, count: int) -> None:
        host, port = address.removeprefix("https://").split(":")
        session = workspace.outbox.session(workspace.actor.id)
        standing = Reception(workspace).standing()
        assert session is not None
        assert standing is not None
        body = packed(msgspec.structs.replace(standing, seconds=55.0))
        head = (
            f"POST /v1/news HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {session.token}\r\n"
            f"Content-Encoding: zstd\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._place, self._request, self._count = (host, int(port)), head.encode() + body, count
        self.woken: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "_Crowd":
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise RuntimeError("the crowd did not come together")
        time.sleep(2.0)  # until the last question is being waited for
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._done = asyncio.Event()
        self._loop.run_until_complete(self._wait())

    async def _wait(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        lines = []
        for _ in range(self._count):
            reader, writer = await asyncio.open_connection(*self._place, ssl=context)
            writer.write(self._request)
            lines.append((asyncio.ensure_future(self._answer(reader)), writer))
        self._ready.set()
        await self._done.wait()
        for task, writer in lines:
            task.cancel()
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.woken.put(time.perf_counter())


def _all_woken(merchant: _Desktop, crowd: _Crowd, sku_id: str, world: World, count: int) -> Figure:
    """Everybody waits for the same scope, and somebody changes a row of it."""
    start = time.perf_counter()
    merchant.workspace.submit(_order(merchant, sku_id, world))
    SyncLoop(merchant.workspace, merchant.client).round()
    answers = sorted(crowd.woken.get(timeout=PATIENCE) for _ in range(count))
    note = f"all {count} wait for the scope that an order changes; from the click until the last has its answer"
    return within("hub.everybody_woken", (answers[-1] - start) * 1000, None, "ms", n=1, note=note)


def _order(merchant: _Desktop, sku_id: str, world: World) -> PlaceOrder:
    """An order for one SKU at the price that the desktop shows."""
    with merchant.workspace.cache.read() as connection:
        return world.order_of(RecordStore(connection).find(Price, sku_id=sku_id), lines=1)


def _bare(path: Path, runs: int) -> list[float]:
    """The same with nothing around it: commit, a byte through a socket, read, upsert, commit."""
    database = path.with_suffix(".sqlite")
    writer = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        writer.execute(f"PRAGMA {pragma}")
    writer.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB)")
    near, far = socket.socketpair()
    shown: queue.SimpleQueue[int] = queue.SimpleQueue()

    def read() -> None:
        reader = sqlite3.connect(database, isolation_level=None)
        cache: Any = raw.open_cipher(path)
        cache.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB)")
        last = 0
        while far.recv(1):
            rows = reader.execute("SELECT * FROM entry WHERE id > ?", (last,)).fetchall()
            last = rows[-1][0]
            cache.execute("BEGIN")
            cache.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?)", rows)
            cache.execute("COMMIT")
            shown.put(last)
        cache.close()
        reader.close()

    thread = threading.Thread(target=read)
    thread.start()
    taken: list[float] = []
    for _ in range(runs):
        rows = [(os.urandom(ROW_BYTES),) for _ in range(ROWS)]
        start = time.perf_counter()
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany("INSERT INTO entry (body) VALUES (?)", rows)
        writer.execute("COMMIT")
        near.send(b"!")
        shown.get(timeout=PATIENCE)
        taken.append(time.perf_counter() - start)
    near.close()
    thread.join()
    far.close()
    writer.close()
    return taken

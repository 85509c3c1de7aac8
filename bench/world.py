"""A hub whose two suppliers have goods on sale, and desktops signed in at it."""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random

from argon2 import PasswordHasher

from bench import goods
from bench.line import Line
from s2b_desktop.models import local
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.entry import sign_in
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain.access import Role, scopes_of
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.ids import make_id
from s2b_domain.records.catalog import Price
from s2b_domain.records.order import Address
from s2b_domain.records.party import PartyKind
from s2b_domain.records.record import Record
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.tx import Draft
from s2b_hub import parties
from s2b_hub.door import Batch, Job
from s2b_hub.hub import Hub
from s2b_hub.snapshot_job import make_due

PASSWORD = "bench-1234"
ADDRESS = Address(name="王芳", phone="13900001111", region="浙江省杭州市", street="文三路 1 号")
_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_SLICE = 2_000


class Put(Job[None]):
    """Records written as a command would write them, with what desktops notice them by."""

    def __init__(self, records: list[Record]) -> None:
        super().__init__()
        self._records = records

    def scopes(self, batch: Batch) -> frozenset[str]:
        return frozenset(scope for record in self._records for scope in scopes_of(record))

    def run(self, batch: Batch) -> None:
        draft = Draft(batch.draft)
        for record in self._records:
            (draft.put if record.row_version else draft.add)(record)
        batch.accept(draft)


class World:
    """An open hub with its people: logins `supplier`, `other`, `merchant`."""

    def __init__(self, folder: Path, *, inline: bool = True) -> None:
        self.folder = folder
        self.hub = Hub(folder, hasher=_HASHER, inline=inline)
        self.line = Line(self.hub)
        self._random = Random(5)

    def put(self, records: list[Record]) -> None:
        """Write records on the hub."""
        job = Put(records)
        self.hub.door.submit(job)
        job.answer.result()

    def desktop(self, login: str, folder: Path) -> Workspace:
        """A fresh profile where somebody has signed in."""
        return sign_in(Profile(folder), self.line, login, PASSWORD)

    def id(self) -> str:
        """A fresh id."""
        return make_id(time.time_ns() // 1_000_000, os.urandom(10))

    def orders(self, count: int, *, lines: int = 2) -> list[PlaceOrder]:
        """Orders for random goods at today's prices."""
        with self.hub.database.read() as connection:
            prices = RecordStore(connection).find(Price)
        return [self._order(self._random.sample(prices, lines)) for _ in range(count)]

    def order_of(self, prices: list[Price], *, lines: int = 2) -> PlaceOrder:
        """An order for some of the goods that have these prices."""
        return self._order(self._random.sample(prices, lines))

    def _order(self, prices: list[Price]) -> PlaceOrder:
        id_ = self.id()
        items = tuple(OrderItem(sku_id=p.sku_id, quantity=1, price_seen=p.supply_price) for p in prices)
        return PlaceOrder(order_id=id_, number=f"D9-{id_[-12:]}", kind=OrderKind.PURCHASE, items=items, address=ADDRESS)

    def close(self) -> None:
        """Close the hub."""
        self.hub.close()


def found(folder: Path, count: int) -> None:
    """Make the data of a hub with `count` SKUs on sale."""
    logging.getLogger("s2b_hub").setLevel(logging.ERROR)
    Hub.create(folder, "测试平台")
    world = World(folder)
    hub = world.hub
    parties.add_organisation(hub, PartyKind.PLATFORM, "测试平台", PartyState.APPROVED)
    suppliers = []
    for login, name in (("supplier", "杭州恒丰食品"), ("other", "宁波远大日化")):
        suppliers.append(parties.add_organisation(hub, PartyKind.SUPPLIER, name, PartyState.APPROVED))
        parties.add_user(hub, suppliers[-1], Role.SUPPLIER_MANAGER, login, "林恒", PASSWORD)
    merchant = parties.add_organisation(hub, PartyKind.MERCHANT, "晨光便利店", PartyState.APPROVED)
    parties.add_user(hub, merchant, Role.MERCHANT_OWNER, "merchant", "李店长", PASSWORD)
    groups = goods.on_sale(count, suppliers)
    while batch := [record for group in islice(groups, _SLICE) for record in group]:
        world.put(batch)
    make_due(world.hub)
    world.close()


class Stage:
    """What the groups share in one run: how much data, how many runs, and the folder with what was made before."""

    def __init__(self, folder: Path, count: int, runs: int) -> None:
        self.folder = folder / f"schema-{local.schema_version():08x}"
        self.folder.mkdir(exist_ok=True)
        self.count = count
        self.runs = runs
        self.pending = min(1_000, count // 10)
        """Commands that wait where some shall wait."""

    def sheet(self, start: int = 0) -> Path:
        """The goods as an xlsx, or as many others from the number `start` on."""
        path = self.folder / f"goods-{self.count}-{start}.xlsx"
        if not path.exists():
            goods.write_sheet(path.with_suffix(".new"), self.count, start)
            path.with_suffix(".new").rename(path)
        return path

    @contextmanager
    def world(self, count: int | None = None, *, inline: bool = True) -> Iterator[World]:
        """A hub with `count` SKUs (all by default) in a copy of its own."""
        template = self.folder / f"hub-{self.count if count is None else count}"
        if not template.exists():
            found(template.with_suffix(".new"), self.count if count is None else count)
            template.with_suffix(".new").rename(template)
        copy = self.fresh("hub")
        shutil.copytree(template, copy)
        world = World(copy, inline=inline)
        try:
            yield world
        finally:
            world.close()
            shutil.rmtree(copy)

    def merchant(self) -> Path:
        """A profile whose merchant has everything in the cache; copy it before changing it."""
        folder = self.folder / f"merchant-{self.count}"
        if not folder.exists():
            with self.world() as world:
                workspace = world.desktop("merchant", folder.with_suffix(".new"))
                pull(workspace, world.line)
                index(workspace)
                workspace.close()
            folder.with_suffix(".new").rename(folder)
        return folder

    def fresh(self, name: str) -> Path:
        """A path that does not exist yet."""
        return self.folder / f"{name}-{os.urandom(4).hex()}"


def index(workspace: Workspace) -> None:
    """Finish the full-text index, as the desktop does in the background."""
    while workspace.index_some():
        pass


def pull(workspace: Workspace, line: Line) -> None:
    """Push and pull until both are at their end."""
    loop = SyncLoop(workspace, line, source=line)
    if not loop.round():
        raise RuntimeError(f"the round failed: {loop.status()}")
    loop.stop()

"""A small world on a real hub: a platform, two suppliers, two merchants, their people, and some goods on sale.

`World` runs the hub in this thread with a clock and randomness of its own. `Desk` is the plainest desktop there can
be: it sends commands, pulls, and keeps what it is told, checking every checksum on the way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from s2b_domain.access import Role, granted, price_levels, scopes_of
from s2b_domain.commands import Command, pack
from s2b_domain.commands.categories import CategoryEntry, SaveCategories
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.ids import make_id
from s2b_domain.records import RECORDS
from s2b_domain.records.catalog import Price, Product, Revision, Sku
from s2b_domain.records.order import Address
from s2b_domain.records.party import Organisation, PartyKind, TradeTerms
from s2b_domain.records.record import Record
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.wire import (
    PROTOCOL,
    Body,
    Cursor,
    Envelope,
    Outcome,
    Pull,
    Pulled,
    Push,
    Pushed,
    SignedIn,
    SignIn,
    checksum_add,
    freeze,
    row_hash,
)
from s2b_hub import parties
from s2b_hub.hub import Hub
from s2b_hub.outward import Provider
from tests.postgresql import copy_hub, drop_hub

START = 1_795_300_000_000
PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ADDRESS = Address(name="王芳", phone="13900001111", region="浙江省杭州市", street="文三路 1 号")
LOGINS = {
    "admin": Role.PLATFORM_ADMIN,
    "reviewer": Role.PLATFORM_REVIEWER,
    "hengfeng": Role.SUPPLIER_MANAGER,
    "hengfeng-clerk": Role.WAREHOUSE_CLERK,
    "yuanda": Role.SUPPLIER_MANAGER,
    "chenguang": Role.MERCHANT_OWNER,
    "chenguang-shop": Role.SHOP_ASSISTANT,
    "xiaoman": Role.MERCHANT_OWNER,
}
ORGANISATIONS = {
    "hengfeng": ("杭州恒丰食品", PartyKind.SUPPLIER),
    "yuanda": ("宁波远大日化", PartyKind.SUPPLIER),
    "chenguang": ("晨光便利店", PartyKind.MERCHANT),
    "xiaoman": ("小满生活馆", PartyKind.MERCHANT),
}


class World:
    """A hub in a folder, run in this thread, with everybody's ids by their login."""

    def __init__(self, folder: Path, *, seed: int = 0, now: int = START, inline: bool = True) -> None:
        self.folder = folder
        self.now = now
        self.random = random.Random(seed)
        self.inline = inline
        self.providers: tuple[Provider, ...] = ()
        self.hub = self.open()
        with self.hub.database.read() as connection:
            store = RecordStore(connection)
            self.organisations = {o.name: o.id for o in store.find(Organisation)}

    def open(self) -> Hub:
        """The hub on the world's data, as after a restart."""
        return Hub(
            self.folder,
            clock=self.clock,
            entropy=self.random.randbytes,
            hasher=QUICK,
            inline=self.inline,
            providers=self.providers,
        )

    def restart(self) -> None:
        """Close the hub and open it again."""
        self.hub.close()
        self.hub = self.open()

    def clock(self) -> int:
        """The hub's time; it stands still unless somebody moves `now`."""
        return self.now

    def id(self) -> str:
        """A fresh id."""
        return make_id(self.now, self.random.randbytes(10))

    def organisation(self, name: str) -> str:
        """The id of an organisation by its short name."""
        return self.organisations[ORGANISATIONS[name][0]]

    def desk(self, login: str, **signed: Any) -> Desk:
        """A fresh desktop where somebody has signed in."""
        return Desk(self, login, **signed)

    def rows(self, cls: type[Record], **equals: Any) -> list[Any]:
        """What the hub holds."""
        with self.hub.database.read() as connection:
            return list(RecordStore(connection).find(cls, **equals))

    def everything(self) -> dict[tuple[str, str], Record]:
        """Every row of every table."""
        return {(name, row.id): row for name, cls in RECORDS.items() for row in self.rows(cls)}

    def approve(self) -> Outcome:
        """Let the platform approve all that waits for review."""
        products = self.rows(Product, state=ContentState.SUBMITTED)
        revisions = self.rows(Revision, state=ContentState.SUBMITTED)
        message = ReviewGoods(
            products=tuple((p.id, p.row_version) for p in products),
            revisions=tuple((r.id, r.row_version) for r in revisions),
            approve=True,
        )
        return self.desk("admin").send(message)

    def stock_shelves(self) -> None:
        """Some categories, and goods of both suppliers on sale."""
        food, drinks = make_id(self.now, bytes(10)), make_id(self.now, b"\1" * 10)
        entries = (
            CategoryEntry(id=food, parent_id="", name_zh="食品", name_en="Food"),
            CategoryEntry(id=drinks, parent_id=food, name_zh="饮料", name_en="Drinks"),
        )
        self.desk("admin").send(SaveCategories(entries=entries))
        self.desk("hengfeng").send(ImportGoods(lines=tuple(line(f"HF-{n}", n + 1) for n in range(1, 4))))
        self.desk("yuanda").send(ImportGoods(lines=tuple(line(f"YD-{n}", n + 1) for n in range(1, 3))))
        self.approve()

    def order(self, *wanted: tuple[str, int], kind: OrderKind = OrderKind.PURCHASE, number: str = "") -> PlaceOrder:
        """An order for (SKU code, quantity) at today's prices."""
        items = []
        for code, quantity in wanted:
            (sku,) = self.rows(Sku, code=code)
            (price,) = self.rows(Price, sku_id=sku.id)
            seen = price.supply_price if kind is OrderKind.PURCHASE else price.dropship_price
            items.append(OrderItem(sku_id=sku.id, quantity=quantity, price_seen=seen))
        id_ = self.id()
        return PlaceOrder(
            order_id=id_, number=number or f"D9-{id_[-12:]}", kind=kind, items=tuple(items), address=ADDRESS
        )

    def granted(self, desk: Desk) -> frozenset[str]:
        """What somebody's scopes are, worked out anew."""
        own = self.organisation_row(desk)
        terms = self.rows(TradeTerms, merchant_id=own.id)
        return granted(desk.signed.actor, price_levels(self.rows(Organisation), terms, own))

    def organisation_row(self, desk: Desk) -> Organisation:
        """Somebody's organisation as the hub has it."""
        (row,) = self.rows(Organisation, id=desk.signed.actor.organisation_id)
        assert isinstance(row, Organisation)
        return row


class Desk:
    """A desktop reduced to what the wire needs."""

    def __init__(self, world: World, login: str, *, password: str = PASSWORD, **signed: Any) -> None:
        self.world = world
        self.login = login
        self.signed: SignedIn = world.hub.sign_in(SignIn(login=login, password=password, **signed))
        self.seq = self.signed.next_seq
        self.rows: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.cursors: tuple[Cursor, ...] = ()
        self.granted: tuple[str, ...] = ()
        self.outcomes: dict[int, Outcome] = {}
        self.receipt = 0

    def body(self, message: Command, **fields: Any) -> Body:
        """A command as the outbox freezes it."""
        name, payload = pack(message)
        values: dict[str, Any] = {
            "command_id": self.world.id(),
            "actor_id": self.signed.actor.id,
            "client_time": self.world.now,
            "last_pull": self.world.now,
            **fields,
        }
        return Body(name=name, payload=payload, **values)

    def envelope(self, body: Body) -> Envelope:
        """The next place in the device's sequence."""
        self.seq += 1
        return Envelope(seq=self.seq - 1, body=freeze(body))

    def push(self, *envelopes: Envelope, base: int = 0) -> Pushed:
        """Send envelopes as they are."""
        return self.world.hub.push(self.signed.token, Push(protocol=PROTOCOL, envelopes=envelopes, base=base))

    def send(self, message: Command, **fields: Any) -> Outcome:
        """Send one command and return the answer."""
        (outcome,) = self.push(self.envelope(self.body(message, **fields))).outcomes
        return outcome

    def ask(self, *, page: bytes = b"", limit: int = 10_000) -> Pulled:
        """One page of a pull."""
        request = Pull(
            protocol=PROTOCOL,
            cursors=self.cursors,
            page=page,
            outcomes_after=max(self.outcomes, default=0),
            receipt=self.receipt,
            limit=limit,
        )
        return self.world.hub.pull(self.signed.token, request)

    def pull(self, *, limit: int = 10_000) -> list[Pulled]:
        """Pull to the end and take everything over; the pages."""
        pages = [self.ask(limit=limit)]
        while not pages[-1].final:
            pages.append(self.ask(page=pages[-1].page, limit=limit))
        self.take(pages)
        return pages

    def take(self, pages: Sequence[Pulled]) -> None:
        """Take over a complete pull."""
        final = pages[-1]
        self.rows = {k: r for k, r in self.rows.items() if not self._scopes(k, r).intersection(final.reset)}
        for page in pages:
            for told in page.tables:
                for row in told.rows:
                    key = (told.table, row[0])
                    if key not in self.rows or self.rows[key][1] <= row[1]:
                        self.rows[key] = tuple(row)
                for id_, version in told.gone:
                    if (told.table, id_) in self.rows and self.rows[told.table, id_][1] <= version:
                        del self.rows[told.table, id_]
        self.granted, self.cursors = final.granted, final.cursors
        self.rows = {k: r for k, r in self.rows.items() if self._scopes(k, r).intersection(final.granted)}
        for outcome in final.outcomes:
            self.outcomes[outcome.seq] = outcome
            if outcome.receipt:
                self.receipt = max(self.receipt, outcome.receipt.hub_order)
        assert self.checksums() == final.checksums

    def checksums(self) -> dict[str, bytes]:
        """The checksum of each granted scope, from the rows that are here."""
        sums = dict.fromkeys(self.granted, 0)
        for (table, id_), row in self.rows.items():
            for scope in self._scopes((table, id_), row).intersection(self.granted):
                sums[scope] = checksum_add(sums[scope], row_hash(table, id_, row[1]))
        return {scope: number.to_bytes(16, "big") for scope, number in sums.items()}

    def has(self, cls: type[Record], **equals: Any) -> list[Any]:
        """The records that this desktop holds."""
        found = [cls.decode(row) for (table, _), row in sorted(self.rows.items()) if table == cls.table.name]
        return [r for r in found if all(getattr(r, k) == v for k, v in equals.items())]

    @staticmethod
    def _scopes(key: tuple[str, str], row: tuple[Any, ...]) -> set[str]:
        return set(scopes_of(RECORDS[key[0]].decode(row)))


def line(code: str, row: int = 2, **changes: Any) -> GoodsLine:
    """A line that can be imported: 12.50 yuan, 100 in stock."""
    values: dict[str, Any] = {
        "row": row,
        "code": code,
        "title": f"商品 {code}",
        "brand": "清泉",
        "category": "食品/饮料",
        "supply_price": 125_000,
        "dropship_price": 150_000,
        "retail_price": 200_000,
        "stock": 100,
        **changes,
    }
    return GoodsLine(**values)


def found(folder: Path, *, now: int = START) -> None:
    """Make the data of a hub where everybody has an account and goods are on sale."""
    entropy = random.Random(7).randbytes
    Hub.create(folder, "测试平台", clock=lambda: now, entropy=entropy)
    hub = Hub(folder, clock=lambda: now, entropy=entropy, hasher=QUICK, inline=True)
    ids = {"": parties.add_organisation(hub, PartyKind.PLATFORM, "测试平台", PartyState.APPROVED)}
    for short, (name, kind) in ORGANISATIONS.items():
        ids[short] = parties.add_organisation(hub, kind, name, PartyState.APPROVED)
    for login, role in LOGINS.items():
        organisation = ids.get(login.split("-")[0], ids[""])
        parties.add_user(hub, organisation, role, login, f"{login} 的人", PASSWORD)
    hub.close()
    world = World(folder, seed=8, now=now)
    world.stock_shelves()
    world.hub.close()


@contextmanager
def open_world(template: Path, folder: Path, *, seed: int = 0, inline: bool = True) -> Iterator[World]:
    """A world on a copy of what `found` made."""
    copy_hub(template, folder)
    world = World(folder, seed=seed, now=START + 1000, inline=inline)
    try:
        yield world
    finally:
        world.hub.close()
        drop_hub(folder)

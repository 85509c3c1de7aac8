"""The books of a small world, without hub or desktop: commands are carried out over one in-memory database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from s2b_domain.access import Actor, Role, granted, price_levels, scopes_of
from s2b_domain.commands import Command, Result, carry_out, pack, scopes_touched
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.ids import make_id
from s2b_domain.records import METADATA, RECORDS
from s2b_domain.records.catalog import Product, Revision, Sku
from s2b_domain.records.party import Organisation, PartyKind, SupplierTerms, TradeTerms
from s2b_domain.records.record import Record
from s2b_domain.records.stock import Warehouse
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.tx import Draft, Tx

START = 1_795_300_000_000


class Books:
    """One database with everything in it; `now` moves a second per command."""

    def __init__(self, connection: Connection) -> None:
        self.store = RecordStore(connection)
        self.now = START
        self._drawn = 0
        self.last: Tx | None = None
        platform = self.organisation("平台", PartyKind.PLATFORM)
        self.admin = self.actor(platform, Role.PLATFORM_ADMIN)
        self.hengfeng = self.actor(self.organisation("杭州恒丰食品", PartyKind.SUPPLIER), Role.SUPPLIER_MANAGER)
        self.yuanda = self.actor(self.organisation("宁波远大日化", PartyKind.SUPPLIER), Role.SUPPLIER_MANAGER)
        self.chenguang = self.actor(self.organisation("晨光便利店", PartyKind.MERCHANT), Role.MERCHANT_OWNER)
        self.xiaoman = self.actor(self.organisation("小满生活馆", PartyKind.MERCHANT), Role.MERCHANT_OWNER)

    def id(self) -> str:
        """A fresh id, the same in every run."""
        self._drawn += 1
        return make_id(self.now, self._drawn.to_bytes(10, "big"))

    def write(self, *rows: Record) -> None:
        """Put rows into the database as they are."""
        draft = Draft(self.store)
        for row in rows:
            draft.put(row)
        self.flush(draft)

    def flush(self, draft: Draft) -> None:
        """Write what a draft changed."""
        for (cls, id_), before, after in draft.changes():
            if after is None:
                self.store.remove(cls, [id_])
            elif before is None:
                self.store.insert(cls, [after])
            else:
                self.store.replace(cls, [after])

    def organisation(self, name: str, kind: PartyKind, state: PartyState = PartyState.APPROVED) -> Organisation:
        """An organisation, with what the hub gives it when it is added."""
        organisation = Organisation(id=self.id(), name=name, kind=kind, state=state)
        self.write(organisation)
        if kind is PartyKind.SUPPLIER:
            warehouse = Warehouse(id=main_warehouse_id(organisation.id), owner_id=organisation.id, name="主仓")
            self.write(SupplierTerms(id=organisation.id, commission_bp=300), warehouse)
        return organisation

    def actor(self, organisation: Organisation, role: Role | None) -> Actor:
        """Somebody of an organisation."""
        return Actor(self.id(), f"{organisation.name}的人", organisation.id, organisation.name, organisation.kind, role)

    def do(self, actor: Actor, message: Command, command_id: str = "") -> Result:
        """Carry a command out as the hub would; DomainErrors change nothing."""
        self.now += 1000
        tx = Tx(self.store, actor=actor, command_id=command_id or self.id(), device_id="d" * 32, time=self.now)
        name, payload = pack(message)
        declared = scopes_touched(self.store, actor, name, payload)
        result = carry_out(tx, name, payload)
        for _, before, after in tx.changes():
            for row in (before, after):
                if row is not None:
                    assert set(scopes_of(row)) <= declared, f"{name} wrote {row} outside what it touches"
        self.flush(tx)
        self.last = tx
        return result

    def all(self, cls: type[Record]) -> list[Record]:
        """Every row of a table."""
        return list(self.store.find(cls))

    def skus(self) -> list[Sku]:
        """Every SKU, in the order of their ids."""
        return self.store.find(Sku)

    def sell(self, supplier: Actor, *lines: GoodsLine) -> None:
        """Import goods and approve what waits for review."""
        self.do(supplier, ImportGoods(lines=lines))
        self.approve()

    def approve(self) -> None:
        """Approve everything that is submitted."""
        products = self.store.find(Product, state=ContentState.SUBMITTED)
        revisions = self.store.find(Revision, state=ContentState.SUBMITTED)
        self.do(
            self.admin,
            ReviewGoods(
                products=tuple((p.id, p.row_version) for p in products),
                revisions=tuple((r.id, r.row_version) for r in revisions),
                approve=True,
            ),
        )

    def granted(self, actor: Actor) -> frozenset[str]:
        """The scopes that an actor receives."""
        terms = self.store.find(TradeTerms, merchant_id=actor.organisation_id)
        return granted(actor, price_levels(self.store.find(Organisation, kind=PartyKind.SUPPLIER), terms))

    def seen_by(self, actor: Actor) -> set[tuple[type[Record], str]]:
        """Every row that reaches an actor's desktop."""
        scopes = self.granted(actor)
        return {
            (cls, row.id) for cls in RECORDS.values() for row in self.all(cls) if scopes.intersection(scopes_of(row))
        }


@contextmanager
def open_books() -> Iterator[Books]:
    """Fresh books."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield Books(connection)
    engine.dispose()


def water(code: str = "0012", **changes: object) -> GoodsLine:
    """A line that can be imported."""
    values: dict[str, object] = {
        "row": 2,
        "code": code,
        "title": "山泉水 550ml",
        "brand": "清泉",
        "category": "饮料/水",
        "supply_price": 12_500,
        "dropship_price": 15_000,
        "retail_price": 20_000,
        "stock": 100,
        **changes,
    }
    return GoodsLine(**values)  # type: ignore[arg-type]

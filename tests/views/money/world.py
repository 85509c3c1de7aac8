"""Terms, statements, payments and invoices between 恒丰 and its merchants, over the usual desk."""

from __future__ import annotations

from s2b_domain.access import Actor, granted, price_levels, scopes_of
from s2b_domain.commands import carry_out, pack
from s2b_domain.commands.command import Command
from s2b_domain.commands.invoices import RequestInvoice
from s2b_domain.commands.statements import ConfirmStatement, DisputeStatement, MakeStatement, RecordSettlement
from s2b_domain.commands.terms import PriceEntry, SaveLevel, SaveMinimum, SaveMix, SaveTradeTerms, SetPrices
from s2b_domain.ids import derived_id, make_id
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import Organisation, TradeTerms
from s2b_domain.records.statement import Statement
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.invoices import InvoiceKind
from s2b_domain.rules.pricing import Tier
from s2b_domain.tx import Tx
from tests.views import world
from tests.views.desk import FakeDesk, empty_content

SUPPLIER = world.SUPPLIER.organisation_id
MERCHANT = world.MERCHANT.organisation_id
OTHER = world.SECOND_MERCHANT.organisation_id
GOLD = derived_id(SUPPLIER, "level", "gold")
DAY, HOUR = world.DAY, world.HOUR
SILVER = derived_id(SUPPLIER, "level", "silver")


class Hub:
    """A copy of the world in which both sides act; the desk is shown what its scopes hold."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.connection = empty_content()
        whole = world.world().connection
        whole.connection.driver_connection.backup(self.connection.connection.driver_connection)  # type: ignore[union-attr]
        self.store = RecordStore(self.connection)
        self._drawn = 0

    def id(self) -> str:
        """A fresh id."""
        self._drawn += 1
        return make_id(world.NOW, self._drawn.to_bytes(10, "big"))

    def do(self, actor: Actor, message: Command, ago: int = 0) -> None:
        """Decide a command as the hub would, and keep of it on the desk what its scopes hold."""
        tx = Tx(self.store, actor=actor, command_id=self.id(), device_id="d" * 32, time=world.NOW - ago)
        carry_out(tx, *pack(message))
        world.write(self.store, tx)
        own = self.desk.actor
        terms = self.store.find(TradeTerms, merchant_id=own.organisation_id)
        held = granted(own, price_levels(self.store.find(Organisation), terms))
        for (cls, id_), _before, after in tx.changes():
            if self.desk.store.get(cls, id_) is not None:
                self.desk.store.remove(cls, [id_])
            if after is not None and held.intersection(scopes_of(after)):
                self.desk.store.insert(cls, [after])

    def state(self, debtor_id: str, until: int, actor: Actor = world.SUPPLIER) -> str:
        """A statement; its id."""
        id_ = self.id()
        self.do(actor, MakeStatement(statement_id=id_, debtor_id=debtor_id, until=until), DAY)
        return id_


def sku_of(hub: Hub | FakeDesk, code: str) -> Sku:
    """One of the supplier's goods."""
    [found] = hub.store.find(Sku, supplier_id=SUPPLIER, code=code)
    return found


def fill(desk: FakeDesk) -> Hub:
    """Levels, minimums, terms with two merchants, statements in several states, payments and invoices."""
    hub = Hub(desk)
    s = world.SUPPLIER
    hub.do(s, SaveLevel(level_id=SILVER, name="银牌", position=1))
    hub.do(s, SaveLevel(level_id=GOLD, name="金牌", position=2))
    hub.do(s, SaveMinimum(minimum_amount=20_000))
    water = sku_of(hub, "000001")
    tea = sku_of(hub, "000004")
    hub.do(s, SaveMix(group_id=hub.id(), name="饮料混批", minimum=12, product_ids=(water.product_id, tea.product_id)))
    for sku in (water, tea):
        [price] = [p for p in hub.store.find(Price, sku_id=sku.id) if p.level == "standard"]
        base = price.supply_price
        for level, share in ((SILVER, 97), (GOLD, 93)):
            tiers = (Tier(20, base * (share - 2) // 100), Tier(50, base * (share - 5) // 100))
            entry = PriceEntry(
                sku_id=sku.id,
                supply_price=base * share // 100,
                dropship_price=price.dropship_price,
                tiers=tiers,
            )
            hub.do(s, SetPrices(level=level, entries=(entry,)))
    hub.do(s, SaveTradeTerms(merchant_id=MERCHANT, level=GOLD, credit_limit=5_000_000, credit_days=5))
    hub.do(s, SaveTradeTerms(merchant_id=OTHER, level=SILVER, credit_limit=1_000_000, credit_days=15))
    first = hub.state(MERCHANT, world.NOW - 6 * DAY)
    hub.do(world.MERCHANT, ConfirmStatement(statement_id=first), 20 * HOUR)
    [row] = hub.store.find(Statement, id=first)
    pay = RecordSettlement(
        settlement_id=hub.id(), counterparty_id=MERCHANT, amount=row.closing, method="TRANSFER", reference="HZ2611-08",
        statement_id=first,
    )  # fmt: skip
    hub.do(s, pay, 18 * HOUR)
    second = hub.state(MERCHANT, world.NOW - 4 * DAY)
    hub.do(world.MERCHANT, DisputeStatement(statement_id=second, reason="11 月 17 日那单少到 2 箱"), 10 * HOUR)
    hub.state(MERCHANT, world.NOW - 2 * DAY)
    hub.state(OTHER, world.NOW - 2 * DAY)
    hub.state(SUPPLIER, world.NOW - 2 * DAY, world.ADMIN)
    hub.do(
        world.MERCHANT,
        RecordSettlement(
            settlement_id=hub.id(), counterparty_id=SUPPLIER, amount=150_000, method="ALIPAY", reference="2611-77"
        ),
        3 * HOUR,
    )
    supplies = {x.id for x in hub.store.find(SupplyOrder, merchant_id=MERCHANT, supplier_id=SUPPLIER)}
    documents = tuple(line.document_id for line in row.lines if line.document_id in supplies)
    ask = RequestInvoice(
        invoice_id=hub.id(),
        supplier_id=SUPPLIER,
        kind=InvoiceKind.SPECIAL,
        title="杭州晨光便利店有限公司",
        tax_number="91330106MA2B0CDE5A",
        document_ids=documents,
        note="请按月开",
    )
    hub.do(world.MERCHANT, ask, 2 * HOUR)
    return hub

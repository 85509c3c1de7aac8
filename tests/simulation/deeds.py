"""What people do on their desktops: one random, sensible thing at a time, from what their cache shows."""

from __future__ import annotations

import random
from collections.abc import Sequence

from s2b_desktop.models.workspace import PLAIN, Meta, Workspace
from s2b_domain.access import Role
from s2b_domain.commands import Command
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods, ShelveGoods
from s2b_domain.commands.members import SaveMember
from s2b_domain.commands.order_changes import ChangeOrder
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.commands.statements import ConfirmStatement, MakeStatement, RecordSettlement
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.commands.supply import (
    AcceptSupply,
    CloseShort,
    DeclineSupply,
    ShipItem,
    ShipParcel,
    TrackParcel,
)
from s2b_domain.commands.terms import SaveTradeTerms
from s2b_domain.commands.tills import CloseTill, Counted, MoveCash, OpenTill
from s2b_domain.records.catalog import Price, Product, Revision, Sku
from s2b_domain.records.member import Member
from s2b_domain.records.order import Order, Parcel, SupplyLine, SupplyOrder
from s2b_domain.records.promotion import Coupon, CouponTemplate, Validity
from s2b_domain.records.record import Record
from s2b_domain.records.statement import Statement
from s2b_domain.records.stock import Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.records.till import Till
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.order_flow import OrderKind, ParcelState
from s2b_domain.rules.pricing import CouponTerms
from s2b_domain.rules.stock import MovementKind
from tests.hub.world import ADDRESS
from tests.simulation import leases, returns


class Person:
    """Somebody at a desktop."""

    def __init__(self, workspace: Workspace, chance: random.Random) -> None:
        self.workspace = workspace
        self.chance = chance

    def all(self, cls: type[Record]) -> list[Record]:
        """What the screen could show."""
        return list(self.workspace.read(lambda connection: RecordStore(connection).find(cls)))

    def one(self, cls: type[Record]) -> Record | None:
        """Any row."""
        rows = self.all(cls)
        return self.chance.choice(rows) if rows else None

    def deeds(self) -> tuple[list[Command], Meta]:
        """What to submit next, and what stands beside it; nothing where there is nothing to do."""
        if self.workspace.actor.role in (Role.SUPPLIER_MANAGER, Role.IMPORT_STAFF) and self.chance.random() < 0.05:
            return self.bulk(), Meta(import_id=self.workspace.new_id())
        message = self.deed()
        return ([message], self.beside()) if message else ([], PLAIN)

    def beside(self) -> Meta:
        """Sometimes a command builds upon an earlier one, or stands in for one that needs its user."""
        drawn = self.chance.random()
        if drawn > 0.25:
            return PLAIN
        queue = self.workspace.queue(limit=12)
        troubled = [i for i in queue if i.state in ("rejected", "confirm")]
        if troubled and drawn < 0.1:
            return Meta(supersedes=self.chance.choice(troubled).command_id)
        if queue and drawn < 0.2:
            return Meta(depends_on=(self.chance.choice(queue).command_id,))
        rows = self.all(Order) + self.all(Sku)
        if not rows:
            return PLAIN
        row = self.chance.choice(rows)
        return Meta(seen={f"{row.table_name}/{row.id}": row.row_version - (self.chance.random() < 0.2)})

    def bulk(self) -> list[Command]:
        """A spreadsheet: several commands of several lines."""
        rows = self.chance.randint(2, 30)
        return [ImportGoods(lines=tuple(self.line(n + 9 * k) for n in range(rows))) for k in range(4)]

    def trifles(self, count: int) -> list[Command]:
        """A long day's small things, of which many may wait; nothing for those who have none."""
        role, skus = self.workspace.actor.role, self.all(Sku)
        if role in (Role.MERCHANT_OWNER, Role.SHOP_ASSISTANT):
            phones = [f"139{n:08}" for n in self.chance.sample(range(10**8), count)]
            return [SaveMember(member_id=self.workspace.new_id(), name="会员", phone=phone) for phone in phones]
        if role in (Role.SUPPLIER_MANAGER, Role.WAREHOUSE_CLERK) and skus:
            chosen = [self.chance.choice(skus).id for _ in range(count)]
            return [MoveStock(sku_id=id_, kind=MovementKind.RECEIVE, quantity=1) for id_ in chosen]
        return []

    def deed(self) -> Command | None:
        """The next thing to do, if there is anything."""
        role = self.workspace.actor.role
        if role in (Role.MERCHANT_OWNER, Role.SHOP_ASSISTANT):
            deeds = [self.order, self.order, self.order, self.cancel, self.confirm, self.pay]
            if role is Role.MERCHANT_OWNER:
                deeds += [self.settle, self.agree_statement]
            deeds += [self.take_back, self.take_back, self.lease, self.lease]
            deeds += [self.sell, self.sell, self.member, self.coupons, self.issue, self.till, self.change, self.arrive]
        elif role in (Role.PLATFORM_ADMIN, Role.PLATFORM_REVIEWER):
            deeds = [self.review, self.arbitrate]
        else:
            deeds = [self.accept, self.accept, self.decline, self.ship, self.ship, self.track, self.count]
            deeds += [self.receive, self.goods, self.shelve, self.close_short, self.answer]
            if role is Role.SUPPLIER_MANAGER:
                deeds += [self.offer_leases]
        return self.chance.choice(deeds)()

    def take_back(self) -> Command | None:
        return returns.of_the_shop(self)

    def answer(self) -> Command | None:
        return returns.of_the_supplier(self)

    def lease(self) -> Command | None:
        return leases.of_the_shop(self)

    def offer_leases(self) -> Command | None:
        return leases.of_the_supplier(self)

    def arbitrate(self) -> Command | None:
        return returns.of_the_platform(self)

    def order(self, among: Sequence[Record] | None = None, quantity: int = 0) -> Command | None:
        """Some goods that have a price, of these or of all; so much of each, or anything."""
        prices = {p.sku_id: p for p in self.all(Price) if isinstance(p, Price)}
        skus = [s for s in (self.all(Sku) if among is None else among) if s.id in prices]
        if not skus:
            return None
        wanted = self.chance.sample(skus, min(len(skus), self.chance.randint(1, 3)))
        kind = self.chance.choice([OrderKind.PURCHASE, OrderKind.DROPSHIP])
        items = []
        for sku in wanted:
            price = prices[sku.id]
            seen = price.supply_price if kind is OrderKind.PURCHASE else price.dropship_price or 0
            items.append(OrderItem(sku_id=sku.id, quantity=quantity or self.chance.randint(1, 30), price_seen=seen))
        consumer = kind is OrderKind.DROPSHIP and self.chance.random() < 0.5
        member = self.one(Member) if consumer else None
        held = [c for c in self.all(Coupon) if isinstance(c, Coupon) and member and c.member_id == member.id][:1]
        return PlaceOrder(
            order_id=self.workspace.new_id(),
            number=self.workspace.next_number(),
            kind=kind,
            items=tuple(items),
            address=ADDRESS,
            confirm=self.chance.random() < 0.7,
            member_id=member.id if member else "",
            coupon_ids=tuple(c.id for c in held),
        )

    def sell(self) -> Command | None:
        """Over the counter, with whatever coupons there are; now and then at another price than the books have."""
        skus = self.all(Sku)
        if not skus:
            return None
        wanted = self.chance.sample(skus, min(len(skus), self.chance.randint(1, 3)))
        items = tuple(SaleItem(sku_id=s.id, quantity=self.chance.randint(1, 3), price=10_000) for s in wanted)
        charged = sum(i.quantity for i in items) * 100 - self.chance.choice([0, 0, 0, 50])
        member, coupon = self.one(Member), self.one(Coupon)
        return BookSale(
            order_id=self.workspace.new_id(),
            number=self.workspace.next_number(),
            items=items,
            charged=charged,
            tenders=(Tender(method=self.chance.choice(["CASH", "WECHAT"]), amount=max(1, charged)),),
            member_id=member.id if member and self.chance.random() < 0.6 else "",
            coupon_ids=(coupon.id,) if coupon and self.chance.random() < 0.4 else (),
        )

    def member(self) -> Command | None:
        phone = f"1380000000{self.chance.randint(0, 9)}"
        return SaveMember(member_id=self.workspace.new_id(), name=f"会员{phone[-1]}", phone=phone)

    def coupons(self) -> Command | None:
        template = self.one(CouponTemplate)
        id_ = template.id if template else self.workspace.new_id()
        terms = CouponTerms(value=self.chance.randint(1, 5) * 50, threshold=100)
        return SaveTemplate(template_id=id_, name="券", terms=terms, validity=Validity(days=3), activate=True)

    def issue(self) -> Command | None:
        template, member = self.one(CouponTemplate), self.one(Member)
        if template is None or member is None:
            return None
        return IssueCoupons(template_id=template.id, member_ids=(member.id,))

    def till(self) -> Command | None:
        open_ = [t for t in self.all(Till) if isinstance(t, Till) and t.open]
        if not open_:
            return OpenTill(till_id=self.workspace.new_id(), day="2026-11-25", float_amount=20_000)
        till = self.chance.choice(open_)
        if self.chance.random() < 0.5:
            return MoveCash(till_id=till.id, amount=self.chance.choice([-1000, 1000]), reason="备用金")
        return CloseTill(till_id=till.id, counted=(Counted("CASH", self.chance.randint(19_000, 25_000)),))

    def change(self) -> Command | None:
        old, placed = self.one(Order), self.order()
        if old is None or not isinstance(placed, PlaceOrder):
            return None
        return ChangeOrder(order_id=old.id, placed=placed)

    def arrive(self) -> Command | None:
        line = self.one(SupplyLine)
        if not isinstance(line, SupplyLine):
            return None
        item = ReceivedItem(supply_line_id=line.id, good=self.chance.randint(0, 5), damaged=self.chance.randint(0, 1))
        return ReceiveGoods(
            receipt_id=self.workspace.new_id(), supply_order_id=line.supply_order_id, items=(item,), note="验货"
        )

    def cancel(self) -> Command | None:
        order = self.one(Order)
        return CancelOrder(order_id=order.id, reason="不要了") if order else None

    def confirm(self) -> Command | None:
        order = self.one(Order)
        return ConfirmOrder(order_id=order.id) if order else None

    def pay(self) -> Command | None:
        order = self.one(Order)
        return (
            PayOrder(order_id=order.id, method="cash", amount=self.chance.randint(-500, 5000) or 1) if order else None
        )

    def agree(self) -> Command | None:
        supply = self.one(SupplyOrder)
        if not isinstance(supply, SupplyOrder):
            return None
        limit = self.chance.choice([None, 0, 50_000, 5_000_000])
        return SaveTradeTerms(merchant_id=supply.merchant_id, credit_limit=limit, credit_days=30)

    def state(self) -> Command | None:
        supply = self.one(SupplyOrder)
        if not isinstance(supply, SupplyOrder):
            return None
        until = self.workspace.now() - self.chance.randint(0, 3_600_000)
        return MakeStatement(statement_id=self.workspace.new_id(), debtor_id=supply.merchant_id, until=until)

    def agree_statement(self) -> Command | None:
        statement = self.one(Statement)
        return ConfirmStatement(statement_id=statement.id) if statement else None

    def settle(self) -> Command | None:
        supply = self.one(SupplyOrder)
        if not isinstance(supply, SupplyOrder):
            return None
        mine = self.workspace.actor.organisation_id
        return RecordSettlement(
            settlement_id=self.workspace.new_id(),
            counterparty_id=supply.merchant_id if supply.supplier_id == mine else supply.supplier_id,
            amount=self.chance.randint(1, 9000),
            method="TRANSFER",
        )

    def accept(self) -> Command | None:
        supply = self.one(SupplyOrder)
        return AcceptSupply(supply_order_ids=(supply.id,)) if supply else None

    def decline(self) -> Command | None:
        supply = self.one(SupplyOrder)
        return DeclineSupply(supply_order_id=supply.id, reason="缺货") if supply else None

    def close_short(self) -> Command | None:
        supply = self.one(SupplyOrder)
        return CloseShort(supply_order_id=supply.id, reason="破损") if supply else None

    def ship(self) -> Command | None:
        line = self.one(SupplyLine)
        if not isinstance(line, SupplyLine):
            return None
        id_ = self.workspace.new_id()
        item = ShipItem(supply_line_id=line.id, quantity=self.chance.randint(1, line.quantity))
        return ShipParcel(
            parcel_id=id_, supply_order_id=line.supply_order_id, carrier="SF", tracking_number=id_[-9:], items=(item,)
        )

    def track(self) -> Command | None:
        parcel = self.one(Parcel)
        return TrackParcel(parcel_id=parcel.id, state=self.chance.choice(list(ParcelState)[1:])) if parcel else None

    def count(self) -> Command | None:
        stock = self.one(Stock)
        if not isinstance(stock, Stock):
            return None
        return CountStock(sku_id=stock.sku_id, counted=self.chance.randint(0, 150), position=stock.position)

    def receive(self) -> Command | None:
        sku = self.one(Sku)
        quantity = self.chance.randint(1, 40)
        return MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=quantity) if sku else None

    def shelve(self) -> Command | None:
        sku = self.one(Sku)
        return ShelveGoods(sku_ids=(sku.id,), on_sale=self.chance.random() < 0.7) if sku else None

    def goods(self) -> Command | None:
        return ImportGoods(lines=(self.line(self.chance.randint(1, 8)),))

    def line(self, number: int) -> GoodsLine:
        code = f"N{number}"
        return GoodsLine(
            row=1,
            code=code,
            title=f"新品 {code} {self.chance.randint(1, 3)}",
            supply_price=self.chance.randint(1, 5) * 10_000,
            dropship_price=60_000,
            retail_price=90_000,
            stock=self.chance.choice([None, 50, 80]),
        )

    def review(self) -> Command | None:
        products = [p for p in self.all(Product) if isinstance(p, Product) and p.state is ContentState.SUBMITTED]
        revisions = [r for r in self.all(Revision) if isinstance(r, Revision) and r.state is ContentState.SUBMITTED]
        if not products and not revisions:
            return None
        approve = self.chance.random() < 0.8
        return ReviewGoods(
            products=tuple((p.id, p.row_version) for p in products[:3]),
            revisions=tuple((r.id, r.row_version) for r in revisions[:3]),
            approve=approve,
            reasons=() if approve else ("图片不清",),
        )

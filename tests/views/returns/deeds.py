"""Returns and claims in the believable world, for pictures and tests of their pages."""

from __future__ import annotations

from s2b_domain.access import Actor, scopes_of
from s2b_domain.commands import Command, carry_out, pack
from s2b_domain.commands.cases import Dispute, FoundItem, Inspect, Say, SendBack
from s2b_domain.commands.claims import ClaimItem, DecideClaim, OpenClaim
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem, SaveReturnRules
from s2b_domain.commands.shops import SaveShop
from s2b_domain.ids import derived_id
from s2b_domain.records.order import Address, Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.record import Record
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason, ReturnRule, Verdict
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from s2b_domain.tx import Tx
from tests.views import world
from tests.views.desk import FakeDesk, empty_content

HOME = Address(name="晨光便利店 退货", phone="13800001111", region="浙江省杭州市西湖区", street="文三路 8 号")
K, R, HOUR = ReturnKind, ReturnReason, world.HOUR


class Story:
    """Commands over a copy of the world; `changed` are the rows that they wrote."""

    def __init__(self) -> None:
        self.connection = empty_content()
        source = world.world().connection.connection.driver_connection
        source.backup(self.connection.connection.driver_connection)  # type: ignore[union-attr]
        self.store = RecordStore(self.connection)
        self.changed: set[tuple[type[Record], str]] = set()
        self._n = 0

    def do(self, actor: Actor, message: Command, at: int) -> None:
        self._n += 1
        command_id = derived_id(world.organisation_id("晨光便利店"), "returns", self._n)
        tx = Tx(self.store, actor=actor, command_id=command_id, device_id="world", time=at)
        carry_out(tx, *pack(message))
        self.changed |= set(world.write(self.store, tx))

    def id(self, name: str) -> str:
        return derived_id(world.organisation_id("晨光便利店"), "returns", name)

    def ask(self, name: str, at: int, order: Order, kind: ReturnKind, reason: ReturnReason, note: str = "") -> str:
        lines = self.store.find(OrderLine, order_id=order.id)
        items = (ReturnItem(order_line_id=lines[0].id, quantity=1),)
        message = RequestReturn(
            return_id=self.id(name),
            number=f"T3-20261122-{name}",
            order_id=order.id,
            kind=kind,
            reason=reason,
            items=items,
            note=note,
        )
        self.do(world.MERCHANT, message, at)
        return message.return_id

    def claim(self, name: str, at: int, supply: SupplyOrder, kind: ReturnKind, reason: ReturnReason) -> str:
        line = self.store.find(SupplyLine, supply_order_id=supply.id)[0]
        message = OpenClaim(
            claim_id=self.id(name),
            number=f"C3-20261122-{name}",
            supply_order_id=supply.id,
            kind=kind,
            reason=reason,
            items=(ClaimItem(supply_line_id=line.id, quantity=2),),
            note="到货时两件外箱破损，里面的也漏了",
        )
        self.do(world.MERCHANT, message, at)
        return message.claim_id


def story() -> Story:
    """A return straight to the supplier, one that a rule decided, one inspected, a claim, and a dispute."""
    told, now, shop = Story(), world.NOW, world.MERCHANT
    told.do(shop, SaveShop(name="晨光便利店", return_address=HOME), now - 9 * HOUR)
    rule = ReturnRule(name="小额仅退款", verdict=Verdict.APPROVE, kinds=(K.REFUND_ONLY,), within_days=7, up_to=20_000)
    told.do(shop, SaveReturnRules(rules=(rule,)), now - 9 * HOUR)
    orders = [
        o
        for o in told.store.find(Order, merchant_id=shop.organisation_id, kind=OrderKind.DROPSHIP)
        if o.state.value in ("SHIPPED", "PARTLY_SHIPPED", "DELIVERED")
    ]
    orders.sort(key=lambda o: o.placed_at)
    first = told.ask("1001", now - 8 * HOUR, orders[0], K.RETURN_REFUND, R.QUALITY, "开袋有异味，客户要求退货")
    told.do(shop, DecideReturn(return_id=first, approve=True, to_supplier=True), now - 7 * HOUR)
    told.ask("1002", now - 6 * HOUR, orders[1], K.REFUND_ONLY, R.MISSING)
    third = told.ask("1003", now - 5 * HOUR, orders[2], K.EXCHANGE, R.DAMAGED, "箱盖裂了")
    told.do(shop, DecideReturn(return_id=third, approve=True), now - 5 * HOUR)
    told.do(shop, SendBack(document_id=third, carrier="顺丰速运", tracking_number="SF1688000123"), now - 4 * HOUR)
    line = told.store.find(OrderLine, order_id=orders[2].id)[0]
    found = (FoundItem(line_id=line.id, written_off=1),)
    told.do(shop, Inspect(document_id=third, items=found, note="确实裂了"), now - 3 * HOUR)
    parts = [
        s
        for s in told.store.find(SupplyOrder, merchant_id=shop.organisation_id, kind=OrderKind.PURCHASE)
        if s.state is SupplyState.DELIVERED and s.supplier_id == world.SUPPLIER.organisation_id
    ]
    parts.sort(key=lambda s: s.placed_at)
    told.claim("2001", now - 2 * HOUR, parts[0], K.RETURN_REFUND, R.DAMAGED)
    dispute = told.claim("2002", now - 26 * HOUR, parts[1], K.REFUND_ONLY, R.DAMAGED)
    told.do(shop, Say(document_id=dispute, text="照片里能看到封条完好，里面已经漏了"), now - 25 * HOUR)
    refusal = DecideClaim(claim_id=dispute, approve=False, reason="出库时完好，请找承运商")
    told.do(world.SUPPLIER, refusal, now - 24 * HOUR)
    told.do(shop, Dispute(document_id=dispute, text="收货当场就拒收了两件，承运商有记录"), now - 23 * HOUR)
    return told


def fill(desk: FakeDesk) -> None:
    """Give a desk what its scopes hold of the story."""
    told = story()
    scopes = world.scopes(desk.actor, told.connection)
    for cls, id_ in sorted(told.changed, key=lambda ref: (ref[0].__name__, ref[1])):
        row, here = told.store.get(cls, id_), desk.store.get(cls, id_)
        if row is None or not scopes.intersection(scopes_of(row)):
            continue
        if here is None:
            desk.store.insert(cls, [row])
        else:
            desk.store.replace(cls, [row])
    told.connection.close()

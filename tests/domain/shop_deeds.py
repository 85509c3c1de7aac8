"""What a shop does with orders that become others, with deliveries and with its till, for random sequences."""

from s2b_domain.access import Actor
from s2b_domain.commands import Command
from s2b_domain.commands.order_changes import ChangeOrder, ForgoSupply, ReaddressOrder, ReplaceSupply
from s2b_domain.commands.order_steps import CompleteOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.commands.tills import CloseTill, Counted, MoveCash, OpenTill
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.order import Order, SupplyLine, SupplyOrder
from s2b_domain.records.till import Till
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from tests.domain.books import Books
from tests.domain.offer_deeds import HOME, one

VERBS = ("change", "replace", "forgo", "complete", "readdress", "receive_goods", "till_open", "till_move", "till_close")
OWN = dict.fromkeys(VERBS, ("owner", "other", "assistant"))
MADE = {
    ChangeOrder,
    ReplaceSupply,
    ForgoSupply,
    CompleteOrder,
    ReaddressOrder,
    ReceiveGoods,
    OpenTill,
    MoveCash,
    CloseTill,
}


def _placed(books: Books, kind: OrderKind, n: int, amount: int) -> PlaceOrder:
    prices = {p.sku_id: p for p in books.store.find(Price)}
    sku = one(books.store.find(Sku), n)
    price = prices[sku.id].supply_price if kind is OrderKind.PURCHASE else prices[sku.id].dropship_price
    order_id = books.id()
    return PlaceOrder(
        order_id=order_id,
        number=f"D4-{order_id[-8:]}",
        kind=kind,
        items=(OrderItem(sku_id=sku.id, quantity=amount, price_seen=price or 0),),
        address=None if kind is OrderKind.PURCHASE else HOME,
        confirm=amount % 2 == 0,
    )


def message_of(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """What `actor` asks for; ids come from the whole hub, so that it may well be others' business."""
    store, mine = books.store, actor.organisation_id
    orders = store.find(Order, merchant_id=mine) if n % 4 else store.find(Order)
    if verb == "change":
        old = one(orders, n)
        return ChangeOrder(order_id=old.id, placed=_placed(books, old.kind, n, amount), reason="改数量")
    if verb == "complete":
        return CompleteOrder(order_id=one(orders, n).id)
    if verb == "readdress":
        return ReaddressOrder(order_id=one(orders, n).id, address=HOME)
    if verb in ("replace", "forgo"):
        declined = [s for s in store.find(SupplyOrder, merchant_id=mine) if s.state is SupplyState.DECLINED or n == 3]
        supply = one(declined, n)
        if verb == "forgo":
            return ForgoSupply(supply_order_id=supply.id)
        return ReplaceSupply(supply_order_id=supply.id, placed=_placed(books, supply.kind, n, amount))
    if verb == "receive_goods":
        supply = one(store.find(SupplyOrder, merchant_id=mine), n)
        lines = store.find(SupplyLine, supply_order_id=supply.id)
        items = tuple(
            ReceivedItem(supply_line_id=li.id, good=amount, damaged=n % 2, wrong=n % 3, missing=n % 4) for li in lines
        )
        return ReceiveGoods(receipt_id=derived_id(supply.id, "receipt", n % 5), supply_order_id=supply.id, items=items)
    if verb == "till_open":
        return OpenTill(till_id=derived_id(mine, "till", n), day="2026-11-25", float_amount=amount * 100)
    till = one(store.find(Till, merchant_id=mine), n)
    if verb == "till_move":
        return MoveCash(till_id=till.id, amount=(amount - 3) * 100, reason="备用金")
    return CloseTill(till_id=till.id, counted=(Counted("CASH", amount * 700), Counted("WECHAT", n)), note="")

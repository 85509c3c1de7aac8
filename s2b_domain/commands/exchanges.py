"""换货: what came back is worth another piece. The units move, with what was paid for them, into an order of their own.

So a replacement can be returned like anything else, and nothing is priced, rewarded or paid twice.
"""

from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.after_sales import MAX_LINES, may_follow, own_return, step, touched
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.costs import prices_for, unit_cost
from s2b_domain.commands.counter import hand_over
from s2b_domain.commands.history import remember
from s2b_domain.commands.order_lines import Sold, order_line, subsidy
from s2b_domain.commands.quote import Ware, listing_id, supply_freight
from s2b_domain.commands.refunds import units_of
from s2b_domain.commands.return_quote import money_back
from s2b_domain.commands.rewards import reward
from s2b_domain.commands.stock import counted
from s2b_domain.commands.supplies import open_supply, own_trading, send
from s2b_domain.commands.takings import carry
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.after_sales import ReturnCase
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.records.shop import Listing
from s2b_domain.rules.after_sales import ReturnState
from s2b_domain.rules.bounds import Code, Id
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.rules.pricing import PricedLine, refundable
from s2b_domain.tx import Reader, Tx

S = ReturnState


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """Another SKU of the same product in place of what came back on a line."""

    line_id: Id
    sku_id: Id


class ExchangeReturn(Command, frozen=True, kw_only=True):
    """Give the same goods again, or other options of them at the same price. The order's id and number are new."""

    return_id: Id
    order_id: Id
    number: Code
    swaps: Annotated[tuple[Swap, ...], Meta(max_length=MAX_LINES)] = ()


class _Moved(NamedTuple):
    line: OrderLine
    sold: Sold


def _touched(reader: Reader, actor: Actor, message: ExchangeReturn) -> list[str]:
    scopes = {*touched(reader, actor, message.return_id)}
    case = reader.get(ReturnCase, message.return_id)
    if case is not None:
        suppliers = {x.supplier_id for x in case.lines}
        scopes |= {own(s, c) for s in suppliers for c in ("trade", "money", "stock")}
    return sorted(scopes)


@command("return.exchange@1", ExchangeReturn, permission=Permission.RETURN_DECIDE, touches=_touched)
def exchange_return(tx: Tx, message: ExchangeReturn) -> Result:
    """REPLACEMENT_SENT, with an order for the replacement: handed over at once, or sent to the supplier."""
    case = own_return(tx, message.return_id)
    units = units_of(case)
    if not may_follow(case, S.REPLACEMENT_SENT):
        raise Refused("return_moved_on", state=case.state.value, number=case.number)
    if not units:
        raise Refused("nothing_to_refund", number=case.number)
    if not is_id(message.order_id) or tx.get(Order, message.order_id):
        raise Refused("id_taken", id=message.order_id)
    if not message.number.strip() or tx.find(Order, number=message.number.strip(), merchant_id=case.merchant_id):
        raise Refused("number_taken", number=message.number)
    order = tx.need(Order, case.order_id)
    swaps = {s.line_id: s.sku_id for s in message.swaps}
    if not swaps.keys() <= units.keys():
        raise Refused("field_wrong", field="items")
    moved = [_moved(tx, order, id_, n, swaps.get(id_, "")) for id_, n in sorted(units.items())]
    value = sum(m.sold.line.payable for m in moved)
    new = _new_order(tx, order, case, message, moved, value)
    _move_money(tx, case, order, new, moved, value)
    case = case.with_(settled=True, goods_amount=value, value=value, pay_back=0, replacement_id=new.id)
    step(tx, case, S.REPLACEMENT_SENT, new.number)
    remember(tx, order.id, "return.exchanged", case.merchant_id, reason=new.number)
    return {"number": new.number, "total": new.total}


def _moved(tx: Tx, order: Order, line_id: str, quantity: int, sku_id: str) -> _Moved:
    """A line's units, frozen as they were sold, for the same SKU or another of the product at the same price."""
    line = tx.need(OrderLine, line_id)
    if quantity > line.quantity - line.cancelled - line.returned:
        left = max(0, line.quantity - line.cancelled - line.returned)
        raise Refused("more_than_left", quantity=quantity, left=left, **counted(line))
    old = tx.need(Sku, line.sku_id)
    sku = tx.need(Sku, sku_id) if sku_id else old
    if sku.id != old.id and not may_swap(tx, order.merchant_id, old, sku):
        raise Refused("exchange_price_differs", sku=sku.code)
    back = refundable(line.frozen, line.gone, quantity)
    listed = back.amount + sum(r.amount for r in back.reductions)
    priced = PricedLine(
        key=sku.id,
        sku_id=sku.id,
        quantity=quantity,
        list_price=line.list_price,
        unit_price=line.unit_price,
        list_amount=listed,
        amount=back.amount,
        payable=back.amount,
        points_used=back.points_back,
        points_earned=back.points_away,
        reductions=back.reductions,
    )
    ware = Ware(sku, tx.need(Product, sku.product_id), quantity, None, _cost(tx, order, sku, quantity))
    tx.put(line.with_(returned=line.returned + quantity))
    return _Moved(line, Sold(ware, priced, line.gift_of))


def may_swap(reader: Reader, merchant_id: str, old: Sku, sku: Sku) -> bool:
    """Whether a SKU may be given for another: of the same product, counted alike, at the same price in the shop."""
    alike = sku.product_id == old.product_id and sku.decimals == old.decimals
    return alike and _listed(reader, merchant_id, sku) == _listed(reader, merchant_id, old)


def _listed(reader: Reader, merchant_id: str, sku: Sku) -> int | None:
    listing = reader.get(Listing, listing_id(merchant_id, sku.id))
    return listing.price if listing and listing.on_sale else sku.retail_price


def _cost(tx: Tx, order: Order, sku: Sku, quantity: int) -> int:
    if order.kind is OrderKind.RETAIL:
        return 0
    knows = tx.sees(own(order.merchant_id, "money"))
    price = prices_for(tx, order.merchant_id, [sku.id], knows_terms=knows).get(sku.id)
    cost = unit_cost(price, order.kind, quantity) if price else None
    if cost is None:
        raise Refused("no_dropship", sku=sku.code)
    return cost


def _new_order(
    tx: Tx, order: Order, case: ReturnCase, message: ExchangeReturn, moved: list[_Moved], value: int
) -> Order:
    """The order of the replacement, in its first state; nothing of it is rewarded again."""
    at_counter = order.kind is OrderKind.RETAIL
    new = tx.add(
        Order(
            id=message.order_id,
            number=message.number.strip(),
            merchant_id=order.merchant_id,
            kind=order.kind,
            state=OrderState.COMPLETED if at_counter else OrderState.PLACED,
            address=order.address,
            goods_amount=value,
            total=value,
            note=case.number,
            placed_at=tx.time,
            placed_by=tx.actor.name,
            member_id=order.member_id,
            person=order.person,
            points_used=sum(m.sold.line.points_used for m in moved),
            points_earned=sum(m.sold.line.points_earned for m in moved),
            rewarded=order.rewarded,
            replaces=order.id,
        )
    )
    remember(tx, new.id, "order.sold" if at_counter else "order.placed", new.merchant_id, after=new.state)
    if at_counter:
        for number, m in enumerate(moved, start=1):
            order_line(tx, new, number, m.sold, freight=0)
            hand_over(tx, new, m.sold.ware)
        return new
    merchant = own_trading(tx)
    at = 0
    by_supplier = sorted({m.sold.ware.sku.supplier_id for m in moved})
    for part, supplier in enumerate(by_supplier, start=1):
        mine = [m.sold for m in moved if m.sold.ware.sku.supplier_id == supplier]
        fee = supply_freight(tx, supplier, new.address, [(s.ware.sku, s.ware.quantity, s.line.amount) for s in mine])
        supply = open_supply(tx, new, merchant.name, supplier, part, mine, fee)
        for number, sold in enumerate(mine, start=1):
            at += 1
            id_ = tx.id("supply_line", part, number)
            order_line(tx, new, at, sold, supply_order_id=supply.id, supply_line_id=id_, freight=0)
    return send(tx, new)


def _move_money(tx: Tx, case: ReturnCase, order: Order, new: Order, moved: list[_Moved], value: int) -> None:
    """What was paid, owed and borne for the units belongs to the new order."""
    borne = subsidy([m.sold for m in moved])
    platform = platform_id(tx)
    owe(tx, platform, order.merchant_id, -borne, kind="subsidy_reversed", document_id=order.id)
    owe(tx, platform, order.merchant_id, borne, kind="subsidy", document_id=new.id)
    owe(tx, CONSUMERS, order.merchant_id, -value, kind="return", document_id=case.id)
    owe(tx, CONSUMERS, order.merchant_id, value, kind="sale", document_id=new.id)
    _, methods = money_back(tx, order, value)
    order, _ = carry(tx, order, tx.need(Order, new.id), methods, case.number)
    order = tx.put(order.with_(returned_amount=order.returned_amount + value))
    if order.paid >= order.due > 0:
        reward(tx, order)  # what is left of it is paid

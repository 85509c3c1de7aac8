"""A day at the counter of a shop whose line is down: what was done is told, so that others can add it up."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from demo.stage import Stage
from s2b_desktop.models.queries.pricing import order_preview
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.orders import OrderItem, OrderPreview, PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.promotions import SavePromotion
from s2b_domain.commands.quote import Quote, Ware, Wish, quote
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack
from s2b_domain.commands.return_quote import ReturnQuote, quote_return
from s2b_domain.commands.tills import CloseTill, Counted, MoveCash, OpenTill
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.order import Address, Order, OrderLine
from s2b_domain.records.promotion import Promotion
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Channel, SkuPrice, Step
from tests.journeys.scenes.deeds import _submit

T = TypeVar("T")
HOME = Address(name="王芳", phone="13900001111", region="浙江省杭州市", street="文三路 1 号")
METHODS = ("CASH", "WECHAT", "ALIPAY")


def _rows(stage: Stage, query: Callable[[RecordStore], T]) -> T:
    return stage.window.desk.read(lambda connection: query(RecordStore(connection)))


def _booked(stage: Stage, id_: str) -> None:
    stage.wait(lambda: _rows(stage, lambda store: store.get(Order, id_)), "the cache")


def open_day(stage: Stage, *, float_amount: int) -> dict[str, Any]:
    """Fill the drawer."""
    id_ = stage.window.desk.new_id()
    _submit(stage, [OpenTill(till_id=id_, day="2026-11-26", float_amount=float_amount)])
    return {"till": id_}


def close_day(stage: Stage, *, till: str, moved: int, counted: int) -> None:
    """Take some money to the bank, count the drawer."""
    _submit(
        stage,
        [
            MoveCash(till_id=till, amount=-moved, reason="存银行"),
            CloseTill(till_id=till, counted=(Counted("CASH", counted),)),
        ],
    )


def sell(stage: Stage, *, sales: list[dict[str, Any]]) -> dict[str, Any]:
    """Sell over the counter at the price that this PC shows."""
    return {"sales": [_sale(stage, sale) for sale in sales]}


def _sale(stage: Stage, sale: dict[str, Any]) -> dict[str, Any]:
    desk = stage.window.desk
    items: dict[str, int] = sale["items"]
    wish = Wish(
        merchant_id=desk.actor.organisation_id,
        channel=Channel.COUNTER,
        member_id=sale.get("member", ""),
        coupon_ids=tuple(sale.get("coupons", ())),
        points=sale.get("points", 0),
    )

    def priced(store: RecordStore) -> Quote:
        wares = []
        for id_, quantity in items.items():
            sku = store.get(Sku, id_)
            assert sku is not None
            product = store.get(Product, sku.product_id)
            assert product is not None
            wares.append(Ware(sku, product, quantity))
        return quote(store, wish, wares, desk.now())

    found = _rows(stage, priced).priced
    assert (found.used, found.points_used) == (wish.coupon_ids, wish.points), found.skipped
    message = BookSale(
        order_id=desk.new_id(),
        number=desk.next_number(),
        items=tuple(SaleItem(sku_id=i, quantity=n) for i, n in items.items()),
        charged=found.total,
        tenders=(Tender(method=sale["method"], amount=found.total),),
        member_id=wish.member_id,
        coupon_ids=wish.coupon_ids,
        points=wish.points,
    )
    _submit(stage, [message])
    _booked(stage, message.order_id)
    earned = found.points_earned
    return {**sale, "id": message.order_id, "charged": found.total, "earned": earned, "goods": found.goods_amount}


def give_back(stage: Stage, *, returns: list[dict[str, Any]]) -> dict[str, Any]:
    """Take one unit of a sale's first line back over the counter, and give what it carries."""
    return {"returns": [_return(stage, each) for each in returns]}


def _return(stage: Stage, each: dict[str, Any]) -> dict[str, Any]:
    desk = stage.window.desk

    def worth(store: RecordStore) -> tuple[OrderLine, ReturnQuote]:
        order = store.get(Order, each["order"])
        assert order is not None
        line = min(store.find(OrderLine, order_id=order.id), key=lambda x: x.line)
        return line, quote_return(store, order, ReturnKind.RETURN_REFUND, {line.id: 1}, with_freight=False)

    line, quoted = _rows(stage, worth)
    message = CounterReturn(
        return_id=desk.new_id(),
        number=desk.next_number(),
        order_id=each["order"],
        reason=next(iter(ReturnReason)),
        items=(HandedBack(order_line_id=line.id, quantity=1, written_off=each["written_off"]),),
        given=tuple(Given(method=m, amount=a) for m, a in quoted.methods),
    )
    _submit(stage, [message])
    stage.wait(
        lambda: _rows(stage, lambda store: store.find(OrderLine, id=line.id)[0].returned > line.returned), "the cache"
    )
    return {
        **each,
        "id": message.return_id,
        "sku": line.sku_id,
        "methods": [list(m) for m in quoted.methods],
        "points": quoted.points_back - quoted.points_away,
    }


def order(stage: Stage, *, orders: list[dict[str, Any]]) -> dict[str, Any]:
    """Take consumers' orders at the total that this PC shows; those with a method are paid at once."""
    return {"orders": [_order(stage, each) for each in orders]}


def _order(stage: Stage, each: dict[str, Any]) -> dict[str, Any]:
    desk = stage.window.desk
    [price] = _rows(stage, lambda store: store.find(Price, sku_id=each["sku"]))
    assert price.dropship_price is not None
    message = PlaceOrder(
        order_id=desk.new_id(),
        number=desk.next_number(),
        kind=OrderKind.DROPSHIP,
        items=(OrderItem(sku_id=each["sku"], quantity=1, price_seen=price.dropship_price),),
        address=HOME,
        member_id=each.get("member", ""),
        coupon_ids=tuple(each.get("coupons", ())),
    )
    preview = desk.read(order_preview, desk.actor, message, desk.now())
    assert isinstance(preview, OrderPreview), preview
    assert preview.quote is not None
    assert preview.quote.priced.used == message.coupon_ids
    _submit(stage, [msgspec.structs.replace(message, total_seen=preview.total)])
    _booked(stage, message.order_id)
    earned = 0
    if each.get("method"):
        _submit(stage, [PayOrder(order_id=message.order_id, method=each["method"], amount=preview.total)])
        earned = preview.quote.priced.points_earned
    return {**each, "id": message.order_id, "total": preview.total, "earned": earned}


def edit(stage: Stage, *, promotion: str, value: int) -> None:
    """Give a promotion other terms: its special price, or what it takes off."""
    found = _rows(stage, lambda store: store.get(Promotion, promotion))
    assert found is not None
    terms = found.terms
    if terms.prices:
        terms = msgspec.structs.replace(terms, prices=(SkuPrice(terms.prices[0].sku_id, value),))
    else:
        terms = msgspec.structs.replace(terms, steps=(Step(terms.steps[0].threshold, value),))
    message = SavePromotion(promotion_id=promotion, name=found.name, terms=terms, starts_at=found.starts_at)
    _submit(stage, [message])
    stage.wait(
        lambda: (
            _rows(stage, lambda store: store.find(Promotion, id=promotion, owner_id=found.owner_id))[0].terms == terms
        ),
        "the cache",
    )


def queue(stage: Stage) -> dict[str, Any]:
    """What became of everything that was saved here."""
    return {
        "queue": [
            [i.command_id, i.name, i.state, i.code, getattr(i.message, "order_id", ""), i.params]
            for i in stage.window.desk.queue(limit=10_000)
        ]
    }

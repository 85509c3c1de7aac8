"""Where declined goods are to be had."""

from s2b_desktop.models.queries.elsewhere import alternatives
from s2b_domain.commands.supply import DeclineSupply
from s2b_domain.records.order import SupplyOrder
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Gift, PromotionKind, Step, Terms
from tests.domain.books import open_books, water
from tests.domain.test_offers_in_orders import order_of, promote


def test_goods_that_came_with_more_of_them_as_a_gift_are_one_line_elsewhere() -> None:
    with open_books() as books:
        books.sell(books.hengfeng, water("W", barcodes=("6901234567892",)))
        [goods] = books.skus()
        promote(books, Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(goods.id, 1),)))
        books.do(books.chenguang, order_of(books))
        books.sell(books.yuanda, water("Y", barcodes=("6901234567892",), dropship_price=15_500))
        [part] = books.store.find(SupplyOrder)
        books.do(books.hengfeng, DeclineSupply(supply_order_id=part.id, reason="缺货"))
        other = next(s for s in books.skus() if s.code == "Y")
        found = alternatives(books.store.connection, books.chenguang, OrderKind.DROPSHIP, part.id)
        assert found == [(other.id, 6, 15_500, 16_666)]

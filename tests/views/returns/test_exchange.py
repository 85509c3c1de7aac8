"""Another option of the goods in place of what came back."""

import msgspec
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.returns import swappable
from s2b_desktop.views.returns.prompts import ExchangePrompt
from s2b_domain.commands.cases import FoundItem, Inspect
from s2b_domain.commands.counter import SaleItem
from s2b_domain.commands.exchanges import ExchangeReturn, Swap
from s2b_domain.commands.returns import DecideReturn
from s2b_domain.records.order import OrderLine
from s2b_domain.rules.after_sales import ReturnKind
from tests.domain.books import open_books, water
from tests.domain.test_after_sales import case_of, request, sold
from tests.domain.test_offers_in_orders import sale_of


def test_another_option_at_the_same_price_is_offered_and_given(qtbot: QtBot) -> None:
    with open_books() as books:
        books.sell(
            books.hengfeng,
            water("S", product_key="T", specs={"尺码": "S"}),
            water("M", product_key="T", specs={"尺码": "M"}),
            water("L", product_key="T", specs={"尺码": "L"}, retail_price=30_000),
        )
        skus = {s.code: s.id for s in books.skus()}
        items = (SaleItem(sku_id=skus["S"], quantity=2),)
        sale = sold(books, msgspec.structs.replace(sale_of(books, 400), items=items))
        [line] = books.store.find(OrderLine, order_id=sale.id)
        case = request(books, sale, 2, ReturnKind.EXCHANGE)
        books.do(books.chenguang, DecideReturn(return_id=case.id, approve=True))
        books.do(books.chenguang, Inspect(document_id=case.id, items=(FoundItem(line_id=line.id, restocked=2),)))
        swaps = swappable(books.store.connection, case.id)
        assert [(x.line_id, options) for x, options in swaps] == [(line.id, [(skus["M"], "尺码: M")])]
        prompt = ExchangePrompt(case_of(books, case.id), swaps)
        qtbot.addWidget(prompt)
        assert prompt.swaps() == ()
        prompt.choices[line.id].set_value(skus["M"])
        assert prompt.swaps() == (Swap(line_id=line.id, sku_id=skus["M"]),)
        id_ = books.id()
        message = ExchangeReturn(return_id=case.id, order_id=id_, number="X1", swaps=prompt.swaps())
        books.do(books.chenguang, message)
        assert [x.code for x in books.store.find(OrderLine, order_id=id_)] == ["M"]

"""Lines of an import that take values away, and prices changed in bulk."""

import pytest

from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.rules.pricing import adjusted_price
from tests.domain.books import Books


def test_a_cleared_field_has_no_value_any_more(books: Books) -> None:
    line = GoodsLine(
        row=1, code="A1", title="水", supply_price=12_000, dropship_price=15_000, retail_price=20_000, weight_g=550
    )
    books.sell(books.hengfeng, line)
    emptied = GoodsLine(row=1, code="A1", cleared=("dropship_price", "weight_g"))
    books.do(books.hengfeng, ImportGoods(lines=(emptied,)))
    [sku], [price] = books.store.find(Sku), books.store.find(Price)
    assert (sku.weight_g, sku.retail_price) == (None, 20_000)
    assert (price.supply_price, price.dropship_price) == (12_000, None)


@pytest.mark.parametrize("line", [{"cleared": ("title",)}, {"cleared": ("weight_g",), "weight_g": 3}])
def test_only_what_may_be_empty_is_cleared(books: Books, line: dict[str, object]) -> None:
    books.sell(books.hengfeng, GoodsLine(row=1, code="A1", title="水", supply_price=12_000))
    with pytest.raises(Refused) as refused:
        books.do(books.hengfeng, ImportGoods(lines=(GoodsLine(row=7, code="A1", **line),)))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.params["row"]) == ("row_wrong", 7)


@pytest.mark.parametrize(
    ("price", "change_bp", "step", "after"),
    [
        (100_000, 500, 100, 105_000),  # 10.00 up 5 % is 10.50
        (350, 500, 1, 368),  # 0.035 up 5 % is 0.03675: 0.0368
        (123_400, -1000, 1_000, 111_000),  # 12.34 down 10 % is 11.106: 11.10 to a tenth
        (99_500, 0, 10_000, 100_000),  # halves go up
        (40, -5000, 100, 100),  # a price does not vanish by rounding
        (40, -10_000, 100, 0),
        (0, 500, 100, 0),
    ],
)
def test_prices_change_by_percent_and_are_rounded_once(price: int, change_bp: int, step: int, after: int) -> None:
    assert adjusted_price(price, change_bp, step) == after

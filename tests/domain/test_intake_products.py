"""Rows of one product in a sheet: the first that says something speaks for all."""

from s2b_domain.intake.goods import GoodsRow, Issue
from s2b_domain.intake.products import Products


def united(*goods: GoodsRow) -> tuple[list[GoodsRow], list[Issue]]:
    issues: list[Issue] = []
    return Products({"title": "品名"}).unite(list(goods), issues), issues


def test_the_first_row_of_a_product_speaks_for_all_its_rows() -> None:
    rows, issues = united(
        GoodsRow(2, "A-S", "A", title="外套 S", image_urls=("s.jpg",)),
        GoodsRow(3, "A-M", "A", title="外套 M", brand="本色", image_urls=("s.jpg",)),
        GoodsRow(4, "A-L", "A", title="外套 S", brand="别家"),
        GoodsRow(5, "B", "B", title="裤子"),
    )
    assert [row.title for row in rows] == ["外套 S", "外套 S", "外套 S", "裤子"]
    assert [row.brand for row in rows] == [None, "本色", "本色", None]
    assert [(i.row, i.column, i.field, i.value, i.level, i.params) for i in issues] == [
        (3, "品名", "title", "外套 M", "warning", {"other": 2}),
        (4, "", "brand", "别家", "warning", {"other": 2}),
    ]


def test_what_a_row_leaves_out_stays_out() -> None:
    rows, issues = united(GoodsRow(2, "A-S", "A", title="外套"), GoodsRow(3, "A-M", "A"))
    assert rows[1].title is None
    assert issues == []

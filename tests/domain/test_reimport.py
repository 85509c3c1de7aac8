"""Importing again: what changed is changed, what did not is left alone, and nothing goes round review."""

import pytest

from s2b_domain.commands.categories import CategoryEntry, SaveCategories
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.errors import Refused
from s2b_domain.records.audit import Audit
from s2b_domain.records.catalog import Price, Product, Revision
from s2b_domain.records.record import Record
from s2b_domain.records.stock import Availability
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.order_flow import OrderKind
from tests.domain.books import Books, water
from tests.domain.straight import check_books


def load(books: Books, *lines: GoodsLine) -> int:
    """Import; how many rows changed."""
    books.do(books.hengfeng, ImportGoods(lines=lines))
    check_books(books)
    assert books.last is not None
    return len(books.last.changes())


def product(books: Books, key: str) -> Product:
    [found] = books.store.find(Product, product_key=key)
    return found


def on_sale(books: Books) -> set[bool]:
    """Whether SKUs, prices and stock are shown to merchants."""
    store = books.store
    shown = {s.live for s in books.skus()} | {p.live for p in store.find(Price)}
    return shown | {a.live for a in store.find(Availability)}


def reject(books: Books) -> None:
    products = books.store.find(Product, state=ContentState.SUBMITTED)
    revisions = books.store.find(Revision, state=ContentState.SUBMITTED)
    versions = tuple((p.id, p.row_version) for p in products), tuple((r.id, r.row_version) for r in revisions)
    message = ReviewGoods(products=versions[0], revisions=versions[1], approve=False, reasons=("图片不清",))
    books.do(books.admin, message)


def test_lines_of_one_product_that_differ_settle_on_the_last(books: Books) -> None:
    lines = water("A", product_key="P", title="红"), water("B", row=3, product_key="P", title="蓝")
    load(books, *lines)
    assert product(books, "P").title == "蓝"
    assert load(books, *lines) == 0
    books.approve()
    assert load(books, *lines) == 0


def test_what_was_rejected_comes_back_when_something_changed(books: Books) -> None:
    load(books, water())
    reject(books)
    assert load(books, water()) == 0
    load(books, water(specs={"规格": "550ml"}))
    assert product(books, "0012").state is ContentState.SUBMITTED


def test_a_rejected_revision_does_not_come_back_by_itself(books: Books) -> None:
    books.sell(books.hengfeng, water())
    load(books, water(title="新"))
    reject(books)
    assert load(books, water(title="新")) == 0
    load(books, water(title="更新"))
    assert len(books.store.find(Revision, state=ContentState.SUBMITTED)) == 1


def test_going_back_to_what_sells_withdraws_the_revision(books: Books) -> None:
    books.sell(books.hengfeng, water())
    load(books, water(title="新"))
    load(books, water())
    assert [r.state for r in books.store.find(Revision)] == [ContentState.REPLACED]
    assert load(books, water()) == 0


def test_a_category_made_later_is_found_by_the_same_text(books: Books) -> None:
    load(books, water())
    assert product(books, "0012").category_id == ""
    entry = CategoryEntry(id=books.id(), parent_id="", name_zh="水", name_en="Water")
    books.do(books.admin, SaveCategories(entries=(entry,)))
    load(books, water())
    assert product(books, "0012").category_id == entry.id
    assert load(books, water()) == 0


def test_a_sku_moves_to_another_product_and_waits_there(books: Books) -> None:
    books.sell(books.hengfeng, water("A"), water("B", row=3))
    load(books, water("A", product_key="P", title="套装"), water("B", row=3, product_key="P", title="套装"))
    moved = product(books, "P")
    assert (moved.state, {s.product_id for s in books.skus()}) == (ContentState.SUBMITTED, {moved.id})
    assert on_sale(books) == {False}
    assert {product(books, k).state for k in "AB"} == {ContentState.REPLACED}
    books.approve()
    assert on_sale(books) == {True}
    assert load(books, water("A", title="套装"), water("B", row=3, title="套装")) == 0
    load(books, water("A", product_key="A"))
    assert product(books, "A").state is ContentState.SUBMITTED


def test_blank_and_repeated_barcodes_are_none(books: Books) -> None:
    load(books, water(barcodes=("", "69", " 69 ", "70")))
    assert [(s.barcode, s.more_barcodes) for s in books.skus()] == [("69", ("70",))]
    load(books, water(barcodes=("",)))
    assert [(s.barcode, s.more_barcodes) for s in books.skus()] == [("", ())]


def test_a_step_does_not_change_under_what_lies_there(books: Books) -> None:
    load(books, water(stock=5))
    with pytest.raises(Refused, match="unit_in_use row=2 sku=0012"):
        load(books, water(unit="kg", decimals=3))
    load(books, water(stock=0))
    load(books, water(unit="kg", decimals=3, stock=5000))
    assert books.skus()[0].decimals == 3


def test_a_step_does_not_change_under_what_was_ordered(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=5))
    [sku] = books.skus()
    items = (OrderItem(sku_id=sku.id, quantity=5, price_seen=12_500),)
    order_id = books.id()
    order = PlaceOrder(order_id=order_id, number="D3-1", kind=OrderKind.PURCHASE, items=items, confirm=True)
    books.do(books.chenguang, order)
    load(books, water(stock=0))  # nothing lies there any more, but five are promised
    with pytest.raises(Refused, match="unit_in_use"):
        load(books, water(unit="kg", decimals=3, stock=0))
    books.do(books.chenguang, CancelOrder(order_id=order_id, reason="不要了"))
    load(books, water(unit="kg", decimals=3, stock=0))
    assert books.skus()[0].decimals == 3


def test_a_new_sku_of_what_is_on_sale_waits_for_review(books: Books) -> None:
    red, blue = water("A", product_key="P"), water("B", row=3, product_key="P")
    books.sell(books.hengfeng, red)
    load(books, red, blue)
    store = books.store
    assert {s.code: s.live for s in books.skus()} == {"A": True, "B": False}
    assert (
        sorted(p.live for p in store.find(Price)) == sorted(a.live for a in store.find(Availability)) == [False, True]
    )
    [revision] = store.find(Revision, state=ContentState.SUBMITTED)
    assert revision.content == product(books, "P").content
    assert load(books, red, blue) == 0
    load(books, red, blue, water("C", row=4, product_key="P"))
    with pytest.raises(Refused, match="changed_meanwhile"):  # nobody has read of C
        books.do(books.admin, ReviewGoods(revisions=((revision.id, revision.row_version),), approve=True))
    reject(books)
    assert {s.code: s.live for s in books.skus()} == {"A": True, "B": False, "C": False}
    assert load(books, red, blue) == 0
    load(books, red, water("B", row=3, product_key="P", specs={"颜色": "蓝"}))
    books.approve()
    assert on_sale(books) == {True}
    assert {s.code: s.specs for s in books.skus()} == {"A": {}, "B": {"颜色": "蓝"}, "C": {}}


def test_a_sku_that_comes_while_its_product_waits_is_not_approved_unread(books: Books) -> None:
    load(books, water("A", product_key="P"))
    before = product(books, "P")
    load(books, water("B", product_key="P"))
    with pytest.raises(Refused, match="changed_meanwhile"):
        books.do(books.admin, ReviewGoods(products=((before.id, before.row_version),), approve=True))


def test_new_options_of_what_is_on_sale_wait_for_review(books: Books) -> None:
    small, large = {"规格": "550ml"}, {"规格": "5L"}
    books.sell(books.hengfeng, water(specs=small))
    load(books, water(specs=large, supply_price=99_900))
    [sku], [price] = books.skus(), books.store.find(Price)
    assert (sku.specs, sku.live, price.supply_price) == (small, True, 99_900)
    [revision] = books.store.find(Revision, state=ContentState.SUBMITTED)
    assert revision.specs == {sku.id: large}
    assert load(books, water(specs=large, supply_price=99_900)) == 0
    reject(books)
    assert load(books, water(specs=large, supply_price=99_900)) == 0
    load(books, water(specs=large, title="山泉水 5L", supply_price=99_900))
    books.approve()
    assert (books.skus()[0].specs, product(books, "0012").title) == (large, "山泉水 5L")
    load(books, water(specs=small, title="山泉水 5L", supply_price=99_900))
    load(books, water(specs=large, title="山泉水 5L", supply_price=99_900))
    assert books.store.find(Revision, state=ContentState.SUBMITTED) == []


def test_what_sells_goes_on_selling_in_another_product_and_the_audit_says_so(books: Books) -> None:
    books.sell(books.hengfeng, water("A"), water("B", row=3), water("N", row=4))
    load(books, water("A", product_key="B"))
    assert on_sale(books) == {True}
    [event] = [a for a in books.store.find(Audit) if a.event == "sku.moved"]
    assert event.details == {"before": "A", "after": "B"}
    load(books, water("D", row=5, product_key="E"))
    load(books, water("D", row=5, product_key="B"))
    assert {s.code for s in books.skus() if not s.live} == {"D"}, "what was never approved does not slip in"


def test_without_a_price_for_it_nothing_is_drop_shipped(books: Books) -> None:
    load(books, water())
    load(books, GoodsLine(row=2, code="0012", cleared=("dropship_price",)))
    assert not books.skus()[0].dropship


def test_each_price_that_moved_is_in_the_audit(books: Books) -> None:
    load(books, water())
    load(books, water(dropship_price=16_000))
    [event] = [a for a in books.store.find(Audit) if a.event == "price.changed"]
    wanted = {"before": 12_500, "after": 12_500, "dropship_before": 15_000, "dropship_after": 16_000}
    assert event.details == wanted


def test_new_goods_are_not_asked_for_one_by_one(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(cls: type[Record], id_: str) -> None:
        raise AssertionError(f"asked for one {cls.__name__}")

    lines = tuple(water(f"{n:04}", row=n, product_key=f"P{n // 2}") for n in range(1, 60))
    monkeypatch.setattr(books.store, "get", never)
    assert load(books, *lines) == 59 * 5 + 30

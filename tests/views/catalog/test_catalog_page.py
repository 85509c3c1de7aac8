"""Choosing goods: tree, search, filters, one product, and into the order by key or by scanner."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from s2b_desktop.models.name_order import name_key
from s2b_desktop.models.queries.catalog import ProductFilter, product_names, product_rowid, product_rowids
from s2b_desktop.models.status import Changes
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.catalog.panel import ProductPanel
from s2b_desktop.views.catalog.tree import ALL
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.orders.basket import Basket
from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.stock import Availability
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Tier
from s2b_domain.rules.units import Unit
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, Places, sku_id


@pytest.fixture
def page(qtbot: QtBot, open_page: Open, merchant: FakeDesk) -> CatalogPage:
    made = open_page(CatalogPage, merchant)
    assert isinstance(made, CatalogPage)
    qtbot.waitUntil(lambda: len(made.table.model.ids()) == 53 and made.tree.categories.rowCount() > 1)
    return made


def titles(page: CatalogPage) -> list[str]:
    return [page.table.model.row(at).title for at in range(len(page.table.model.ids()))]


def open_product(page: CatalogPage, desk: FakeDesk, code: str) -> ProductPanel:
    page.show_item(desk.store.find(Sku, code=code)[0].product_id)
    panel = page.inspector.content()
    assert isinstance(panel, ProductPanel)
    return panel


def in_hand(desk: FakeDesk) -> dict[str, int]:
    """What is in the order, as another page would read it."""
    codes = {s.id: s.code for s in desk.store.find(Sku)}
    return {codes[line.sku_id]: line.quantity for line in Basket(desk).draft.lines}


def test_the_list_says_price_and_stock_in_words(page: CatalogPage, merchant: FakeDesk) -> None:
    columns = [c.key for c in page.table.model.columns]
    water = product_rowid(merchant.connection, merchant.store.find(Sku, code="000001")[0].product_id)
    few = product_rowid(merchant.connection, merchant.store.find(Sku, code="BC-0022")[0].product_id)
    assert water is not None
    assert few is not None
    shown = dict(zip(columns, page.table.model.texts(page.table.model.row_of(water)), strict=True))
    assert (shown["price"], shown["supplier"], shown["dropship"]) == ("26.50", "杭州恒丰食品", "可代发")
    assert shown["stock"].startswith("有货 ")
    assert page.table.model.texts(page.table.model.row_of(few))[columns.index("stock")] == "仅剩 2 组"
    assert page.facts() == "53 种商品"


def test_proper_models(page: CatalogPage, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(page.table.model)  # type: ignore[no-untyped-call]
    qtmodeltester.check(page.tree.categories)  # type: ignore[no-untyped-call]


def test_the_tree_lists_what_is_below_a_node(qtbot: QtBot, page: CatalogPage) -> None:
    page.tree.choose(world.category_id("水与饮料"))
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 10)
    page.tree.choose(world.category_id("饮用水"))
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 3)
    assert all("水" in title for title in titles(page))
    page.tree.choose(ALL)
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 53)


def test_the_tree_leaves_out_empty_branches_and_speaks_both_languages(page: CatalogPage, qapp: QApplication) -> None:
    model = page.tree.categories
    top = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert top == ["全部商品", "食品饮料", "家居日用"]
    switch_language(qapp, "en")
    assert model.index(1, 0).data() == "Food and drinks"


def test_goods_without_category_have_a_place(qtbot: QtBot, page: CatalogPage, merchant: FakeDesk) -> None:
    product = merchant.store.find(Product)[0]
    merchant.store.replace(Product, [product.with_(category_id="")])
    merchant.changed.emit(Changes(frozenset({"product"})))
    qtbot.waitUntil(lambda: page.tree.categories.rowCount() == 4)
    last = page.tree.categories.index(3, 0)
    assert last.data() == "未分类"
    page.tree.setCurrentIndex(last)
    qtbot.waitUntil(lambda: titles(page) == [product.title])


def test_search_as_one_types_and_filters_together(qtbot: QtBot, page: CatalogPage, merchant: FakeDesk) -> None:
    page.table.search_field.setText("农夫山泉")
    qtbot.waitUntil(lambda: 0 < len(page.table.model.ids()) < 53)
    assert any(title.startswith("农夫山泉") for title in titles(page))
    qtbot.waitUntil(lambda: page.facts() == "2 种商品")  # the figures are those of what was found
    assert page.card("in_stock").accessibleName() == "有货、2、共 2"
    (water,) = merchant.store.find(Sku, code="000001")
    (row,) = merchant.store.find(Availability, id=water.id)
    merchant.store.replace(Availability, [row.with_(available=0)])
    page.card("in_stock").click()
    qtbot.waitUntil(lambda: "农夫山泉 饮用天然水 550ml×24" not in titles(page))
    page.table.search_field.setText("没有这样的商品")
    qtbot.waitUntil(lambda: not page.table.model.ids())
    (everything,) = [b for b in page.table._empty.findChildren(Button) if b.text()]
    everything.click()
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 53)


def test_sorting_by_price(qtbot: QtBot, page: CatalogPage) -> None:
    page.table.sort_requested.emit("price", False)
    qtbot.waitUntil(lambda: titles(page)[0] == "妙洁 加厚百洁布 6片")
    page.table.sort_requested.emit("price", True)
    qtbot.waitUntil(lambda: titles(page)[0] == "爱丽思 抽屉式收纳柜 5层")


def test_a_scanned_barcode_goes_straight_into_the_order(page: CatalogPage, merchant: FakeDesk) -> None:
    (water,) = merchant.store.find(Sku, code="000001")
    for _ in range(2):
        QTest.keyClicks(page.table.search_field, water.barcode)
        QTest.keyClick(page.table.search_field, Qt.Key.Key_Return)
        assert page.table.search_field.text() == ""
    assert in_hand(merchant) == {"000001": 2}
    assert page.strip.facts.text() == "1 种商品 · ¥53.00"
    assert page.strip.last.text() == "刚加入：农夫山泉 饮用天然水 550ml×24 × 1 箱"


def test_f4_adds_the_chosen_product(page: CatalogPage, merchant: FakeDesk) -> None:
    rowid = merchant.read(product_rowid, merchant.store.find(Sku, code="000011")[0].product_id)
    assert rowid is not None
    page.table.select(rowid)
    QTest.keyClick(page, Qt.Key.Key_F4)
    assert in_hand(merchant) == {"000011": 2}  # the least that may be ordered


def test_f4_adds_all_that_are_chosen(page: CatalogPage, merchant: FakeDesk) -> None:
    page.table.view.selectAll()
    QTest.keyClick(page, Qt.Key.Key_F4)
    assert in_hand(merchant)["000011"] == 2, "the least that may be ordered"
    assert len(in_hand(merchant)) > 20
    there = {a.id for a in merchant.store.find(Availability) if a.available > 0}
    assert {line.sku_id for line in Basket(merchant).draft.lines} <= there
    [toast] = ToastArea.of(page).toasts()
    assert "已加入订单" in toast.text()
    toast.findChildren(Button)[0].click()
    assert in_hand(merchant) == {}


def test_search_add_and_place(
    qtbot: QtBot, page: CatalogPage, merchant: FakeDesk, went: Places, open_page: Open
) -> None:
    page.table.search_field.setText("农夫山泉 饮用")
    qtbot.waitUntil(lambda: titles(page)[:1] == ["农夫山泉 饮用天然水 550ml×24"])
    QTest.keyClick(page.table.search_field, Qt.Key.Key_Return)  # no code: the list gets the focus
    page.table.select(page.table.model.id_at(0))
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    panel = page.inspector.content()
    assert isinstance(panel, ProductPanel)
    assert panel.quantity is not None
    panel.quantity.set_value(24)
    QTest.keyClick(page, Qt.Key.Key_F4)
    QTest.keyClick(page, Qt.Key.Key_F2)
    assert went == [("order", None)]
    editor = open_page(OrderEditorPage, merchant)
    editor.place.click()
    qtbot.waitUntil(lambda: len(went) == 2)
    assert merchant.submitted[0].items[0].quantity == 24  # type: ignore[attr-defined]
    page.refresh()
    assert page.strip.facts.text() == "订单还是空的"


def test_a_product_in_full(page: CatalogPage, merchant: FakeDesk) -> None:
    (price,) = merchant.store.find(Price, sku_id=sku_id(merchant, "000001"))
    merchant.store.replace(Price, [price.with_(tiers=(Tier(50, 250_000),))])
    (product,) = merchant.store.find(Product, id=merchant.store.find(Sku, code="000001")[0].product_id)
    told = "<p>天然<b>水</b></p><script>alert(1)</script><ul><li>24 瓶</li></ul>"
    merchant.store.replace(Product, [product.with_(description=told)])
    said = " ".join(label.text() for label in open_product(page, merchant, "000001").findChildren(Label))
    for part in (
        "¥26.50 / 箱",
        "50 箱 起",
        "¥25.00 / 箱",
        "¥28.09 / 箱",
        "¥36.00 / 箱",
        "13%",
        "000001",
        "杭州恒丰食品",
    ):
        assert part in said
    assert "天然水\n• 24 瓶" in said
    assert "alert" not in said
    assert "<" not in said


def test_the_quantity_minds_minimum_and_step(page: CatalogPage, merchant: FakeDesk) -> None:
    (sku,) = merchant.store.find(Sku, code="000011")
    merchant.store.replace(Sku, [sku.with_(min_quantity=12, order_step=6)])
    panel = open_product(page, merchant, "000011")
    assert panel.quantity is not None
    assert panel.quantity.value() == 12
    panel.quantity.set_value(13)
    assert not panel.ask_to_add()
    assert panel._row.error() == "改为 18 盒"
    assert panel.quantity.value() == 18
    assert panel.ask_to_add()
    assert in_hand(merchant) == {"000011": 18}


def test_several_skus_are_a_table(page: CatalogPage, merchant: FakeDesk) -> None:
    (sku,) = merchant.store.find(Sku, code="000011")
    twin = sku.with_(id="0" * 31 + "7", code="000011-B", barcode="", specs={"口味": "巧克力"})
    merchant.store.insert(Sku, [twin])
    (price,) = merchant.store.find(Price, sku_id=sku.id)
    merchant.store.insert(Price, [price.with_(id="0" * 31 + "8", sku_id=twin.id, supply_price=130_000)])
    merchant.store.insert(Availability, [Availability(id=twin.id, supplier_id=sku.supplier_id, available=9, live=True)])
    panel = open_product(page, merchant, "000011")
    assert panel.skus is not None
    assert [panel.skus.model.texts(row) for row in range(2)] == [
        ("000011", "11.80", panel.skus.model.texts(0)[2]),
        ("巧克力", "13.00", "9"),
    ]
    panel.skus.select(twin.id)
    assert panel.sku_id() == twin.id
    panel.ask_to_add()
    assert in_hand(merchant) == {"000011-B": 2}


def test_the_kind_of_order_is_chosen_here_too(page: CatalogPage, merchant: FakeDesk) -> None:
    open_product(page, merchant, "000011").ask_to_add()
    page.strip.dropship.click()
    assert Basket(merchant).draft.kind is OrderKind.DROPSHIP
    panel = page.inspector.content()
    assert isinstance(panel, ProductPanel)
    assert panel.quantity is not None
    assert panel.quantity.value() == 1  # no minimum for a consumer


def test_what_cannot_be_ordered_says_so(page: CatalogPage, merchant: FakeDesk) -> None:
    (sku,) = merchant.store.find(Sku, code="000011")
    merchant.store.replace(Sku, [sku.with_(dropship=False)])
    page.strip.dropship.click()
    panel = open_product(page, merchant, "000011")
    assert panel.add is not None
    assert not panel.add.isEnabled()
    assert panel._row.error() == "不支持代发"


def test_a_price_change_repaints_without_moving_anything(qtbot: QtBot, page: CatalogPage, merchant: FakeDesk) -> None:
    chosen = page.table.model.id_at(20)
    page.table.select(chosen)
    place = page.table.view.verticalScrollBar().value()
    resets: list[int] = []
    page.table.model.modelReset.connect(lambda: resets.append(1))
    (price,) = merchant.store.find(Price, sku_id=sku_id(merchant, "000001"))
    merchant.store.replace(Price, [price.with_(supply_price=1_230_000)])
    merchant.changed.emit(Changes(frozenset({"price", "queue"})))
    water = merchant.read(product_rowid, merchant.store.find(Sku, code="000001")[0].product_id)
    assert water is not None
    assert "123.00" in page.table.model.texts(page.table.model.row_of(water))
    assert resets == []
    assert page.table.current_id() == chosen
    assert page.table.view.verticalScrollBar().value() == place


def test_a_renamed_product_takes_its_new_place(qtbot: QtBot, page: CatalogPage, merchant: FakeDesk) -> None:
    before = titles(page)
    page.table.sort_requested.emit("title", False)
    qtbot.waitUntil(lambda: titles(page) == sorted(before, key=name_key))
    (product,) = merchant.store.find(Product, title=titles(page)[0])
    merchant.store.replace(Product, [product.with_(title="做梦")])
    merchant.changed.emit(Changes(frozenset({"product"})))
    qtbot.waitUntil(lambda: titles(page)[-1] == "做梦")


def test_new_goods_arrive_while_one_looks(qtbot: QtBot, page: CatalogPage, merchant: FakeDesk) -> None:
    product = merchant.store.find(Product)[0]
    merchant.store.replace(Product, [product.with_(state=ContentState.REPLACED)])
    merchant.changed.emit(Changes(frozenset({"product"})))
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 52)
    assert page.facts() == "52 种商品"


def test_the_tree_folds_away_and_stays_folded(page: CatalogPage, merchant: FakeDesk, open_page: Open) -> None:
    assert page._side.isVisible()
    QTest.keyClick(page, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert not page._side.isVisible()
    assert not open_page(CatalogPage, merchant)._side.isVisible()


def test_the_first_step_is_said_when_there_is_nothing(
    qtbot: QtBot, open_page: Open, desk_of: Callable[..., FakeDesk]
) -> None:
    desk = desk_of(world.MERCHANT, empty=True)
    page = open_page(CatalogPage, desk)
    qtbot.waitUntil(lambda: page.table._stack.currentIndex() == 1)
    (sync,) = [b for b in page.table._empty.findChildren(Button) if b.text()]
    sync.click()
    assert desk.synced == 1


def test_both_languages(page: CatalogPage, merchant: FakeDesk, qapp: QApplication) -> None:
    open_product(page, merchant, "000001")
    switch_language(qapp, "en")
    panel = page.inspector.content()
    assert isinstance(panel, ProductPanel)
    assert panel.add is not None
    assert panel.add.text() == "Add to order"
    assert page.strip.go.text() == "Go to the order"
    assert page.facts() == "53 products"


def test_an_unsorted_list_is_newest_first(page: CatalogPage, merchant: FakeDesk) -> None:
    assert list(page.table.model.ids()) == list(
        merchant.read(product_rowids, merchant.actor, product_names(), ProductFilter())
    )


def test_what_a_package_holds_is_told(page: CatalogPage, merchant: FakeDesk) -> None:
    water = merchant.store.find(Sku, code="000001")[0]
    merchant.store.replace(Sku, [water.with_(packages=(Unit("箱", 12, "16901234567892"), Unit("托", 240)))])
    panel = open_product(page, merchant, "000001")
    said = [label.text() for label in panel.findChildren(QLabel)]
    assert f"1 箱 = 12 {water.unit} · 1 托 = 240 {water.unit}" in said

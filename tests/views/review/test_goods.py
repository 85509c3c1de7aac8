"""Reviewing goods: what differs, one by one and many at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.review import differences
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.review.goods import GoodsReviewPage, ReviewPanel
from s2b_domain.commands.goods import ReviewGoods
from s2b_domain.records.catalog import CategoryChoice, Content, Product, Revision, Sku
from s2b_domain.rules.onboarding import ContentState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer


@pytest.fixture
def page(qtbot: QtBot, platform: FakeDesk) -> GoodsReviewPage:
    made = GoodsReviewPage(platform, lambda key, what: None)
    qtbot.addWidget(made)
    made.resize(1160, 760)
    made.show()
    qtbot.waitUntil(lambda: not made._loading.busy)
    return made


def find(desk: FakeDesk, title: str) -> Product:
    (product,) = desk.store.find(Product, title=title)
    return product


def revision_of(desk: FakeDesk, title: str) -> Revision:
    (revision,) = desk.store.find(Revision, product_id=find(desk, title).id)
    return revision


def panel(page: GoodsReviewPage) -> ReviewPanel:
    found = page.panel()
    assert found is not None
    return found


def test_a_change_shows_old_and_new(page: GoodsReviewPage, platform: FakeDesk) -> None:
    page.show_item(revision_of(platform, "三只松鼠 每日坚果 750g").id)
    shown = [(row.difference.field, row.difference.before, row.difference.after) for row in panel(page).content.rows]
    assert shown == [("产地", "浙江", "安徽"), ("保质期", "12 个月", "9 个月"), ("净含量", "", "750g")]
    texts = [label.text() for label in panel(page).content.rows[0].findChildren(type(panel(page).chosen))]
    assert texts == ["产地", "浙江", "安徽"]
    struck = [label.font().strikeOut() for label in panel(page).content.rows[0].findChildren(type(panel(page).chosen))]
    assert struck == [False, True, False]


def test_new_skus_and_options_are_what_a_reviewer_looks_at(page: GoodsReviewPage, platform: FakeDesk) -> None:
    revision = revision_of(platform, "三只松鼠 每日坚果 750g")
    sku, *_ = platform.store.find(Sku, product_id=revision.product_id)
    more = sku.with_(id=platform.new_id(), code="000099", specs={"净含量": "1.5kg"}, live=False)
    platform.store.insert(Sku, [more])
    platform.store.replace(Revision, [revision.with_(specs={sku.id: {"净含量": "700g"}})])
    page.show_item(revision.id)
    shown = [(row.difference.field, row.difference.before, row.difference.after) for row in panel(page).content.rows]
    assert shown[-2:] == [("000099", "", "1.5kg"), (sku.code, " / ".join(sku.specs.values()), "700g")]


def test_skus_stand_in_the_order_of_their_codes(page: GoodsReviewPage, platform: FakeDesk) -> None:
    product = find(platform, "双枪 天然竹筷 10双")
    [sku] = platform.store.find(Sku, product_id=product.id)
    for code in ("Z-2", "A-1"):
        platform.store.insert(Sku, [sku.with_(id=platform.new_id(), code=code)])
    page.show_item(product.id)
    assert [s.code for s in panel(page).detail.skus] == sorted(["Z-2", "A-1", sku.code])


def test_equal_contents_differ_in_nothing() -> None:
    content = Content(title="a", parameters={"x": "1"})
    assert differences(content, content) == []
    assert differences(content, Content(title="a", parameters={"x": "1"}, images=("i",)))[0].field == "images"


def test_approving_names_the_version_that_was_read(qtbot: QtBot, page: GoodsReviewPage, platform: FakeDesk) -> None:
    product = find(platform, "双枪 天然竹筷 10双")
    page.show_item(product.id)
    QTest.mouseClick(panel(page).approve, Qt.MouseButton.LeftButton)
    assert platform.submitted == [ReviewGoods(products=((product.id, product.row_version),), approve=True)]
    after = platform.store.get(Product, product.id)
    assert after is not None
    assert after.state is ContentState.LIVE
    qtbot.waitUntil(lambda: page.table.model.row_of(product.id) < 0)
    assert page.panel() is not None, "the next one is shown"
    assert panel(page).detail.row.id != product.id


def test_a_category_may_be_set_while_approving(qtbot: QtBot, page: GoodsReviewPage, platform: FakeDesk) -> None:
    product = find(platform, "双枪 天然竹筷 10双")
    page.show_item(product.id)
    qtbot.waitUntil(lambda: page._proposer is not None)
    picker = panel(page).picker
    picker.setText("收纳箱")
    picker.search_now()
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert panel(page).chosen.text().endswith("收纳整理 › 收纳箱")
    page.approve()
    sent = platform.submitted[0]
    assert isinstance(sent, ReviewGoods)
    assert sent.category_id == world.category_id("收纳箱")


def test_a_category_is_proposed_and_taken_with_a_click(qtbot: QtBot, page: GoodsReviewPage, platform: FakeDesk) -> None:
    qtbot.waitUntil(lambda: page._proposer is not None)
    product = find(platform, "双枪 天然竹筷 10双").with_(title="塑料收纳箱 30L", category_text="收纳箱", category_id="")
    platform.store.replace(Product, [product])
    page.show_item(product.id)
    first = panel(page).proposals[0]
    assert "收纳箱" in first.text()
    first.click()
    page.approve()
    sent = platform.submitted[0]
    assert isinstance(sent, ReviewGoods)
    assert sent.category_id == world.category_id("收纳箱")
    [choice] = platform.store.find(CategoryChoice)
    assert (choice.text, choice.category_id) == ("收纳箱", world.category_id("收纳箱"))


def test_many_are_approved_after_one_question(qtbot: QtBot, page: GoodsReviewPage, platform: FakeDesk) -> None:
    page.table.view.selectAll()
    assert "8" in page.approve_button.text()
    page.approve()
    answer(Confirm, lambda dialog: dialog.accept())
    sent = platform.submitted[0]
    assert isinstance(sent, ReviewGoods)
    assert (len(sent.products), len(sent.revisions)) == (5, 3)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 0)


def test_a_rejection_carries_its_reason(qtbot: QtBot, page: GoodsReviewPage, platform: FakeDesk) -> None:
    revision = revision_of(platform, "海天 金标生抽 1.9L")
    page.table.view.setFocus()
    page.table.select(revision.id)

    def reply(prompt: ReasonPrompt) -> None:
        QTest.mouseClick(prompt.suggestions[0], Qt.MouseButton.LeftButton)
        prompt.verb.click()

    QTest.keyClick(page.table.view, Qt.Key.Key_R)
    answer(ReasonPrompt, reply)
    assert platform.submitted == [
        ReviewGoods(revisions=((revision.id, revision.row_version),), approve=False, reasons=("标题与品牌不符",))
    ]
    qtbot.waitUntil(lambda: page.table.model.row_of(revision.id) < 0)


def test_what_changed_meanwhile_is_not_decided_blindly(qtbot: QtBot, page: GoodsReviewPage, platform: FakeDesk) -> None:
    product = find(platform, "双枪 天然竹筷 10双")
    page.show_item(product.id)
    platform.store.replace(Product, [product.with_(title="双枪 竹筷", row_version=product.row_version + 1)])
    page.approve()
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    assert ToastArea.of(page).toasts()[0].text() == problem_text("changed_meanwhile")
    qtbot.waitUntil(lambda: panel(page).detail.row.title == "双枪 竹筷")
    assert not platform.submitted


def test_cards_and_search_filter(qtbot: QtBot, page: GoodsReviewPage) -> None:
    page.show_item("revision")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
    page.table.search_field.setText("海天")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)


def test_categories_follow_the_language(page: GoodsReviewPage, look: QApplication) -> None:
    page.show_item("product")
    before = page.table.model.texts(0)[3]
    switch_language(look, "en")
    assert page.table.model.texts(0)[3] != before
    assert page.table.model.texts(0)[1] == "New"


def test_thousands_to_review_are_read_by_the_page(qtbot: QtBot, platform: FakeDesk) -> None:
    first = find(platform, "双枪 天然竹筷 10双")
    many = [first.with_(id=f"{n:032x}", product_key=str(n), title=f"商品 {n}", submitted_at=n) for n in range(3000)]
    platform.store.insert(Product, many)
    page = GoodsReviewPage(platform, lambda key, what: None)
    qtbot.addWidget(page)
    page.resize(1160, 760)
    page.show()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3008)
    assert page.card("product").accessibleName().startswith("新商品、3,005")
    page.table.view.selectAll()
    page.approve()
    answer(Confirm, lambda dialog: dialog.accept())
    qtbot.waitUntil(lambda: len(platform.submitted) == 16)
    sizes = [len(m.products) + len(m.revisions) for m in platform.submitted if isinstance(m, ReviewGoods)]
    assert sizes == [200] * 15 + [8]

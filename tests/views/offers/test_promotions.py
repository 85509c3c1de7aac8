"""The promotions page and its editor, over a desk that carries commands out at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.promotions import clashes, promotion_rows, use_days
from s2b_desktop.models.queries.sample import Sample, sample_price
from s2b_desktop.text import parse_minute, tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.promotions.editor import PromotionEditorPage
from s2b_desktop.views.promotions.page import CopyPrompt, PromotionsPage
from s2b_desktop.views.promotions.unsent import Unsent
from s2b_desktop.views.promotions.words import EXPLAINED, stacking_text
from s2b_domain.commands.promotions import CopyPromotion, SavePromotion, SetPromotionState
from s2b_domain.commands.quote import Ware, Wish, quote
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.promotion import OfferTotal, Promotion, PromotionState
from s2b_domain.rules.pricing import (
    Audience,
    Channel,
    Gift,
    Goods,
    Priced,
    PromotionKind,
    StackClass,
    Step,
    Terms,
)
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.offers.world import MINE, id_of, sku
from tests.views.world import DAY, NOW

D = TypeVar("D", bound=QDialog)
DRINKS, OVERALL = id_of("promotion", "饮料满减"), id_of("promotion", "全场满300打九折")


@pytest.fixture
def went() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def page(qtbot: QtBot, shop: FakeDesk, went: list[tuple[str, object]]) -> PromotionsPage:
    made = PromotionsPage(shop, lambda key, what: went.append((key, what)))
    made.resize(1160, 760)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.table.model.ids()) > 0)
    return made


@pytest.fixture
def editor(qtbot: QtBot, shop: FakeDesk, went: list[tuple[str, object]]) -> PromotionEditorPage:
    made = PromotionEditorPage(shop, lambda key, what: went.append((key, what)))
    made.resize(1160, 760)
    qtbot.addWidget(made)
    made.show()
    return made


def prompt(qtbot: QtBot, kind: type[D]) -> D:
    def there() -> list[D]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(there()))
    return there()[0]


def saved(desk: FakeDesk, id_: str) -> Promotion:
    [row] = desk.store.find(Promotion, id=id_)
    return row


def press(page: PromotionsPage, text: str) -> None:
    panel: Any = page.inspector.content()
    [button] = [b for b in panel.buttons if b.text() == text]
    button.click()


def test_the_model_keeps_its_promises(page: PromotionsPage) -> None:
    QAbstractItemModelTester(page.table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.look_at("all")


def test_views_cards_and_search_list_the_same(page: PromotionsPage) -> None:
    assert DRINKS in page.table.model.ids()
    page.card("clash").click()
    assert set(page.table.model.ids()) == {DRINKS, OVERALL}
    assert page.views.value() == "clash"
    page.look_at("all")
    page.table.search_field.setText("乌龙")
    page._list()
    assert page.table.model.ids() == [id_of("promotion", "周末乌龙茶特价")]


def test_only_promotions_that_share_goods_and_buyers_are_in_each_others_way(shop: FakeDesk) -> None:
    def among(*terms: Terms) -> int:
        rows = [
            Promotion(id=str(n), owner_id=MINE, name=str(n), state=PromotionState.SCHEDULED, starts_at=0, terms=each)
            for n, each in enumerate(terms)
        ]
        return len(shop.read(clashes, rows, NOW))

    off = Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(100, 10),))

    def on(**goods: Any) -> Terms:
        return msgspec.structs.replace(off, goods=Goods(**goods))

    food, water = (world.category_id("食品饮料"),), (world.category_id("饮用水"),)
    assert among(off, on(category_ids=water)) == 2
    assert among(on(category_ids=food), on(category_ids=water)) == 2, "a category holds those below it"
    assert among(on(category_ids=(world.category_id("抽纸"),)), on(category_ids=water)) == 0
    assert among(on(category_ids=food, except_category_ids=water), on(category_ids=water)) == 0
    here, there = (Audience(channels=(c,)) for c in Channel)
    assert among(msgspec.structs.replace(off, audience=here), msgspec.structs.replace(off, audience=there)) == 0


def test_the_figures_are_those_of_the_uses(page: PromotionsPage, shop: FakeDesk) -> None:
    days = shop.read(use_days, DRINKS, NOW)
    [row] = [r for r in shop.read(promotion_rows, shop.actor, NOW) if r.promotion.id == DRINKS]
    assert sum(d.uses for d in days) == row.total.uses > 0
    assert sum(d.goods for d in days) == row.total.goods_amount
    page.show_item(DRINKS)
    panel: Any = page.inspector.content()
    assert f"¥{row.total.goods_amount // 100:,}" in panel.chart.accessibleName()


def test_pause_resume_end_and_copy(qtbot: QtBot, page: PromotionsPage, shop: FakeDesk) -> None:
    page.show_item(DRINKS)
    press(page, "暂停")
    assert saved(shop, DRINKS).state is PromotionState.PAUSED
    qtbot.waitUntil(lambda: "恢复" in [b.text() for b in page.inspector.content().buttons])  # type: ignore[union-attr]
    press(page, "恢复")
    assert isinstance(shop.submitted[-1], SetPromotionState)
    qtbot.waitUntil(lambda: "复制…" in [b.text() for b in page.inspector.content().buttons])  # type: ignore[union-attr]
    press(page, "复制…")
    copy = prompt(qtbot, CopyPrompt)
    assert copy.starts.value() == saved(shop, DRINKS).ends_at
    copy.ends.set_value(copy.starts.value())
    copy.verb.click()
    assert copy.ends_row.error()
    copy.ends.set_value((copy.starts.value() or 0) + DAY)
    copy.verb.click()
    message = shop.submitted[-1]
    assert isinstance(message, CopyPromotion)
    assert saved(shop, message.copy_id).state is PromotionState.DRAFT
    page.show_item(DRINKS)
    qtbot.waitUntil(lambda: page._open == DRINKS and not page._loading.busy)
    press(page, "结束…")
    prompt(qtbot, Confirm).verb.click()
    assert saved(shop, DRINKS).state is PromotionState.ENDED


def test_the_calendar_shows_the_month_and_opens_what_is_chosen(qtbot: QtBot, page: PromotionsPage) -> None:
    page.switch.click()
    assert page.month.isVisible()
    names = [s.name for s in page.month.shown()]
    assert names[0] == "柜台满88送面巾"
    assert "金卡每满50减5" not in names, "a draft runs nowhere"
    QTest.keyClick(page.month.sheet, Qt.Key.Key_Down)
    QTest.keyClick(page.month.sheet, Qt.Key.Key_Return)
    assert page.inspector.is_open()
    page.month.turn(1)
    assert "抽纸买二送一" in [s.name for s in page.month.shown()]
    page.month.turn(1)
    assert page.month.shown() == []


def test_a_preview_says_to_the_cent_what_the_customer_pays(qtbot: QtBot, editor: PromotionEditorPage) -> None:
    editor.name.setText("满100减20")
    editor.gives.steps.rows[0][0].set_value(100_00)
    editor.gives.steps.rows[0][1].set_value(20_00)
    editor.preview.price_now()
    found = editor.preview.sampled
    assert found.priced is not None
    assert found.before is not None
    assert len(found.goods) == 3
    own = [e.amount for e in found.priced.entries if e.source_id == editor._id]
    beaten = [s.code for s in found.priced.skipped if s.source_id == editor._id]
    assert own == [20_00] or beaten == ["not_combinable"], "the shop's 10 % saves more here"
    editor.priority.set_value(5)
    editor.preview.price_now()
    again = editor.preview.sampled.priced
    assert again is not None
    assert [e.amount for e in again.entries if e.source_id == editor._id] == [20_00]
    assert again.total == sum(line.payable for line in again.lines)


def test_a_level_price_and_a_counter_count_in_the_preview(shop: FakeDesk) -> None:
    gold = id_of("level", "金卡")
    terms = Terms(
        kind=PromotionKind.REPEATED_REDUCTION,
        audience=Audience(level_ids=(gold,), channels=(Channel.COUNTER,)),
        steps=(Step(10_00, 1_00),),
        exclusive=True,
        priority=9,
    )
    draft = Promotion(id="p", owner_id=MINE, name="p", state=PromotionState.DRAFT, starts_at=NOW + DAY, terms=terms)
    lines = ((sku(shop, "000001").id, 1),)

    def told(**who: Any) -> tuple[int, list[str]]:
        found = shop.read(sample_price, shop.actor, draft, Sample(lines=lines, **who), NOW)
        assert found.priced is not None
        assert found.at == NOW + DAY, "tried as it will be when it starts"
        return found.priced.total, [s.code for s in found.priced.skipped if s.source_id == "p"]

    assert told() == (36_00, ["wrong_channel"])
    assert told(channel=Channel.COUNTER) == (36_00, ["members_only"])
    assert told(channel=Channel.COUNTER, level_id=gold) == (31_20, [])  # 95 % of 36.00, then 3 × 1.00


def test_what_is_missing_is_said_where_it_is_mended(editor: PromotionEditorPage, shop: FakeDesk) -> None:
    editor.schedule.click()
    assert editor.name_row.error()
    assert editor.gives.steps_row.error()
    editor.name.setText("特价")
    editor.gives.kind.set_value(PromotionKind.BUY_X_GET_Y)
    editor.ends.set_value((editor.starts.value() or 0) - 1)
    editor.goods.chosen.setChecked(True)
    editor.schedule.click()
    assert editor.gives.buy_row.error()
    assert editor.ends_row.error()
    assert editor.goods_row.error()
    assert not shop.submitted


def test_what_would_be_over_at_once_is_kept_as_a_draft_only(editor: PromotionEditorPage, shop: FakeDesk) -> None:
    editor.name.setText("上周特惠")
    editor.gives.steps.rows[0][0].set_value(50_00)
    editor.gives.steps.rows[0][1].set_value(5_00)
    editor.starts.set_value(NOW - 2 * DAY)
    editor.ends.set_value(NOW - DAY)
    editor.schedule.click()
    assert editor.ends_row.error()
    assert not shop.submitted
    editor.draft.click()
    message = shop.submitted[-1]
    assert isinstance(message, SavePromotion)
    assert not message.schedule


@pytest.mark.parametrize("kind", list(PromotionKind))
def test_every_kind_is_saved_as_it_is_filled_in(
    kind: PromotionKind, editor: PromotionEditorPage, shop: FakeDesk, went: list[tuple[str, object]], qtbot: QtBot
) -> None:
    goods = sku(shop, "000001")
    editor.name.setText("活动")
    editor.gives.kind.set_value(kind)
    gives = editor.gives
    if kind in (PromotionKind.FLASH_PRICE, PromotionKind.TIER_PRICE):
        gives.prices._picked((goods.id, "水", 360_000))
        assert gives.prices.values() == ((goods.id, 360_000),)
        gives.prices._fields[goods.id].set_value(300_000)
    elif kind is PromotionKind.BUY_X_GET_Y:
        gives.buy.set_value(2)
        gives.get.set_value(1)
    elif kind is PromotionKind.GIFT:
        gives.steps.rows[0][0].set_value(50_00)
        gives.gifts._picked((goods.id, "水", 360_000))
    else:
        gives.steps.rows[0][0].set_value(50_00)
        gives.steps.rows[0][1].set_value(5_00 if kind is not PromotionKind.THRESHOLD_RATE else 9000)
    editor.schedule.click()
    message = shop.submitted[-1]
    assert isinstance(message, SavePromotion)
    row = saved(shop, message.promotion_id)
    assert (row.terms.kind, row.terms.combines) == (kind, None)
    qtbot.waitUntil(lambda: went == [("promotions", row.id)])
    editor.show_item(row.id)
    assert editor.terms() == row.terms, "what is opened again says the same"


def test_another_kind_is_explained_and_not_blamed_for_the_one_before(editor: PromotionEditorPage) -> None:
    editor.save(schedule=True)
    assert editor.gives.steps_row.error()
    editor.gives.kind.set_value(PromotionKind.FLASH_PRICE)
    assert not editor.gives.steps_row.error()
    said = [label.text() for label in editor.gives.kind_row.findChildren(Label)]
    assert tr(EXPLAINED[PromotionKind.FLASH_PRICE]) in said


def test_one_that_has_begun_keeps_kind_and_start(editor: PromotionEditorPage, shop: FakeDesk) -> None:
    editor.show_item(DRINKS)
    assert not editor.gives.kind.isEnabled()
    assert not editor.starts.isEnabled()
    assert editor.terms() == saved(shop, DRINKS).terms


def test_a_refused_one_comes_back_with_its_input(editor: PromotionEditorPage, shop: FakeDesk) -> None:
    editor.name.setText("再来一次")
    editor.gives.steps.rows[0][0].set_value(50_00)
    editor.gives.steps.rows[0][1].set_value(5_00)
    editor.schedule.click()
    item = shop.queue()[0]
    shop.answer(item.seq, "rejected", "promotion_began", name="再来一次")
    editor.show_item(None)
    assert editor.name.text() == ""
    editor.show_item(shop.queue()[0])
    assert (editor.name.text(), editor.terms().steps) == ("再来一次", (Step(50_00, 5_00),))
    before = len(shop.queue())
    editor.schedule.click()
    assert len(shop.queue()) == before, "the new one takes the place of the refused one"


def test_a_clash_is_told_while_writing(qtbot: QtBot, editor: PromotionEditorPage) -> None:
    editor.gives.steps.rows[0][0].set_value(50_00)
    editor.gives.steps.rows[0][1].set_value(5_00)
    qtbot.waitUntil(editor.clash.isVisible)
    assert "全场满300打九折" in editor.clash.text()
    editor.gives.kind.set_value(PromotionKind.BUY_X_GET_Y)
    editor.gives.buy.set_value(2)
    editor.gives.get.set_value(1)
    qtbot.waitUntil(lambda: "抽纸买二送一" in editor.clash.text() or not editor.clash.isVisible())


def test_both_languages(page: PromotionsPage, look: QApplication) -> None:
    page.show_item(DRINKS)
    switch_language(look, "en")
    shop_coupon = stacking_text(StackClass.SHOP_COUPON, None, exclusive=False)
    assert shop_coupon == "With all but other coupons of the shop"
    at = page.table.model.ids().index(DRINKS)
    assert "¥100" in page.table.model.texts(at)[3]
    assert "Running" in page.table.model.texts(at)


@pytest.mark.parametrize("text", ["2026-11-22 18:20", "2026/11/22 18:20", "20261122 1820", "２０２６-11-22　18：20"])
def test_times_as_people_write_them(text: str) -> None:
    assert parse_minute(text) == parse_minute("2026-11-22 18:20")


@pytest.mark.parametrize("text", ["", "tomorrow", "11-22", "2026-13-01", "2026-11-22 25:00", "26-11-22"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="Enter a time"):
        parse_minute(text)


def test_windows_knows_no_time_before_1970(monkeypatch: pytest.MonkeyPatch) -> None:
    class Windows(datetime):
        def timestamp(self) -> float:
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr("s2b_desktop.text.datetime", Windows)
    with pytest.raises(ValueError, match="Enter a time"):
        parse_minute("1026-11-22 18:20")


def test_what_was_written_and_never_sent_is_there_again(
    qtbot: QtBot, editor: PromotionEditorPage, shop: FakeDesk, went: list[tuple[str, object]]
) -> None:
    editor.show_item(None)
    QTest.keyClicks(editor.name, "Back to school")
    editor.show_item(DRINKS)
    assert (editor.name.text(), editor.resumed.isVisible()) == ("饮料满减", False)
    QTest.keyClicks(editor.name, " 2")
    editor.close()
    again = PromotionEditorPage(shop, lambda key, what: went.append((key, what)))
    qtbot.addWidget(again)
    again.show()
    assert (again.name.text(), again.resumed.isVisible()) == ("Back to school", True)
    again.show_item(DRINKS)
    assert (again.name.text(), again.resumed.isVisible()) == ("饮料满减 2", True)
    again.begin_anew()
    assert (again.name.text(), again.resumed.isVisible()) == ("饮料满减", False)
    again.show_item(None)
    assert again.name.text() == "Back to school"
    again.gives.steps.rows[0][0].set_value(100_00)
    again.gives.steps.rows[0][1].set_value(20_00)
    again.save(schedule=False)
    qtbot.waitUntil(lambda: bool(shop.submitted))
    qtbot.waitUntil(lambda: bool(went))
    again.show_item(None)
    assert (again.name.text(), again.resumed.isVisible()) == ("", False)


def test_a_kept_text_that_cannot_be_read_is_passed_by(shop: FakeDesk) -> None:
    shop.save_draft("promotion/written/new", b"of a later release")
    assert Unsent(shop).of("new") is None


def test_what_cannot_be_read_or_lacks_an_end_is_told_and_not_left_out(
    editor: PromotionEditorPage, shop: FakeDesk
) -> None:
    editor.name.setText("满减")
    editor.gives.steps.rows[0][0].set_value(100_00)
    editor.gives.steps.rows[0][1].set_value(20_00)
    QTest.keyClicks(editor.budget, "5000x")
    editor.schedule.click()
    [budget, _total, _person] = editor.limit_rows
    assert budget.error()
    assert not shop.submitted, "it would have run without any budget"
    editor.budget.set_value(5000_00)
    editor.gives.steps.add.click()
    editor.gives.steps.rows[1][0].set_value(200_00)
    editor.schedule.click()
    assert editor.gives.steps_row.error()
    assert not shop.submitted, "the second step would have been forgotten"
    editor.gives.steps.rows[1][1].set_value(50_00)
    editor.schedule.click()
    message = shop.submitted[-1]
    assert isinstance(message, SavePromotion)
    assert (message.terms.budget, len(message.terms.steps)) == (5000_00, 2)


def test_goods_without_their_price_are_told_and_not_left_out(editor: PromotionEditorPage, shop: FakeDesk) -> None:
    editor.name.setText("特价")
    editor.gives.kind.set_value(PromotionKind.FLASH_PRICE)
    for code in ("000001", "000002"):
        editor.gives.prices._picked((sku(shop, code).id, code, None))
    editor.gives.prices._fields[sku(shop, "000001").id].set_value(1_0000)
    editor.schedule.click()
    assert editor.gives.prices_row.error()
    assert not shop.submitted


def test_a_preview_is_what_the_real_cart_costs(shop: FakeDesk) -> None:
    goods = sku(shop, "000001")
    [price] = [p for p in shop.store.find(Price, sku_id=goods.id) if p.level == "standard"]
    assert price.dropship_price is not None
    terms = Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(10_00, 3_00),), priority=9)
    theirs = Promotion(
        id=shop.new_id(), owner_id=goods.supplier_id, name="供应商直降", state=PromotionState.SCHEDULED, starts_at=0,
        terms=terms, public=True,
    )  # fmt: skip
    shop.store.insert(Promotion, [theirs.with_(row_version=1)])
    product = shop.store.get(Product, goods.product_id)
    assert product is not None
    wish = Wish(merchant_id=MINE, channel=Channel.ORDER)
    real = quote(shop.store, wish, [Ware(goods, product, 1, unit_cost=price.dropship_price)], NOW).priced
    assert theirs.id in {e.source_id for e in real.entries}

    def told(terms: Terms, promotion_id: str = "p", **who: Any) -> tuple[Priced, Priced, list[str]]:
        draft = Promotion(
            id=promotion_id, owner_id=MINE, name="p", state=PromotionState.DRAFT, starts_at=0, terms=terms
        )
        found = shop.read(sample_price, shop.actor, draft, Sample(lines=((goods.id, 1),), **who), NOW)
        assert found.priced is not None
        assert found.before is not None
        skipped = [s.code for s in found.priced.skipped if s.source_id == promotion_id]
        return found.before, found.priced, skipped

    before, _, _ = told(Terms(kind=PromotionKind.BUY_X_GET_Y, buy=99, get=1))
    assert (before.total, before.entries) == (real.total, real.entries), "what a supplier bears counts too"
    tagged = Terms(
        kind=PromotionKind.TIERED_REDUCTION,
        steps=(Step(10_00, 4_00),),
        audience=Audience(tag_ids=(id_of("tag", "运动"),)),
        exclusive=True,
        priority=10,
    )
    assert told(tagged)[2] == ["members_only"]
    assert (told(tagged, member=True)[1].total, told(tagged, member=True)[2]) == (32_00, [])
    spent = saved(shop, DRINKS).terms
    [total] = shop.store.find(OfferTotal, id=DRINKS)
    over = msgspec.structs.replace(spent, goods=Goods(), steps=(Step(10_00, 1_00),), budget=total.amount)
    assert told(over, DRINKS)[2] == ["budget_spent"], "of a promotion that runs, what is left counts"
    gift = Terms(kind=PromotionKind.GIFT, steps=(Step(10_00, 0),), gifts=(Gift(sku(shop, "000006").id, 1),))
    assert len(told(gift)[1].gifts) == 1
    shop.store.replace(Sku, [sku(shop, "000006").with_(on_sale=False)])
    _, with_gift, why = told(gift)
    assert (with_gift.gifts, why) == ((), ["gift_not_on_sale"])

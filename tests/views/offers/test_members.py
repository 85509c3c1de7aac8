"""The members page over a desk that carries commands out at once."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.models.name_order import name_key
from s2b_desktop.models.queries.members import member_facts, member_rowids, member_rows, receivers, whom_fits
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.palette import Entry
from s2b_desktop.views.members.balances import CreditPrompt, PointsPrompt
from s2b_desktop.views.members.page import MembersPage
from s2b_desktop.views.members.panel import CREDIT, POINTS
from s2b_desktop.views.members.prompts import (
    CampaignPrompt,
    LevelsPrompt,
    MemberPrompt,
    MergePrompt,
    PointsRulePrompt,
    TagPrompt,
)
from s2b_desktop.views.places import places
from s2b_desktop.views.search import Search
from s2b_domain.access import Actor
from s2b_domain.commands.campaigns import MarkTold, StartCampaign
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.members import (
    AdjustCredit,
    ApplyLevels,
    ApplyTagRule,
    MergeMembers,
    SaveLevels,
    SaveMember,
    SavePointsRule,
    SaveTag,
)
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.member import Member, MemberLevel, MemberTag, PointsRule, Tag
from s2b_domain.records.order import OrderLine
from s2b_domain.rules.after_sales import ReturnReason
from s2b_domain.rules.tags import TagTest
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.offers.world import MINE, id_of, sku
from tests.views.world import NOW

D = TypeVar("D", bound=QDialog)


@pytest.fixture
def page(qtbot: QtBot, shop: FakeDesk) -> MembersPage:
    return shown(qtbot, shop)


def shown(qtbot: QtBot, desk: FakeDesk) -> MembersPage:
    made = MembersPage(desk, lambda key, what: None)
    made.resize(1160, 760)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.table.model.ids()) > 0)
    return made


def prompt(qtbot: QtBot, kind: type[D]) -> D:
    def there() -> list[D]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(there()))
    return there()[0]


def member(desk: FakeDesk, name: str) -> Member:
    return desk.store.find(Member, id=id_of("member", name))[0]


def found(desk: FakeDesk, text: str, view: str = "all") -> list[str]:
    rowids = desk.read(member_rowids, MINE, view, text, NOW)
    return [r.member.name for r in desk.read(member_rows, MINE, rowids)]


def press(page: MembersPage, text: str) -> None:
    panel: Any = page.inspector.content()
    [button] = [b for b in panel.buttons if b.text() == text]
    button.click()


def test_the_model_keeps_its_promises(page: MembersPage) -> None:
    QAbstractItemModelTester(page.table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.table.set_ids(page.table.model.ids()[:3])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0023", "陈晓燕"),
        ("138 0571 0023", "陈晓燕"),
        ("K1007", "孙悦"),
        ("欧阳", "欧阳明"),
        ("cxy", "陈晓燕"),
        ("zhoujianguo", "周建国"),
        ("oym", "欧阳明"),
        ("li n", "Li Na"),
    ],
)
def test_somebody_is_found_as_one_types(shop: FakeDesk, text: str, name: str) -> None:
    assert found(shop, text) == [name]


@pytest.mark.parametrize("descending", [False, True])
def test_members_stand_by_the_sound_of_their_names(shop: FakeDesk, descending: bool) -> None:
    rowids = member_rowids(shop.connection, MINE, "all", "", NOW, "name", descending)
    names = [row.member.name for row in member_rows(shop.connection, MINE, rowids)]
    assert len(names) > 3
    assert names == sorted(names, key=name_key, reverse=descending)
    assert names != sorted(names, reverse=descending)


def test_views_and_figures_agree(shop: FakeDesk, page: MembersPage) -> None:
    facts = shop.read(member_facts, MINE, NOW)
    assert facts.all == len(found(shop, "")) == 8
    assert facts.points == sum(m.points for m in shop.store.find(Member))
    gold = found(shop, "", f"level:{id_of('level', '金卡')}")
    assert set(gold) == {"陈晓燕"} | {n for n in gold if member(shop, n).spent >= 2_000_00}
    assert set(found(shop, "", f"tag:{id_of('tag', '运动')}")) == {"陈晓燕", "孙悦"}
    assert found(shop, "%") == []


def test_somebody_joins_and_is_shown(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    page.show_item("new")
    asked = prompt(qtbot, MemberPrompt)
    asked.name.setText("新来的")
    asked.birthday.setText("昨天")
    asked.verb.click()
    assert asked.phone_row.error()
    assert asked.birthday_row.error()
    asked.phone.set_number("13900008888")
    asked.birthday.setText("1990-02-28")
    asked.verb.click()
    message = shop.submitted[-1]
    assert isinstance(message, SaveMember)
    assert found(shop, "8888") == ["新来的"]
    qtbot.waitUntil(lambda: page.inspector.is_open())


def test_a_phone_number_belongs_to_one_member(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    page.deeds.edit(None)
    asked = prompt(qtbot, MemberPrompt)
    asked.name.setText("又来了")
    asked.phone.set_number(member(shop, "陈晓燕").phone)
    asked.verb.click()
    assert not isinstance(shop.submitted[-1] if shop.submitted else None, SaveMember)
    qtbot.waitUntil(lambda: not asked.isVisible())
    again = prompt(qtbot, MemberPrompt)
    assert (again.name.text(), again.phone.number()) == ("又来了", member(shop, "陈晓燕").phone)
    again.reject()


def refused(shop: FakeDesk, page: MembersPage, message: SaveMember | StartCampaign, code: str, **params: str) -> None:
    """Sent, refused by the hub, which takes the prediction back, and opened from the queue."""
    shop.submit(message)
    shop.answer(shop.queue()[0].seq, "rejected", code, **params)
    if isinstance(message, SaveMember):
        shop.store.remove(Member, [message.member_id])
    else:
        shop.store.remove(Campaign, [message.campaign_id])
    page.show_item(shop.queue()[0])


def test_a_refused_member_comes_back_as_it_was_entered(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    message = SaveMember(
        member_id=shop.new_id(), name="新来的", phone="13900008888", card="K9", birthday="1990-02-28", note="常客"
    )
    refused(shop, page, message, "member_known", value="13900008888")
    asked = prompt(qtbot, MemberPrompt)
    assert asked.message(message.member_id) == message
    asked.phone.set_number("13900007777")
    before = len(shop.queue())
    asked.verb.click()
    assert found(shop, "7777") == ["新来的"]
    assert len(shop.queue()) == before, "the new one takes the place of the refused one"


def test_points_are_adjusted_with_a_reason_and_never_below_zero(
    qtbot: QtBot, page: MembersPage, shop: FakeDesk
) -> None:
    page.show_item(id_of("member", "周建国"))
    press(page, "调整积分…")
    asked = prompt(qtbot, PointsPrompt)
    asked.amount.set_value(-97)
    asked.verb.click()
    assert asked.amount_row.error()
    assert asked.reason_row.error()
    asked.amount.set_value(-96)
    asked.reason.setText("更正")
    asked.verb.click()
    assert member(shop, "周建国").points == 0
    qtbot.waitUntil(lambda: not page._loading.busy)
    panel: Any = page.inspector.content()
    assert panel._detail.ledger[0].amount == -96


def test_store_credit_is_given_and_taken_with_a_reason(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    page.show_item(id_of("member", "周建国"))
    for way, fen, credit in ((1, 5000, 5000), (-1, 1200, 3800)):
        press(page, "储值…")
        asked = prompt(qtbot, CreditPrompt)
        asked.way.set_value(way)
        asked.amount.set_value(fen)
        asked.verb.click()
        assert asked.reason_row.error()
        asked.reason.setText("充值")
        asked.verb.click()
        assert member(shop, "周建国").credit == credit
        qtbot.waitUntil(lambda: not page._loading.busy)
    press(page, "储值…")
    asked = prompt(qtbot, CreditPrompt)
    asked.way.set_value(-1)
    asked.amount.set_value(3801)
    asked.verb.click()
    assert asked.amount_row.error()
    asked.reject()
    panel: Any = page.inspector.content()
    assert [e.amount for e in panel._detail.credit] == [-1200, 5000]


def test_the_ledgers_name_their_documents_and_lead_to_them(qtbot: QtBot, shop: FakeDesk) -> None:
    """A sale from store credit, one unit back into it, money back by hand, and another row of the member."""
    buyer, twin = member(shop, "孙悦"), member(shop, "王芳芳")
    for each in (buyer, twin):
        shop.submit(AdjustCredit(member_id=each.id, amount=10_000, reason="充值"))
    order_id, return_id = shop.new_id(), shop.new_id()
    items = (SaleItem(sku_id=sku(shop, "000001").id, quantity=2),)
    paid = (Tender(method="STORE_CREDIT", amount=7000),)
    shop.submit(BookSale(order_id=order_id, number="S1", items=items, charged=7000, tenders=paid, member_id=buyer.id))
    [line] = shop.store.find(OrderLine, order_id=order_id)
    back = (HandedBack(order_line_id=line.id, quantity=1),)
    given = (Given(method="STORE_CREDIT", amount=3500),)
    shop.submit(
        CounterReturn(
            return_id=return_id, number="R1", order_id=order_id, reason=ReturnReason.QUALITY, items=back, given=given
        )
    )
    shop.submit(PayOrder(order_id=order_id, method="STORE_CREDIT", amount=-100))
    shop.submit(MergeMembers(member_id=buyer.id, other_id=twin.id))
    gone: list[tuple[str, object]] = []
    page = MembersPage(shop, lambda key, what: gone.append((key, what)))
    qtbot.addWidget(page)
    page.show()
    page.show_item(buyer.id)
    panel: Any = page.inspector.content()
    credit = {
        (CREDIT[e.kind], e.amount): panel._detail.documents[e.id].number if e.id in panel._detail.documents else ""
        for e in panel._detail.credit
    }
    assert credit == {
        ("Adjusted", 10_000): "",
        ("Paid with it", -7000): "S1",
        ("Back from a refund", 3500): "R1",
        ("Back from a refund", 100): "S1",
        ("From a merged member", 10_000): "王芳芳",
    }
    points = {POINTS[e.kind]: panel._detail.documents[e.id].number for e in panel._detail.ledger if e.amount != 640}
    assert points["Earned with an order"] == points["Taken back with an order"] == "S1"
    for text, place in (("R1", ("returns", return_id)), ("S1", ("orders", order_id)), ("王芳芳", ("members", twin.id))):
        next(b for b in panel.findChildren(Button) if b.text() == text).click()
        assert gone.pop() == place


def test_two_rows_of_one_person_become_one(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    page.table.search_field.setText("王芳")
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 2)
    page.show_item(id_of("member", "王芳"))
    press(page, "合并…")
    asked = prompt(qtbot, MergePrompt)
    assert asked.other_id() == id_of("member", "王芳芳")
    asked.verb.click()
    assert member(shop, "王芳").points == 65
    assert member(shop, "王芳芳").merged_into == id_of("member", "王芳")
    assert found(shop, "王芳") == ["王芳"]


def test_a_member_shows_what_the_row_that_is_gone_had_ordered(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    kept, gone = member(shop, "王芳"), member(shop, "王芳芳")
    items = (SaleItem(sku_id=sku(shop, "000001").id, quantity=2),)
    shop.submit(BookSale(order_id=shop.new_id(), number="S1", items=items, charged=7000, member_id=gone.id))
    shop.submit(MergeMembers(member_id=kept.id, other_id=gone.id))
    page.show_item(kept.id)
    panel: Any = page.inspector.content()
    assert "S1" in [order.number for order in panel._detail.orders]


def test_a_tag_is_given_and_taken_by_hand(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    menu = page.deeds.tags_menu([member(shop, "陈晓燕"), member(shop, "孙悦")])
    [action] = [a for a in menu.actions() if a.text() == "运动爱好者"]
    assert action.isChecked()
    action.trigger()
    assert not shop.store.find(MemberTag, tag_id=id_of("tag", "运动"))
    menu.deleteLater()


def test_a_tag_is_renamed_and_removed(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    tag = id_of("tag", "运动")
    page.look_at(f"tag:{tag}")
    [row] = shop.store.find(Tag, id=tag)
    page.deeds.edit_tag(row)
    asked = prompt(qtbot, TagPrompt)
    asked.name.setText("跑步爱好者")
    asked.verb.click()
    assert shop.store.find(Tag, id=tag)[0].name == "跑步爱好者"
    page.deeds.edit_tag(row)
    prompt(qtbot, TagPrompt).remove.click()
    confirm = prompt(qtbot, Confirm)
    assert "2" in confirm.accessibleDescription()
    confirm.verb.click()
    assert not shop.store.find(Tag, id=tag)
    assert not shop.store.find(MemberTag, tag_id=tag)
    qtbot.waitUntil(lambda: page.views.value() == "all")


def test_who_fits_a_rule_is_shown_before_it_is_saved_and_applied(
    qtbot: QtBot, page: MembersPage, shop: FakeDesk
) -> None:
    page.deeds.edit_tag(None)
    asked = prompt(qtbot, TagPrompt)
    asked.verb.click()
    assert asked.name_row.error()
    asked.name.setText("坚果常客")
    asked.by_rule.setChecked(True)
    asked.categories.chips.add(world.category_id("休闲零食"), "休闲零食")
    asked.spent.set_value(1_000_00)
    qtbot.waitUntil(lambda: [m.name for m in asked.matches] == ["陈晓燕"])
    assert "陈晓燕" in asked.told.text()
    asked.verb.click()
    qtbot.waitUntil(lambda: bool([w for w in QApplication.topLevelWidgets() if type(w) is Confirm and w.isVisible()]))
    confirm = [w for w in QApplication.topLevelWidgets() if type(w) is Confirm and w.isVisible()]
    confirm[0].verb.click()
    qtbot.waitUntil(lambda: any(isinstance(m, ApplyTagRule) for m in shop.submitted))
    given = [t for t in shop.store.find(MemberTag) if t.rule_id]
    assert [t.member_id for t in given] == [id_of("member", "陈晓燕")]


def test_the_preview_of_a_rule_is_the_rule(shop: FakeDesk) -> None:
    for test in (
        TagTest(),
        TagTest(min_spent=300_00),
        TagTest(within_days=5),
        TagTest(idle_days=7),
        TagTest(min_orders=0),
    ):
        fits = {m.id for m in shop.read(whom_fits, MINE, test, NOW)}
        tag = shop.new_id()
        page_of = ApplyTagRule(tag_id=tag, member_ids=tuple(m.id for m in shop.store.find(Member)))
        shop.submit(SaveTag(tag_id=tag, name=tag, test=test))
        shop.submit(page_of)
        assert {t.member_id for t in shop.store.find(MemberTag, tag_id=tag)} == fits


def test_levels_and_the_points_rule_are_edited(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    page.deeds.edit_levels()
    asked = prompt(qtbot, LevelsPrompt)
    before = asked.message()
    asked.add()
    asked.verb.click()
    assert asked.problem.isVisible()
    asked.rows[-1]["name"].setText("钻石")
    asked.rows[-1]["pays"].set_value(9000)
    asked.rows[-1]["early"].set_value(48)
    asked.verb.click()
    message = shop.submitted[-1]
    assert isinstance(message, SaveLevels)
    assert message.levels[:-1] == before.levels, "what was not touched stays"
    top = max(shop.store.find(MemberLevel), key=lambda x: x.rank)
    assert (top.name, top.pays_bp, top.early_ms) == ("钻石", 9000, 48 * 3_600_000)
    qtbot.waitUntil(lambda: bool([w for w in QApplication.topLevelWidgets() if type(w) is Confirm and w.isVisible()]))
    [now] = [w for w in QApplication.topLevelWidgets() if type(w) is Confirm and w.isVisible()]
    now.verb.click()
    qtbot.waitUntil(lambda: isinstance(shop.submitted[-1], ApplyLevels))
    page.deeds.edit_points()
    rule = prompt(qtbot, PointsRulePrompt)
    assert rule.terms() == shop.store.find(PointsRule)[0].terms
    rule.months.set_value(24)
    rule.verb.click()
    assert isinstance(shop.submitted[-1], SavePointsRule)
    assert shop.store.find(PointsRule)[0].terms.months == 24


def test_a_refused_campaign_comes_back_as_it_was_entered(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    goods = (sku(shop, "000001").id, sku(shop, "000003").id)
    message = StartCampaign(
        campaign_id=shop.new_id(), name="上新", text="来看看", sku_ids=goods, tag_id=id_of("tag", "运动")
    )
    refused(shop, page, message, "nobody_to_give")
    asked = prompt(qtbot, CampaignPrompt)
    assert asked.message(message.campaign_id) == message
    asked.text.setText("欢迎来看看")
    before = len(shop.queue())
    asked.verb.click()
    [campaign] = [c for c in shop.store.find(Campaign) if c.text == "欢迎来看看"]
    assert campaign.sku_ids == goods
    assert len(shop.queue()) == before, "the new one takes the place of the refused one"


def test_a_campaign_tells_how_many_and_its_list_is_exported(
    qtbot: QtBot, page: MembersPage, shop: FakeDesk, tmp_path: Path
) -> None:
    page.look_at(f"tag:{id_of('tag', '运动')}")
    page._start_campaign()
    asked = prompt(qtbot, CampaignPrompt)
    assert asked.reach == 2
    asked.verb.click()
    assert asked.name_row.error()
    assert asked.text_row.error()
    asked.name.setText("秋季上新")
    asked.text.setText("新到乌龙茶，欢迎品尝。")
    asked.coupon.set_value(id_of("template", "新人九折券"))
    assert not asked.verb.isEnabled(), "nobody among them is new"
    asked.coupon.set_value("")
    asked.verb.click()
    message = shop.submitted[-1]
    assert isinstance(message, StartCampaign)
    [campaign] = shop.store.find(Campaign, id=message.campaign_id)
    people = shop.read(receivers, campaign)
    assert {m.name for m in people} == {"陈晓燕", "孙悦"}
    qtbot.waitUntil(lambda: page.inspector.is_open())
    page.deeds.write_members(people, tmp_path / "名单.xlsx", campaign.text)
    qtbot.waitUntil(lambda: zipfile.is_zipfile(tmp_path / "名单.xlsx"))
    press(page, "复制内容")
    assert QApplication.clipboard().text() == campaign.text
    press(page, "标记已通知")
    assert isinstance(shop.submitted[-1], MarkTold)


def test_a_campaign_that_the_hub_has_not_heard_of_is_marked(qtbot: QtBot, page: MembersPage, shop: FakeDesk) -> None:
    shop.go_offline(12)
    ids = (id_of("member", "陈晓燕"),)
    started = StartCampaign(campaign_id=shop.new_id(), name="上新", text="来看看", member_ids=ids)
    shop.submit(started)
    page.look_at("campaigns")
    model = page.told.model
    qtbot.waitUntil(lambda: started.campaign_id in model.ids())
    row = model.ids().index(started.campaign_id)
    at = [column.key for column in model.columns].index("state")
    assert "等待同步" in model.index(row, at).data(Qt.ItemDataRole.AccessibleTextRole)


def test_an_assistant_sees_members_and_sets_no_levels(
    qtbot: QtBot, desk_of: Callable[[Actor], FakeDesk], shop: FakeDesk
) -> None:
    desk = desk_of(world.ASSISTANT)
    for cls in (Member, MemberLevel):
        desk.store.insert(cls, shop.store.find(cls))
    made = shown(qtbot, desk)
    menu = made.deeds.set_up_menu()
    assert "会员等级…" not in [a.text() for a in menu.actions()]
    assert "调整积分…" not in [text for text, _, _ in made.deeds.of_member(member(shop, "孙悦"))]
    menu.deleteLater()


def test_both_languages(page: MembersPage, look: QApplication, qtbot: QtBot) -> None:
    page.show_item(id_of("member", "陈晓燕"))
    switch_language(look, "en")
    panel: Any = page.inspector.content()
    assert "Adjust points…" in [b.text() for b in panel.buttons]


def test_the_search_field_finds_members_promotions_and_actions(qtbot: QtBot, shop: FakeDesk) -> None:
    went: list[tuple[str, object]] = []
    search = Search(shop, places(shop.actor), lambda key, what: went.append((key, what)), list)
    people: list[Entry] = []
    search.members("cxy", people.extend)
    qtbot.waitUntil(lambda: bool(people))
    people[0].open()
    offers: list[Entry] = []
    search.promotions("乌龙", offers.extend)
    qtbot.waitUntil(lambda: bool(offers))
    offers[0].open()
    assert went == [("members", id_of("member", "陈晓燕")), ("promotions", id_of("promotion", "周末乌龙茶特价"))]

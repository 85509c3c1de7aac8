"""The coupons page over a desk that carries commands out at once."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.counter import COUPONS_SHOWN
from s2b_desktop.models.queries.coupons import coupon_rows, coupons_held, template_rows
from s2b_desktop.models.queries.members import member_detail
from s2b_desktop.text import last_day, parse_minute
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.fields import MinuteField
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.coupons.page import CouponsPage
from s2b_desktop.views.coupons.prompts import GivePrompt, TemplatePrompt
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate, SetTemplateState, VoidCoupons
from s2b_domain.records.promotion import Coupon, CouponState, CouponTemplate, TemplateState, Validity
from s2b_domain.rules.pricing import CouponKind, CouponTerms, StackClass
from tests.views.desk import FakeDesk
from tests.views.offers.world import MINE, id_of
from tests.views.world import DAY, NOW

D = TypeVar("D", bound=QDialog)
HUNDRED = id_of("template", "满100减15")


@pytest.fixture
def page(qtbot: QtBot, shop: FakeDesk) -> CouponsPage:
    made = CouponsPage(shop, lambda key, what: None)
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


def press(page: CouponsPage, text: str) -> None:
    panel: Any = page.inspector.content()
    [button] = [b for b in panel.buttons if b.text() == text]
    button.click()


def opened(qtbot: QtBot, page: CouponsPage, id_: str) -> None:
    page.show_item(id_)
    qtbot.waitUntil(lambda: page.inspector.is_open() and not page._loading.busy)


def test_the_models_keep_their_promises(page: CouponsPage) -> None:
    for table in (page.table, page.out):
        QAbstractItemModelTester(table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.look_at("out")
    page.look_at(TemplateState.DRAFT.value)
    assert page.table.model.ids() == [id_of("template", "生日券")]


def test_figures_are_those_of_the_coupons(shop: FakeDesk, page: CouponsPage) -> None:
    rows = {r.template.id: r for r in shop.read(template_rows, shop.actor, NOW)}
    assert (rows[HUNDRED].total.issued, rows[HUNDRED].open) == (3, 3)
    paper = rows[id_of("template", "纸品满60减8")]
    assert (paper.total.issued, paper.open) == (4, 4)
    page.look_at("ending")
    assert page.table.model.ids() == [paper.template.id]


def test_coupons_are_written_and_opened_again_as_they_were(qtbot: QtBot, page: CouponsPage, shop: FakeDesk) -> None:
    page.edit(None)
    asked = prompt(qtbot, TemplatePrompt)
    asked.verb.click()
    assert asked.name_row.error()
    assert asked.amount_row.error()
    asked.name.setText("满20减30")
    asked.amount.set_value(30_00)
    asked.threshold.set_value(20_00)
    asked.ends.set_value(NOW - DAY)
    asked.starts.set_value(NOW)
    asked.verb.click()
    assert asked.threshold_row.error()
    assert asked.ends_row.error()
    asked.kind.set_value(CouponKind.RATE)
    asked.rate.set_value(8500)
    asked.cap.set_value(40_00)
    asked.ends.set_value(NOW + DAY)
    asked.classes[StackClass.POINTS].setChecked(False)
    asked.verb.click()
    message = shop.submitted[-1]
    assert isinstance(message, SaveTemplate)
    [saved] = shop.store.find(CouponTemplate, id=message.template_id)
    assert (saved.state, saved.terms.value, saved.terms.cap) == (TemplateState.ACTIVE, 8500, 40_00)
    assert StackClass.POINTS not in (saved.terms.combines or ())
    again = TemplatePrompt(shop, saved)
    qtbot.addWidget(again)
    assert again.terms() == saved.terms
    assert again.message("").validity == saved.validity


def test_refused_coupons_come_back_as_they_were_entered(qtbot: QtBot, page: CouponsPage, shop: FakeDesk) -> None:
    terms = CouponTerms(kind=CouponKind.RATE, value=8500, cap=40_00, combines=(StackClass.POINTS,))
    message = SaveTemplate(
        template_id=shop.new_id(),
        name="开业八五折",
        terms=terms,
        validity=Validity(starts_at=NOW, ends_at=NOW + DAY),
        total=30,
        per_person=None,
    )
    shop.submit(message)
    shop.answer(shop.queue()[0].seq, "rejected", "name_taken", name="开业八五折")
    shop.store.remove(CouponTemplate, [message.template_id])  # the hub's answer takes the prediction back
    page.show_item(shop.queue()[0])
    asked = prompt(qtbot, TemplatePrompt)
    assert asked.message(message.template_id) == message
    asked.name.setText("开业八五折券")
    before = len(shop.queue())
    asked.verb.click()
    assert [t.terms for t in shop.store.find(CouponTemplate, name="开业八五折券")] == [terms]
    assert len(shop.queue()) == before, "the new one takes the place of the refused one"


@pytest.mark.parametrize(
    "whom",
    [
        {"tag_id": id_of("tag", "运动")},
        {"level_id": id_of("level", "银卡")},
        {"member_ids": (id_of("member", "陈晓燕"),)},
        {"bearer": 7},
    ],
)
def test_coupons_that_could_not_be_given_are_asked_for_again(
    qtbot: QtBot, page: CouponsPage, shop: FakeDesk, whom: dict[str, Any]
) -> None:
    message = IssueCoupons(template_id=HUNDRED, **whom)
    shop.submit(message)
    shop.answer(shop.queue()[0].seq, "rejected", "coupons_run_out", name="满100减15", left=0, wanted=2)
    page.show_item(shop.queue()[0])
    asked = prompt(qtbot, GivePrompt)
    assert asked.message() == message
    before = len(shop.queue())
    asked.verb.click()
    assert len(shop.queue()) == before, "the new one takes the place of the refused one"


def test_before_giving_one_sees_to_how_many(qtbot: QtBot, page: CouponsPage, shop: FakeDesk) -> None:
    opened(qtbot, page, HUNDRED)
    press(page, "发放…")
    asked = prompt(qtbot, GivePrompt)
    asked.tag.set_value(id_of("tag", "运动"))
    assert asked.reach == 2
    asked.way.set_value("level")
    asked.level.set_value(id_of("level", "银卡"))
    before = len(shop.store.find(Coupon))
    reach = asked.reach
    asked.verb.click()
    assert isinstance(shop.submitted[-1], IssueCoupons)
    assert len(shop.store.find(Coupon)) - before == reach


def test_who_has_enough_receives_none(qtbot: QtBot, page: CouponsPage, shop: FakeDesk) -> None:
    page.show_item(("give", id_of("member", "陈晓燕")))
    [newcomers] = shop.store.find(CouponTemplate, id=id_of("template", "新人九折券"))
    page.give(newcomers)
    asked = prompt(qtbot, GivePrompt)
    assert asked.chips.names() == ["陈晓燕"]
    assert not asked.verb.isEnabled()
    assert "新人九折券" in asked.told.text()
    asked.chips.remove(id_of("member", "陈晓燕"))
    asked._picked((id_of("member", "赵志强"), "赵志强"))
    assert asked.reach == 1


def test_coupons_are_taken_back_with_a_reason(qtbot: QtBot, page: CouponsPage, shop: FakeDesk) -> None:
    page.look_at("out", HUNDRED)
    qtbot.waitUntil(lambda: page.out.model.rowCount() == 3)
    page.out.select(page.out.model.ids()[0])
    page.bulk[0].click()
    asked = prompt(qtbot, ReasonPrompt)
    asked.suggestions[0].click()
    asked.verb.click()
    message = shop.submitted[-1]
    assert isinstance(message, VoidCoupons)
    [taken] = shop.store.find(Coupon, id=message.coupon_ids[0])
    assert taken.state is CouponState.VOID
    qtbot.waitUntil(lambda: page._coupons[taken.id].state is CouponState.VOID)
    page.out.select(taken.id)
    assert page.voidable() == []


def test_coupons_are_found_by_code_and_holder(shop: FakeDesk) -> None:
    every = shop.read(coupon_rows, MINE, "", NOW)
    one = next(r for r in every if r.holder == "孙悦")
    assert [r.coupon.id for r in shop.read(coupon_rows, MINE, one.coupon.code, NOW)] == [one.coupon.id]
    assert {r.holder for r in shop.read(coupon_rows, MINE, "孙悦", NOW)} == {"孙悦"}


def test_withdrawing_ends_what_is_out(qtbot: QtBot, page: CouponsPage, shop: FakeDesk) -> None:
    opened(qtbot, page, HUNDRED)
    press(page, "撤回…")
    asked = next(w for w in QApplication.topLevelWidgets() if type(w) is Confirm and w.isVisible())
    asked.verb.click()
    assert shop.store.find(CouponTemplate, id=HUNDRED)[0].state is TemplateState.CLOSED


def test_both_languages(qtbot: QtBot, page: CouponsPage, look: QApplication) -> None:
    opened(qtbot, page, HUNDRED)
    switch_language(look, "en")
    at = page.table.model.ids().index(HUNDRED)
    assert "¥15 off" in page.table.model.texts(at)[2]


def test_a_threshold_that_cannot_be_read_is_told_and_not_left_out(
    qtbot: QtBot, page: CouponsPage, shop: FakeDesk
) -> None:
    page.edit(None)
    asked = prompt(qtbot, TemplatePrompt)
    asked.name.setText("满100减15")
    asked.amount.set_value(15_00)
    for field in (asked.threshold, asked.total, asked.starts):
        QTest.keyClicks(field, "1oo")
    asked.verb.click()
    assert not shop.submitted, "it would have been ¥15 off for anybody, at once, without end"
    assert asked.isVisible()
    assert asked.threshold_row.error()
    for field in (asked.threshold, asked.total, asked.starts):
        field.set_value(None)
    asked.verb.click()
    assert isinstance(shop.submitted[-1], SaveTemplate)


def test_withdrawn_coupons_can_be_used_nowhere_and_are_told_so(shop: FakeDesk) -> None:
    [one, *_] = shop.store.find(Coupon, template_id=HUNDRED)
    shop.store.replace(Coupon, [one.with_(state=CouponState.LOCKED, order_id="o")])
    [row] = [r for r in shop.read(template_rows, shop.actor, NOW) if r.template.id == HUNDRED]
    assert (row.total.issued, row.open, row.used) == (3, 2, 1), "what an order holds is used"
    shop.submit(SetTemplateState(template_id=HUNDRED, state=TemplateState.CLOSED))
    [row] = [r for r in shop.read(template_rows, shop.actor, NOW) if r.template.id == HUNDRED]
    assert (row.open, row.used) == (0, 1)
    states = [r.state for r in shop.read(coupon_rows, MINE, "", NOW, HUNDRED)]
    assert sorted(states) == [CouponState.LOCKED, CouponState.VOID, CouponState.VOID]
    holder = next(c.member_id for c in shop.store.find(Coupon, template_id=HUNDRED) if c.id != one.id)
    detail = shop.read(member_detail, holder, NOW)
    assert detail is not None
    assert CouponState.VOID in {state for c, state in detail.coupons if c.template_id == HUNDRED}


def test_old_coupons_do_not_hide_those_that_can_be_used(shop: FakeDesk) -> None:
    one = next(c for c in shop.store.find(Coupon, template_id=HUNDRED) if c.member_id)
    mine = shop.store.find(Coupon, member_id=one.member_id)
    old = [one.with_(id=f"{n:032d}", row_version=1, code=str(n), valid_to=NOW - DAY) for n in range(COUPONS_SHOWN)]
    shop.store.insert(Coupon, old)
    held = coupons_held(shop.store, one.member_id, NOW, COUPONS_SHOWN)
    assert {c.id for c in mine} == {c.id for c in held[: len(mine)]}
    assert len(held) == COUPONS_SHOWN


def test_the_last_day_is_meant_with_all_of_it(qtbot: QtBot, shop: FakeDesk) -> None:
    field = MinuteField(ends=True)
    qtbot.addWidget(field)
    for typed in ("2026-12-31", "20261231", "2026/12/31"):
        field.clear()
        QTest.keyClicks(field, typed)
        assert field.value() == parse_minute("2027-01-01 00:00")
        assert last_day(field.value() or 0) == "2026-12-31"
    field.clear()
    QTest.keyClicks(field, "2026-12-31 18:00")
    assert field.value() == parse_minute("2026-12-31 18:00")
    assert last_day(field.value() or 0) == "2026-12-31 18:00", "in the evening it is no longer valid"


def test_codes_for_whoever_shows_them_can_be_written_and_printed(
    qtbot: QtBot, page: CouponsPage, shop: FakeDesk, tmp_path: Path
) -> None:
    shop.submit(IssueCoupons(template_id=HUNDRED, bearer=3))
    page.look_at("out", HUNDRED)
    qtbot.waitUntil(lambda: len(page.out.model.ids()) == 6)
    page.write_coupons(path := tmp_path / "券码.xlsx")
    qtbot.waitUntil(lambda: zipfile.is_zipfile(path))
    with zipfile.ZipFile(path) as book:
        written = book.read("xl/worksheets/sheet1.xml").decode()
    assert all(c.code in written for c in shop.store.find(Coupon, template_id=HUNDRED))
    assert "¥15" in written

"""Opening a shop: what is left to do, what is wrong at its field, and what is saved."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.status import Changes
from s2b_desktop.views.shop.profile import ShopPage
from s2b_domain.commands.shops import SaveShop
from s2b_domain.records.shop import Hours, Shop
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open


@pytest.fixture
def page(open_page: Open, merchant: FakeDesk) -> ShopPage:
    made = open_page(ShopPage, merchant)
    assert isinstance(made, ShopPage)
    return made


def fill(page: ShopPage) -> None:
    page.form.paste.setText("林晨 13800138000 浙江省杭州市西湖区文三路 18 号")


def test_a_shop_opens_when_returns_have_a_place(qtbot: QtBot, page: ShopPage, merchant: FakeDesk) -> None:
    assert page.form.name.text() == merchant.actor.organisation_name
    page.save(opening=True)
    assert page.form.row("return_street").error() != ""
    assert merchant.submitted == []
    fill(page)
    page.form.week.days[0].setText("9-21")
    page.form.week.same.click()
    page.form.confirm.setChecked(True)
    page.form.up_to.set_value(20_000)
    page.form.rounding.set_value(10)
    page.save(opening=True)
    qtbot.waitUntil(lambda: page._state is not None and page._state.is_open)
    shop = merchant.store.get(Shop, merchant.actor.organisation_id)
    assert shop is not None
    assert shop.return_address is not None
    assert (shop.return_address.name, shop.return_address.street) == ("林晨", "文三路 18 号")
    assert shop.hours == tuple(Hours(day, 540, 1260) for day in range(1, 8))
    assert (shop.rules.confirm_paid, shop.rules.confirm_up_to, shop.rules.rounding) == (True, 20_000, 10)
    assert not page.later.isVisible()


def test_a_shop_open_after_midnight_says_so_in_one_entry(qtbot: QtBot, page: ShopPage, merchant: FakeDesk) -> None:
    fill(page)
    week = page.form.week
    week.days[6].setText("18:00-02:00")
    week.days[0].setText("1-5")
    page.save(opening=True)
    assert page.form.row("hours").error() != ""
    assert (week.days[0].hasFocus(), merchant.submitted) == (True, [])
    week.days[0].setText("9-12")
    page.save(opening=True)
    qtbot.waitUntil(lambda: page._state is not None and page._state.is_open)
    [shop] = merchant.store.find(Shop, id=merchant.actor.organisation_id)
    assert shop.hours == (Hours(1, 0, 120), Hours(1, 540, 720), Hours(7, 1080, 1440))
    week.set_hours(shop.hours)
    assert (week.days[0].text(), week.days[6].text()) == ("09:00-12:00", "18:00-02:00")


def test_what_is_saved_for_later_is_not_open(qtbot: QtBot, page: ShopPage, merchant: FakeDesk) -> None:
    page.form.name.setText("晨光二店")
    page.save(opening=False)
    qtbot.waitUntil(lambda: page._state is not None and page._state.shop is not None)
    shop = merchant.store.get(Shop, merchant.actor.organisation_id)
    assert shop is not None
    assert (shop.name, shop.open) == ("晨光二店", False)


@pytest.mark.parametrize(
    ("field", "text"), [("phone", "1234"), ("hours", "9 bis 5"), ("name", " "), ("complete", "400")]
)
def test_what_is_wrong_is_said_at_its_field(page: ShopPage, merchant: FakeDesk, field: str, text: str) -> None:
    fill(page)
    form = page.form
    entry = {"phone": form.phone, "hours": form.week.days[2], "name": form.name, "complete": form.complete}[field]
    entry.clear()
    QTest.keyClicks(entry, text)
    page.save(opening=True)
    assert page.form.row(field).error() != ""
    assert merchant.submitted == []


def test_another_devices_change_does_not_sweep_typing_away(page: ShopPage, merchant: FakeDesk) -> None:
    page.form.name.setText("还没写完")
    merchant.submit(SaveShop(name="别处保存"))
    merchant.changed.emit(Changes(frozenset({"shop"})))
    assert page.form.name.text() == "还没写完"


def test_an_assistant_only_looks(open_page: Open, desk_of: object) -> None:
    desk = desk_of(world.ASSISTANT)  # type: ignore[operator]
    page = open_page(ShopPage, desk)
    assert page.form.name.isReadOnly()
    assert not page.go.isVisible()
    page.save(opening=True)
    assert desk.submitted == []

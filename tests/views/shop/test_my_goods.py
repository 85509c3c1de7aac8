"""Listing from the catalog, and what the list of the shop's goods says when suppliers change prices and stock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.catalog import find_skus
from s2b_desktop.models.queries.counter import tickets
from s2b_desktop.models.queries.shop import my_goods
from s2b_desktop.models.status import Changes
from s2b_desktop.text import set_language
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.shop.listing import ListPrompt
from s2b_desktop.views.shop.page import MyGoodsPage
from s2b_desktop.views.shop.panel import MyGoodsPanel
from s2b_desktop.views.shop.words import change_text, state_of
from s2b_domain.commands.quote import listing_id
from s2b_domain.commands.shops import ListEntry, ListGoods, Unlist
from s2b_domain.records.catalog import Sku
from s2b_domain.records.shop import Listing
from s2b_domain.rules.margin import Ending
from s2b_domain.rules.pricing import Tier
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, Places, sku_id
from tests.views.shop.world import list_goods, move_price, unsettle


def listing(desk: FakeDesk, sku: str) -> Listing:
    found = desk.store.get(Listing, listing_id(desk.actor.organisation_id, sku))
    assert found is not None
    return found


@pytest.fixture
def listed(merchant: FakeDesk) -> list[str]:
    return list_goods(merchant)


@pytest.fixture
def page(qtbot: QtBot, open_page: Open, merchant: FakeDesk, listed: list[str]) -> MyGoodsPage:
    made = open_page(MyGoodsPage, merchant)
    assert isinstance(made, MyGoodsPage)
    qtbot.waitUntil(lambda: len(made.table.model.ids()) == len(listed))
    return made


def again(qtbot: QtBot, page: MyGoodsPage, desk: FakeDesk) -> None:
    """The changes of the cache reach the page."""
    desk.changed.emit(Changes(frozenset({"price", "availability", "sku"})))
    qtbot.waitUntil(lambda: not page._loading.busy)


def test_a_rule_prices_many_and_says_the_margin_before(merchant: FakeDesk, qtbot: QtBot) -> None:
    found = merchant.read(find_skus, merchant.actor, "000001", 1)
    prompt = ListPrompt(found)
    qtbot.addWidget(prompt)
    prompt.ending.set_value(Ending.NINE)
    [entry] = prompt.entries()
    assert entry.price == 399_000  # 26.50 × 1.5 = 39.75
    assert prompt.table.model.texts(0)[-1] == "33.6%"
    prompt._price_typed(0, "45")
    prompt._title_typed(0, "晨光自选水")
    [entry] = prompt.entries()
    assert (entry.price, entry.title, entry.supply_seen, entry.dropship_seen) == (
        450_000,
        "晨光自选水",
        265_000,
        280_900,
    )
    prompt.factor.set_value(120)  # another rule takes what was typed into prices back, but not titles
    assert [(e.price, e.title) for e in prompt.entries()] == [(319_000, "晨光自选水")]
    prompt._price_typed(0, "-3")
    assert prompt.entries()[0].price == 319_000


def test_a_floor_for_many_goes_by_their_cost(merchant: FakeDesk, listed: list[str], qtbot: QtBot) -> None:
    merchant.submit(ListGoods(entries=(ListEntry(sku_id=listed[0], price=400_000, floor_price=300_000),)))
    found = [row.offer for row in merchant.read(my_goods, merchant.actor, listed[:2]) if row.offer is not None]
    prompt = ListPrompt(found)
    qtbot.addWidget(prompt)
    kept = {e.sku_id: e.floor_price for e in prompt.entries()}
    assert kept == {listed[0]: 300_000, listed[1]: 0}, "nothing said: as it was"
    prompt.floor.set_value(110)
    costs = {o.sku.id: o.price.supply_price for o in found if o.price}
    assert {e.sku_id: e.floor_price for e in prompt.entries()} == {i: round(c * 1.1) for i, c in costs.items()}
    prompt.floor.set_value(900)
    assert all(e.floor_price == e.price for e in prompt.entries()), "no floor is above its price"


def test_the_catalog_lists_what_is_chosen(qtbot: QtBot, open_page: Open, merchant: FakeDesk, went: Places) -> None:
    page = open_page(CatalogPage, merchant)
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 53)
    page.table.view.selectAll()
    page.list_chosen()
    prompt = page.window().findChild(ListPrompt)
    assert prompt is not None
    n = len(prompt.entries())
    assert n >= 53
    prompt.accept()
    qtbot.waitUntil(lambda: len(merchant.store.find(Listing)) == n)
    water = sku_id(merchant, "000001")
    kept = listing(merchant, water)
    assert (kept.on_sale, kept.price, kept.supply_seen) == (True, 399_000, 265_000)
    ticket = merchant.read(tickets, merchant.actor.organisation_id, [water])[water]
    assert (ticket.price, ticket.listed) == (399_000, True)  # the counter asks it


def test_changes_of_suppliers_are_told_as_what_they_do_to_the_margin(
    qtbot: QtBot, page: MyGoodsPage, merchant: FakeDesk, listed: list[str]
) -> None:
    merchant.submit(
        ListGoods(entries=(ListEntry(sku_id=listed[0], price=380_000, supply_seen=265_000, dropship_seen=280_900),))
    )
    unsettle(merchant, listed)
    again(qtbot, page, merchant)
    rows = {r.listing.sku_id: r for r in merchant.read(my_goods, merchant.actor)}
    assert change_text(rows[listed[0]]) == "成本 26.50 → 28.62，毛利率 30% → 25%"
    assert [state_of(rows[i])[0] for i in listed[:6]] == [
        "毛利有变", "毛利有变", "低于成本", "已上架", "供应商停供", "已上架",
    ]  # fmt: skip
    page.look_at("changed")
    assert set(page.table.model.ids()) == set(listed[:3])
    assert page.card("changed").isChecked()
    page.look_at("hindered")
    assert set(page.table.model.ids()) == set(listed[3:5])
    page.look_at("loss")
    assert page.table.model.ids() == [listed[2]]
    set_language("en")
    assert change_text(rows[listed[0]]) == "Cost 26.50 → 28.62, margin 30% → 25%"


def test_an_accepted_margin_is_no_change_any_more(
    qtbot: QtBot, page: MyGoodsPage, merchant: FakeDesk, listed: list[str]
) -> None:
    before = listing(merchant, listed[0])
    move_price(merchant, listed[0], 1.08)
    again(qtbot, page, merchant)
    page._show(listed[0])
    panel = page.inspector.content()
    assert isinstance(panel, MyGoodsPanel)
    panel.buttons[0].click()
    qtbot.waitUntil(lambda: not any(r.changed for r in page._rows.values()))
    after = listing(merchant, listed[0])
    assert (after.price, after.supply_seen) == (before.price, 286_200)


def test_title_and_price_are_edited_in_place(
    qtbot: QtBot, page: MyGoodsPage, merchant: FakeDesk, listed: list[str]
) -> None:
    page._price_typed(listed[1], "99.9")
    page._title_typed(listed[1], "  自家招牌  ")  # at once: the list has not been read again
    kept = listing(merchant, listed[1])
    assert (kept.title, kept.price) == ("自家招牌", 999_000)
    n = len(merchant.submitted)
    for wrong in ("-1", "abc", "99.90"):  # what is wrong or the same sends nothing
        page._price_typed(listed[1], wrong)
    assert len(merchant.submitted) == n


def test_unlisted_goods_leave_the_list_and_come_back(
    qtbot: QtBot, page: MyGoodsPage, merchant: FakeDesk, listed: list[str]
) -> None:
    page.table.select(listed[2])
    page.unlist()
    qtbot.waitUntil(lambda: listed[2] not in page.table.model.ids())
    assert merchant.submitted[-1] == Unlist(sku_ids=(listed[2],))
    page.look_at("off")
    assert page.table.model.ids() == [listed[2]]
    row = page._rows[listed[2]]
    page.actions_of(row)[0][1]()
    qtbot.waitUntil(lambda: page._rows[listed[2]].listing.on_sale)
    assert listing(merchant, listed[2]).price == row.listing.price


def test_a_shop_says_its_member_price_floor_and_tiers(
    qtbot: QtBot, page: MyGoodsPage, merchant: FakeDesk, listed: list[str]
) -> None:
    page._show(listed[0])
    panel = page.inspector.content()
    assert isinstance(panel, MyGoodsPanel)
    sent = len(merchant.submitted)
    panel.price.set_value(400_000)
    panel.member.set_value(380_000)
    panel.floor.set_value(390_000)
    panel.tiers.setText("10: 41; 20: 36")
    panel.save.click()
    assert [bool(panel.form.row(name).error()) for name in ("member", "floor", "tiers")] == [True, False, True]
    assert len(merchant.submitted) == sent
    QTest.keyClicks(panel.member, "38")
    assert not panel.form.row("member").error(), "it was said of what stood there before"
    panel.member.set_value(380_000)
    panel.floor.set_value(340_000)
    panel.tiers.clear()
    QTest.keyClicks(panel.tiers, "10: 37; 20: 35")
    assert "33.8%" in panel.form.row("price").field.accessibleDescription()  # (40 - 26.5) / 40
    assert "28.4% · 24.3%" in panel.tiers.accessibleDescription()
    QTest.keyClick(panel.tiers, Qt.Key.Key_Return)
    kept = listing(merchant, listed[0])
    assert (kept.price, kept.member_price, kept.floor_price) == (400_000, 380_000, 340_000)
    assert kept.tiers == (Tier(10, 370_000), Tier(20, 350_000))
    qtbot.waitUntil(lambda: page._rows[listed[0]].listing.tiers == kept.tiers)
    panel = page.inspector.content()
    assert isinstance(panel, MyGoodsPanel)
    assert panel.tiers.text() == "10: 37.00; 20: 35.00"
    panel.member.set_value(None)
    panel.floor.set_value(None)
    panel.tiers.clear()
    panel.save.click()
    gone = listing(merchant, listed[0])
    assert (gone.price, gone.member_price, gone.floor_price, gone.tiers) == (400_000, None, 0, ())


def test_a_suppliers_change_does_not_sweep_typing_away(
    qtbot: QtBot, page: MyGoodsPage, merchant: FakeDesk, listed: list[str]
) -> None:
    page._show(listed[0])
    panel = page.inspector.content()
    assert isinstance(panel, MyGoodsPanel)
    panel.tiers.clear()
    QTest.keyClicks(panel.tiers, "10: 37")
    move_price(merchant, listed[0], 1.01)
    again(qtbot, page, merchant)
    assert page.inspector.content() is panel
    panel.save.click()
    qtbot.waitUntil(lambda: page.inspector.content() is not panel)
    assert listing(merchant, listed[0]).tiers == (Tier(10, 370_000),)


def test_terms_of_a_listing_outlive_another_price(merchant: FakeDesk, page: MyGoodsPage, listed: list[str]) -> None:
    tiers = (Tier(10, 370_000), Tier(20, 350_000))
    told = ListEntry(sku_id=listed[0], price=400_000, member_price=390_000, tiers=tiers)
    merchant.submit(ListGoods(entries=(told,)))
    [row] = merchant.read(my_goods, merchant.actor, [listed[0]])
    page.save(row, row.listing.title, 410_000)
    assert (listing(merchant, listed[0]).member_price, listing(merchant, listed[0]).tiers) == (390_000, tiers)
    page.save(row, row.listing.title, 360_000)  # what is no better than the new price goes
    assert (listing(merchant, listed[0]).member_price, listing(merchant, listed[0]).tiers) == (None, tiers[1:])


def test_an_assistant_looks_but_does_not_touch(
    qtbot: QtBot, open_page: Open, desk_of: object, look: QApplication
) -> None:
    desk = desk_of(world.ASSISTANT)  # type: ignore[operator]
    page = open_page(MyGoodsPage, desk)
    assert page.bulk == []
    assert page.table.model.columns[0].edit is None


def test_proper_model(page: MyGoodsPage, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(page.table.model)  # type: ignore[no-untyped-call]


def test_what_a_supplier_stopped_does_not_keep_the_others_from_being_done(
    page: MyGoodsPage, merchant: FakeDesk, listed: list[str], qtbot: QtBot
) -> None:
    both = stopped, sold = listed[:2]
    for sku in both:
        move_price(merchant, sku, 1.1)
    [row] = merchant.store.find(Sku, id=stopped)
    merchant.store.replace(Sku, [row.with_(on_sale=False)])
    again(qtbot, page, merchant)
    card = page.card("changed")
    assert card.accessibleName().count("1") == 2, "one changed, and one costs more: what is sold no more is no margin"
    page._accept([page._rows[sku] for sku in both])
    message = merchant.submitted[-1]
    assert isinstance(message, ListGoods), "one of many that is sold no more stopped all"
    assert [e.sku_id for e in message.entries] == [sold]
    assert [r.changed for r in merchant.read(my_goods, merchant.actor, both)] == [False, False]
    page._unlist([page._rows[sku] for sku in both])
    qtbot.waitUntil(lambda: any(t.action for t in ToastArea.of(page).toasts()))
    [undo] = [t.action for t in ToastArea.of(page).toasts() if t.action is not None]
    undo.click()
    assert [listing(merchant, sku).on_sale for sku in both] == [False, True], "what can be had is listed again"

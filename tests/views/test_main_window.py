"""The window after signing in: places by role, the honest line, badges, search, and leaving."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.messages import problem_text
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.main_window import MainWindow
from s2b_desktop.views.places import places
from s2b_desktop.views.preferences import Preferences
from s2b_desktop.views.queue.page import QueuePage
from s2b_domain.access import Actor
from s2b_domain.records.party import PartyKind
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer
from tests.views.queue_world import order_of

DeskOf = Callable[..., FakeDesk]
Open = Callable[[FakeDesk], MainWindow]


@pytest.fixture
def window_of(qtbot: QtBot) -> Iterator[Open]:
    made: list[MainWindow] = []

    def make(desk: FakeDesk) -> MainWindow:
        window = MainWindow(desk, Preferences())
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        window.show()
        made.append(window)
        return window

    yield make
    made.clear()


def banner(window: MainWindow) -> str:
    shown = [b for b in window.shell.findChildren(Banner) if b.isVisible() and b.parentWidget() is window.shell._slot]
    return shown[0].text() if shown else ""


PLACES = {
    world.SUPPLIER: [
        "home",
        *("supply", "returns"),
        *("goods", "imports", "stock"),
        "promotions",
        *("terms", "money", "company"),
        "queue",
    ],
    world.CLERK: ["home", "supply", "returns", "goods", "stock", "company", "queue"],
    world.MERCHANT: [
        "home",
        *("counter", "orders", "returns", "tills"),
        *("catalog", "my_goods", "stock"),
        *("promotions", "coupons", "members"),
        *("terms", "money", "company"),
        "queue",
    ],
    world.ADMIN: [
        "home",
        *("parties", "review", "returns"),
        *("taxonomy", "hub"),
        *("promotions", "coupons"),
        "money",
        "queue",
    ],
}


@pytest.mark.parametrize("actor", PLACES, ids=lambda actor: str(actor.role))
def test_a_role_sees_its_places_and_no_others(window_of: Open, desk_of: DeskOf, actor: Actor) -> None:
    window = window_of(desk_of(actor))
    assert window.shell.rail.places() == [*PLACES[actor], "settings"]


def test_the_rail_says_from_where_a_page_without_an_entry_is_reached(window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    window.navigate("order")
    assert window.shell.rail.entry("orders").isChecked()


def test_without_a_role_there_is_nothing_to_see() -> None:
    nobody = Actor("a" * 32, "X", "b" * 32, "Y", PartyKind.SUPPLIER, None)
    assert [place.key for place in places(nobody)] == ["queue"]


def test_every_place_of_a_clerk_opens(window_of: Open, desk_of: DeskOf) -> None:
    """Those of the others are walked by `test_every_page`."""
    window = window_of(desk_of(world.CLERK))
    for place in [*window.places(), None]:
        key = place.key if place else "settings"
        window.navigate(key)
        assert isinstance(window.page(key), Page), key
        assert window.shell.current() == key


def test_pages_are_made_when_first_shown(window_of: Open, supplier: FakeDesk) -> None:
    window = window_of(supplier)
    assert window.page("queue") is None
    window.navigate("queue", "waiting")
    page = window.page("queue")
    assert isinstance(page, QueuePage)
    assert page.checked_cards() == ["waiting"]
    window.navigate("home")
    window.navigate("queue")
    assert window.page("queue") is page


def test_a_place_that_is_not_there_is_not_gone_to(window_of: Open, supplier: FakeDesk) -> None:
    window = window_of(supplier)
    window.navigate("review", None)
    assert window.shell.current() == "home"


def test_badges_say_what_waits(qtbot: QtBot, window_of: Open, platform: FakeDesk) -> None:
    window = window_of(platform)
    assert window.shell.rail.entry("parties").accessibleName() == "供应商与商家、2 条待办"
    assert window.shell.rail.entry("review").accessibleName() == "商品审核、8 条待办"


def test_offline_is_said_in_numbers_and_blocks_nothing(window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    assert window.shell.pill.text() == "在线"
    assert banner(window) == ""
    merchant.go_offline(12)
    for _ in range(3):
        merchant.submit(order_of(merchant, [("000001", 2)]))
    assert window.shell.pill.text() == "离线 12 分钟 · 3 条等待同步"
    assert "（12 分钟）" in banner(window)
    assert window.shell.stack.isEnabled()
    merchant.go_online()
    assert window.shell.pill.text() == "在线"
    assert banner(window) == ""


def test_before_the_first_answer_the_line_is_being_tried(window_of: Open, merchant: FakeDesk) -> None:
    merchant._tell(online=False, offline_since=None, last_synced=None)
    window = window_of(merchant)
    assert window.shell.pill.text() == "正在同步"
    assert banner(window) == ""


@pytest.mark.parametrize("code", ["update_needed", "device_revoked", "signed_out", "certificate_changed"])
def test_what_stops_the_line_is_said(qtbot: QtBot, window_of: Open, merchant: FakeDesk, code: str) -> None:
    window = window_of(merchant)
    merchant.set_problem(code)
    assert banner(window) == problem_text(code)
    assert window.shell.pill.text() == "未在同步"
    again = [b for b in window.shell.findChildren(Button) if b.isVisible() and b.text() == "重新登录"]
    assert bool(again) == (code in ("signed_out", "certificate_changed"))
    if again:
        with qtbot.waitSignal(window.sign_in_asked):
            QTest.mouseClick(again[0], Qt.MouseButton.LeftButton)


def test_the_pill_opens_the_queue(window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    QTest.mouseClick(window.shell.pill, Qt.MouseButton.LeftButton)
    assert window.shell.current() == "queue"


def test_the_field_finds_orders_pages_and_actions(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    field = window.shell.palette_field
    field.setFocus(Qt.FocusReason.ShortcutFocusReason)
    field.setText("20261122-1025")
    qtbot.waitUntil(lambda: "D3-20261122-1025" in shown(window))
    field.setText("dark")
    qtbot.waitUntil(lambda: shown(window) == ["切换到深色"])
    field.setText("队列")
    qtbot.waitUntil(lambda: "同步队列" in shown(window))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.shell.current() == "queue"


def shown(window: MainWindow) -> list[str]:
    return [found.title for found in window.shell.palette_field.results().results()]


def test_the_field_finds_goods_by_chinese_words(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    field = window.shell.palette_field
    field.setFocus(Qt.FocusReason.ShortcutFocusReason)
    field.setText("抽纸")
    qtbot.waitUntil(lambda: any("抽纸" in title for title in shown(window)))


def test_the_language_changes_everywhere_at_once(window_of: Open, merchant: FakeDesk, look: QApplication) -> None:
    window = window_of(merchant)
    for place in window.places():
        window.navigate(place.key)
    window.navigate("home")
    window.preferences.set_language("en")
    assert window.shell.rail.entry("orders").text() == "Orders"
    assert window.shell.pill.text() == "Online"
    for place in window.places():
        window.navigate(place.key)
        page = window.page(place.key)
        assert page is not None
        for label in page.findChildren(Label):
            if label.isVisible() and label.property("role") in ("title", "subtitle"):
                assert not any("\u4e00" <= sign <= "\u9fff" for sign in label.text()), (place.key, label.text())


def test_row_height_reaches_every_table(window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    window.navigate("queue")
    window.preferences.set_density("compact")
    window.navigate("orders")
    heights = {table.view.verticalHeader().defaultSectionSize() for table in window.findChildren(DataTable)}
    assert heights == {30}


def test_a_window_that_was_left_hears_of_no_later_choice(qtbot: QtBot, merchant: FakeDesk) -> None:
    preferences = Preferences()

    def leave() -> weakref.ref[MainWindow]:
        window = MainWindow(merchant, preferences)
        qtbot.waitUntil(lambda: bool(window.findChildren(FactCard)))
        window.close_for_sure()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return weakref.ref(window)

    left = leave()
    preferences.set_density("compact")
    gc.collect()
    assert left() is None, "nothing of it stays in memory for whoever signs in next"


def test_closing_with_unsent_work_says_that_it_is_safe(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    merchant.go_offline()
    merchant.submit(order_of(merchant, [("000001", 2)]))

    def keep(dialog: Confirm) -> None:
        said = [label.text() for label in dialog.findChildren(Label)]
        assert any("1 条未发送" in text and "下次打开" in text for text in said)
        dialog.reject()

    assert not window.close()
    answer(Confirm, keep)
    assert window.isVisible()
    assert not window.close()
    assert not window.close(), "it is asked once"
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(window.findChildren(Confirm)) == 1
    with qtbot.waitSignal(window.closing):
        answer(Confirm, lambda dialog: dialog.accept())
    assert not window.isVisible()
    assert merchant.queue()[0].state == "waiting", "nothing was thrown away"


def test_closing_with_everything_sent_asks_nothing(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    with qtbot.waitSignal(window.closing):
        assert window.close()


def test_signing_out_says_what_becomes_of_the_queue(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    merchant.go_offline()
    merchant.submit(order_of(merchant, [("000001", 2)]))
    told: list[str] = []

    def agree(dialog: Confirm) -> None:
        told.extend(label.text() for label in dialog.findChildren(Label))
        dialog.accept()

    window.ask_to_sign_out()
    with qtbot.waitSignal(window.sign_out_asked):
        answer(Confirm, agree)
    assert any("1 条未发送" in text and "再次登录" in text for text in told)


def test_locking_has_a_key(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    with qtbot.waitSignal(window.lock_asked):
        QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)


def test_the_person_may_lock_switch_and_sign_out(qtbot: QtBot, window_of: Open, merchant: FakeDesk) -> None:
    window = window_of(merchant)
    menu = window.person_menu()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["锁定", "切换用户", "重新登录", "退出登录"]
    with qtbot.waitSignal(window.switch_asked):
        menu.actions()[1].trigger()
    menu.deleteLater()

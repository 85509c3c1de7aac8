"""The frame of the window: rail, pages, palette and inspector, by keyboard."""

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.palette import Answer, Entry
from s2b_desktop.views.common.rail import SLIM, WIDE, NavItem
from s2b_desktop.views.common.shell import ResponsiveShell

ITEMS = [NavItem("one", "home", "Search"), NavItem("two", "tag", "Offline"), NavItem("three", "x", "Reason")]


@pytest.fixture
def shell(qtbot: QtBot) -> ResponsiveShell:
    shell = ResponsiveShell(ITEMS)
    qtbot.addWidget(shell)
    shell.resize(1360, 820)
    with qtbot.waitActive(shell):
        shell.show()
        shell.activateWindow()
    return shell


def test_pages_are_made_when_first_shown(qtbot: QtBot, shell: ResponsiveShell) -> None:
    made: list[QWidget] = []

    def make() -> QWidget:
        made.append(QWidget())
        return made[-1]

    shell.set_page("two", make)
    assert shell.page("two") is None
    with qtbot.waitSignal(shell.navigated) as told:
        QTest.keyClick(shell, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert told.args == ["two"]
    shell.navigate("two")
    assert [shell.stack.currentWidget()] == made
    assert shell.current() == "two"
    assert shell.rail.entry("two").isChecked()


def test_opening_a_page_gives_it_the_focus(shell: ResponsiveShell) -> None:
    page, field = Page("Search"), QLineEdit()
    page.body.addWidget(field)
    page.setFocusProxy(field)
    shell.set_page("one", page)
    shell.navigate("one")
    assert shell.focusWidget() is field


def test_arrows_walk_the_rail(qtbot: QtBot, shell: ResponsiveShell) -> None:
    shell.rail.entry("one").setFocus()
    QTest.keyClick(shell.rail.entry("one"), Qt.Key.Key_Down)
    assert shell.focusWidget() is shell.rail.entry("two")
    with qtbot.waitSignal(shell.rail.chosen) as chosen:
        QTest.keyClick(shell.rail.entry("two"), Qt.Key.Key_Return)
    assert chosen.args == ["two"]


def test_badges_are_spoken(shell: ResponsiveShell) -> None:
    shell.set_badge("two", 3, "bad")
    assert shell.rail.entry("two").accessibleName() == "Offline, 3 waiting"
    shell.set_badge("gone", 3)


def test_rail_collapses_by_width_unless_chosen(shell: ResponsiveShell) -> None:
    assert shell.rail.width() == WIDE
    shell.resize(1050, 760)
    assert shell.rail.width() == SLIM
    shell.resize(1360, 760)
    assert shell.rail.width() == WIDE
    shell.set_collapsed(True)
    assert shell.rail.width() == SLIM


def test_window_has_its_least_size(shell: ResponsiveShell) -> None:
    shell.resize(400, 300)
    assert (shell.width(), shell.height()) == (1024, 700)


def test_offline_banner_comes_and_goes(shell: ResponsiveShell) -> None:
    banner = shell._banner
    shell.show_offline("Offline")
    assert banner.isVisible()
    assert banner.text() == "Offline"
    shell.hide_offline()
    assert not banner.isVisible()


def test_palette_groups_answers_and_opens_the_chosen(qtbot: QtBot, shell: ResponsiveShell) -> None:
    opened: list[str] = []
    late: list[Answer] = []

    def goods(query: str, answer: Answer) -> None:
        titles = [f"{query} {n}" for n in range(2)]
        answer([Entry(title, partial(opened.append, title)) for title in titles])

    field = shell.palette_field
    field.add_provider("Search", goods)
    field.add_provider("Offline", lambda _query, answer: late.append(answer))
    QTest.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert shell.focusWidget() is field
    QTest.keyClicks(field, "ab")
    qtbot.waitUntil(lambda: [found.title for found in field.results().results()] == ["ab 0", "ab 1"])
    late[0]([Entry("an old answer", lambda: opened.append("old"))])
    assert len(field.results().results()) == 2
    late[-1]([Entry("late but good", lambda: opened.append("late"))])
    assert [found.group for found in field.results().results()] == ["Search", "Search", "Offline"]
    QTest.keyClick(field, Qt.Key.Key_Down)
    with qtbot.waitSignal(field.opened):
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert opened == ["ab 1"]
    assert not field.results().isVisible()


def test_enter_right_after_typing_opens_what_was_typed(qtbot: QtBot, shell: ResponsiveShell) -> None:
    opened: list[str] = []
    field = shell.palette_field
    field.add_provider("Search", lambda q, answer: answer([Entry(q, lambda: opened.append(q))]))
    field.setFocus()
    QTest.keyClicks(field, "69211")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opened == ["69211"]


def test_palette_says_when_nothing_was_found(qtbot: QtBot, shell: ResponsiveShell) -> None:
    field = shell.palette_field
    field.add_provider("Search", lambda _query, answer: answer([]))
    field.setFocus()
    QTest.keyClicks(field, "zzz")
    qtbot.waitUntil(field.results().isVisible)
    notes = [label.text() for label in field.results().findChildren(QLabel) if label.isVisible()]
    assert notes == ["Nothing found. Try fewer letters, pinyin initials or a barcode."]
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.results().isVisible()


def test_inspector_stands_beside_or_covers(qtbot: QtBot, shell: ResponsiveShell) -> None:
    page = Page("Search")
    shell.set_page("one", page)
    shell.navigate("one")
    full = page._main.width()
    detail = QLineEdit()
    page.inspector.open_panel(detail, "Reason")
    qtbot.waitUntil(lambda: page.inspector.reveal == 1.0)
    assert page._main.width() == full - page.inspector.width()
    shell.resize(1050, 760)
    assert page._main.width() == page.width()
    detail.setFocus()
    with qtbot.waitSignal(page.inspector.closed):
        QTest.keyClick(detail, Qt.Key.Key_Escape)
    qtbot.waitUntil(page.inspector.isHidden)
    assert page.inspector.content() is None


def test_page_has_one_primary_action_and_it_stands_last(qtbot: QtBot) -> None:
    page = Page("Search")
    qtbot.addWidget(page)
    pressed: list[str] = []
    page.add_action("Search", lambda: pressed.append("main"), "F2", primary=True)
    page.add_action("Close", lambda: pressed.append("other"), "F3")
    page.resize(900, 600)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    for key in (Qt.Key.Key_F2, Qt.Key.Key_F3):
        QTest.keyClick(page, key)
    assert pressed == ["main", "other"]
    with pytest.raises(ValueError):
        page.add_action("Search", lambda: None, primary=True)


def test_a_panel_shown_anew_keeps_focus_and_place(qtbot: QtBot, shell: ResponsiveShell) -> None:
    page, listed = Page("Search"), QLineEdit()
    page.body.addWidget(listed)
    shell.set_page("one", page)
    shell.navigate("one")
    listed.setFocus()

    def panel(*texts: str) -> QWidget:
        made = QWidget()
        made.setMinimumHeight(3000)
        column = QVBoxLayout(made)
        for text in texts:
            column.addWidget(Button(text))
        return made

    first = panel("Search", "Reason")
    page.inspector.open_panel(first, "Reason")
    first.findChildren(Button)[1].setFocus()
    bar = page.inspector.findChildren(QScrollArea)[0].verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(200)
    second = panel("Search", "Reason")
    page.inspector.open_panel(second, "Reason")
    assert shell.window().focusWidget() is second.findChildren(Button)[1]
    assert bar.value() == 200
    page.inspector.open_panel(panel("Search"), "Reason")
    assert shell.window().focusWidget() is listed, "what was in use is gone: back to the list"


def test_a_closed_inspector_gives_the_focus_back(qtbot: QtBot, shell: ResponsiveShell) -> None:
    page, first, listed = Page("Search"), QLineEdit(), QLineEdit()
    page.body.addWidget(first)
    page.body.addWidget(listed)
    shell.set_page("one", page)
    shell.navigate("one")
    listed.setFocus()
    detail = QLineEdit()
    page.inspector.open_panel(detail, "Reason")
    detail.setFocus()
    QTest.keyClick(detail, Qt.Key.Key_Escape)
    assert shell.window().focusWidget() is listed
    page.inspector.open_panel(QLineEdit(), "Reason")
    first.setFocus()
    page.inspector.close_panel()
    assert shell.window().focusWidget() is first

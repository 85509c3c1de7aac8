"""What holds on every page of everybody: names for screen readers, words in full, keys in tooltips."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.text import LANGUAGES, Language, set_language
from s2b_desktop.views.common.button import Button, key_name
from s2b_desktop.views.common.pill import pill_width
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.table_grid import least_width
from s2b_desktop.views.common.table_header import PAD
from s2b_desktop.views.common.theme import interface_font
from s2b_desktop.views.main_window import MainWindow
from s2b_desktop.views.preferences import Preferences
from s2b_domain.access import Actor
from tests.views import world
from tests.views.desk import FakeDesk, settle
from tests.views.pictures import fill_desk

DeskOf = Callable[..., FakeDesk]
FILLED = {world.SUPPLIER.id: "supplier", world.MERCHANT.id: "merchant", world.ADMIN.id: "platform"}
"""Who has some weeks of work behind them."""
SEEN = 20
"""Rows of a list that are looked at."""
PEOPLE = (world.SUPPLIER, world.MERCHANT, world.ADMIN, world.FRESH_SUPPLIER)


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


@pytest.fixture(params=PEOPLE, ids=lambda actor: actor.organisation_name)
def window(
    request: pytest.FixtureRequest, look: QApplication, lang: Language, desk_of: DeskOf, qtbot: QtBot
) -> Iterator[MainWindow]:
    actor: Actor = request.param
    set_language(lang)
    desk = desk_of(actor)
    fill_desk(desk, FILLED.get(actor.id, ""))
    made = MainWindow(desk, Preferences())
    qtbot.addWidget(made)
    made.resize(1360, 820)
    made.show()
    yield made
    made.close_for_sure()


def open_pages(window: MainWindow, qtbot: QtBot) -> Iterator[str]:
    """Every place, each with its first row opened in the inspector."""
    for key in [*(place.key for place in window.places()), "settings"]:
        window.navigate(key)
        settle(qtbot, window.desk)
        yield key
        page = window.page(key)
        assert page is not None
        for table in page.findChildren(DataTable):
            ids = table.model.ids()
            if ids and table.isVisible():
                table.select(ids[0])
                table.activated.emit(ids[0])
                settle(qtbot, window.desk)
                qtbot.waitUntil(lambda slides=page.inspector: slides.reveal == slides.is_open())  # type: ignore[misc]
                yield f"{key}, opened"
                for asked in visible(window, QDialog):
                    asked.close()
                break


@pytest.mark.parametrize("lang", ["en"], indirect=True)
def test_the_tab_key_goes_all_the_way_round(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    trapped = []
    for place in window.places():
        window.navigate(place.key)
        page = window.page(place.key)
        assert page is not None
        page.setFocus()
        first = window.focusWidget()
        if first is page:  # a page without a main field
            window.focusNextPrevChild(True)
            first = window.focusWidget()
        assert first is not None
        if not first.focusPolicy() & Qt.FocusPolicy.TabFocus:
            trapped.append(f"{place.key} gives the focus to {told(first)}")
        for _ in range(200):
            window.focusNextPrevChild(True)
            if window.focusWidget() is first:
                break
        else:
            trapped.append(place.key)
    assert not trapped


def told(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or getattr(widget, 'text', str)()!r}"


def visible(window: MainWindow, kind: type[QWidget]) -> list[QWidget]:
    return [widget for widget in window.findChildren(kind) if widget.isVisible()]


def nameless(window: MainWindow) -> list[str]:
    found = []
    for widget in visible(window, QWidget):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.focusProxy() is not None:
            continue
        said = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        if not said.strip():
            found.append(f"{told(widget)} in {type(widget.parent()).__name__}")
    return found


def opened(window: MainWindow) -> bool:
    """Whether the list is narrow beside an inspector; a hint may be shortened there, its tooltip has it all."""
    page = window.page(window.shell.current())
    return page is not None and page.inspector.is_open()


def clipped(window: MainWindow) -> list[str]:
    found = []
    for widget in visible(window, QWidget):
        if isinstance(widget, QLabel) and widget.text() and not widget.wordWrap():
            short = widget.width() < QFontMetrics(widget.font()).horizontalAdvance(widget.text())
        elif isinstance(widget, Button) and widget.text():
            short = widget.width() < widget.sizeHint().width()
        elif isinstance(widget, QLineEdit) and not widget.text() and not opened(window):
            room = widget.width() - widget.textMargins().right() - 24
            short = room < QFontMetrics(widget.font()).horizontalAdvance(widget.placeholderText())
        else:
            continue
        if short:
            found.append(told(widget))
    for table in visible(window, DataTable):
        assert isinstance(table, DataTable)
        for at, column in enumerate(table.model.columns):
            wide = table.view.columnWidth(at)
            if wide and not column.stretch and wide < least_width(column):
                found.append(f"{table.accessibleName()}: {column.key}")
    return found


def cut(window: MainWindow) -> list[str]:
    """Cells that are not read in full; names and sentences, for which a stretched column is, may lose their end."""
    metrics, found = QFontMetrics(interface_font(13)), []
    for table in visible(window, DataTable):
        assert isinstance(table, DataTable)
        model, shown = table.model, [at for at in range(len(table.model.columns)) if table.view.columnWidth(at)]
        for at in shown:
            column, room = model.columns[at], table.view.columnWidth(at) - 2 * PAD
            if column.stretch:
                continue
            for row in range(min(model.rowCount(), SEEN)):
                said = model.texts(row)[at]
                needed = pill_width(said) if column.kind == "state" and said else metrics.horizontalAdvance(said)
                if needed > room + 1:
                    found.append(f"{table.accessibleName()}: {column.key}: {said}")
    return found


def keyless(window: MainWindow) -> list[str]:
    """Buttons with a key that neither their face nor their tooltip says."""
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    return [
        f"{told(button)} {shortcut.key().toString()}"
        for button in visible(window, QAbstractButton)
        for shortcut in button.findChildren(QShortcut, options=direct)
        if key_name(shortcut.key().toString()) not in button.toolTip()
    ]


def ambiguous(window: MainWindow) -> list[str]:
    """Keys that two visible widgets of the window wait for: Qt then serves neither."""
    scopes = (Qt.ShortcutContext.WindowShortcut, Qt.ShortcutContext.ApplicationShortcut)
    met: dict[str, str] = {}
    found = []
    for shortcut in window.findChildren(QShortcut):
        owner = shortcut.parent()
        if not isinstance(owner, QWidget) or not owner.isVisible() or shortcut.context() not in scopes:
            continue
        if not shortcut.isEnabled() or not owner.isEnabled():
            continue
        key = shortcut.key().toString()
        if key in met:
            found.append(f"{key}: {met[key]} and {told(owner)}")
        met[key] = told(owner)
    return found


def test_every_page_reads_in_full_and_aloud(window: MainWindow, qtbot: QtBot) -> None:
    wrong: list[str] = []
    for place in open_pages(window, qtbot):
        for what, find in (
            ("without a name", nameless),
            ("clipped", clipped),
            ("cut", cut),
            ("key not told", keyless),
            ("key of two", ambiguous),
        ):
            wrong += [f"{place}: {what}: {each}" for each in find(window)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_the_walk_sees_what_is_wrong(look: QApplication, qtbot: QtBot, supplier: FakeDesk) -> None:
    window = MainWindow(supplier, Preferences())
    qtbot.addWidget(window)
    window.show()
    page = window.page("home")
    assert page is not None
    field, label = QLineEdit(page), QLabel("a long sentence that does not fit here", page)
    button = Button("Go", lambda: None, shortcut="Ctrl+J", parent=page)
    button.setToolTip("")
    label.resize(40, 20)
    for widget in (field, label, button):
        widget.show()
    assert any("QLineEdit" in each for each in nameless(window))
    assert any("a long sentence" in each for each in clipped(window))
    assert any("Ctrl+J" in each for each in keyless(window))
    assert ambiguous(window) == []
    Button("Stop", lambda: None, shortcut="Ctrl+J", parent=page).show()
    assert len(ambiguous(window)) == 1
    window.close_for_sure()

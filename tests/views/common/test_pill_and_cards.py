"""What the status pill says, and cards as filters."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.text import set_language
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.pill import LineStatus, StatePill, StatusPill

NOW = 1_800_000_000_000
MINUTE = 60_000


@pytest.mark.parametrize(
    ("status", "english", "chinese", "tone"),
    [
        (LineStatus("online"), "Online", "在线", "ok"),
        (LineStatus("syncing"), "Syncing", "正在同步", "neutral"),
        (LineStatus("online", waiting=3), "3 waiting to sync", "3 条等待同步", "neutral"),
        (
            LineStatus("offline", NOW - 12 * MINUTE, 3),
            "Offline 12 min · 3 waiting to sync",
            "离线 12 分钟 · 3 条等待同步",
            "warn",
        ),
        (LineStatus("offline"), "Offline", "离线", "warn"),
        (LineStatus("stopped"), "Not syncing", "未在同步", "warn"),
        (LineStatus("online", attention=1), "1 needs attention", "1 条需处理", "bad"),
        (
            LineStatus("offline", NOW - 180 * MINUTE, 1, 2),
            "2 need attention · Offline 3 h · 1 waiting to sync",
            "2 条需处理 · 离线 3 小时 · 1 条等待同步",
            "bad",
        ),
    ],
)
def test_pill_says_what_is_true(qtbot: QtBot, status: LineStatus, english: str, chinese: str, tone: str) -> None:
    pill = StatusPill(clock=lambda: NOW)
    qtbot.addWidget(pill)
    pill.set_status(status)
    assert pill.text() == english
    assert pill.accessibleName() == english
    assert status.tone == tone
    set_language("zh_CN")
    pill.retranslate()
    assert pill.text() == chinese


def test_pill_is_pressed_by_keyboard_and_tells_the_last_sync(qtbot: QtBot) -> None:
    pill = StatusPill(clock=lambda: NOW)
    qtbot.addWidget(pill)
    pill.set_status(LineStatus("online", last_synced=NOW - 5 * MINUTE))
    assert "Last synced 5 min ago" in pill.toolTip()
    pill.show()
    pill.setFocus()
    with qtbot.waitSignal(pill.clicked):
        QTest.keyClick(pill, Qt.Key.Key_Space)


def test_pill_counts_only_while_offline(qtbot: QtBot) -> None:
    pill = StatusPill(clock=lambda: NOW)
    qtbot.addWidget(pill)
    pill.set_status(LineStatus("offline", NOW))
    assert pill._tick.isActive()
    pill.set_status(LineStatus("online"))
    assert not pill._tick.isActive()


def test_waiting_is_a_marker_beside_a_state(qtbot: QtBot) -> None:
    pill = StatePill("Offline", "warn")
    qtbot.addWidget(pill)
    narrow = pill.sizeHint().width()
    pill.set_state("Offline", "warn", waiting=True)
    assert pill.accessibleName() == "Offline, Waiting to sync"
    assert pill.sizeHint().width() > narrow


def test_one_card_filters_at_a_time(qtbot: QtBot) -> None:
    page = Page("Search")
    qtbot.addWidget(page)
    page.set_cards([FactCard(key, "Search", "1", checkable=True) for key in "abc"])
    told: list[tuple[str, bool]] = []
    page.card_toggled.connect(lambda key, on: told.append((key, on)))
    page.card("a").click()
    page.card("b").click()
    assert page.checked_cards() == ["b"]
    assert told == [("a", True), ("a", False), ("b", True)]
    page.card("b").click()
    assert page.checked_cards() == []
    with pytest.raises(ValueError):
        page.set_cards([FactCard(str(n), "Search") for n in range(5)])


def test_plain_cards_take_no_focus(qtbot: QtBot) -> None:
    card = FactCard("a", "Search", "1", "Offline")
    qtbot.addWidget(card)
    assert card.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert card.accessibleName() == "Search, 1, Offline"


def test_a_card_that_is_too_narrow_says_the_rest_in_its_tooltip(qtbot: QtBot) -> None:
    card = FactCard("a", "State", "1", "restored on 22 November, 318 came back")
    qtbot.addWidget(card)
    card.resize(400, 96)
    card.show()
    assert card.toolTip() == ""
    card.resize(140, 96)
    assert card.toolTip() == "Restored on 22 November, 318 came back"

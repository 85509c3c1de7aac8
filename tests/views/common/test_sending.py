"""Several commands at once: what became of all of them is said, not of the last."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.catalog import find_skus
from s2b_desktop.views.common.sending import send_all
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.shop.listing import entry_of
from s2b_domain.commands.shops import ListGoods
from tests.views.desk import FakeDesk


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    """Somewhere to say it."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    return window


def listings(desk: FakeDesk, *prices: int) -> list[ListGoods]:
    """Goods listed at these prices, each by a command of its own."""
    [offer] = desk.read(find_skus, desk.actor, "000001", 1)
    return [ListGoods(entries=(entry_of(offer, price, "水"),)) for price in prices]


def said(qtbot: QtBot, page: QWidget) -> str:
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    [toast] = ToastArea.of(page).toasts()
    return toast.text()


def test_all_that_were_saved_are_said_once(qtbot: QtBot, page: QWidget, merchant: FakeDesk) -> None:
    followed: list[str] = []
    sent = listings(merchant, 100, 200, 300)
    send_all(merchant, page, sent, "3 goods listed", then=lambda: followed.append("then"))
    assert said(qtbot, page) == "3 goods listed"
    assert (merchant.submitted, followed) == (sent, ["then"])


@pytest.mark.parametrize(
    ("prices", "saved", "words"),
    [
        ((100, -1, 300), 1, "只保存了一部分。价格不正确。改好后重新发送。"),
        ((-1, 200), 0, "价格不正确。改好后重新发送。"),
        ((-1,), 0, "价格不正确。改好后重新发送。"),
    ],
)
def test_a_refusal_says_whether_anything_was_saved(
    qtbot: QtBot, page: QWidget, merchant: FakeDesk, prices: tuple[int, ...], saved: int, words: str
) -> None:
    followed: list[str] = []
    sent = listings(merchant, *prices)
    send_all(merchant, page, sent, "listed", refused=lambda: followed.append("refused"))
    assert said(qtbot, page) == words
    assert (merchant.submitted, followed) == (sent[:saved], ["refused"])

"""A counter over a filled shop."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.counter.page import CounterPage
from tests.views.counter.shop import stock_shop
from tests.views.desk import FakeDesk


@pytest.fixture
def shop(merchant: FakeDesk) -> FakeDesk:
    """晨光便利店 with goods, members and offers."""
    stock_shop(merchant)
    return merchant


@pytest.fixture
def page(qtbot: QtBot, shop: FakeDesk) -> CounterPage:
    """The counter, shown."""
    made = CounterPage(shop, lambda key, what: None)
    qtbot.addWidget(made)
    made.resize(1160, 760)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made

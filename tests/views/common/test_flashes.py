"""Nothing is shown before it has its place: a parentless widget made visible flashes up as a window of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.common.inspector import Inspector
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_desktop.views.orders.page import OrdersPage
from tests.views.desk import FakeDesk


class Windows(QObject):
    """Remembers every window that was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


@pytest.fixture
def windows(look: QApplication) -> Iterator[Windows]:
    found = Windows()
    look.installEventFilter(found)
    yield found
    look.removeEventFilter(found)


def test_a_flash_is_seen(windows: Windows, qtbot: QtBot) -> None:
    label = QLabel("x")
    qtbot.addWidget(label)
    label.setVisible(True)
    assert windows.shown == ["QLabel"]


def _form() -> Form:
    form = Form()
    form.add("a", "Name", QLineEdit(), hint="Search", optional=True).set_error("Offline")
    return form


@pytest.mark.parametrize(
    "make",
    [
        lambda: EmptyState("cart", "Offline", "Search", action="Close", callback=lambda: None),
        lambda: Confirm("Offline", "Search", "Close", tone="danger"),
        lambda: ReasonPrompt("Offline", "Search", "Close", ["Reason"]),
        _form,
        Inspector,
        lambda: ProgressStrip("Search"),
    ],
)
def test_shared_widgets_do_not_flash(windows: Windows, qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    qtbot.addWidget(make())
    assert windows.shown == []


@pytest.mark.parametrize("page", [CatalogPage, OrdersPage, OrderEditorPage])
def test_pages_do_not_flash(windows: Windows, qtbot: QtBot, merchant: FakeDesk, page: Callable[..., Any]) -> None:
    made = page(merchant, lambda key, what: None)
    qtbot.addWidget(made)
    made.refresh()
    assert windows.shown == []

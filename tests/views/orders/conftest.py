"""A merchant's pages over a fake desk, with the places they ask to go to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.catalog import find_skus
from s2b_desktop.views.common.page import Page
from tests.views.desk import FakeDesk

Open = Callable[..., Any]


class Places(list[tuple[str, object]]):
    """Where a page wanted to go."""

    def __call__(self, key: str, what: object = None) -> None:
        self.append((key, what))


@pytest.fixture
def went() -> Places:
    return Places()


@pytest.fixture
def open_page(qtbot: QtBot, went: Places) -> Open:
    """Makes a page of a class over a desk and shows it."""

    def make(cls: type[Page], desk: FakeDesk) -> Page:
        page = cls(desk, went)  # type: ignore[arg-type]
        qtbot.addWidget(page)
        page.resize(1160, 760)
        with qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        return page

    return make


def sku_id(desk: FakeDesk, text: str) -> str:
    """The SKU that somebody would pick for `text`."""
    return desk.read(find_skus, desk.actor, text, 1)[0].sku.id

"""Desks for view tests, closed at their end; every test starts in Chinese with the light look."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from s2b_desktop.text import set_language
from s2b_desktop.views.common.theme import Theme
from s2b_domain.access import Actor
from tests.views import world
from tests.views.desk import FakeDesk, fake_desk


@pytest.fixture
def look(qapp: QApplication) -> Iterator[QApplication]:
    """The application in its own dress."""
    set_language("zh_CN")
    Theme.apply(qapp, "light")
    yield qapp
    set_language("zh_CN")


@pytest.fixture
def desk_of(look: QApplication) -> Iterator[Callable[[Actor], FakeDesk]]:
    """Makes the fake desk of somebody of `world.ACTORS`."""
    made: list[FakeDesk] = []

    def make(actor: Actor, *, empty: bool = False) -> FakeDesk:
        made.append(fake_desk(actor, empty=empty))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def supplier(desk_of: Callable[[Actor], FakeDesk]) -> FakeDesk:
    """顾恒 of 杭州恒丰食品."""
    return desk_of(world.SUPPLIER)


@pytest.fixture
def merchant(desk_of: Callable[[Actor], FakeDesk]) -> FakeDesk:
    """林晨 of 晨光便利店."""
    return desk_of(world.MERCHANT)


@pytest.fixture
def platform(desk_of: Callable[[Actor], FakeDesk]) -> FakeDesk:
    """沈岚 of the platform."""
    return desk_of(world.ADMIN)

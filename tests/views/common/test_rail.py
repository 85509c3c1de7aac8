"""The rail shows its places in full, however much waits there."""

from itertools import pairwise

import pytest
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.text import LANGUAGES, set_language
from s2b_desktop.views.common.rail import NavItem, Rail, RailEntry, RailHeading
from s2b_desktop.views.common.theme import interface_font
from s2b_desktop.views.places import places
from tests.views import world


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("actor", [world.SUPPLIER, world.MERCHANT, world.ADMIN])
def test_every_place_has_room_for_its_words_beside_a_badge(qapp: QApplication, lang: str, actor: object) -> None:
    set_language(lang)  # type: ignore[arg-type]
    rail = Rail()
    items = [NavItem(place.key, place.icon, place.title) for place in places(actor) if not place.hidden]  # type: ignore[arg-type]
    rail.set_items([*items, NavItem("settings", "settings", "Settings")])
    rail.resize(rail.width(), 600)
    metrics = QFontMetrics(interface_font(13, QFont.Weight.DemiBold))
    assert qapp is not None
    for entry in rail.findChildren(RailEntry):
        entry.set_badge(888, "accent")
        entry.resize(rail.width() - 16, 38)
        canvas = QImage(entry.size(), QImage.Format.Format_RGB32)
        painter = QPainter(canvas)
        room = entry.room_for_words(entry._draw_badge(painter))
        painter.end()
        assert metrics.horizontalAdvance(entry.text()) <= room, entry.text()
    rail.deleteLater()


def grouped() -> Rail:
    """A merchant's rail, the longest."""
    rail = Rail()
    shown = [place for place in places(world.MERCHANT) if not place.hidden]
    rail.set_items([NavItem(place.key, place.icon, place.title, group=place.group) for place in shown])
    rail.add_footer(NavItem("settings", "settings", "Settings"))
    rail.add_footer(NavItem("person", "user", "Settings"))
    return rail


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("tall", [700, 780, 1100])
def test_the_places_never_overlap_and_end_within_the_rail(qtbot: QtBot, tall: int, collapsed: bool) -> None:
    rail = grouped()
    qtbot.addWidget(rail)
    rail.set_collapsed(collapsed)
    rail.resize(rail.width(), tall)
    with qtbot.waitExposed(rail):
        rail.show()
    column = rail.findChildren(RailEntry) + rail.findChildren(RailHeading)
    spans = sorted((part.y(), part.y() + part.height()) for part in column)
    assert rail.height() == tall
    assert spans[-1][1] <= tall
    assert all(above[1] <= below[0] for above, below in pairwise(spans))
    assert all(part.height() == part.sizeHint().height() for part in column)


def test_headings_are_words_where_there_is_room_and_lines_elsewhere(qtbot: QtBot) -> None:
    rail = grouped()
    qtbot.addWidget(rail)
    rail.show()
    titled = rail.findChildren(RailHeading)[0]
    rail.resize(rail.width(), 1100)
    wide = titled.sizeHint().height()
    rail.resize(rail.width(), 700)
    assert titled.sizeHint().height() < wide
    assert titled.accessibleName()

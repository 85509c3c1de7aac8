"""The rail shows its places in full, however much waits there."""

import pytest
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication

from s2b_desktop.text import LANGUAGES, set_language
from s2b_desktop.views.common.rail import NavItem, Rail, RailEntry
from s2b_desktop.views.common.theme import interface_font
from s2b_desktop.views.places import places
from tests.views import world


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("actor", [world.SUPPLIER, world.MERCHANT, world.ADMIN])
def test_every_place_has_room_for_its_words_beside_a_badge(qapp: QApplication, lang: str, actor: object) -> None:
    set_language(lang)  # type: ignore[arg-type]
    rail = Rail()
    items = [NavItem(place.key, place.icon, place.title) for place in places(actor)]  # type: ignore[arg-type]
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

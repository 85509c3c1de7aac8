"""Names that are cut keep what tells goods apart."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from s2b_desktop.views.common.fitting import fitting
from s2b_desktop.views.common.theme import interface_font


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetrics:
    return QFontMetrics(interface_font(13))


@pytest.mark.parametrize(
    "name", ["农夫山泉 饮用天然水 550ml×24", "双枪 天然竹筷 家用防滑 10双", "Mineral water, sparkling 6×330"]
)
def test_the_size_at_the_end_stays(metrics: QFontMetrics, name: str) -> None:
    room = metrics.horizontalAdvance(name) * 8 // 10
    said = fitting(metrics, name, room)
    assert said != name
    assert said.endswith(name.rpartition(" ")[2])
    assert "…" in said
    assert metrics.horizontalAdvance(said) <= room


@pytest.mark.parametrize(
    "text", ["11-16 10:20 – 11-30 10:20", "满 ¥100 减 ¥10", "陈克明 鸡蛋挂面 及另外 2 种", "Everything the shop has"]
)
def test_other_texts_lose_their_end(metrics: QFontMetrics, text: str) -> None:
    said = fitting(metrics, text, metrics.horizontalAdvance(text) * 8 // 10)
    assert said.endswith("…")
    assert text.startswith(said.rstrip("…").rstrip())


def test_what_fits_is_whole_and_a_size_never_takes_all_the_room(metrics: QFontMetrics) -> None:
    name = "水 500ml×15箱装共一百五十瓶"
    assert fitting(metrics, name, metrics.horizontalAdvance(name)) == name
    assert fitting(metrics, name, metrics.horizontalAdvance(name) * 9 // 10).endswith("…")

"""A switch of language reaches every word that is shown or spoken."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.text import set_language
from s2b_desktop.views.common.gallery_page import example
from s2b_desktop.views.common.gallery_sheets import SHEETS
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.table import DataTable

_ACROSS = Qt.Orientation.Horizontal


def spoken(widget: QWidget) -> list[tuple[str, ...]]:
    """Every word of a window: texts, tooltips, placeholders, and what a screen reader says."""
    said = []
    for each in [widget, *widget.findChildren(QWidget)]:
        words = [each.accessibleName(), each.accessibleDescription(), each.toolTip(), each.windowTitle()]
        if isinstance(each, QLabel | QAbstractButton):
            words.append(each.text())
        if isinstance(each, QLineEdit):
            words.append(each.placeholderText())
        if isinstance(each, DataTable):
            words += [str(each.model.headerData(at, _ACROSS) or "") for at in range(len(each.model.columns))]
            words += each.model.texts(0) if each.model.ids() else ()
            words.append(each._grid.footer.left)
        said.append((type(each).__name__, *words))
    return sorted(said)


@pytest.mark.parametrize("make", [*SHEETS, example], ids=lambda make: make.__name__)
def test_switching_says_what_a_fresh_window_says(qtbot: QtBot, qapp: QApplication, make: Callable[[], QWidget]) -> None:
    switched = make()
    qtbot.addWidget(switched)
    english = spoken(switched)
    switch_language(qapp, "zh_CN")
    fresh = make()
    qtbot.addWidget(fresh)
    assert spoken(switched) == spoken(fresh) != english
    set_language("en")

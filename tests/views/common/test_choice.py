"""Choices keep their value through languages and stray wheels."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.language import switch_language


@pytest.fixture
def box(qtbot: QtBot) -> ComboBox:
    box = ComboBox([("a", "Back"), ("b", "Close"), ("c", "Undo")])
    qtbot.addWidget(box)
    return box


def test_value_is_told_and_kept(qtbot: QtBot, box: ComboBox) -> None:
    with qtbot.waitSignal(box.value_changed) as told:
        box.set_value("b")
    assert told.args == ["b"]
    box.set_options([("b", "Close"), ("d", "Offline")])
    assert box.value() == "b"
    box.set_value("gone")
    assert box.value() is None


def test_words_change_and_the_value_stays(qtbot: QtBot, qapp: QApplication, box: ComboBox) -> None:
    check = CheckBox("Undo", checked=True)
    qtbot.addWidget(check)
    box.set_value("b")
    switch_language(qapp, "zh_CN")
    assert (box.currentText(), box.value()) == ("关闭", "b")
    assert (check.text(), check.isChecked()) == ("撤销", True)


def test_wheel_chooses_nothing(box: ComboBox) -> None:
    box.set_value("b")
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert box.value() == "b"

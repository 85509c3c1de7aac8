"""Buttons and their keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.button import Button


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_both_enter_keys_press_a_button_that_says_enter(qtbot: QtBot, key: Qt.Key) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    pressed: list[bool] = []
    button = Button("Save", lambda: pressed.append(True), shortcut="Ctrl+Return", show_key=True)
    QHBoxLayout(window).addWidget(button)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [True]
    assert "Enter" in button.toolTip()
    assert "Return" not in button.toolTip()

"""Menus that a button opens."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget


def drop(menu: QMenu, button: QWidget | None = None) -> None:
    """Open a menu under `button`, by default the one in use, else where the pointer is; it goes when it closes."""
    menu.aboutToHide.connect(menu.deleteLater)
    pressed = button or QApplication.focusWidget()
    if isinstance(pressed, QPushButton) and pressed.isVisible():
        menu.popup(pressed.mapToGlobal(QPoint(0, pressed.height() + 4)))
    else:
        menu.popup(QCursor.pos())

"""Answering the questions that pages ask while they wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

D = TypeVar("D", bound=QDialog)


def answer(kind: type[D], reply: Callable[[D], object]) -> None:
    """When a dialog of `kind` next waits, do `reply` to it; a dialog of another kind is refused."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, kind):
            reply(dialog)
        elif isinstance(dialog, QDialog):
            dialog.reject()
            raise AssertionError(f"asked {type(dialog).__name__}, not {kind.__name__}")

    QTimer.singleShot(0, look)

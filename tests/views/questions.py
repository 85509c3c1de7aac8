"""Every dialog that a button of a page opens, for people to look at: `pictures --dialogs`.

A button whose words end with … asks something first. Each of them is pressed once, on the page itself and in the
inspector of one row after the other, and what opens is drawn and given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.main_window import MainWindow

ROWS = 6
"""Rows of a list that are opened, from the first on."""


def draw_dialogs(window: MainWindow, settle: Callable[[object], None], save: Callable[[str, QWidget], None]) -> None:
    """Draw what the present page opens; `save` gets the words of the button."""
    page = window.page(window.shell.current())
    assert page is not None
    pressed: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
            patch.setattr(QFileDialog, name, lambda *_args, **_named: ("", ""))
        patch.setattr(QFileDialog, "getExistingDirectory", lambda *_args, **_named: "")
        for _ in _looks(page, settle):
            while (button := next((b for b in _asking(page) if b.text() not in pressed), None)) is not None:
                said = button.text()
                pressed.add(said)
                button.click()
                settle(None)
                for dialog in _dialogs(page):
                    save(said.rstrip("…"), dialog)
                    dialog.reject()
                settle(None)


def _looks(page: QWidget, settle: Callable[[object], None]) -> Iterator[None]:
    """The page as it is, then with the rows of its list opened one after the other, then those behind each card."""
    yield
    yield from _opened(page, settle)
    for card in page.findChildren(FactCard):
        if card.isVisible() and card.isCheckable():
            card.click()
            settle(None)
            yield from _opened(page, settle)
            if card.isChecked():
                card.click()


def _opened(page: QWidget, settle: Callable[[object], None]) -> Iterator[None]:
    table = next((t for t in page.findChildren(DataTable) if t.isVisible() and t.model.ids()), None)
    if table is None:
        return
    for id_ in list(table.model.ids())[:ROWS]:
        table.select(id_)
        table.activated.emit(id_)
        settle(None)
        for dialog in _dialogs(page):  # a button opens it too
            dialog.reject()
        yield


def _asking(page: QWidget) -> Iterator[Button]:
    for button in page.findChildren(Button):
        if button.text().endswith("…") and button.isVisible() and button.isEnabled() and button.menu() is None:
            yield button


def _dialogs(page: QWidget) -> list[QDialog]:
    return [dialog for dialog in page.window().findChildren(QDialog) if dialog.isVisible()]

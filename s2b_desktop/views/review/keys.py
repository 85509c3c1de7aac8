"""The reviewer's keys: A approves, R rejects, J and K go to the next and the previous one."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from s2b_desktop.views.common.table import DataTable


def add_keys(
    page: QWidget, table: DataTable[Any], approve: Callable[[], object], reject: Callable[[], object]
) -> list[QShortcut]:
    """Letters work while no field is being typed in."""
    made = []
    steps: list[tuple[str, Callable[[], object]]] = [
        ("A", approve),
        ("R", reject),
        ("J", lambda: step(table, 1)),
        ("K", lambda: step(table, -1)),
    ]
    for key, act in steps:
        shortcut = QShortcut(QKeySequence(key), page)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)
        made.append(shortcut)
    return made


def step(table: DataTable[Any], by: int) -> None:
    """Go on by some rows, stopping at the ends."""
    ids = table.model.ids()
    if not ids:
        return
    current = table.current_id()
    row = -1 if current is None else table.model.row_of(current)
    at = max(0, min(len(ids) - 1, row + by if row >= 0 else 0))
    table.select(ids[at])

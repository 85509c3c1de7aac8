"""A process that shows a window and says when: `python -m bench.window bare` or `... desktop PROFILE`.

Prints one JSON object of moments on the machine's steady clock, which the process that started it reads as well.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

MOMENTS: dict[str, float] = {}


def watch(kind: type[QWidget], name: str, then: Callable[[Any], None]) -> None:
    """Note when the first window of a kind has been painted with all that is in it."""
    before = kind.paintEvent

    def paint(self: QWidget, event: QPaintEvent) -> None:
        before(self, event)
        if name not in MOMENTS:
            MOMENTS[name] = 0.0
            QTimer.singleShot(0, self, lambda: note(self))

    def note(painted: QWidget) -> None:
        MOMENTS[name] = time.monotonic()
        then(painted)

    kind.paintEvent = paint  # type: ignore[method-assign]


def end(_: object = None) -> None:
    """Say what was noted, and leave without tidying up."""
    print(json.dumps(MOMENTS), flush=True)
    os._exit(0)


def bare() -> int:
    """The least that a window can be."""

    class Bare(QWidget):
        """A label and a button."""

    watch(Bare, "window", end)
    app = QApplication([])
    window = Bare()
    column = QVBoxLayout(window)
    column.addWidget(QLabel("S2B"))
    column.addWidget(QPushButton("OK"))
    window.resize(1360, 820)
    window.show()
    return app.exec()


def desktop(profile: Path) -> int:
    """The program on a signed-in profile: its first window, its main window, and a search that answers."""
    from s2b_desktop.app import Program, run  # noqa: PLC0415  a part of what is measured
    from s2b_desktop.views.entry.window import EntryWindow  # noqa: PLC0415

    before = Program._show_main

    def show_main(program: Program) -> None:
        from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415  at the moment when the program loads it

        watch(MainWindow, "main", _search)
        before(program)

    Program._show_main = show_main  # type: ignore[assignment, method-assign]
    watch(EntryWindow, "window", lambda _: None)
    return run(profile, "zh_CN", "light")


def _search(window: Any) -> None:
    from s2b_desktop.models.search import search_goods  # noqa: PLC0415

    window.desk.fetch(search_goods, "绿茶", done=_found)


def _found(rows: Any) -> None:
    MOMENTS["search"] = time.monotonic()
    MOMENTS["found"] = len(rows)
    end()


if __name__ == "__main__":
    sys.exit(bare() if sys.argv[1] == "bare" else desktop(Path(sys.argv[2])))

"""An import in the window, step by step as a person goes: `python -m bench.import_window PROFILE SHEET LOGIN PASSWORD`.

Prints one JSON object: how long the main thread left a timer waiting at worst, and what its stalls over 50 ms come to.
"""

import sys
import time
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from bench.stalls import StallWatch
from s2b_desktop.models.profile import Profile
from s2b_desktop.sync.entry import unlock
from s2b_desktop.tasks import Desk
from s2b_desktop.text import set_language
from s2b_desktop.views.common.theme import Theme
from s2b_desktop.views.imports.page import PREVIEW, RECOGNISE, RESULT, ImportPage
from s2b_desktop.views.main_window import MainWindow
from s2b_desktop.views.preferences import Preferences

SETTLED = 1_500
"""Milliseconds after which a window that has just opened is at rest."""
_TOO_LONG = 1_800
"""Seconds after which something hangs."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds that a timer waited at worst, and of all stalls over 50 ms; how many there were, and where the worst
    was; seconds of the import."""

    worst: float
    whole: float
    stalls: int
    where: str
    seconds: float


class Clerk:
    """Goes on with the wizard whenever it is ready."""

    def __init__(self, page: ImportPage, sheet: Path) -> None:
        self._page, self._sheet = page, sheet
        self._steps = [RECOGNISE, PREVIEW, RESULT]
        self.began = self._seen = time.monotonic()
        self.worst = 0.0

    def start(self) -> None:
        """Choose the file."""
        self.began = self._seen = time.monotonic()
        self._page.open_file(self._sheet)

    def look(self) -> None:
        """Press the next button once a step is done; leave when the last is."""
        page, now = self._page, time.monotonic()
        self.worst, self._seen = max(self.worst, now - self._seen), now
        if now - self.began > _TOO_LONG or not page.choose.problem.isHidden():
            raise SystemExit("the import did not come to its end")
        if self._steps and page.wizard.current() == self._steps[0] and page.wizard.next.isEnabled():
            self._steps.pop(0)
            page.wizard.next.click()
        elif page.wizard.current() == RESULT and page.result.strip is None:
            QApplication.exit(0)


def main(folder: str, sheet: str, login: str, password: str) -> None:
    """Import the sheet and print how the window answered meanwhile."""
    app = QApplication([])
    set_language("zh_CN")
    Theme.apply(app, "light")
    desk = Desk(unlock(Profile(Path(folder)), login, password))
    window = MainWindow(desk, Preferences())
    window.resize(1360, 820)
    window.show()
    window.navigate("imports")
    app.processEvents()
    page = window.page("imports")
    assert isinstance(page, ImportPage)
    clerk = Clerk(page, Path(sheet))
    timer = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(clerk.look)

    watches: list[StallWatch] = []

    def begin() -> None:
        watches.append(StallWatch())
        timer.start()
        clerk.start()

    QTimer.singleShot(SETTLED, begin)
    app.exec()
    seconds = time.monotonic() - clerk.began
    [watch] = watches
    watch.close()
    _, where = max(watch.found, default=(0.0, ""))
    answers = Answers(
        worst=clerk.worst * 1000,
        whole=sum(stall for stall, _ in watch.found) * 1000,
        stalls=len(watch.found),
        where=where.strip().splitlines()[-1].strip() if where else "",
        seconds=seconds,
    )
    print(msgspec.json.encode(answers).decode(), flush=True)
    window.close_for_sure()
    desk.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

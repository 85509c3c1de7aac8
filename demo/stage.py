"""The hands and eyes of a scene: it types, clicks, waits and takes pictures, as a person at this desktop would."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from s2b_desktop.app import Program
from s2b_desktop.text import Language
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.main_window import MainWindow

T = TypeVar("T")
P = TypeVar("P", bound=Page)
D = TypeVar("D", bound=QDialog)
SIZE = (1360, 820)
LOOKS: tuple[tuple[Language, Literal["light", "dark"]], ...] = (
    ("en", "dark"),
    ("en", "light"),
    ("zh_CN", "dark"),
    ("zh_CN", "light"),
)


class SceneFailed(Exception):
    """What was waited for did not come."""


class Stage:
    """One desktop. `seconds` is how long a scene waits for anything."""

    def __init__(self, program: Program, seconds: float) -> None:
        self.program = program
        self._until = time.monotonic() + seconds

    @property
    def window(self) -> MainWindow:
        """The window after signing in."""
        window = self.program.window
        if window is None:
            raise SceneFailed("nobody has signed in")
        return window

    def page(self, key: str, kind: type[P]) -> P:
        """Go to a page by the rail and wait until it is there."""
        self.window.navigate(key)
        self.wait(lambda: isinstance(self.window.page(key), kind), f"page {key}")
        page = self.window.page(key)
        assert isinstance(page, kind)
        self.breathe()
        return page

    def wait(self, condition: Callable[[], T | None], what: str) -> T:
        """Let the program work until `condition` is true, and return what it gave."""
        while not (found := condition()):
            if time.monotonic() > self._until:
                raise SceneFailed(f"waited in vain for: {what}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            QTest.qWait(10)
        return found

    def breathe(self, milliseconds: int = 200) -> None:
        """Let panels slide in and answers arrive."""
        QTest.qWait(milliseconds)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def write(self, field: QWidget, text: str) -> None:
        """Type over what a field holds, by keys or as an input method does."""
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(field, Qt.Key.Key_Delete)
        if text.isascii():
            QTest.keyClicks(field, text)
        else:
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(field, event)

    def click(self, button: QAbstractButton, what: str = "a button") -> None:
        """Press a button once it can be pressed."""
        self.wait(lambda: button.isVisible() and button.isEnabled(), what)
        button.click()

    def press(self, widget: QWidget, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """One key."""
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        QTest.keyClick(widget, key, held)

    def dialog(self, kind: type[D], begin: Callable[[], object], play: Callable[[D], object]) -> None:
        """Do what opens a dialog, and play it."""
        begin()
        found = self.wait(lambda: _opened(kind), f"dialog {kind.__name__}")
        try:
            play(found)
        except Exception:
            found.reject()
            raise

    def pictures(self, folder: str, name: str, widget: QWidget | None = None) -> list[str]:
        """Take the picture of a window in both languages and both looks."""
        taken = []
        shown = widget or self.window
        if isinstance(shown, MainWindow):
            shown.resize(*SIZE)
        for language, look in LOOKS:
            self.program.preferences.set_language(language)
            self.program.preferences.set_theme(look)
            self.breathe(250)
            path = Path(folder) / f"{name}-{language}-{look}.png"
            if not shown.grab().save(str(path)):
                raise SceneFailed(f"cannot write {path}")
            taken.append(path.name)
        return taken


def _opened(kind: type[D]) -> D | None:
    found = (w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())
    return next(found, None)

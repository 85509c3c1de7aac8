"""The window before signing in, and while the desk is locked. Who is signed in sees one of its pages for a moment, so
the others are loaded when they are first needed."""

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.entry.entrance import Entrance, HubCard
from s2b_desktop.views.entry.frame import Chooser, EntryFrame
from s2b_desktop.views.preferences import Preferences

if TYPE_CHECKING:
    from s2b_desktop.views.entry.first_run import FirstRunPage
    from s2b_desktop.views.entry.recover import RecoverPage
    from s2b_desktop.views.entry.revoked import RevokedPage
    from s2b_desktop.views.entry.sign_in import SignInPage, UnlockPage

P = TypeVar("P", bound=QWidget)


class OpeningPage(EntryFrame):
    """While the files are opened; the system's keyring may ask its owner meanwhile."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("S2B", "Opening what is stored on this PC", parent=parent)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        self.body.addWidget(bar)
        self.body.addWidget(Label("The system may ask you to unlock its keyring.", "muted", wrap=True))


class TroublePage(EntryFrame):
    """Something prevents opening: what it is, and trying again."""

    again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("S2B could not open", "What is stored on this PC was not changed.", parent=parent)
        self.banner = Banner("bad", "")
        self.body.addWidget(self.banner)
        again = Button("Try again", self.again.emit, variant="primary", icon="refresh")
        self.body.addWidget(again, 0, Qt.AlignmentFlag.AlignRight)


class EntryWindow(QWidget):
    """Shows one page of the entry at a time. `closed` when the person closes the window."""

    closed = Signal()
    finished = Signal()
    """The first download is in, or is not waited for."""
    again = Signal()
    """Try once more to open what could not be opened."""

    def __init__(self, entrance: Entrance, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entrance = entrance
        self.setWindowTitle("S2B")
        self.setMinimumSize(800, 640)
        self.resize(1100, 760)
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack, 1)
        column.addWidget(Chooser(preferences), 0, Qt.AlignmentFlag.AlignBottom)

    # the pages, made when they are first needed

    @cached_property
    def opening(self) -> OpeningPage:
        return self._added(OpeningPage())

    @cached_property
    def trouble(self) -> TroublePage:
        page = self._added(TroublePage())
        page.again.connect(self.again)
        return page

    @cached_property
    def first_run(self) -> "FirstRunPage":
        from s2b_desktop.views.entry.first_run import FirstRunPage  # noqa: PLC0415

        page = self._added(FirstRunPage(self._entrance))
        page.left.connect(lambda: self.show_start())
        page.finished.connect(self.finished)
        return page

    @cached_property
    def unlock(self) -> "UnlockPage":
        from s2b_desktop.views.entry.sign_in import UnlockPage  # noqa: PLC0415

        page = self._added(UnlockPage(self._entrance))
        page.somebody_else.connect(lambda: self.show_sign_in())
        page.forgotten.connect(self.show_recover)
        return page

    @cached_property
    def recover(self) -> "RecoverPage":
        from s2b_desktop.views.entry.recover import RecoverPage  # noqa: PLC0415

        page = self._added(RecoverPage(self._entrance))
        page.back.connect(lambda: self.show_unlock())
        return page

    @cached_property
    def revoked(self) -> "RevokedPage":
        from s2b_desktop.views.entry.revoked import RevokedPage  # noqa: PLC0415

        page = self._added(RevokedPage(self._entrance))
        page.sign_in.connect(lambda: self.show_sign_in())
        return page

    @cached_property
    def sign_in(self) -> "SignInPage":
        from s2b_desktop.views.entry.sign_in import SignInPage  # noqa: PLC0415

        page = self._added(SignInPage(self._entrance))
        page.back.connect(lambda: self.show_unlock())
        page.other_hub.connect(lambda: self.show_first_run())
        return page

    def _added(self, page: P) -> P:
        self.stack.addWidget(page)
        return page

    def show_start(self) -> None:
        """The page that fits what is known: first run, unlocking, or signing in."""
        plate = self._entrance.doorplate()
        if plate.sealed:
            self.show_revoked()
        elif plate.people:
            self.show_unlock()
        elif plate.hub_address:
            self.show_sign_in()
        else:
            self.show_first_run()

    def show_opening(self) -> None:
        self.stack.setCurrentWidget(self.opening)

    def show_first_run(self) -> None:
        self.stack.setCurrentWidget(self.first_run)
        self.first_run.begin(self._entrance.doorplate().hub_address)

    def show_download(self) -> None:
        """Somebody has signed in where nothing is stored yet."""
        self.stack.setCurrentWidget(self.first_run)
        self.first_run.signed_in()

    def show_new_certificate(self, card: HubCard) -> None:
        """The trusted hub shows another certificate."""
        self.stack.setCurrentWidget(self.first_run)
        self.first_run.again(card)

    def show_unlock(self, login: str = "", note: Text = "") -> None:
        self.stack.setCurrentWidget(self.unlock)
        self.unlock.begin(login, note)

    def show_sign_in(self, login: str = "", note: Text = "") -> None:
        self.stack.setCurrentWidget(self.sign_in)
        self.sign_in.begin(login, note)

    def show_recover(self) -> None:
        self.stack.setCurrentWidget(self.recover)
        self.recover.begin()

    def show_revoked(self) -> None:
        """This PC was revoked; its unsent work is on its way to the hub."""
        self.stack.setCurrentWidget(self.revoked)
        self.revoked.begin()

    def show_trouble(self, error: Exception) -> None:
        """Nothing can be opened now."""
        self.trouble.banner.set_message("bad", lambda: failure_text(error))
        self.stack.setCurrentWidget(self.trouble)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

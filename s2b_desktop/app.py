"""The program: the only file that knows all parts. It opens a profile, lets people in and out, and shows windows."""

import contextlib
import hashlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from s2b_desktop import __version__
from s2b_desktop.background import Background
from s2b_desktop.messages import failure_text, problem_text
from s2b_desktop.models.profile import Profile, ProfileBusy, ProfileLock
from s2b_desktop.text import LANGUAGES, Language, listed, set_language, tr
from s2b_desktop.views.common.confirm import Notice, open_prompt
from s2b_desktop.views.common.mark import mark_icon
from s2b_desktop.views.common.theme import Choice, Theme
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.entry.entrance import Doorplate, Failed, HubCard
from s2b_desktop.views.entry.instance import FirstStart, raise_first
from s2b_desktop.views.entry.window import EntryWindow
from s2b_desktop.views.preferences import Density, Installation, Preferences

if TYPE_CHECKING:
    from s2b_desktop.models.status import Status
    from s2b_desktop.models.workspace import Workspace
    from s2b_desktop.tasks import Desk
    from s2b_desktop.views.main_window import MainWindow

log = logging.getLogger(__name__)
WARM_UP_MS = 400
"""The first window is painted before anything else is loaded."""
_TITLE = 40
"""Px that a window's title takes, at most."""
CHOICES: tuple[Choice, ...] = ("light", "dark", "system")


class Program(QObject):
    """One start of the program over one profile. It is also the `Entrance` that the entry pages ask."""

    def __init__(self, profile: Profile, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.profile, self.preferences = profile, preferences
        self.entry = EntryWindow(self, preferences)
        self.entry.closed.connect(self._entry_closed)
        self.entry.finished.connect(self._show_main)
        self.entry.again.connect(self.start)
        self.window: MainWindow | None = None
        self.desk: Desk | None = None
        self._workspace: Workspace | None = None
        self._background = Background(self, entry=1)
        self._keyring = True
        self._warm = QTimer(self, singleShot=True, interval=WARM_UP_MS)
        self._warm.timeout.connect(self._warm_up)
        self._locked = False
        self._first_download = False

    # what the windows are

    def start(self) -> None:
        """Show the first window at once; open the files, and go in if the keyring suffices."""
        if not self.profile.settings.slots:
            self.entry.show_start()
            _show_whole(self.entry)
            self._warm.start()
            return
        self.entry.show_opening()
        _show_whole(self.entry)
        self._background.run("entry", self._resume, self._resumed, self._resume_failed)

    def _warm_up(self) -> None:
        self._background.run("entry", _load_heavy_parts, lambda _: None)

    def front(self) -> None:
        """Bring the window that is in use to the front."""
        window: QWidget = self.window if self.window is not None and self.window.isVisible() else self.entry
        window.setWindowState((window.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        window.show()
        window.raise_()
        window.activateWindow()

    def close(self) -> None:
        """End everything, in order; what waits is on disk."""
        self._warm.stop()
        self._leave_desk()
        self._background.close()
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None
        self.entry.close()
        self.entry.deleteLater()

    # the entrance

    def doorplate(self) -> Doorplate:
        settings = self.profile.settings
        people = sorted((slot.login for slot in settings.slots), key=lambda login: login != settings.last_login)
        sealed = bool(self.profile.sealed())
        return Doorplate(
            people, settings.hub_address, _fingerprint(settings.certificate), settings.recovery is not None, sealed
        )

    def look(self, address: str, done: Callable[[HubCard], object], failed: Failed) -> None:
        before = self.doorplate().fingerprint
        self._background.run("entry", lambda: _card(address, before), done, failed)

    def trust(self, card: HubCard) -> None:
        self.profile.save(hub_address=card.address, certificate=card.certificate)

    def sign_in(self, login: str, password: str, failed: Failed) -> None:
        self._first_download = not self.profile.settings.slots
        self._leave_desk()

        def work() -> "Workspace":
            from s2b_desktop.sync import entry  # noqa: PLC0415  loaded on the background thread
            from s2b_desktop.sync.client import Client  # noqa: PLC0415

            client = Client(self.profile.settings.hub_address, self.profile.settings.certificate)
            try:
                client.hello()
                workspace = entry.sign_in(self.profile, client, login, password, self._workspace)
                self._keyring = _keyring_has(self.profile)
                return workspace
            finally:
                client.close()

        self._background.run("entry", work, self._opened, lambda error: self._sign_in_failed(error, failed))

    def hand_in(self, done: Callable[[bool], object]) -> None:
        """Take to the hub what this PC had not sent when it was revoked; whether nothing is left here."""

        def work() -> bool:
            from s2b_desktop.sync import entry  # noqa: PLC0415
            from s2b_desktop.sync.client import Client  # noqa: PLC0415
            from s2b_desktop.sync.transport import LineError  # noqa: PLC0415

            client = Client(self.profile.settings.hub_address, self.profile.settings.certificate)
            try:
                entry.hand_in(self.profile, client)
            except LineError as error:
                log.info("quarantine: %s", error)
            finally:
                client.close()
            return not self.profile.sealed()

        def failed(error: Exception) -> None:
            log.error("quarantine", exc_info=error)
            done(False)

        self._background.run("entry", work, done, failed)

    def unlock(self, login: str, password: str, failed: Failed) -> None:
        desk = self.desk
        if self._locked and desk is not None and login == self.profile.settings.last_login:
            self._background.run(
                "entry", lambda: _check_password(self.profile, login, password), lambda _: self._show_main(), failed
            )
            return
        self._leave_desk()

        def work() -> "Workspace":
            from s2b_desktop.sync import entry  # noqa: PLC0415

            workspace = entry.unlock(self.profile, login, password, self._workspace)
            self._keyring = _keyring_has(self.profile)
            return workspace

        self._background.run("entry", work, self._opened, lambda error: self._unlock_failed(error, failed))

    def recover(self, login: str, key: str, failed: Failed) -> None:
        """Open the profile with the company's recovery key."""

        def work() -> "Workspace":
            from s2b_desktop.sync import entry  # noqa: PLC0415

            workspace = entry.recover(self.profile, login, key)
            self._keyring = _keyring_has(self.profile)
            return workspace

        self._background.run("entry", work, self._recovered, lambda error: self._unlock_failed(error, failed))

    def _recovered(self, workspace: "Workspace") -> None:
        if workspace.occupied:
            self._opened(workspace)
        else:
            self._workspace = workspace
            self._lock_up(workspace)

    # going in and out

    def _resume(self) -> "Workspace | None":
        from s2b_desktop.sync import entry  # noqa: PLC0415

        return entry.resume(self.profile)

    def _resumed(self, workspace: "Workspace | None") -> None:
        if workspace is None:
            self.entry.show_start()
        else:
            self._opened(workspace)

    def _opened(self, workspace: "Workspace") -> None:
        from s2b_desktop.sync.client import Client  # noqa: PLC0415
        from s2b_desktop.sync.ear import HubEar  # noqa: PLC0415
        from s2b_desktop.sync.loop import SyncLoop  # noqa: PLC0415
        from s2b_desktop.tasks import Desk  # noqa: PLC0415

        self._leave_desk()  # somebody may have gone back from one way in and taken another
        self._workspace = workspace
        settings = self.profile.settings
        client = Client(settings.hub_address, settings.certificate)
        loop = SyncLoop(workspace, client, ear=HubEar(client), source=client, blobs=client)
        self.desk = Desk(workspace, loop, self)
        self.desk.trouble.connect(self._show_trouble)
        self.desk.status_changed.connect(self._watch)
        self._describe(workspace)
        if self._first_download and not workspace.last_pull:
            self.entry.show_download()
            self.desk.status_changed.connect(self.entry.first_run.show_status)
            self.entry.first_run.show_status(self.desk.status())
        else:
            self._show_main()

    def _describe(self, workspace: "Workspace") -> None:
        settings, device = self.profile.settings, workspace.device
        self.preferences.installation = Installation(
            version=__version__,
            hub_address=settings.hub_address,
            hub_name=device.hub_name if device else "",
            fingerprint=_fingerprint(settings.certificate),
            folder=str(self.profile.folder),
            keyring=self._keyring,
        )

    def _show_main(self) -> None:
        if self.desk is None:
            return
        if self.window is None:
            from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415

            self.window = MainWindow(self.desk, self.preferences)
            self.window.lock_asked.connect(self.lock)
            self.window.switch_asked.connect(self.lock)
            self.window.sign_in_asked.connect(self.sign_in_again)
            self.window.sign_out_asked.connect(self.sign_out)
            self.window.closing.connect(self._quit)
        self._locked = False
        self._first_download = False
        _show_whole(self.window)
        self.entry.hide()
        self._tell_lost(self.window)

    def _tell_lost(self, window: "MainWindow") -> None:
        """Say once, until it was read, what damage on this PC's disk has taken."""
        settings = self.profile.settings
        if not settings.lost_told:
            numbers = listed(map(str, settings.lost)) or "–"
            told = Notice(
                "A file of this PC was damaged",
                lambda: tr(
                    "Everything that could be read of your saved entries was kept. Could not be read: entries "
                    "{numbers}. Compare your last orders with the list, and enter again what is missing. The damaged "
                    "file was kept for support.",
                    numbers=numbers,
                ),
                "I have read this",
                parent=window,
            )
            open_prompt(told, lambda: self.profile.save(lost_told=True))

    def lock(self) -> None:
        """Hide everything behind the password; syncing goes on."""
        if self.window is None:
            return
        self._locked = True
        self.entry.show_unlock(self.profile.settings.last_login)
        self.entry.setGeometry(self.window.geometry())
        _show_whole(self.entry)
        self.window.hide()

    def sign_in_again(self) -> None:
        """The hub wants a new session: ask for the password; work is kept."""
        if self.window is None:
            return
        self.entry.show_sign_in(self.profile.settings.last_login)
        _show_whole(self.entry)
        self.window.hide()

    def sign_out(self) -> None:
        """Nobody works here until somebody signs in; what waits stays in the outbox."""
        from s2b_desktop.sync import entry  # noqa: PLC0415

        workspace = self._workspace
        self._leave_desk()
        if workspace is not None:
            entry.sign_out(self.profile, workspace)
            workspace.close()
            self._workspace = None
        self.entry.show_start()
        _show_whole(self.entry)

    def _leave_desk(self) -> None:
        window, desk = self.window, self.desk
        self.window = self.desk = None
        self._locked = False
        if window is not None:
            window.blockSignals(True)
            window.close_for_sure()
            window.deleteLater()
        if desk is not None:
            desk.close()
            desk.deleteLater()

    def _entry_closed(self) -> None:
        if self.window is None or self._locked or not self.window.isVisible():
            self._quit()

    def _quit(self) -> None:
        QTimer.singleShot(0, self, QGuiApplication.quit)

    # what goes wrong

    def _resume_failed(self, error: Exception) -> None:
        self._unlock_failed(error, self.entry.show_trouble)

    def _unlock_failed(self, error: Exception, failed: Callable[[Exception], object]) -> None:
        code = getattr(error, "code", "")
        if code == "device_revoked":
            self.entry.show_revoked()
        elif code == "device_locked":
            self.entry.show_sign_in(self.profile.settings.last_login, lambda: failure_text(error))
        else:
            failed(error)

    def _sign_in_failed(self, error: Exception, failed: Failed) -> None:
        if getattr(error, "code", "") == "certificate_changed":
            address = self.profile.settings.hub_address
            self.look(address, self.entry.show_new_certificate, failed)
            return
        if getattr(error, "code", "") == "device_revoked" or self.profile.settings.retirement:
            self._workspace = None  # it was closed, and what was not sent is sealed, now or at the next start
        self._unlock_failed(error, failed)

    def _watch(self, status: "Status") -> None:
        if status.problem:
            log.info("line: %s", status.problem)
        if status.problem == "device_revoked":
            self._retire()
        elif status.problem and self._workspace is not None and self._workspace.locked:
            self._lock_up(self._workspace)

    def _lock_up(self, workspace: "Workspace") -> None:
        """No contact for too long: nothing is shown until somebody signs in at the hub."""
        self._leave_desk()
        workspace.leave()
        login = self.profile.settings.last_login
        self.entry.show_sign_in(login, lambda: problem_text("device_locked"))
        _show_whole(self.entry)

    def _retire(self) -> None:
        """The hub has revoked this PC: everything closes, and what was not sent is sealed for the hub."""
        from s2b_desktop.sync import entry  # noqa: PLC0415

        workspace, self._workspace = self._workspace, None
        if workspace is None:
            return
        self.entry.show_opening()
        _show_whole(self.entry)
        self._leave_desk()
        self._background.run(
            "entry", lambda: entry.retire(workspace), lambda _: self.entry.show_revoked(), self.entry.show_trouble
        )

    def _show_trouble(self, error: Exception) -> None:
        if self.window is not None and self.window.isVisible():
            ToastArea.of(self.window).show_toast(lambda: failure_text(error), tone="bad")

    def unexpected(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """The last resort of an exception on the main thread: logged here, told in warm words."""
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        log.critical("unexpected", exc_info=(kind, error, trace))
        window = self.window if self.window is not None and self.window.isVisible() else self.entry
        with contextlib.suppress(RuntimeError):  # while windows are being taken down
            ToastArea.of(window).show_toast(lambda: problem_text("unexpected"), tone="bad")


def _show_whole(window: QWidget) -> None:
    """Show a window; maximised where its screen has less room than the window and its title want, as many a shop's has:
    what is beyond the lower edge, above all buttons, could not be reached."""
    room = window.screen().availableSize() - QSize(0, _TITLE)
    if window.isVisible() or window.size() == window.size().boundedTo(room):
        window.show()
        return
    if not window.isMaximized():
        window.resize(window.size().boundedTo(room))
    window.showMaximized()


def _load_heavy_parts() -> None:
    """What the first page does not need, loaded while it is read."""
    import s2b_desktop.sync.client  # noqa: PLC0415
    import s2b_desktop.sync.entry  # noqa: F401, PLC0415


def _keyring_has(profile: Profile) -> bool:
    """Whether the system's keyring holds the keys, for the settings page; may take seconds."""
    from s2b_desktop.models import keys  # noqa: PLC0415

    try:
        return keys.load(profile.settings.profile_id) is not None
    except keys.KeyringUnavailable:
        return False


def _fingerprint(certificate: str) -> str:
    if not certificate:
        return ""
    import ssl  # noqa: PLC0415  the first start has no certificate yet

    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


def _card(address: str, before: str) -> HubCard:
    from cryptography import x509  # noqa: PLC0415  loaded on the background thread

    from s2b_desktop.sync.client import Client, certificate_at, normalised  # noqa: PLC0415

    base = normalised(address)
    pem = certificate_at(base)
    client = Client(base, pem)
    try:
        hello = client.hello()
    finally:
        client.close()
    shown = _fingerprint(pem)
    until = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    return HubCard(
        address=base,
        name=hello.name,
        certificate=pem,
        fingerprint=shown,
        valid_until=round(until.timestamp() * 1000),
        before=before if before and before != shown else "",
    )


def _check_password(profile: Profile, login: str, password: str) -> None:
    """Raise what `entry.unlock` would; open nothing."""
    from s2b_desktop.models import keys  # noqa: PLC0415
    from s2b_desktop.sync.entry import EntryRefused  # noqa: PLC0415

    slot = next((slot for slot in profile.settings.slots if slot.login == login), None)
    if slot is None:
        raise EntryRefused("nobody_yet")
    try:
        keys.unwrap(slot, password)
    except keys.WrongPassword as error:
        raise EntryRefused("wrong_password") from error


def _language(wish: str | None, saved: str) -> Language:
    for choice in (wish, saved):
        if choice in LANGUAGES:
            return choice
    return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def run(
    folder: Path | None,
    lang: str | None,
    theme: str | None,
    started: Callable[[Program], object] = lambda program: None,
) -> int:
    """Start the program and stay until it ends; the exit code. `started` is told of the program, once."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("S2B")
    app.setWindowIcon(mark_icon())
    app.setQuitOnLastWindowClosed(False)
    profile = Profile(folder)
    settings = profile.settings
    set_language(_language(lang, settings.language))
    try:
        lock: ProfileLock = profile.lock()
    except ProfileBusy:
        return _busy(app, profile, theme)
    with lock:
        from s2b_desktop import log_file  # noqa: PLC0415

        log_file.keep_in(profile.folder)
        saved = theme or settings.theme
        Theme.apply(app, next((choice for choice in CHOICES if choice == saved), "system"))
        density: Density = "compact" if settings.choices.get("density") == "compact" else "comfortable"

        def keep(name: str, value: str) -> None:
            if name in ("language", "theme"):
                profile.save(**{name: value})
            else:
                profile.save(choices={**profile.settings.choices, name: value})

        program = Program(profile, Preferences(density=density, save=keep))
        first = FirstStart(profile.folder)
        first.asked.connect(program.front)
        before = sys.excepthook
        sys.excepthook = program.unexpected
        try:
            program.start()
            started(program)
            return app.exec()
        finally:
            sys.excepthook = before
            first.close()
            program.close()


def _busy(app: QApplication, profile: Profile, theme: str | None) -> int:
    if raise_first(profile.folder):
        return 0
    Theme.apply(app, next((choice for choice in CHOICES if choice == theme), "system"))
    print(problem_text("profile_in_use"), file=sys.stderr)
    QMessageBox.warning(None, tr("S2B is already open"), problem_text("profile_in_use"))
    return 1

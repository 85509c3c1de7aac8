"""The window after signing in: it navigates, shows the line to the hub, and knows no feature."""

from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.home import badges
from s2b_desktop.text import count, duration, now_ms, time, tr
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.pill import LineStatus
from s2b_desktop.views.common.rail import NavItem
from s2b_desktop.views.common.shell import ResponsiveShell
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Theme
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.places import Place, places
from s2b_desktop.views.preferences import Preferences
from s2b_desktop.views.search import Action, Search
from s2b_desktop.views.stock.notices import LowStockNotices
from s2b_domain.access import Permission
from s2b_domain.records.party import PartyKind

if TYPE_CHECKING:
    from s2b_desktop.background import Progress
    from s2b_desktop.models.status import Changes, Status
    from s2b_desktop.tasks import Desk
    from s2b_desktop.views.stock.folder import FolderWatch

WATCH_AFTER_MS = 3000
"""The first page comes before the watched folder."""
_NO_LINE = frozenset({"unreachable"})
_SIGN_IN_HELPS = frozenset({"signed_out", "device_cloned", "certificate_changed"})


class MainWindow(Retranslated, QMainWindow):
    """Shows one actor's pages over `desk`. The signals go to the program."""

    lock_asked = Signal()
    switch_asked = Signal()
    sign_in_asked = Signal()
    sign_out_asked = Signal()
    closing = Signal()

    def __init__(self, desk: "Desk", preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.preferences = desk, preferences
        self._places = {place.key: place for place in places(desk.actor)}
        self._wanted: tuple[str, object] | None = None
        self._sure = self._asking = False

        self.shell = ResponsiveShell()
        self.shell.set_organisation(desk.actor.organisation_name)
        shown = [place for place in self._places.values() if not place.hidden]
        items = [NavItem(place.key, place.icon, place.title, group=place.group) for place in shown]
        self.shell.set_items([*items, NavItem("settings", "settings", "Settings", "Ctrl+,")])
        for place in self._places.values():
            self.shell.set_page(place.key, partial(self._make, place), place.parent)
        self.shell.set_page("settings", self._make_settings)
        self.shell.navigated.connect(self._arrived)
        self.person = self.shell.rail.add_footer(NavItem("person", "user", lambda: desk.actor.name))
        self.person.clicked.connect(self._show_person)
        self.shell.pill.clicked.connect(lambda: self.navigate("queue"))
        self.setCentralWidget(self.shell)
        self.toasts = ToastArea.of(self)

        self._badge_wait = QTimer(self, singleShot=True, interval=150)
        self._badge_wait.timeout.connect(self._count)
        self._minute = QTimer(self, interval=30_000)
        self._minute.timeout.connect(self._tell_offline)
        for key, slot in (("Ctrl+L", self.lock_asked.emit), ("Ctrl+Q", self.close)):
            QShortcut(QKeySequence(key), self).activated.connect(slot)
        Search(desk, list(self._places.values()), self.navigate, self._actions).add_to(self.shell.palette_field)
        preferences.density_changed.connect(self._density_changed)
        desk.changed.connect(self._changed)
        desk.status_changed.connect(self._show_status)
        if "stock" in self._places:
            LowStockNotices(desk, self, self.navigate)
        if desk.actor.kind is PartyKind.SUPPLIER and desk.actor.may(Permission.STOCK_EDIT):
            watch_later = QTimer(self, singleShot=True, interval=WATCH_AFTER_MS)
            watch_later.timeout.connect(self._watch_folder)
            watch_later.start()
        self._show_status(desk.status())
        self._count()
        self.retranslate()
        self.resize(1360, 820)
        self.navigate(next(iter(self._places)))

    # pages

    def navigate(self, key: str, what: object = None) -> None:
        """Show the page of `key`; `what` (an id, a filter, a message to send again) is handed to it."""
        if key not in self._places and key != "settings":
            return
        self._wanted = (key, what)
        self.shell.navigate(key)

    def page(self, key: str) -> Page | None:
        """The page of `key`, if it has been shown."""
        found = self.shell.page(key)
        return found if isinstance(found, Page) else None

    def places(self) -> list[Place]:
        """Where this person may go, in the order of the rail."""
        return list(self._places.values())

    def _make(self, place: Place) -> Page:
        page = place.make(self.desk, self.navigate)
        self._set_density(page)
        return page

    def _make_settings(self) -> Page:
        from s2b_desktop.views.settings.page import SettingsPage  # noqa: PLC0415  first shown, first loaded

        page = SettingsPage(self.desk, self.navigate, self.preferences)
        page.sign_out.clicked.connect(self.ask_to_sign_out)
        return page

    def _arrived(self, key: str) -> None:
        wanted, self._wanted = self._wanted, None
        page = self.page(key)
        self.toasts.leave_page()
        if page is None:
            return
        if wanted is not None and wanted[0] == key and wanted[1] is not None:
            page.show_item(wanted[1])

    def _density_changed(self) -> None:
        self._set_density(self)

    def _set_density(self, widget: QWidget) -> None:
        for table in widget.findChildren(DataTable):
            table.set_density(self.preferences.density)

    def _actions(self) -> list[Action]:
        chosen = self.preferences
        offered = [
            Action("New order", lambda: self.navigate("order"), "plus", "new order place buy"),
            Action("Import a spreadsheet", lambda: self.navigate("imports"), "upload", "import excel csv xlsx"),
        ]
        offered = [a for a, key in zip(offered, ("order", "imports"), strict=True) if key in self._places]
        if "money" in self._places:
            keys = "statement invoice payment overdue credit"
            offered.append(Action("Statements", lambda: self.navigate("money", "statements"), "file-text", keys))
            offered.append(Action("Invoices", lambda: self.navigate("money", "invoices"), "file-text", keys))
        if "terms" in self._places:
            offered.append(
                Action("Freight templates", lambda: self.navigate("terms", "freights"), "truck", "freight delivery")
            )
        if "promotion" in self._places:
            offered.append(
                Action("New promotion", lambda: self.navigate("promotion"), "ticket", "new promotion offer discount")
            )
        if "members" in self._places and self.desk.actor.may(Permission.MEMBER_EDIT):
            offered.append(Action("New member", lambda: self.navigate("members", "new"), "users", "new member join"))
        if chosen.language == "zh_CN":
            offered.append(
                Action(lambda: "English", lambda: chosen.set_language("en"), "languages", "english language")
            )
        else:
            offered.append(
                Action(lambda: "中文", lambda: chosen.set_language("zh_CN"), "languages", "chinese zhongwen")
            )
        if Theme.scheme == "dark":
            offered.append(Action("Light look", lambda: chosen.set_theme("light"), "sun", "light theme"))
        else:
            offered.append(Action("Dark look", lambda: chosen.set_theme("dark"), "moon", "dark theme"))
        return [
            *offered,
            Action("Settings", lambda: self.navigate("settings"), "settings", "settings preferences"),
            Action("Sync now", self.desk.sync_now, "refresh", "sync now"),
            Action("Lock", self.lock_asked.emit, "lock", "lock"),
            Action("Switch user", self.switch_asked.emit, "users", "switch user"),
            Action("Sign out", self.ask_to_sign_out, "log-out", "sign out log"),
        ]

    def _watch_folder(self) -> None:
        def load(_told: "Progress") -> "type[FolderWatch]":
            from s2b_desktop.views.stock.folder import FolderWatch  # noqa: PLC0415  readers of spreadsheets are heavy

            return FolderWatch

        def begin(watching: "type[FolderWatch]") -> None:
            watching(self.desk, self).told.connect(lambda said, tone: self.toasts.show_toast(said, tone=tone))

        self.desk.run(load, done=begin)

    # the line

    def _changed(self, _changes: "Changes") -> None:
        self._badge_wait.start()

    def _count(self) -> None:
        for key, n in self.desk.read(badges, self.desk.actor).items():
            self.shell.set_badge(key, n, "accent")

    def _show_status(self, status: "Status") -> None:
        lag = now_ms() - self.desk.now()
        self.shell.pill.set_status(
            LineStatus(
                line=_line(status),
                since=None if status.offline_since is None else status.offline_since + lag,
                waiting=status.waiting,
                attention=status.attention,
                last_synced=None if status.last_synced is None else status.last_synced + lag,
            )
        )
        self.shell.set_badge("queue", status.attention or status.waiting, "bad" if status.attention else "neutral")
        if status.online and not status.problem:
            self._minute.stop()
        else:
            self._minute.start()
        self._tell_offline()

    def _tell_offline(self) -> None:
        status = self.desk.status()
        if status.expected and not status.problem and status.online:
            self.shell.show_offline(self._loading_words, kind="info")
        elif not status.problem and _line(status) != "offline":
            self.shell.hide_offline()
        elif status.problem in _SIGN_IN_HELPS:
            again = self.sign_in_asked.emit
            self.shell.show_offline(self._offline_words, kind="warn", action="Sign in again", callback=again)
        else:
            self.shell.show_offline(self._offline_words, kind="warn" if status.online else "offline")

    def _loading_words(self) -> str:
        status = self.desk.status()
        return tr(
            "What is stored here is loaded anew: {loaded} of {expected} rows. Keep working; unsent entries stay.",
            loaded=count(status.loaded),
            expected=count(status.expected),
        )

    def _offline_words(self) -> str:
        status = self.desk.status()
        if status.problem and status.problem not in _NO_LINE:
            return problem_text(status.problem, status.params)
        if status.offline_since is None:
            return tr("Offline. Keep working: everything is saved on this PC and sent when the line is back.")
        return tr(
            "Offline since {time} ({duration}). Keep working: everything is saved on this PC and sent later.",
            time=time(status.offline_since),
            duration=duration(self.desk.now() - status.offline_since),
        )

    # leaving

    def _show_person(self) -> None:
        menu = self.person_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.person.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))

    def person_menu(self) -> QMenu:
        """Lock, switch user, sign out."""
        menu = QMenu(self)
        menu.addAction(tr("Lock")).setShortcut(QKeySequence("Ctrl+L"))
        menu.actions()[0].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        menu.actions()[0].triggered.connect(self.lock_asked.emit)
        menu.addAction(tr("Switch user")).triggered.connect(self.switch_asked.emit)
        menu.addAction(tr("Sign in again")).triggered.connect(self.sign_in_asked.emit)
        menu.addSeparator()
        menu.addAction(tr("Sign out")).triggered.connect(self.ask_to_sign_out)
        return menu

    def ask_to_sign_out(self) -> None:
        """Ask once, saying what happens to unsent work."""
        waiting = self.desk.status().waiting
        told = tr("What is stored on this PC stays encrypted. To work here again you need your password and the hub.")
        if waiting:
            kept = tr(
                "{n} entries are not sent yet. They stay safe here and are sent after you sign in again.", n=waiting
            )
            told = f"{kept}\n{told}"
        open_prompt(Confirm("Sign out?", lambda: told, "Sign out", parent=self), self.sign_out_asked.emit)

    def close_for_sure(self) -> None:
        """Close without asking about unsent work."""
        self._sure = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        waiting = self.desk.status().waiting
        if waiting and not self._sure:
            event.ignore()
            self._ask_to_close(waiting)
            return
        self.closing.emit()
        super().closeEvent(event)

    def _ask_to_close(self, waiting: int) -> None:
        """Ask once, however often the window is closed meanwhile."""
        if self._asking:
            return
        told = tr(
            "{n} entries are not sent yet. They are safe on this PC and are sent when S2B is next open.", n=waiting
        )
        prompt = Confirm("Close with unsent work?", lambda: told, "Close", parent=self)
        self._asking = True
        prompt.finished.connect(self._asked)
        open_prompt(prompt, self.close_for_sure)

    def _asked(self) -> None:
        self._asking = False

    def retranslate(self) -> None:
        self.setWindowTitle(f"S2B · {self.desk.actor.organisation_name}")


def _line(status: "Status") -> Literal["online", "syncing", "stopped", "offline"]:
    """What the pill says of the line; before the first answer it is being tried, not offline."""
    untried = not status.online and status.offline_since is None and not status.problem
    if untried or (status.online and status.syncing):
        return "syncing"
    if not status.online:
        return "offline"
    return "stopped" if status.problem else "online"

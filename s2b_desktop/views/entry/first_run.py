"""The first start: the hub's address, its certificate, an account, and what is downloaded."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.text import count, date, now_ms, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button, key_sequences
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.common.wizard import StepHeader
from s2b_desktop.views.entry.entrance import Entrance, HubCard
from s2b_desktop.views.entry.frame import EntryFrame
from s2b_desktop.views.entry.sign_in import AccountForm
from s2b_desktop.views.preferences import grouped

if TYPE_CHECKING:
    from s2b_desktop.models.status import Status

ADDRESS, CERTIFICATE, ACCOUNT, DOWNLOAD = range(4)
STEPS: tuple[Text, ...] = ("Hub", "Certificate", "Account", "Download")
_AT_ADDRESS = frozenset({"not_a_hub", "unreachable", "update_needed"})


class FingerprintView(QFrame):
    """A fingerprint in groups of four, four groups a line, easy to compare aloud."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 10, 14, 10)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(4)
        self._labels = [Label("", "strong") for _ in range(16)]
        for at, label in enumerate(self._labels):
            self._grid.addWidget(label, at // 4, at % 4, Qt.AlignmentFlag.AlignCenter)

    def show_fingerprint(self, fingerprint: str) -> None:
        groups = grouped(fingerprint).split()
        for label, group in zip(self._labels, [*groups, *[""] * (16 - len(groups))], strict=True):
            label.set_words(partial(str, group))
        self.setAccessibleName(tr("Fingerprint {groups}", groups=" ".join(groups)))


class FirstRunPage(EntryFrame):
    """Walks through the four steps; `finished` when the first download is in, or the person does not wait for it.

    `again(card)` begins at the certificate with a big warning: the hub shows another one than before.
    """

    finished = Signal()
    left = Signal()

    def __init__(self, entrance: Entrance, parent: QWidget | None = None) -> None:
        super().__init__("Welcome to S2B", "Four short steps, then you can work, also without a line.", width=640,
                         parent=parent)  # fmt: skip
        self._entrance = entrance
        self._card: HubCard | None = None
        self._busy = self._waits = False
        self._began = 0
        self.banner = Banner("bad", "")
        self.banner.hide()
        self.address = QLineEdit()
        self.address.setPlaceholderText("hub.example.com:8443")
        self.address.textChanged.connect(lambda: self._say_buttons())
        self.address.returnPressed.connect(self.go_on)
        self.hub_form = Form()
        self.hub_form.add(
            "address", "Hub address", self.address, hint="You got it from your platform, for example on a card."
        )
        self.facts = QVBoxLayout()
        self.fingerprint = FingerprintView()
        self.agreed = CheckBox("I compared the fingerprint, and it is the same")
        self.agreed.toggled.connect(lambda: self._say_buttons())
        goes_on = QShortcut(self.agreed)
        goes_on.setKeys(key_sequences("Return"))
        goes_on.setContext(Qt.ShortcutContext.WidgetShortcut)
        goes_on.activated.connect(self.go_on)
        self.account = AccountForm()
        self.account.submitted.connect(self.go_on)
        self.account.login.textChanged.connect(lambda: self._say_buttons())
        self.account.password.textChanged.connect(lambda: self._say_buttons())
        self.progress = ProgressStrip("Downloading your data", background=False, cancellable=False)
        self.told = Label("", "muted", wrap=True)
        self.header = StepHeader()
        self.stack = QStackedWidget()
        for step in (self._hub_step(), self._certificate_step(), self._account_step(), self._download_step()):
            self.stack.addWidget(step)
        self.back = Button("Back", self.go_back, icon="arrow-left", variant="quiet")
        self.leave = Button("Cancel", self.left.emit, variant="quiet")
        self.next = Button("Next", self.go_on, variant="primary")
        foot = QHBoxLayout()
        foot.addWidget(self.leave)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.next)
        self.body.addWidget(self.header)
        self.body.addWidget(self.banner)
        self.body.addWidget(self.stack)
        self.body.addLayout(foot)

    # the steps

    def _hub_step(self) -> QWidget:
        return _step(self.hub_form)

    def _certificate_step(self) -> QWidget:
        holder = QWidget()
        holder.setLayout(self.facts)
        self.facts.setContentsMargins(0, 0, 0, 0)
        self.facts.setSpacing(12)
        text = "Compare it with the fingerprint that your platform gave you. It proves that nobody is in between."
        return _step(holder, Label(text, "muted", wrap=True), self.fingerprint, self.agreed)

    def _account_step(self) -> QWidget:
        return _step(self.account)

    def _download_step(self) -> QWidget:
        return _step(self.told, self.progress)

    def begin(self, address: str = "") -> None:
        """Start at the first step."""
        self._card = None
        self.banner.hide()
        self.hub_form.errors({})
        self.account.errors({})
        self.address.setText(address)
        self.go_to(ADDRESS)
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    def again(self, card: HubCard) -> None:
        """The trusted hub shows another certificate: warn, and go on only after it was compared."""
        self._show_card(card)
        self.go_to(CERTIFICATE)

    def go_on(self) -> None:
        """What the main button of the present step does."""
        step = self.stack.currentIndex()
        if self._busy:
            return
        if step == ADDRESS and self._address_given():
            self._set_busy(True)
            self.banner.hide()
            self.hub_form.errors({})
            self._entrance.look(self.address.text().strip(), self._looked, self.fail)
        elif step == CERTIFICATE and self._agreed() and self._card is not None:
            self._entrance.trust(self._card)
            self.go_to(ACCOUNT)
        elif step == ACCOUNT and not self.account.errors(self.account.wrong()):
            self._set_busy(True)
            self.banner.hide()
            self._entrance.sign_in(self.account.login.text().strip(), self.account.password.text(), self.fail)
        elif step == DOWNLOAD:
            self._leave()

    def fail(self, error: Exception) -> None:
        """Say what is wrong where it can be mended."""
        self._set_busy(False)
        step, code = self.stack.currentIndex(), getattr(error, "code", "")
        if step == ADDRESS and code in _AT_ADDRESS:
            said: Text = lambda: failure_text(error)  # noqa: E731
            if code == "unreachable":
                said = "Nothing answers at this address. Check it, and whether this PC has a line."
            self.hub_form.errors({"address": said})
        elif step != ACCOUNT or not self.account.refuse(error):
            self.banner.set_message("bad", lambda: failure_text(error))
            self.banner.show()

    def signed_in(self) -> None:
        """The account is right: show what is being downloaded."""
        self._set_busy(False)
        self._began, self._waits = now_ms(), True
        self.account.password.clear()
        self.told.set_words("Goods, prices and orders come to this PC, encrypted. This is needed only once.")
        self.progress.set_progress(0, None, 0)
        self.go_to(DOWNLOAD)

    def show_status(self, status: "Status") -> None:
        """How far the first download is; when it is in, the last button leads on."""
        if not self._waits:
            return
        if status.problem and not status.syncing:
            self.progress.show_failure(lambda: failure_text(_Told(status.problem)))
        elif status.last_synced is not None and not status.expected:
            self.progress.show_done(lambda: tr("Everything is here"))
            self._leave()
        else:
            self.progress.set_progress(status.loaded, status.expected or None, now_ms() - self._began)
            if status.expected:
                self.told.set_words(lambda: tr("{rows} rows come to this PC, encrypted.", rows=count(status.expected)))

    # inside

    def _leave(self) -> None:
        self._waits = False
        self.finished.emit()

    def _address_given(self) -> bool:
        return bool(self.address.text().strip()) and not self._busy

    def _agreed(self) -> bool:
        return self._card is not None and self.agreed.isChecked()

    def _account_given(self) -> bool:
        return not self.account.wrong() and not self._busy

    def _looked(self, card: HubCard) -> None:
        self._set_busy(False)
        self._show_card(card)
        self.go_to(CERTIFICATE)

    def _show_card(self, card: HubCard) -> None:
        self._card = card
        self.agreed.setChecked(False)
        while (item := self.facts.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if card.before:
            warning = Banner(
                "bad",
                "The certificate is not the one you trusted. Somebody may be in between, or the platform has renewed "
                "it. Ask your platform before you go on; until then nothing is sent.",
            )
            self.facts.addWidget(warning)
        facts = Facts()
        facts.add_fact("Hub", lambda: card.name or card.address)
        facts.add_fact("Address", lambda: card.address)
        until = card.valid_until
        if until is not None:
            facts.add_fact("Valid until", lambda: date(until))
        if card.before:
            facts.add_fact("Until now", lambda: grouped(card.before))
        self.facts.addWidget(facts)
        self.fingerprint.show_fingerprint(card.fingerprint)

    def go_to(self, step: int) -> None:
        """Show a step."""
        self.banner.hide()
        self.stack.setCurrentIndex(step)
        self.header.set_steps(list(STEPS), step)
        first = (self.address, self.agreed, self.account.login, self.next)[step]
        self._say_buttons()
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_back(self) -> None:
        """The step before; what was typed stays."""
        self.go_to(max(ADDRESS, self.stack.currentIndex() - 1))

    def _say_buttons(self) -> None:
        step = self.stack.currentIndex()
        ready = (self._address_given(), self._agreed(), self._account_given(), True)
        self.next.set_words(("Next", "Trust this hub", "Sign in", "Start working")[step])
        self.next.setEnabled(ready[step] and not self._busy)
        self.back.setVisible(step in (CERTIFICATE, ACCOUNT))
        self.back.setEnabled(not self._busy)
        self.leave.setVisible(step == ADDRESS and bool(self._entrance.doorplate().people))

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.hub_form.setEnabled(not busy)
        self.account.setEnabled(not busy)
        self._say_buttons()


class _Told(Exception):
    """A status's problem, to be put into words as an exception is."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _step(*widgets: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 4, 0, 4)
    column.setSpacing(12)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    page.setMinimumHeight(250)
    return page

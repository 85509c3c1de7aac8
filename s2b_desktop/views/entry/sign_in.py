"""Account and password: at the hub, or to unlock what is on this PC."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.text import tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.entry.entrance import Doorplate, Entrance
from s2b_desktop.views.entry.frame import EntryFrame


class PasswordField(QLineEdit):
    """Shows dots, and says when Caps Lock cannot be the reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)


class AccountForm(Form):
    """Login and password with a place for what is wrong; `submitted` on Enter in the last field."""

    submitted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.login, self.password = QLineEdit(), PasswordField()
        self.add("login", "Account", self.login)
        self.add("password", "Password", self.password)
        self.login.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.submitted)

    def wrong(self) -> dict[str, Text]:
        found: dict[str, Text] = {}
        if not self.login.text().strip():
            found["login"] = "Enter your account"
        if not self.password.text():
            found["password"] = "Enter your password"
        return found

    def refuse(self, error: Exception) -> bool:
        """Show at the field what is about it; True if it was."""
        if getattr(error, "code", "") != "wrong_password":
            return False
        self.errors({"password": lambda: failure_text(error)})
        self.password.selectAll()
        return True


class SignInPage(EntryFrame):
    """Signing in at the trusted hub; `back` where people have signed in here before, `other_hub` for another one."""

    back = Signal()
    other_hub = Signal()

    def __init__(self, entrance: Entrance, parent: QWidget | None = None) -> None:
        super().__init__("Sign in", self._where, parent=parent)
        self._entrance = entrance
        self._plate = Doorplate()
        self.banner = Banner("bad", "")
        self.banner.hide()
        self.form = AccountForm()
        self.form.submitted.connect(self.submit)
        self.go = Button("Sign in", self.submit, variant="primary")
        self.leave = Button("Back", self.back.emit, icon="arrow-left", variant="quiet")
        self.another = Button("Another hub", self.other_hub.emit, variant="quiet")
        foot = QHBoxLayout()
        foot.addWidget(self.leave)
        foot.addWidget(self.another)
        foot.addStretch(1)
        foot.addWidget(self.go)
        self.body.addWidget(self.banner)
        self.body.addWidget(self.form)
        self.body.addLayout(foot)

    def begin(self, login: str = "", note: Text = "") -> None:
        """Show who may be meant, and why if there is a reason, and wait for the password."""
        self._plate = self._entrance.doorplate()
        self.sentence.retranslate()
        self.leave.setVisible(bool(self._plate.people))
        self.banner.setVisible(bool(note))
        if note:
            self.banner.set_message("info", note)
        self.form.errors({})
        self.form.login.setText(login)
        self.form.password.clear()
        self.set_busy(False)
        (self.form.password if login else self.form.login).setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Ask the hub, once."""
        if not self.go.isEnabled() or self.form.errors(self.form.wrong()):
            return
        self.banner.hide()
        self.set_busy(True)
        self._entrance.sign_in(self.form.login.text().strip(), self.form.password.text(), self.fail)

    def fail(self, error: Exception) -> None:
        """Say why not; nothing typed is lost."""
        self.set_busy(False)
        if not self.form.refuse(error):
            self.banner.set_message("bad", lambda: failure_text(error))
            self.banner.show()

    def set_busy(self, busy: bool) -> None:
        self.go.setEnabled(not busy)
        self.go.set_words("Signing in" if busy else "Sign in")
        self.form.setEnabled(not busy)

    def _where(self) -> str:
        return (
            tr("At {hub}", hub=self._plate.hub_address) if hasattr(self, "_plate") and self._plate.hub_address else ""
        )


class UnlockPage(EntryFrame):
    """Who works here now: one of those who have signed in on this PC, by password and without a line."""

    somebody_else = Signal()
    forgotten = Signal()
    """The password is gone: there may be a recovery key."""

    def __init__(self, entrance: Entrance, parent: QWidget | None = None) -> None:
        super().__init__("Welcome back", "Your password opens this PC's data, also offline.", parent=parent)
        self._entrance = entrance
        self.banner = Banner("bad", "")
        self.banner.hide()
        self.person, self.password = ComboBox(), PasswordField()
        self.form = Form()
        self.form.add("login", "Account", self.person)
        self.form.add("password", "Password", self.password)
        self.password.returnPressed.connect(self.submit)
        self.go = Button("Unlock", self.submit, variant="primary")
        self.other = Button("Another account", self.somebody_else.emit, variant="quiet")
        self.forgot = Button(
            "Recovery key", self.forgotten.emit, variant="quiet", tip="Opens this PC when the password is forgotten."
        )
        foot = QHBoxLayout()
        foot.addWidget(self.other)
        foot.addWidget(self.forgot)
        foot.addStretch(1)
        foot.addWidget(self.go)
        self.body.addWidget(self.banner)
        self.body.addWidget(self.form)
        self.body.addLayout(foot)

    def begin(self, login: str = "", note: Text = "") -> None:
        """Offer everybody who has signed in here; `login` is the likeliest."""
        plate = self._entrance.doorplate()
        people = plate.people
        self.forgot.setVisible(plate.recovery)
        self.person.set_options([(name, as_is(name)) for name in people])
        self.person.set_value(login if login in people else next(iter(people), None))
        self.form.errors({})
        self.password.clear()
        self.set_busy(False)
        self.banner.setVisible(bool(note))
        if note:
            self.banner.set_message("info", note)
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Try the password, once."""
        wrong: dict[str, Text] = {} if self.password.text() else {"password": "Enter your password"}
        if not self.go.isEnabled() or self.form.errors(wrong):
            return
        self.set_busy(True)
        self._entrance.unlock(str(self.person.value()), self.password.text(), self.fail)

    def fail(self, error: Exception) -> None:
        """Say why not."""
        self.set_busy(False)
        if getattr(error, "code", "") == "wrong_password":
            self.form.errors({"password": "That is not the password of this account. Try again."})
            self.password.selectAll()
        else:
            self.banner.set_message("bad", lambda: failure_text(error))
            self.banner.show()

    def set_busy(self, busy: bool) -> None:
        self.go.setEnabled(not busy)
        self.go.set_words("Unlocking" if busy else "Unlock")
        self.form.setEnabled(not busy)


def as_is(name: str) -> Callable[[], str]:
    """A text that is the same in every language."""
    return lambda: name

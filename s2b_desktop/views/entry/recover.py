"""Opening this PC's data with the company's recovery key, when keyring and password are gone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.entry.entrance import Entrance
from s2b_desktop.views.entry.frame import EntryFrame
from s2b_desktop.views.entry.sign_in import as_is


class RecoverPage(EntryFrame):
    """Who works here, and the key as it was printed. `back` to the password."""

    back = Signal()

    def __init__(self, entrance: Entrance, parent: QWidget | None = None) -> None:
        super().__init__(
            "Open with the recovery key",
            "Your company's owner or manager has it on paper. Unsent work stays as it is.",
            width=520,
            parent=parent,
        )
        self._entrance = entrance
        self.banner = Banner("bad", "")
        self.banner.hide()
        self.person, self.key = ComboBox(), QLineEdit()
        self.form = Form()
        self.form.add("login", "Account", self.person)
        self.form.add("key", "Recovery key", self.key, hint="Eight blocks of five; spaces and case do not matter.")
        self.key.returnPressed.connect(self.submit)
        self.go = Button("Open", self.submit, variant="primary")
        foot = QHBoxLayout()
        foot.addWidget(Button("Back", self.back.emit, icon="arrow-left", variant="quiet"))
        foot.addStretch(1)
        foot.addWidget(self.go)
        self.body.addWidget(self.banner)
        self.body.addWidget(self.form)
        self.body.addLayout(foot)

    def begin(self) -> None:
        """Wait for the key."""
        people = self._entrance.doorplate().people
        self.person.set_options([(name, as_is(name)) for name in people])
        self.person.set_value(next(iter(people), None))
        self.form.errors({})
        self.key.clear()
        self.banner.hide()
        self.set_busy(False)
        self.key.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Try the key, once."""
        wrong: dict[str, Text] = {} if self.key.text().strip() else {"key": "Enter the recovery key"}
        if not self.go.isEnabled() or self.form.errors(wrong):
            return
        self.banner.hide()
        self.set_busy(True)
        self._entrance.recover(str(self.person.value()), self.key.text(), self.fail)

    def fail(self, error: Exception) -> None:
        """Say why not; what was typed stays."""
        self.set_busy(False)
        if getattr(error, "code", "") == "recovery_key_wrong":
            self.form.errors({"key": lambda: failure_text(error)})
            return
        self.banner.set_message("bad", lambda: failure_text(error))
        self.banner.show()

    def set_busy(self, busy: bool) -> None:
        self.go.setEnabled(not busy)
        self.form.setEnabled(not busy)

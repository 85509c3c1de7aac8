"""A supplier's own systems: the tokens with which they tell the hub their stock, issued and ended here."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.text import labelled, moment, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm, Notice, open_prompt
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.toast import ToastArea
from s2b_domain.wire import AskTokens, TokenInfo, Tokens

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

MAX_NAME = 100
_NONE = "No system of yours is connected. Your warehouse or accounting system can tell the hub your stock by itself."


class NameDialog(Confirm):
    """Asks which system a token is for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        told = "With it, that system can tell the hub your stock and nothing else. The token is shown only once."
        super().__init__("Connect a system of yours", told, "Make a token", parent=parent)
        self.field = QLineEdit()
        self.field.setMaxLength(MAX_NAME)
        self.row = FormRow("Which system is it for?", self.field)
        self.middle.addWidget(self.row)
        self.field.setFocus()

    def name(self) -> str:
        """What was typed."""
        return self.field.text().strip()

    def accept(self) -> None:
        if self.name():
            super().accept()
        else:
            self.row.set_error("Please give it a name")
            self.field.setFocus()


class SecretDialog(Notice):
    """Shows a token, once."""

    def __init__(self, secret: str, parent: QWidget | None = None) -> None:
        super().__init__(
            "Your token",
            "Copy it into that system now: nobody can show it again. Whoever has it can change your stock.",
            "I have it",
            parent=parent,
        )
        self.field = QLineEdit(secret)
        self.field.setReadOnly(True)
        self.field.setAccessibleName(tr("Your token"))
        self.field.selectAll()
        self.middle.addWidget(self.field)
        line = QHBoxLayout()
        line.addWidget(Button("Copy", lambda: QGuiApplication.clipboard().setText(secret), icon="copy"))
        line.addStretch(1)
        self.middle.addLayout(line)


class OwnSystems(QWidget):
    """The list as the hub told it last; asked for when it is shown first, and with everything that is done here."""

    def __init__(self, desk: "Desk", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setProperty("plain", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.told = Label("Asking the hub …", "muted", wrap=True)
        column.addWidget(self.told)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(4)
        column.addLayout(self.rows)
        line = QHBoxLayout()
        self.add = Button("Connect a system", self._add, icon="plus")
        line.addWidget(self.add)
        line.addStretch(1)
        column.addLayout(line)
        self.revoking: list[Button] = []
        self.refresh()

    def refresh(self) -> None:
        """Ask the hub."""
        self._ask(AskTokens())

    def _ask(self, request: AskTokens, said: str = "") -> None:
        self.add.setEnabled(False)
        self._desk.ask_tokens(request, done=lambda tokens: self._answered(tokens, said), failed=self._failed)

    def _answered(self, tokens: Tokens, said: str) -> None:
        self.add.setEnabled(True)
        while (item := self.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.revoking = []
        for each in tokens.tokens:
            self.rows.addWidget(self._row(each))
        self.told.set_words("" if tokens.tokens else _NONE)
        self.told.setVisible(not tokens.tokens)
        if tokens.secret:
            open_prompt(SecretDialog(tokens.secret, self))
        elif said:
            ToastArea.of(self).show_toast(said)

    def _row(self, each: TokenInfo) -> QWidget:
        row = QWidget()
        row.setProperty("plain", True)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(Label(lambda: each.name, "strong"))
        line.addWidget(Label(lambda: _used(each), "muted"), 1)
        button = Button("End the token", lambda: self._revoke(each), variant="quiet")
        button.setAccessibleName(labelled(tr("End the token"), each.name))
        self.revoking.append(button)
        line.addWidget(button)
        return row

    def _failed(self, error: Exception) -> None:
        self.add.setEnabled(True)
        self.told.set_words(lambda: failure_text(error))
        self.told.setVisible(True)

    def _add(self) -> None:
        dialog = NameDialog(self)
        open_prompt(dialog, lambda: self._ask(AskTokens(action="issue", name=dialog.name())))

    def _revoke(self, each: TokenInfo) -> None:
        told = "That system is turned away from now on. Another token can be made at any time."
        title = partial(tr, "End the token of {name}?", name=each.name)
        prompt = Confirm(title, told, "End the token", tone="danger", parent=self)
        open_prompt(prompt, lambda: self._ask(AskTokens(action="revoke", token_id=each.id), "Ended"))


def _used(each: TokenInfo) -> str:
    made = tr("made {time}", time=moment(each.issued_at))
    return " · ".join((made, tr("last used {time}", time=moment(each.used_at)) if each.used_at else tr("never used")))

"""Questions before a decision: the consequence in words, and verbs on the buttons."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.views.common.button import Button, Variant
from s2b_desktop.views.common.chips import Flow
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words

Weight = Literal["plain", "danger"]
OTHERS_READ = "The other side reads this as you write it."


class Confirm(Retranslated, QDialog):
    """Asks once. The first field has the focus, else the verb, or the safe button when the tone is "danger";
    Ctrl+Enter is always the verb, also where Enter belongs to a scanner or to a text of several lines."""

    def __init__(
        self,
        title: Text,
        consequence: Text,
        verb: Text,
        *,
        tone: Weight = "plain",
        keep: Text = "Cancel",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._consequence = title, consequence
        self._fitted = 0
        self.setMinimumWidth(440)
        self.keep = Button(keep, self.reject)
        weight: Variant = "danger" if tone == "danger" else "primary"
        self.verb = Button(verb, self.accept, variant=weight, shortcut="Ctrl+Return")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 22, 24, 20)
        self._column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(10)
        if tone == "danger":
            head.addWidget(ToneIcon("alert-triangle", "bad", 20), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(Label(title, "subtitle", wrap=True), 1)
        self._column.addLayout(head)
        told = Label(consequence, "muted", wrap=True)
        self._column.addWidget(told)
        told.setVisible(bool(consequence))
        self.middle = QVBoxLayout()
        self.middle.setSpacing(12)
        self._column.addLayout(self.middle)
        self._column.addSpacing(8)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.keep)
        foot.addWidget(self.verb)
        self._column.addLayout(foot)
        first = self.keep if tone == "danger" else self.verb
        first.setDefault(True)
        first.setFocus()
        self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() in (self.verb, self.keep):
            fields: list[QLineEdit | QPlainTextEdit] = [
                *self.findChildren(QLineEdit),
                *self.findChildren(QPlainTextEdit),
            ]
            open_ = (w for w in fields if w.isVisible() and w.isEnabled() and not w.isReadOnly())
            first = min(open_, key=self._place, default=None)
            if first is not None:
                first.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Yes; but not while something that is typed is no value: it is told where it stands."""
        wrong = [row for row in self.findChildren(FormRow) if row.isVisibleTo(self) and row.typed_error()]
        for row in wrong:
            row.set_error(row.typed_error)
        if not wrong:
            super().accept()
            return
        for area in self.findChildren(QScrollArea):
            if area.isAncestorOf(wrong[0]):
                area.ensureWidgetVisible(wrong[0])
        wrong[0].field.setFocus()

    def _order_tabs(self) -> None:
        """The Tab key goes as one reads; what was made later would come last."""
        stops = [w for w in self.findChildren(QWidget) if Qt.FocusPolicy.TabFocus in w.focusPolicy() and w.isVisible()]
        inner = (w for w in stops if not any(w is not other and w.isAncestorOf(other) for other in stops))
        for before, after in pairwise(sorted(inner, key=self._place)):
            QWidget.setTabOrder(before, after)

    def _place(self, field: QWidget) -> tuple[int, int]:
        at = field.mapTo(self, QPoint(0, 0))
        return at.y(), at.x()

    def sizeHint(self) -> QSize:
        """As tall as its words are at its width: Qt asks how tall they are where they wrap at a width of its own."""
        width = max(super().sizeHint().width(), self.minimumWidth())
        return QSize(width, self._column.totalHeightForWidth(width))

    def event(self, event: QEvent) -> bool:
        """Grow with what is told later, which Qt does not where lines wrap, and shrink again until somebody resizes."""
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show) and self.isVisible():
            self._order_tabs()
            needed = self._column.totalHeightForWidth(self.width())
            if event.type() == QEvent.Type.Show:
                self._fitted = needed
            elif needed > self.height() or self.height() == self._fitted:
                self.resize(self.width(), needed)
                self._fitted = self.height()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What grows beyond the lower edge of the screen moves up: its buttons are at its lower end."""
        super().resizeEvent(event)
        screen, frame = self.screen().availableGeometry(), self.frameGeometry()
        below = frame.bottom() - screen.bottom()
        if self.isVisible() and below > 0:
            self.move(frame.left(), max(screen.top(), frame.top() - below))

    def retranslate(self) -> None:
        self.setWindowTitle(words(self._title))
        self.setAccessibleDescription(words(self._consequence))


class Notice(Confirm):
    """Tells something that must be read; there is nothing to decide."""

    def __init__(self, title: Text, told: Text, verb: Text, *, parent: QWidget | None = None) -> None:
        super().__init__(title, told, verb, parent=parent)
        self.keep.hide()


class ReasonPrompt(Confirm):
    """A decision that needs a reason: pick one of the suggestions or write one. `reason()` is never empty; `hint`
    says who reads it."""

    changed = Signal()

    def __init__(
        self,
        title: Text,
        consequence: Text,
        verb: Text,
        suggestions: Sequence[Text] = (),
        *,
        tone: Weight = "plain",
        hint: Text = OTHERS_READ,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, consequence, verb, tone=tone, parent=parent)
        self.suggestions: list[Button] = []
        flow = Flow(spacing=8)
        for suggestion in suggestions:
            button = Button(suggestion)
            button.clicked.connect(lambda _on=False, s=suggestion: self._suggest(words(s)))
            self.suggestions.append(button)
            flow.addWidget(button)
        self.middle.addLayout(flow)
        self.field = QPlainTextEdit()
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(84)
        self.field.textChanged.connect(self._typed)
        self.row = FormRow("Reason", self.field, hint=hint)
        self.middle.addWidget(self.row)
        self.field.setFocus()
        self._typed()

    def reason(self) -> str:
        return self.field.toPlainText().strip()

    def accept(self) -> None:
        if self.reason():
            super().accept()
        else:
            self.row.set_error("Please give a reason")
            self.field.setFocus()

    def _suggest(self, words_: str) -> None:
        self.field.setPlainText(words_)
        self.field.setFocus()

    def _typed(self) -> None:
        self.row.set_error("")
        self.verb.setEnabled(bool(self.reason()))
        self.changed.emit()


class _Later(QObject):
    """Opens a dialog once its window shows again."""

    def __init__(self, prompt: QDialog, window: QWidget) -> None:
        super().__init__(prompt)
        self._prompt = prompt
        window.installEventFilter(self)

    def eventFilter(self, window: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            window.removeEventFilter(self)
            QTimer.singleShot(0, self._prompt, self._prompt.open)
        return False


def open_prompt(prompt: QDialog, then: Callable[[], object] | None = None) -> None:
    """Show a dialog over its window, which goes on meanwhile; `then` follows a yes. It goes when it is closed. What
    an answer opens while the window is locked waits behind the password."""
    if then is not None:
        prompt.accepted.connect(then)
    prompt.finished.connect(prompt.deleteLater)
    above = prompt.parentWidget()
    if above is None or above.window().isVisible():
        prompt.open()
    else:
        _Later(prompt, above.window())

"""Forms: a label, its field, a hint, and what is wrong in words beside the field."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.views.common.fields import TypedField
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words


class FormRow(Retranslated, QWidget):
    """One field under its label. An error takes the hint's place until something else is written."""

    def __init__(
        self,
        label: Text,
        field: QWidget,
        *,
        hint: Text = "",
        optional: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.field = field
        self._words, self._hint_words = label, hint
        self._error: Text = ""
        self._said_of: list[str] = []
        self._label = Label(label)
        self._label.setBuddy(field)
        self._optional = Label("optional" if optional else "", "small")
        self._hint = Label(hint, "hint", wrap=True)
        self._mark = ToneIcon("alert-circle", "bad", 14)
        self._wrong = Label("", "error", wrap=True)

        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._label)
        top.addWidget(self._optional)
        top.addStretch(1)
        below = QHBoxLayout()
        below.setSpacing(6)
        self._mark.setContentsMargins(0, 2, 0, 0)
        below.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self._wrong, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(field)
        column.addWidget(self._hint)
        column.addLayout(below)
        self._optional.setVisible(optional)
        self._lines = [field] if isinstance(field, QLineEdit) else field.findChildren(QLineEdit)
        for line in self._lines:
            line.textEdited.connect(self._rewritten)
        self.set_error("")
        self.retranslate()

    def set_error(self, text: Text) -> None:
        """Say what is wrong and how to mend it; empty takes it away."""
        said = words(text)
        self._error, self._said_of = text, self._written()
        self._wrong.set_words(text)
        self._wrong.setVisible(bool(said))
        self._mark.setVisible(bool(said))
        self._hint.setVisible(bool(self._hint_words) and not said)
        self.field.setProperty("wrong", bool(said))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)
        self._describe()

    def set_hint(self, text: Text) -> None:
        """Explain the field in other words."""
        self._hint_words = text
        self._hint.set_words(text)
        said_of = self._said_of
        self.set_error(self._error)
        self._said_of = said_of

    def error(self) -> str:
        return words(self._error)

    def typed_error(self) -> str:
        """Why something that is typed here and can be seen is no value, or "": it would count as nothing."""
        if self.isHidden():
            return ""
        fields = [self.field, *self.field.findChildren(TypedField)]
        shown = (f for f in fields if isinstance(f, TypedField) and f.isVisibleTo(self))
        return next(filter(None, (f.error() for f in shown)), "")

    def retranslate(self) -> None:
        self._hint.retranslate()
        self.field.setAccessibleName(words(self._words))
        self._describe()

    def _written(self) -> list[str]:
        return [line.text() for line in self._lines]

    def _rewritten(self, _text: str) -> None:
        """An error was said of what stood there before, unless the page has looked again by now."""
        if self._error and self._written() != self._said_of:
            self.set_error("")

    def _describe(self) -> None:
        self.field.setAccessibleDescription(words(self._error) or words(self._hint_words))


class Form(QWidget):
    """Rows by field name; Tab goes through them in the order they were added."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, FormRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(14)

    def add(self, name: str, label: Text, field: QWidget, *, hint: Text = "", optional: bool = False) -> FormRow:
        """Add a row below the others and return it."""
        row = FormRow(label, field, hint=hint, optional=optional)
        self._put(name, row)
        self._column.addWidget(row)
        return row

    def add_pair(self, left: tuple[str, FormRow], right: tuple[str, FormRow]) -> None:
        """Add two short rows side by side."""
        line = QHBoxLayout()
        line.setSpacing(12)
        for name, row in (left, right):
            self._put(name, row)
            line.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(line)

    def add_section(self, title: Text) -> None:
        """Add a heading above the rows that follow."""
        if self._rows:
            self._column.addSpacing(8)
        self._column.addWidget(Label(title, "subtitle"))

    def row(self, name: str) -> FormRow:
        """The row of a field. Raises KeyError."""
        return self._rows[name]

    def errors(self, wrong: Mapping[str, Text]) -> bool:
        """Show these errors and no others, and focus the first; True if there was one."""
        first: FormRow | None = None
        for name, row in self._rows.items():
            row.set_error(wrong.get(name, ""))
            if name in wrong and first is None:
                first = row
        if first is not None:
            first.field.setFocus(Qt.FocusReason.OtherFocusReason)
        return first is not None

    def _put(self, name: str, row: FormRow) -> None:
        self._rows[name] = row

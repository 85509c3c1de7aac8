"""Choices whose words change with the language and whose values never change by a stray wheel."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QRadioButton, QStyledItemDelegate, QWidget

from s2b_desktop.views.common.language import Retranslated, Text, words


class CheckBox(Retranslated, QCheckBox):
    def __init__(self, text: Text, *, checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = text
        self.setChecked(checked)
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(words(self._words))


class RadioButton(Retranslated, QRadioButton):
    def __init__(self, text: Text, *, checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = text
        self.setChecked(checked)
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(words(self._words))


class ComboBox(Retranslated, QComboBox):
    """One of (value, words). `value_changed(object)` speaks of the value."""

    value_changed = Signal(object)

    def __init__(self, options: Sequence[tuple[object, Text]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = list(options)
        self.setItemDelegate(QStyledItemDelegate(self))  # the one that the style sheet reaches
        self.currentIndexChanged.connect(lambda: self.value_changed.emit(self.value()))
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[object, Text]]) -> None:
        """Offer these; the value stays if it is still among them."""
        before = self.value()
        self._options = list(options)
        with QSignalBlocker(self):
            self.clear()
            self.addItems([words(text) for _value, text in options])
        if before is not None:
            self.set_value(before)

    def value(self) -> object:
        """The chosen value, or None."""
        place = self.currentIndex()
        return self._options[place][0] if 0 <= place < len(self._options) else None

    def set_value(self, value: object) -> None:
        """Choose a value; one that is not offered chooses nothing."""
        places = [place for place, (each, _text) in enumerate(self._options) if each == value]
        self.setCurrentIndex(places[0] if places else -1)

    def show_value(self, value: object) -> None:
        """Choose a value without telling anybody."""
        with QSignalBlocker(self):
            self.set_value(value)

    def retranslate(self) -> None:
        for place, (_value, text) in enumerate(self._options):
            self.setItemText(place, words(text))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

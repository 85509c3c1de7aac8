"""Fields for money, prices, quantities and phone numbers, forgiving in what they take."""

import re
from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.text import (
    amount,
    half_width,
    minute,
    parse_end,
    parse_minute,
    parse_money,
    parse_quantity,
    parse_unit_price,
    quantity,
    tr,
    unit_price,
)
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import color, interface_font

_AREA = re.compile(r"0(?:10|2\d|[3-9]\d{2})(?=\d{7,8}$)")
"""The area code of a landline number."""


class TypedField(Retranslated, QLineEdit):
    """A line that holds an integer or nothing. Leaving it writes the value in its usual form.

    `value_changed(object)` speaks of the value (int or None) whenever it becomes another; `error()` says in
    words why the present text is no value. The wheel does nothing; focus selects all.
    """

    value_changed = Signal(object)

    def __init__(
        self,
        read: Callable[[str], int],
        write: Callable[[int], str],
        *,
        prefix: str = "",
        suffix: Text = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._read, self._write = read, write
        self._prefix, self._suffix = prefix, suffix
        self._value: int | None = None
        self._problem = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._tidy)
        self.retranslate()

    def value(self) -> int | None:
        return self._value

    def set_value(self, value: int | None) -> None:
        """Show a value; `value_changed` is emitted only if it is another."""
        self.setText("" if value is None else self._write(value))
        self._problem = ""
        self._take(value)

    def error(self) -> str:
        """What is wrong with the text now, in the user's language; "" if nothing."""
        return tr(self._problem) if self._problem else ""

    def set_suffix(self, suffix: Text) -> None:
        self._suffix = suffix
        self.retranslate()

    def retranslate(self) -> None:
        font = QFontMetrics(interface_font(13))
        said = words(self._suffix)
        left = font.horizontalAdvance(self._prefix) + 6 if self._prefix else 0
        self.setTextMargins(left, 0, font.horizontalAdvance(said) + 6 if said else 0, 0)
        self.update()

    def _typed(self, text: str) -> None:
        plain = half_width(text)
        if plain != text:
            place = self.cursorPosition()
            self.setText(plain)
            self.setCursorPosition(min(place, len(plain)))
        self._problem = ""
        if not plain.strip():
            self._take(None)
            return
        try:
            self._take(self._read(plain))
        except ValueError as wrong:
            self._problem = str(wrong)
            self._take(None)

    def _take(self, value: int | None) -> None:
        if value != self._value:
            self._value = value
            self.value_changed.emit(value)

    def _tidy(self) -> None:
        if self._value is not None and (said := self._write(self._value)) != self.text():
            self.setText(said)  # what is set anew is selected no longer

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)  # after the mouse press has put its cursor

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        said = words(self._suffix)
        if not self._prefix and not said:
            return
        with QPainter(self) as painter:
            painter.setFont(interface_font(13))
            painter.setPen(color("muted"))
            area = QRect(11, 0, self.width() - 22, self.height())
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, self._prefix)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, said)


class MoneyField(TypedField):
    """An amount in fen."""

    def __init__(self, *, negative: bool = False, parent: QWidget | None = None) -> None:
        self._negative = negative
        super().__init__(self._parse, amount, prefix="¥", parent=parent)

    def _parse(self, text: str) -> int:
        fen = parse_money(text)
        if fen < 0 and not self._negative:
            raise ValueError("An amount here cannot be negative")
        return fen


class UnitPriceField(TypedField):
    """A price per unit in 1/10,000 yuan; `unit` is written behind it, such as "/ 瓶"."""

    def __init__(self, unit: Text = "", parent: QWidget | None = None) -> None:
        super().__init__(self._parse, unit_price, prefix="¥", suffix=unit, parent=parent)

    @staticmethod
    def _parse(text: str) -> int:
        price = parse_unit_price(text)
        if price < 0:
            raise ValueError("A price cannot be negative")
        return price


class QuantityField(TypedField):
    """A quantity in the SKU's smallest step.

    decimals: of the unit (3 for kg counted in grams). multiple: the order step. Up and Down go by one
    multiple. A quantity under `minimum`, over `maximum` or between multiples is kept and told as an error.
    """

    def __init__(
        self,
        *,
        decimals: int = 0,
        minimum: int = 0,
        maximum: int | None = None,
        multiple: int = 1,
        unit: Text = "",
        parent: QWidget | None = None,
    ) -> None:
        self._decimals = decimals
        self._minimum, self._maximum, self._multiple = minimum, maximum, multiple
        super().__init__(self._parse, self._say, suffix=unit, parent=parent)

    def set_limits(self, *, minimum: int = 0, maximum: int | None = None, multiple: int = 1) -> None:
        self._minimum, self._maximum, self._multiple = minimum, maximum, multiple

    def error(self) -> str:
        value = self._value
        if value is None:
            return super().error()
        if value < self._minimum:
            return tr("At least {quantity}", quantity=self._say(self._minimum))
        if self._maximum is not None and value > self._maximum:
            return tr("At most {quantity}", quantity=self._say(self._maximum))
        if value % self._multiple:
            return tr("In steps of {quantity}", quantity=self._say(self._multiple))
        return ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if by is None or self.isReadOnly():
            super().keyPressEvent(event)
            return
        value = self._value if self._value is not None else self._minimum - by * self._multiple
        stepped = (value // self._multiple + by) * self._multiple
        if by < 0 and value % self._multiple:
            stepped = value // self._multiple * self._multiple
        lowest = -(-self._minimum // self._multiple) * self._multiple
        highest = stepped if self._maximum is None else self._maximum // self._multiple * self._multiple
        self.set_value(max(lowest, min(stepped, highest)))
        self.selectAll()

    def _parse(self, text: str) -> int:
        wanted = parse_quantity(text, self._decimals)
        if wanted < 0 <= self._minimum:
            raise ValueError("A quantity here cannot be negative")
        return wanted

    def _say(self, value: int) -> str:
        return quantity(value, self._decimals)


class MinuteField(TypedField):
    """A local day and minute, in ms. `ends`: until when something holds; a day alone is meant with all of it."""

    def __init__(self, parent: QWidget | None = None, *, ends: bool = False) -> None:
        super().__init__(parse_end if ends else parse_minute, minute, parent=parent)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft)


class PercentField(TypedField):
    """A share in basis points, written as a percentage; at most `most`."""

    def __init__(self, *, most: int = 10_000, suffix: Text = "%", parent: QWidget | None = None) -> None:
        self._most = most
        super().__init__(self._parse, lambda value: quantity(value, 2), suffix=suffix, parent=parent)

    def _parse(self, text: str) -> int:
        share = parse_quantity(text.replace("%", ""), 2)
        if not 0 <= share <= self._most:
            raise ValueError("That share is out of range")
        return share


class PhoneField(Retranslated, QLineEdit):
    """A mobile or landline number; `number()` is its digits, grouped on screen as people read them."""

    number_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = ""
        self.setInputMethodHints(Qt.InputMethodHint.ImhDialableCharactersOnly)
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(lambda: self.setText(self._grouped()))

    def number(self) -> str:
        """Digits only, with a leading "+" if typed."""
        return self._number

    def set_number(self, number: str) -> None:
        self._typed(number)
        self.setText(self._grouped())

    def error(self) -> str:
        """What is wrong with the number, or ""."""
        digits = self._number.lstrip("+")
        if not digits or (digits.startswith("1") and len(digits) == 11) or self._number.startswith("+"):
            return ""
        fine = 7 <= len(digits) <= 12 and not digits.startswith("1")
        return "" if fine else tr("A mobile number has 11 digits")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)

    def _typed(self, text: str) -> None:
        plain = half_width(text)
        number = "".join(sign for sign in plain if sign.isdecimal())
        number = f"+{number}" if plain.lstrip().startswith("+") else number
        if number.startswith("+86"):
            number = number[3:]
        if number != self._number:
            self._number = number
            self.number_changed.emit(number)

    def _grouped(self) -> str:
        number = self._number
        if len(number) == 11 and number.startswith("1"):
            return f"{number[:3]} {number[3:7]} {number[7:]}"
        area = _AREA.match(number)
        return f"{area[0]}-{number[area.end() :]}" if area else number

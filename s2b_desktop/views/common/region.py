"""Province, city and district: three linked fields that are searched by name, pinyin or initials."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.models.divisions import divisions, matching
from s2b_desktop.text import tr
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.results import Result, ResultList
from s2b_domain.intake.address import region_code
from s2b_domain.intake.divisions import MUNICIPALITIES, Division

LOOK: dict[str, Text] = {
    "name": "Please have a look: is this the name?",
    "phone": "The carrier needs a phone number",
    "region": "Please have a look: which district is it?",
    "street": "Where does the parcel go?",
}
"""What is said at a field that a pasted line left unsure."""


class PlaceField(Retranslated, QLineEdit):
    """One of the places below `parent_code`. `chosen(code)`; a whole region typed here is told by `region_typed(code)`.

    What is typed and is no place goes when the field is left.
    """

    chosen = Signal(str)
    region_typed = Signal(str)

    def __init__(self, label: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._parent_code: str | None = None
        self._place: Division | None = None
        self._list = ResultList(self)
        self._list.chosen.connect(lambda found: self._take(str(found.id)))
        self.textEdited.connect(lambda _text: self._offer())
        self.editingFinished.connect(self._finish)
        self.retranslate()

    def retranslate(self) -> None:
        said = words(self._label)
        self.setPlaceholderText(said)
        self.setAccessibleName(said)
        self.setToolTip(tr("Type the name, pinyin or initials; the down key shows all"))

    def show_place(self, parent_code: str | None, place: Division | None) -> None:
        """Offer what lies below `parent_code` (None: nothing), with `place` chosen; nothing is told."""
        self._parent_code, self._place = parent_code, place
        self._list.hide()
        self.setText(place.name if place else "")
        self.setCursorPosition(0)
        self.setEnabled(bool(self.places()))

    def places(self) -> list[Division]:
        """What can be chosen."""
        if self._parent_code is None:
            return []
        return divisions().children(self._parent_code)

    def results(self) -> ResultList:
        return self._list

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self._list.isVisible():
            self._offer(everything=True)
            return
        if self._list.handle_key(event):
            event.accept()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.selectAll()
        self._offer(everything=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._list.hide()

    def _offer(self, *, everything: bool = False) -> None:
        if self.isReadOnly():
            return
        found = matching(self.places(), "" if everything else self.text())
        rows = [Result(place.code, place.name) for place in found]
        self._list.set_results(rows, tr("Nothing found. Try fewer letters or pinyin initials."))
        self._list.show_under(self, width=max(self.width(), 200))

    def _take(self, code: str) -> None:
        self._list.hide()
        self._place = divisions().places[code]
        self.setText(self._place.name)
        self.setCursorPosition(0)
        self.chosen.emit(code)

    def _finish(self) -> None:
        typed, before = self.text().strip(), self._place.name if self._place else ""
        if typed == before:
            return
        found = matching(self.places(), typed) if typed else []
        exact = [p for p in found if typed in (p.name, p.short)] or found
        if len(exact) == 1:
            self._take(exact[0].code)
        elif code := region_code(typed, divisions()):
            self.region_typed.emit(code)
        elif not typed:
            self._place = None
            self.chosen.emit("")
        else:
            self.setText(before)


class RegionField(QWidget):
    """A region by three choices. `edited(text, code)` speaks of every change by hand.

    A region that is in no list (older orders, places abroad) stays as it was written until another is chosen.
    """

    edited = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._code = "", ""
        self.province, self.city, self.district = PlaceField("Province"), PlaceField("City"), PlaceField("District")
        self.fields = (self.province, self.city, self.district)
        self._written = Label("", "small", wrap=True)
        self._written.hide()
        line = QHBoxLayout()
        line.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self._written)
        for field in self.fields:
            line.addWidget(field, 1)
            field.region_typed.connect(self._chosen)
        self.province.chosen.connect(self._chosen)
        self.city.chosen.connect(lambda code: self._chosen(code or self._above(1)))
        self.district.chosen.connect(lambda code: self._chosen(code or self._above(2)))
        self.setFocusProxy(self.province)
        self.province.show_place("", None)
        self.city.show_place(None, None)
        self.district.show_place(None, None)

    def text(self) -> str:
        """浙江省杭州市西湖区, or what was written where that is in no list."""
        return self._text

    def code(self) -> str:
        """The six-digit code of the deepest choice, or ""."""
        return self._code

    def set_region(self, text: str, code: str = "") -> None:
        """Show a region by its code or, without one, by its words; nothing is told."""
        if (text, code) == (self._text, self._code):
            return
        known = divisions()
        code = code if code in known.places else region_code(text, known) if text else ""
        self._text, self._code = text or known.text(code), code
        chain = known.chain(code)
        province = chain[0] if chain else None
        shared = province is not None and province.code in MUNICIPALITIES
        city = province if shared else chain[1] if len(chain) > 1 else None
        district = chain[-1] if len(chain) > (1 if shared else 2) else None
        self.province.show_place("", province)
        self.city.show_place(None if shared else province.code if province else None, city)
        self.district.show_place(city.code if city else None, district)
        said = self._text
        self._written.set_words(lambda: tr("As written: {region}", region=said) if said and not code else "")
        self._written.setVisible(bool(said) and not code)

    def focus_next_choice(self) -> None:
        """The first field that is still open."""
        wanted = [field for field in self.fields if field.isEnabled() and not field.text()]
        if wanted:
            wanted[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _above(self, level: int) -> str:
        chain = divisions().chain(self._code)
        return chain[min(level, len(chain)) - 1 if chain[0].code not in MUNICIPALITIES else 0].code if chain else ""

    def _chosen(self, code: str) -> None:
        self.set_region(divisions().text(code), code)
        self.edited.emit(self._text, self._code)
        if any(field.hasFocus() for field in self.fields):
            self.focus_next_choice()

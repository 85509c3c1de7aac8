"""运费模板: areas with first and further units, free limits, which goods travel by it, and what a sample costs."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QMenu, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.models.divisions import divisions
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.chips import Chips
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.common.region import RegionField
from s2b_desktop.views.terms.prompts import Find
from s2b_domain.commands.freights import ChooseFreight, SaveFreight
from s2b_domain.records.shop import FreightTemplate
from s2b_domain.rules.pricing import Freight, FreightArea, FreightBasis
from s2b_domain.rules.pricing.freight import Load, RegionRefusedError, freight_fee

OTHERWISE = 500
"""Px of the dialog without its areas."""
BASES: dict[FreightBasis, str] = {FreightBasis.PIECE: "By piece", FreightBasis.WEIGHT: "By weight"}


class AreaForm(QFrame):
    """One row of a template. `changed()` on every edit, `removed()` when it shall go."""

    changed = Signal()
    removed = Signal()

    def __init__(self, area: FreightArea, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.regions = QLineEdit("、".join(area.regions))
        self.regions.setPlaceholderText(tr("all other regions"))
        self.choose = Button("Provinces…", self._choose, icon="map-pin")
        self.remove = Button("", self.removed.emit, icon="trash", tip="Take this area out", variant="quiet")
        self.first, self.next = QuantityField(minimum=1), QuantityField(minimum=1)
        self.first_fee, self.next_fee, self.free_amount = MoneyField(), MoneyField(), MoneyField()
        self.free_count = QuantityField(minimum=1)
        self.refused = CheckBox("Nothing is delivered there", checked=area.refused)
        for field, value in (
            (self.first, area.first),
            (self.first_fee, area.first_fee),
            (self.next, area.next),
            (self.next_fee, area.next_fee),
            (self.free_amount, area.free_amount),
            (self.free_count, area.free_count),
        ):
            field.set_value(value)
            field.value_changed.connect(lambda _value: self.changed.emit())
        self.regions.textChanged.connect(lambda _text: self.changed.emit())
        self.regions.editingFinished.connect(self._spell_out)
        self.refused.toggled.connect(self._refuse)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(FormRow("Regions", self.regions), 1)
        head.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignBottom)
        self._fees = QWidget()
        grid = QGridLayout(self._fees)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        self._first_row, self._next_row = FormRow("First", self.first), FormRow("Each further", self.next)
        fields: tuple[tuple[QWidget, int], ...] = (
            (self._first_row, 0),
            (FormRow("costs", self.first_fee), 1),
            (self._next_row, 2),
            (FormRow("costs", self.next_fee), 3),
            (FormRow("Free from amount", self.free_amount, optional=True), 4),
            (FormRow("Free from pieces", self.free_count, optional=True), 5),
        )
        for row, at in fields:
            grid.addWidget(row, 0, at)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._fees)
        column.addWidget(self.refused)
        self._refuse(area.refused)

    def set_basis(self, basis: FreightBasis) -> None:
        """Say what is counted."""
        unit: Text = (lambda: "g") if basis is FreightBasis.WEIGHT else (lambda: tr("pieces"))
        self.first.set_suffix(unit)
        self.next.set_suffix(unit)

    def names(self) -> list[str]:
        """The regions: provinces by their short names, cities and districts in full, what is not known as it stands."""
        text = self.regions.text()
        for sign in ",，;；/ ":
            text = text.replace(sign, "、")
        return [_in_full(name) for name in text.split("、") if name]

    def flaw(self) -> str:
        """What is wrong with a region, or ""."""
        for name in self.names():
            codes = divisions().named(name)
            if not codes:
                return tr("{name} is no province, city or district. Choose it, or write it in full.", name=name)
            if len(codes) > 1:
                return tr("{name} is in several places. Write the province and city before it.", name=name)
        return ""

    def _spell_out(self) -> None:
        spelt = "、".join(self.names())
        if spelt != self.regions.text():
            self.regions.setText(spelt)

    def area(self) -> FreightArea:
        """The row as it was entered."""
        return FreightArea(
            regions=tuple(dict.fromkeys(self.names())),
            first=max(1, self.first.value() or 1),
            first_fee=self.first_fee.value() or 0,
            next=max(1, self.next.value() or 1),
            next_fee=self.next_fee.value() or 0,
            free_amount=self.free_amount.value(),
            free_count=self.free_count.value(),
            refused=self.refused.isChecked(),
        )

    def _refuse(self, on: bool) -> None:
        self._fees.setVisible(not on)
        self.changed.emit()

    def menu(self) -> QMenu:
        """The provinces, checked where chosen."""
        menu, chosen = QMenu(self), set(self.names())
        for province in (place.short for place in divisions().children()):
            action = QAction(province, menu, checkable=True, checked=province in chosen)
            action.toggled.connect(partial(self._toggle, province))
            menu.addAction(action)
        return menu

    def _choose(self) -> None:
        menu = self.menu()
        drop(menu, self.choose)

    def _toggle(self, province: str, on: bool) -> None:
        names = [n for n in self.names() if n != province]
        self.regions.setText("、".join([*names, province] if on else names))


def _in_full(name: str) -> str:
    """As areas name a place: their names are the beginnings of what an address says."""
    codes = divisions().named(name)
    if len(codes) != 1:
        return name
    [code] = codes
    place = divisions().places[code]
    return place.short if place.level == 1 else divisions().text(code)


class FreightPrompt(Confirm):
    """A template with a preview: what a sample would cost to carry."""

    def __init__(self, template: FreightTemplate | None, parent: QWidget | None = None) -> None:
        super().__init__(
            "Freight template" if template else "New freight template",
            "The longest region that fits counts; an area without regions holds for all others.",
            "Save",
            parent=parent,
        )
        self.setMinimumWidth(920)
        self._template = template
        freight = template.freight if template else Freight(areas=(FreightArea(),))
        self.name = QLineEdit(template.name if template else "")
        self.name_row = FormRow("Name", self.name)
        self.basis = ComboBox(list(BASES.items()))
        self.basis.set_value(freight.basis)
        self.basis.value_changed.connect(lambda _value: self._changed())
        self.default = CheckBox("Used where nothing else is said", checked=template.default if template else False)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.name_row, 2, Qt.AlignmentFlag.AlignTop)
        top.addWidget(FormRow("How it counts", self.basis), 1, Qt.AlignmentFlag.AlignTop)
        self.areas: list[AreaForm] = []
        inner = QWidget()
        inner.setProperty("plain", True)
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(10)
        self._list.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inner)
        self._scroll.setAccessibleName(tr("Areas"))
        self.more = Button("Add an area", lambda: self.add(FreightArea()), icon="plus")
        self.problem = Label("", "small", wrap=True)
        self.region = RegionField()
        self.region.set_region("浙江省杭州市")
        self.pieces, self.grams, self.amount = QuantityField(minimum=1), QuantityField(minimum=1), MoneyField()
        self.pieces.set_value(10)
        self.grams.set_value(5000)
        self.grams.set_suffix(lambda: "g")
        self.amount.set_value(20_000)
        self.said = Label("", "strong", wrap=True)
        sample = QHBoxLayout()
        sample.setSpacing(10)
        for text, field in (
            ("Deliver to", self.region),
            ("Pieces", self.pieces),
            ("Weight", self.grams),
            ("Goods for", self.amount),
        ):
            wide = 2 if field is self.region else 1
            sample.addWidget(FormRow(text, field), wide, Qt.AlignmentFlag.AlignTop)
        self.region.edited.connect(lambda _text, _code: self._changed())
        for field in (self.pieces, self.grams, self.amount):
            field.value_changed.connect(lambda _value: self._changed())
        self.middle.addLayout(top)
        self.middle.addWidget(self.default)
        self.middle.addWidget(self._scroll, 1)
        line = QHBoxLayout()
        line.addWidget(self.more)
        line.addWidget(self.problem, 1)
        self.middle.addLayout(line)
        self.middle.addWidget(Label("What would it cost?", "subtitle"))
        self.middle.addLayout(sample)
        self.middle.addWidget(self.said)
        for area in freight.areas:
            self.add(area)
        self.name.setFocus()

    def add(self, area: FreightArea) -> None:
        """One more area."""
        form = AreaForm(area)
        form.changed.connect(self._changed)
        form.removed.connect(partial(self.take_out, form))
        self.areas.append(form)
        self._list.insertWidget(self._list.count() - 1, form)
        self._make_room()
        self._changed()

    def take_out(self, form: AreaForm) -> None:
        """One less; the last one stays."""
        if len(self.areas) > 1:
            self.areas.remove(form)
            form.hide()
            form.deleteLater()
            self._make_room()
            self._changed()

    def _make_room(self) -> None:
        """As many areas in sight as the screen has room for beside the rest, at least one."""
        room = max(190, self.screen().availableGeometry().height() - OTHERWISE)
        self._scroll.setMinimumHeight(min(room, self._list.sizeHint().height()))

    def freight(self) -> Freight:
        """The template as it was entered."""
        basis = self.basis.value()
        return Freight(
            basis=basis if isinstance(basis, FreightBasis) else FreightBasis.PIECE,
            areas=tuple(form.area() for form in self.areas),
        )

    def flaw(self) -> str:
        """What is wrong with the areas, or ""."""
        for form in self.areas:
            if unknown := form.flaw():
                return unknown
        names = [name for form in self.areas for name in form.names()]
        if len(set(names)) < len(names):
            return tr("A region stands in two areas")
        if sum(not form.names() for form in self.areas) > 1:
            return tr("Two areas have no regions")
        return ""

    def _changed(self) -> None:
        freight = self.freight()
        for form in self.areas:
            form.set_basis(freight.basis)
        self.problem.set_words(self.flaw)
        n = self.pieces.value() or 1
        load = Load(n, 0, -(-(self.grams.value() or 0) // n), self.amount.value() or 0)
        try:
            fee = freight_fee(freight, self.region.text(), [load])
        except RegionRefusedError:
            self.said.set_words("Nothing is delivered there")
        else:
            self.said.set_words(lambda: tr("Freight {amount}", amount=money(fee)) if fee else tr("Free of freight"))

    def accept(self) -> None:
        if not self.name.text().strip():
            self.name_row.set_error("Please give a name")
            self.name.setFocus()
        elif not self.flaw():
            super().accept()

    def message(self, new_id: str) -> SaveFreight:
        """The template as it was entered."""
        return SaveFreight(
            template_id=self._template.id if self._template else new_id,
            name=self.name.text().strip(),
            freight=self.freight(),
            default=self.default.isChecked(),
        )


class FreightGoodsPrompt(Confirm):
    """Which goods travel by a template. `messages()` are what changes."""

    def __init__(
        self, template: FreightTemplate, goods: Mapping[str, str], find: Find, parent: QWidget | None = None
    ) -> None:
        super().__init__("Goods of a freight template", "All others travel by the default one.", "Save", parent=parent)
        self.setMinimumWidth(560)
        self._template, self._before = template, set(goods)
        self._titles: dict[str, str] = {}

        def remembered(text: str, limit: int) -> Sequence[ProductRow]:
            rows = find(text, limit)
            self._titles.update({str(row.id): f"{row.subtitle} {row.title}".strip() for row in rows})
            return rows

        self.chips = Chips()
        self.picker = ProductPicker(remembered)
        self.picker.picked.connect(lambda id_: self.chips.add(str(id_), self._titles.get(str(id_), "")))
        self.chips.set_chosen(goods)
        self.middle.addWidget(Label(partial(str, template.name), "strong"))
        self.middle.addWidget(FormRow("Goods", self.picker))
        self.middle.addWidget(self.chips)
        self.picker.setFocus()

    def messages(self) -> list[ChooseFreight]:
        """What must be said to the hub."""
        now = set(self.chips.ids())
        found = []
        for template_id, ids in ((self._template.id, now - self._before), ("", self._before - now)):
            if ids:
                found.append(ChooseFreight(template_id=template_id, sku_ids=tuple(sorted(ids))))
        return found

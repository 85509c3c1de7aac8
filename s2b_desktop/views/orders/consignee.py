"""Who gets a drop-shipped order: name, phone, region and street, and a line to paste an address into."""

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.models.divisions import divisions
from s2b_desktop.views.common.fields import PhoneField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.region import LOOK, RegionField
from s2b_domain.intake.address import split_address
from s2b_domain.records.order import Address


class ConsigneeForm(Form):
    """`edited(changes)` speaks of the fields of the draft that became others."""

    edited = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paste = QLineEdit()
        self.name, self.phone = QLineEdit(), PhoneField()
        self.region, self.street = RegionField(), QLineEdit()
        self.add("paste", "Paste an address", self.paste, hint="Name, phone and address in one line")
        self.add_pair(("name", FormRow("Consignee", self.name)), ("phone", FormRow("Phone", self.phone)))
        self.add("region", "Region", self.region, optional=True)
        self.add("street", "Street and number", self.street)
        self.paste.textChanged.connect(self._pasted)
        self.name.textEdited.connect(lambda text: self._tell(name=text))
        self.region.edited.connect(self._chosen)
        self.street.textEdited.connect(lambda text: self._tell(street=text))
        self.phone.textEdited.connect(lambda: self._tell(phone=self.phone.number()))

    def show_address(self, to: Address) -> None:
        """Fill the fields without telling of it."""
        self.region.set_region(to.region, to.area_code)
        for field, text in ((self.name, to.name), (self.street, to.street)):
            if field.text() != text:
                field.setText(text)
        if self.phone.number() != to.phone:
            self.phone.set_number(to.phone)

    def address(self) -> Address:
        """What was entered."""
        return Address(
            name=self.name.text().strip(),
            phone=self.phone.number(),
            region=self.region.text().strip(),
            street=self.street.text().strip(),
            area_code=self.region.code(),
        )

    def check(self) -> bool:
        """Show what is missing or wrong at its field and focus the first; True if all is well."""
        wrong: dict[str, Text] = {}
        if not self.name.text().strip():
            wrong["name"] = "Who gets the parcel?"
        if not self.phone.number():
            wrong["phone"] = "The carrier needs a phone number"
        elif self.phone.error():
            wrong["phone"] = "A mobile number has 11 digits"
        if not self.street.text().strip():
            wrong["street"] = "Where does the parcel go?"
        return not self.errors(wrong)

    def _pasted(self, text: str) -> None:
        """Take a pasted line apart; what it does not hold leaves its field as it was."""
        found = split_address(text, divisions())
        changes = {key: getattr(found, key) for key in ("name", "phone", "region", "street") if getattr(found, key)}
        if found.region:
            changes["area_code"] = found.area_code
        if not (found.phone and found.street):
            return
        self.show_address(msgspec.structs.replace(self.address(), **changes))
        self.errors({})
        self.paste.clear()
        self.row("paste").set_error("")
        for name in found.unsure:
            self.row(name).set_error(LOOK[name])
        if "region" in found.unsure:
            self.region.focus_next_choice()
        else:
            self.street.setFocus()
        self.edited.emit(changes)

    def _chosen(self, region: str, code: str) -> None:
        self.row("region").set_error("")
        self.edited.emit({"region": region, "area_code": code})

    def _tell(self, **changes: str) -> None:
        for name in changes:
            self.row(name).set_error("")
        self.edited.emit(changes)

"""What a company tells the platform about itself, and the papers that go with it."""

import datetime as calendar
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QLineEdit, QPlainTextEdit, QWidget

from s2b_desktop.messages import PAPERS
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import PhoneField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.photos import PhotoField
from s2b_domain.commands.parties import AddPaper, Apply
from s2b_domain.records.party import Application, Organisation, PartyKind
from s2b_domain.rules.papers import FOR_SHOPS, PaperKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class ApplyForm(Form):
    """The company profile. `message()` is what will be submitted; `wrong()` what is still missing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.licence, self.contact = QLineEdit(), QLineEdit(), QLineEdit()
        self.phone, self.region, self.address = PhoneField(), QLineEdit(), QLineEdit()
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(72)
        self.add("name", "Company name", self.name, hint="As on the business licence")
        self.add("licence_number", "Unified social credit code", self.licence)
        self.add_pair(("contact", FormRow("Contact", self.contact)), ("phone", FormRow("Phone", self.phone)))
        self.add_pair(
            ("region", FormRow("Area", self.region, optional=True)), ("address", FormRow("Address", self.address))
        )
        self.add("note", "Note for the reviewer", self.note, optional=True)

    def show_company(self, organisation: Organisation, application: Application | None) -> None:
        """Fill in what was told before."""
        self.name.setText(application.name if application else organisation.name)
        self.region.setText(organisation.region)
        if application:
            self.licence.setText(application.licence_number)
            self.contact.setText(application.contact)
            self.phone.set_number(application.phone)
            self.address.setText(application.address)
            self.note.setPlainText(application.note)

    def message(self) -> Apply:
        return Apply(
            name=self.name.text().strip(),
            licence_number=self.licence.text().strip().upper(),
            contact=self.contact.text().strip(),
            phone=self.phone.number(),
            region=self.region.text().strip(),
            address=self.address.text().strip(),
            note=self.note.toPlainText().strip(),
        )

    def wrong(self) -> dict[str, Text]:
        """What to correct, by field."""
        said, found = self.message(), dict[str, Text]()
        asked: dict[str, Text] = {
            "name": "Enter the company's name",
            "licence_number": "Enter the code of the business licence",
            "contact": "Enter whom the platform may ask",
            "phone": "Enter a phone number",
            "address": "Enter the address",
        }
        for field, text in asked.items():
            if not getattr(said, field):
                found[field] = text
        if said.licence_number and len(said.licence_number) != 18:
            found["licence_number"] = "The code has 18 characters"
        if self.phone.error():
            found["phone"] = self.phone.error
        return found


class PaperPrompt(Confirm):
    """Asks for one paper; suppliers also, whether shops may see it."""

    def __init__(self, desk: "Desk", parent: QWidget | None = None) -> None:
        super().__init__("Add a paper", "The platform looks at every paper by itself.", "Add", parent=parent)
        self.kind = ComboBox([(kind, PAPERS[kind]) for kind in PaperKind])
        self.number, self.issued_by = QLineEdit(), QLineEdit()
        self.expires = CheckBox("Expires on")
        day = calendar.datetime.fromtimestamp(desk.now() / 1000).date()
        self.day = QDateEdit(QDate(day.year + 1, day.month, min(day.day, 28)))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setEnabled(False)
        self.expires.toggled.connect(self.day.setEnabled)
        self.form = Form()
        self.form.add("kind", "Kind of paper", self.kind)
        self.form.add("number", "Number", self.number)
        self.form.add("issued_by", "Issued by", self.issued_by, optional=True)
        self.middle.addWidget(self.form)
        self.middle.addWidget(self.expires)
        self.middle.addWidget(self.day)
        self.photo = PhotoField(desk, most=1)
        self.middle.addWidget(self.photo)
        supplies = desk.actor.kind is PartyKind.SUPPLIER
        self.public = CheckBox("Shops may see it once it is approved")
        self.public.setVisible(supplies)
        self.private = Label("Only the platform sees a paper of this kind.", "small", wrap=True)
        self.private.hide()
        self.middle.addWidget(self.private)
        if supplies:
            self.kind.value_changed.connect(self._choose)
        self.middle.addWidget(self.public)
        self.number.setFocus()

    def _choose(self, kind: object) -> None:
        self.public.setVisible(kind in FOR_SHOPS)
        self.private.setVisible(kind not in FOR_SHOPS)

    def message(self, paper_id: str) -> AddPaper:
        chosen = self.day.date()
        end = calendar.datetime(chosen.year(), chosen.month(), chosen.day(), 23, 59, 59)
        return AddPaper(
            paper_id=paper_id,
            kind=str(self.kind.value()),
            number=self.number.text().strip(),
            issued_by=self.issued_by.text().strip(),
            expires_at=round(end.timestamp() * 1000) if self.expires.isChecked() else None,
            content_hash="".join(self.photo.photos()),
            public=self.public.isChecked() and self.kind.value() in FOR_SHOPS,
        )

    def accept(self) -> None:
        if not self.form.errors({} if self.number.text().strip() else {"number": "Enter the number of the paper"}):
            super().accept()

"""The profile of a shop as fields: name, addresses, receipt, opening hours, and what happens by itself."""

from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.models.divisions import divisions
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.fields import MoneyField, PhoneField, QuantityField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.region import LOOK, RegionField
from s2b_desktop.views.shop.hours import WeekField
from s2b_domain.commands.shops import SaveShop
from s2b_domain.intake.address import split_address
from s2b_domain.records.order import Address
from s2b_domain.records.shop import AutoRules, Shop

ROUNDINGS: tuple[tuple[int, str], ...] = (
    (1, "not at all"),
    (10, "down to 0.1 yuan"),
    (50, "down to 0.5 yuan"),
    (100, "down to 1 yuan"),
)


class ShopForm(Form):
    """`message(open)` is what was entered; `check(to_open)` says at its field what is missing or wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.phone, self.about = QLineEdit(), PhoneField(), QLineEdit()
        self.region, self.street = RegionField(), QLineEdit()
        self.paste = QLineEdit()
        self.return_name, self.return_phone = QLineEdit(), PhoneField()
        self.return_region, self.return_street = RegionField(), QLineEdit()
        self.header, self.footer = QLineEdit(), QLineEdit()
        self.week = WeekField()
        self.confirm = CheckBox("Confirm paid orders by themselves")
        self.up_to, self.rounding = MoneyField(), ComboBox(ROUNDINGS)
        self.complete = QuantityField(maximum=365, unit="days")
        self.unpaid = QuantityField(maximum=8760, unit="hours")
        self.name.setMaxLength(200)
        for line in (self.about, self.header, self.footer):
            line.setMaxLength(1000)
        self.add_section("Shop profile")
        self.add_pair(("name", FormRow("Name of the shop", self.name)), ("phone", FormRow("Phone", self.phone)))
        self.add("about", "About the shop", self.about, optional=True)
        self.add("region", "Region", self.region, optional=True)
        self.add("street", "Street and number", self.street, optional=True)
        self.add_section("Address for returns")
        self.add("paste", "Paste an address", self.paste, hint="Name, phone and address in one line")
        self.add_pair(
            ("return_name", FormRow("Who receives returns", self.return_name)),
            ("return_phone", FormRow("Phone for returns", self.return_phone)),
        )
        self.add("return_region", "Region of the returns address", self.return_region, optional=True)
        self.add("return_street", "Street and number for returns", self.return_street)
        self.add_section("Receipt")
        self.add("header", "Top line of the receipt", self.header, optional=True, hint="Empty: the name of the shop")
        self.add("footer", "Last line of the receipt", self.footer, optional=True)
        self.add_section("Opening hours")
        self.add("hours", "Hours by day", self.week, hint="Such as 9:00-12:00, 18:00-2:00; empty is closed")
        self.add_section("What happens by itself")
        self.add("confirm", "Paid orders", self.confirm)
        self.add_pair(
            ("up_to", FormRow("Only up to this amount", self.up_to, optional=True)),
            ("rounding", FormRow("The counter rounds", self.rounding)),
        )
        self.add_pair(
            ("complete", FormRow("Delivered orders are completed after", self.complete, hint="0: not by themselves")),
            ("unpaid", FormRow("Unpaid orders are cancelled after", self.unpaid, hint="0: never")),
        )
        self.paste.textChanged.connect(self._pasted)
        self.confirm.toggled.connect(self.up_to.setEnabled)
        self.up_to.setEnabled(False)

    def show_shop(self, shop: Shop | None, company: str) -> None:
        """Fill the fields; a shop that is not there yet begins with the company's name."""
        here = (shop.address if shop else None) or Address(name="", phone="")
        back = (shop.return_address if shop else None) or Address(name="", phone="")
        rules = shop.rules if shop else AutoRules()
        for field, text in (
            (self.name, shop.name if shop else company),
            (self.about, shop.about if shop else ""),
            (self.street, here.street),
            (self.return_name, back.name),
            (self.return_street, back.street),
            (self.header, shop.receipt_header if shop else ""),
            (self.footer, shop.receipt_footer if shop else ""),
        ):
            field.setText(text)
        self.region.set_region(here.region, here.area_code)
        self.return_region.set_region(back.region, back.area_code)
        self.phone.set_number(_digits(shop.phone if shop else ""))
        self.return_phone.set_number(_digits(back.phone))
        self.week.set_hours(shop.hours if shop else ())
        self.confirm.setChecked(rules.confirm_paid)
        self.up_to.set_value(rules.confirm_up_to)
        self.up_to.setEnabled(rules.confirm_paid)
        if rules.rounding in dict(ROUNDINGS):
            self.rounding.set_value(rules.rounding)
        self.complete.set_value(rules.complete_after_days)
        self.unpaid.set_value(rules.unpaid_hours)
        self.errors({})

    def check(self, *, to_open: bool) -> bool:
        """Show what is missing or wrong and focus the first; True if all is well."""
        wrong: dict[str, Text] = {}
        if not self.name.text().strip():
            wrong["name"] = "Please give a name"
        for key, phone in (("phone", self.phone), ("return_phone", self.return_phone)):
            if phone.error():
                wrong[key] = "A mobile number has 11 digits"
        if to_open or self._returns_begun():
            if not self.return_name.text().strip():
                wrong["return_name"] = "Who gets the parcel?"
            if not self.return_phone.number():
                wrong["return_phone"] = "The carrier needs a phone number"
            if not self.return_street.text().strip():
                wrong["return_street"] = "Where does the parcel go?"
        try:
            self.week.hours()
        except ValueError:
            wrong["hours"] = "Write hours such as 9:00-12:00, 13:30-21:00"
        for key, field in (("complete", self.complete), ("unpaid", self.unpaid), ("up_to", self.up_to)):
            if field.error():
                wrong[key] = field.error()
        for key, needed in (("complete", self.complete), ("unpaid", self.unpaid)):
            if needed.value() is None:
                wrong.setdefault(key, "Enter a whole number")
        return not self.errors(wrong)

    def message(self, open_: bool) -> SaveShop:
        """The command for what was entered; call it after `check`."""
        street, region = self.street.text().strip(), self.region.text().strip()
        name, phone = self.name.text().strip(), self.phone.number()
        code = self.region.code()
        here = (
            Address(name=name, phone=phone, region=region, street=street, area_code=code) if street or region else None
        )
        back = Address(
            name=self.return_name.text().strip(),
            phone=self.return_phone.number(),
            region=self.return_region.text().strip(),
            street=self.return_street.text().strip(),
            area_code=self.return_region.code(),
        )
        return SaveShop(
            name=name,
            about=self.about.text().strip(),
            phone=phone,
            address=here,
            return_address=back if self._returns_begun() else None,
            receipt_header=self.header.text().strip(),
            receipt_footer=self.footer.text().strip(),
            hours=self.week.hours(),
            rules=AutoRules(
                confirm_paid=self.confirm.isChecked(),
                confirm_up_to=self.up_to.value() if self.confirm.isChecked() else None,
                rounding=int(str(self.rounding.value())),
                complete_after_days=self.complete.value() or 0,
                unpaid_hours=self.unpaid.value() or 0,
            ),
            open=open_,
        )

    def set_read_only(self, read_only: bool) -> None:
        """Only show, for those who may not change the shop."""
        for field in self.findChildren(QLineEdit):
            field.setReadOnly(read_only)
        self.week.set_read_only(read_only)
        self.confirm.setEnabled(not read_only)
        self.rounding.setEnabled(not read_only)
        self.row("paste").setVisible(not read_only)

    def _returns_begun(self) -> bool:
        lines = (self.return_name, self.return_region, self.return_street)
        return any(line.text().strip() for line in lines) or bool(self.return_phone.number())

    def _pasted(self, text: str) -> None:
        """Take a pasted line apart; what it does not hold stays as it was."""
        found = split_address(text, divisions())
        if not (found.phone and found.street):
            return
        self.return_phone.set_number(found.phone)
        if found.region:
            self.return_region.set_region(found.region, found.area_code)
        for field, part in ((self.return_name, found.name), (self.return_street, found.street)):
            if part:
                field.setText(part)
        for name in found.unsure:
            self.row(f"return_{name}").set_error(LOOK[name])
        self.paste.clear()
        self.return_street.setFocus()


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdecimal() or sign == "+")

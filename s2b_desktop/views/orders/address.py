"""Another address for an order that has not been shipped; its goods and prices stay."""

from PySide6.QtWidgets import QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.orders.consignee import ConsigneeForm
from s2b_desktop.views.orders.draft import OrderDraft
from s2b_domain.commands.order_changes import ReaddressOrder
from s2b_domain.records.order import Address, Order


class AddressPrompt(Confirm):
    """Where carrying costs otherwise the command refuses: the order is then changed, with the difference shown."""

    def __init__(self, order: Order, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Change the address of {number}", number=order.number),
            "The suppliers see it at once. Goods and prices stay as they are.",
            "Change the address",
            parent=parent,
        )
        self._order_id = order.id
        self.form = ConsigneeForm()
        to = order.address or Address(name="", phone="")
        kind = order.kind
        self.form.show_draft(OrderDraft(kind=kind, name=to.name, phone=to.phone, region=to.region, street=to.street))
        self.middle.addWidget(self.form)

    def accept(self) -> None:
        if self.form.check():
            super().accept()

    def message(self) -> ReaddressOrder:
        """The command for what was entered."""
        form = self.form
        to = Address(
            name=form.name.text().strip(),
            phone=form.phone.number(),
            region=form.region.text().strip(),
            street=form.street.text().strip(),
        )
        return ReaddressOrder(order_id=self._order_id, address=to)

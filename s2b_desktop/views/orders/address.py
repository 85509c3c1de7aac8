"""Another address for an order that has not been shipped; its goods and prices stay."""

from PySide6.QtWidgets import QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.orders.consignee import ConsigneeForm
from s2b_domain.commands.order_changes import ReaddressOrder
from s2b_domain.records.order import Address, Order


class AddressPrompt(Confirm):
    """Where carrying costs otherwise the command refuses: the order is then changed, with the difference shown. What
    was `entered` before and not taken is there again."""

    def __init__(self, order: Order, entered: Address | None = None, *, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Change the address of {number}", number=order.number),
            "The suppliers see it at once. Goods and prices stay as they are.",
            "Change the address",
            parent=parent,
        )
        self._order_id = order.id
        self.form = ConsigneeForm()
        self.form.show_address(entered or order.address or Address(name="", phone=""))
        self.middle.addWidget(self.form)
        self.form.paste.setFocus()

    def accept(self) -> None:
        if self.form.check():
            super().accept()

    def message(self) -> ReaddressOrder:
        """The command for what was entered."""
        return ReaddressOrder(order_id=self._order_id, address=self.form.address())

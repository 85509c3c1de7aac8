"""采购退货: what arrived damaged, wrong or not at all, asked of the supplier."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.after_sales_text import KINDS, reason_text
from s2b_desktop.models.queries.elsewhere import Fault
from s2b_desktop.text import money, quantity, tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.photos import PhotoField
from s2b_domain.commands.claims import ClaimItem, OpenClaim
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class ClaimPrompt(Confirm):
    """Prefilled from the receipts; the amount is what the goods cost the shop until somebody asks for another.
    What was `entered` before and not taken is there again."""

    def __init__(
        self, desk: "Desk", fault: Fault, entered: OpenClaim | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            lambda: f"{tr('Claim on {number}', number=fault.number)} · {reason_text(fault.reason)}",
            lambda: "\n".join(
                f"{line.title} · {quantity(fault.steps[line.id], line.decimals)} {line.unit}" for line in fault.lines
            ),
            "Ask the supplier",
            parent=parent,
        )
        self._fault = fault
        missing = fault.reason is ReturnReason.MISSING
        kinds = (ReturnKind.REFUND_ONLY,) if missing else (ReturnKind.RETURN_REFUND, ReturnKind.REFUND_ONLY)
        self.kind, self.note = ComboBox([(k, KINDS[k]) for k in kinds]), QLineEdit()
        self.kind.set_value(kinds[0])
        if not missing:
            self.middle.addWidget(FormRow("Kind", self.kind))
        self.amount, self.photos = MoneyField(), PhotoField(desk)
        self.amount.set_value(fault.worth)
        self.row = FormRow("Amount", self.amount)
        self.middle.addWidget(self.row)
        self.middle.addWidget(FormRow("Note to the supplier", self.note, optional=True))
        self.middle.addWidget(self.photos)
        if entered is not None:
            self.kind.set_value(entered.kind)
            self.amount.set_value(entered.asked)
            self.note.setText(entered.note)
            self.photos.set_photos(entered.photos)

    def accept(self) -> None:
        value, most = self.amount.value(), self._fault.most
        if self.amount.error() or value is None or not 0 <= value <= most:
            self.row.set_error(lambda: tr("Between 0 and {amount}", amount=money(most)))
        else:
            super().accept()

    def message(self, claim_id: str) -> OpenClaim:
        """The command for what was entered."""
        return OpenClaim(
            claim_id=claim_id,
            number=f"{self._fault.number}-C{claim_id[-4:]}",
            supply_order_id=self._fault.lines[0].supply_order_id,
            kind=ReturnKind(str(self.kind.value())),
            reason=self._fault.reason,
            items=tuple(ClaimItem(supply_line_id=i, quantity=n) for i, n in self._fault.steps.items()),
            asked=self.amount.value(),
            note=self.note.text().strip(),
            photos=self.photos.photos(),
        )

"""The carrier and the tracking number of a parcel."""

from functools import partial

from PySide6.QtWidgets import QWidget

from s2b_desktop.carriers import carrier_name, carrier_of, carriers
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.scan import ScanField


class WaybillPrompt(Confirm):
    """Asks for both, by scan. A scan's Enter books nothing; Ctrl+Enter or the button does. A number that tells its
    carrier chooses it, unless somebody has chosen one. `carrier` is the name that stands there at first."""

    def __init__(self, title: Text, text: Text, verb: str, carrier: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(title, text, verb, parent=parent)
        self.verb.setDefault(False)
        names = [known.zh for known in carriers()]
        if carrier and carrier not in names:
            names.append(carrier)
        self.carrier = ComboBox([(name, partial(carrier_name, name)) for name in names])
        self.carrier.setMaxVisibleItems(14)
        if carrier:
            self.carrier.set_value(carrier)
        self._chosen = False
        self.carrier.activated.connect(self._choose)
        self.tracking = ScanField("Scan or type the tracking number", big=True)
        self.tracking.scanned.connect(self._scanned)
        self.tracking.textChanged.connect(self._typed)
        self.tracking_row = FormRow("Tracking number", self.tracking)
        self.middle.addWidget(self.tracking_row)
        self.middle.addWidget(FormRow("Carrier", self.carrier))
        self.tracking.setFocus()

    def waybill(self) -> tuple[str, str]:
        """The carrier's kept name, and the number."""
        return str(self.carrier.value()), self.tracking.text().strip()

    def accept(self) -> None:
        if not self.tracking.text().strip():
            self.tracking_row.set_error("Scan or type the tracking number")
            self.tracking.setFocus()
        elif self._complete():
            super().accept()

    def _complete(self) -> bool:
        """Whether the rest can be booked; says what cannot."""
        return True

    def _choose(self, _index: int) -> None:
        self._chosen = True

    def _typed(self, text: str) -> None:
        self.tracking_row.set_error("")
        known = carrier_of(text.strip())
        if known is not None and not self._chosen:
            self.carrier.set_value(known.zh)

    def _scanned(self, code: str) -> None:
        self._chosen = False
        self.tracking.setText(code)
        self.tracking.selectAll()

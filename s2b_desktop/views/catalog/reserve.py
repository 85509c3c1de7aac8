"""Stock kept for this PC: asked for, what is left of it, and given back."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.queries.catalog import SkuOffer
from s2b_desktop.models.queries.leases import Kept, kept_for
from s2b_desktop.text import moment, quantity, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_domain.commands.command import Command
from s2b_domain.commands.leases import RequestLease, ReturnLease
from s2b_domain.rules.leases import MAX_HOURS, lapsed, usable
from s2b_domain.rules.units import MAX_QUANTITY

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

HOURS = ((4, "4 hours"), (12, "12 hours"), (24, "1 day"), (72, "3 days"), (168, "7 days"), (MAX_HOURS, "14 days"))


class ReserveDialog(Retranslated, QDialog):
    """Lists what is kept; with `offer`, more of it can be asked for."""

    def __init__(self, desk: "Desk", offer: SkuOffer | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._offer = desk, offer
        self._kept: dict[str, Kept] = {}
        self.setMinimumSize(760, 480)
        self.table: DataTable[Kept] = DataTable(
            [
                Column("title", "Goods", lambda k: k.title or k.code, 190, stretch=True),
                Column("left", "Left", self._left, 120, "number"),
                Column("until", "Until", lambda k: moment(k.lease.expires_at, desk.now()), 110),
                Column("where", "For", lambda k: self._state(k)[0], 150, "state", tone=lambda k: self._state(k)[1]),
            ],
            lambda ids: [self._kept[str(id_)] for id_ in ids],
            name="Kept stock",
            toolbar=False,
        )
        self.table.set_empty(
            EmptyState(
                "boxes",
                "Nothing is kept for this PC",
                "Choose goods in the catalog and keep some of them here: what you sell of it without a line is sure.",
            )
        )
        self.table.selection_changed.connect(lambda _ids: self._enable())
        self.told = Label("", "muted", wrap=True)
        self.give_back = Button("Give back", self._give_back, shortcut="Del")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Label("Stock kept for this PC", "subtitle"))
        column.addWidget(
            Label(
                "What is kept here is promised to nobody else until its time is over. Orders of it are sure, also "
                "without a line; what is left goes back by itself.",
                "muted",
                wrap=True,
            )
        )
        if offer is not None:
            column.addLayout(self._request(offer))
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.told, 1)
        foot.addWidget(self.give_back)
        foot.addWidget(Button("Close", self.accept))
        column.addLayout(foot)
        desk.changed.connect(self._changed)
        self.retranslate()
        self._load()

    def retranslate(self) -> None:
        self.setWindowTitle(tr("Stock kept for this PC"))

    def _request(self, offer: SkuOffer) -> QHBoxLayout:
        sku = offer.sku
        self.amount = QuantityField(decimals=sku.decimals, minimum=1, maximum=MAX_QUANTITY, unit=lambda: sku.unit)
        self.amount.set_value(10**sku.decimals)
        self.hours = ComboBox(list(HOURS))
        self.hours.set_value(24)
        self.keep = Button("Keep here", self._ask, variant="primary")
        self.amount.returnPressed.connect(self.keep.click)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(FormRow(lambda: f"{tr('Keep')} {offer.product_title}", self.amount), 2)
        row.addWidget(FormRow("At most for", self.hours), 1)
        row.addWidget(self.keep, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _left(self, kept: Kept) -> str:
        lease = kept.lease
        return f"{quantity(lease.left, kept.decimals)} / {quantity(lease.quantity, kept.decimals)} {kept.unit}"

    def _state(self, kept: Kept) -> tuple[str, Tone]:
        if not kept.here:
            return tr("Another PC"), "neutral"
        hub_time = self._desk.steady_time()
        if hub_time is None:
            return tr("Usable after the next sync"), "warn"
        return (tr("This PC"), "ok") if usable(kept.lease.expires_at, hub_time) else (tr("Time is over"), "warn")

    def _load(self) -> None:
        found = self._desk.read(kept_for, self._desk.actor.organisation_id, self._desk.device_id)
        self._kept = {k.lease.id: k for k in found}
        self.table.set_ids(list(self._kept))
        self.table.refresh()
        self._enable()

    def _chosen(self) -> list[Kept]:
        return [self._kept[str(id_)] for id_ in self.table.selected_ids() if str(id_) in self._kept]

    def _may_return(self, kept: Kept) -> bool:
        return kept.here or lapsed(kept.lease.expires_at, self._desk.now())

    def _enable(self) -> None:
        self.give_back.setEnabled(any(self._may_return(k) for k in self._chosen()))

    def _changed(self, changes: object) -> None:
        if "lease" in getattr(changes, "tables", ()):
            self.told.set_words("")
            self._load()

    def _ask(self) -> None:
        offer, wanted = self._offer, self.amount.value()
        if offer is None or not wanted or self.amount.error():
            return
        hours = self.hours.value()
        message = RequestLease(sku_id=offer.sku.id, quantity=wanted, hours=hours if isinstance(hours, int) else 24)
        self._submit(message, partial(tr, "Asked for. It is kept as soon as the supplier's stock is confirmed."))

    def _give_back(self) -> None:
        for kept in self._chosen():
            if self._may_return(kept):
                self._submit(ReturnLease(lease_id=kept.lease.id), partial(tr, "Given back"))

    def _submit(self, message: Command, said: Callable[[], str]) -> None:
        self._desk.submit(message, done=partial(self._taken, said), failed=self._refused)

    def _taken(self, said: Callable[[], str], _seq: int) -> None:
        self.told.set_words(said)

    def _refused(self, error: Exception) -> None:
        self.told.set_words(lambda: failure_text(error))

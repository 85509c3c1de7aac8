"""A place, a count or a transfer in the inspector."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.cover import WINDOW, Cover
from s2b_desktop.models.queries.stock import Holder, StockEntry
from s2b_desktop.models.queries.stock_papers import CountDetail, CountedEntry, TransferDetail
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import moment, quantity, signed_money, tr, unit_price
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.stock.columns import expiry_text, lasts_text, signed, transit_text
from s2b_domain.records.lease import Lease

SHOWN = 200
"""Lines of a count beyond these are only counted."""


class StockPanel(QWidget):
    """A column with buttons on top; made anew whenever what it shows changes."""

    def __init__(self, title: str, actions: Sequence[Action], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 8, 20, 24)
        self.column.setSpacing(14)
        self.column.addWidget(Label(partial(str, title), "body", wrap=True))
        self.pills = QHBoxLayout()
        self.pills.setSpacing(8)
        self.pills.addStretch(1)
        self.column.addLayout(self.pills)
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        self.column.addLayout(flow)

    def add_pill(self, pill: StatePill) -> None:
        self.pills.insertWidget(self.pills.count() - 1, pill)

    def add_line(self) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self.column.addWidget(line)


class PlacePanel(StockPanel):
    """What lies in one place, in words: why it may not all be sold, and who holds the rest."""

    order_asked = Signal(str)

    def __init__(
        self,
        entry: StockEntry,
        held: Sequence[Holder],
        kept: Sequence[Lease],
        actions: Sequence[Action],
        *,
        limit: Callable[[], str],
        cover: Cover | None = None,
        waiting: bool,
        now: int,
        may_see_orders: bool,
        shop: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(entry.title, actions, parent)
        self._entry = entry
        said, tone = expiry_text(entry.expires_at, now)
        if said:
            self.add_pill(StatePill(lambda: expiry_text(entry.expires_at, now)[0], tone, waiting=waiting))
        facts = Facts(right=True)
        facts.add_fact("On hand", self._steps(entry.on_hand), "strong")
        if not shop:
            facts.add_fact("Held for orders", lambda: f"- {self._steps(entry.reserved)()}")
            facts.add_fact("Kept for shops", lambda: f"- {self._steps(entry.leased)()}")
            facts.add_fact("Available", self._steps(entry.available), "strong")
        if cover is not None and cover.incoming:
            facts.add_fact("On the way", self._steps(cover.incoming))
        if cover is not None and cover.pace:
            facts.add_fact(
                lambda: tr("Went out in {n} days", n=WINDOW),
                lambda: tr("about {steps}", steps=self._steps(cover.pace or 0)()),
            )
            facts.add_fact("Lasts", partial(lasts_text, cover), "strong")
        for cost_name, paid in (("Cost", entry.cost), ("Last cost", entry.last_cost)):
            if paid is not None:
                facts.add_fact(cost_name, partial(unit_price, paid))
        self.column.addWidget(facts)
        if shop and entry.on_hand < 0:
            self.add_pill(StatePill("Below zero", "bad", waiting=waiting))
        explained = self._explained_in_shop() if shop else self._explained
        if explained:
            self.column.addWidget(Label(explained, "muted", wrap=True))
        if kept:
            self.column.addWidget(Label("Kept of these goods for shops", "strong"))
            self.column.addWidget(
                Label("A shop's PC may sell it without asking, until then; what is left comes back by itself.", "small",
                      wrap=True)
            )  # fmt: skip
            for lease in kept:
                row = QHBoxLayout()
                row.addWidget(Label(partial(str, lease.merchant_name), wrap=True), 1)
                row.addWidget(Label(lambda x=lease: tr("until {time}", time=moment(x.expires_at, now)), "muted"))  # type: ignore[misc]
                row.addWidget(Label(self._steps(lease.left), "strong"))
                self.column.addLayout(row)
        if held:
            self.column.addWidget(Label("Held for", "strong"))
            for holder in held:
                self.column.addLayout(self._holder(holder, may_see_orders))
        self.add_line()
        more = Facts()
        rows: list[tuple[Text, str | Callable[[], str]]] = [
            ("SKU code", entry.code),
            ("Options", specs_text(entry.specs)),
            ("Warehouse", lambda: entry.warehouse or tr("Main warehouse")),
            ("Shelf", entry.shelf),
            ("Lot", entry.lot),
            ("Low-stock limit", limit),
        ]
        for name, value in rows:
            if callable(value) or value:
                more.add_fact(name, value if callable(value) else partial(str, value))
        self.column.addWidget(more)
        self.column.addStretch(1)

    def _steps(self, steps: int) -> Callable[[], str]:
        return lambda: f"{quantity(steps, self._entry.decimals)} {self._entry.unit}"

    def _explained_in_shop(self) -> Text:
        if self._entry.on_hand < 0:
            return "More was sold than the books knew of. Count what lies here, or book the delivery that is missing."
        return "" if self._entry.cost is not None else "What it cost is known once a purchase of it is received."

    def _explained(self) -> str:
        entry = self._entry
        if entry.available < 0:
            return tr("More is promised than lies here. Count again, or move goods here from another place.")
        if entry.available == 0 and entry.on_hand:
            return tr("All that lies here is promised. New orders are refused until more comes in.")
        if entry.reserved or entry.leased:
            return tr("Merchants may still order what is available; the rest is promised already.")
        return tr("Nothing of it is promised yet.")

    def _holder(self, holder: Holder, may_see: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if may_see:
            button = Button(
                partial(str, holder.number), lambda: self.order_asked.emit(holder.supply_order_id), variant="link"
            )
            row.addWidget(button)
        else:
            row.addWidget(Label(partial(str, holder.number)))
        row.addWidget(Label(partial(str, holder.merchant), "muted", wrap=True), 1)
        row.addWidget(Label(self._steps(holder.quantity), "strong"))
        return row


class CountPanel(StockPanel):
    """A count: what differs in quantity and money, and the decision."""

    def __init__(
        self, detail: CountDetail, actions: Sequence[Action], *, waiting: bool, now: int, parent: QWidget | None = None
    ) -> None:
        count = detail.count
        super().__init__(f"{detail.warehouse} · {count.counted_by}", actions, parent)
        tone = state_text("count", count.state)[1]
        self.add_pill(StatePill(lambda: state_text("count", count.state)[0], tone, waiting=waiting))
        facts = Facts()
        facts.add_fact("Counted at", lambda: moment(count.counted_at, now))
        if count.decided_at is not None:
            decided = count.decided_at
            facts.add_fact("Decided", lambda: f"{count.decided_by} · {moment(decided, now)}")
        if count.reason:
            facts.add_fact("Reason", partial(str, count.reason))
        if count.note:
            facts.add_fact("Note", partial(str, count.note))
        self.column.addWidget(facts)
        self.add_line()
        if count.state == "SUBMITTED":
            different = detail.different
            n, same, value = len(different), len(detail.lines) - len(different), detail.value
            self.column.addWidget(
                Label(lambda: tr("{n} differ, {same} are right", n=n, same=same) if n else tr("All is as in the books"),
                      "strong")
            )  # fmt: skip
            if n:
                self.column.addWidget(Label(lambda: tr("In all {money}", money=signed_money(value)), "muted"))
                self.column.addLayout(self._table(different[:SHOWN]))
            if n > SHOWN:
                self.column.addWidget(Label(lambda: tr("and {n} more", n=n - SHOWN), "muted"))
            self.column.addWidget(
                Label("What moved since the count is kept: only the difference is booked.", "small", wrap=True)
            )
        else:
            lines = detail.lines
            self.column.addWidget(Label(lambda: tr("{n} goods were counted", n=len(lines)), "muted"))
        self.column.addStretch(1)

    @staticmethod
    def _table(lines: Sequence[CountedEntry]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        for at, title in enumerate(("Books", "Counted", "Difference"), 1):
            grid.addWidget(Label(title, "small"), 0, at, side)
        for row, line in enumerate(lines, 1):
            named = QVBoxLayout()
            named.setSpacing(1)
            named.addWidget(Label(partial(str, line.title), wrap=True))
            named.addWidget(Label(partial(str, " · ".join(p for p in (line.code, line.lot) if p)), "small"))
            named.addStretch(1)
            grid.addLayout(named, row, 0)
            for at, steps in ((1, line.expected), (2, line.counted)):
                grid.addWidget(Label(partial(quantity, steps, line.decimals)), row, at, side)
            by = QVBoxLayout()
            by.setSpacing(1)
            differs = Label(partial(signed, line.difference, line.decimals), "strong")
            differs.setProperty("tone", "bad" if line.difference < 0 else "neutral")
            by.addWidget(differs, 0, side)
            by.addWidget(Label(partial(signed_money, line.value), "small"), 0, side)
            by.addStretch(1)
            grid.addLayout(by, row, 3)
        return grid


class TransferPanel(StockPanel):
    """A transfer: what was sent, and what of it arrived."""

    def __init__(
        self,
        detail: TransferDetail,
        actions: Sequence[Action],
        *,
        waiting: bool,
        now: int,
        parent: QWidget | None = None,
    ) -> None:
        transfer = detail.transfer
        super().__init__(f"{detail.origin} → {detail.target}", actions, parent)
        self.add_pill(StatePill(lambda: transit_text(detail)[0], transit_text(detail)[1], waiting=waiting))
        facts = Facts()
        facts.add_fact("Sent", lambda: f"{moment(transfer.sent_at, now)} · {transfer.sent_by}")
        if transfer.received_at is not None:
            received = transfer.received_at
            facts.add_fact("Received", lambda: f"{moment(received, now)} · {transfer.received_by}")
        if transfer.reason:
            facts.add_fact("Reason", partial(str, transfer.reason))
        self.column.addWidget(facts)
        self.add_line()
        for entry in detail.lines:
            row = QHBoxLayout()
            row.setSpacing(12)
            named = " · ".join(part for part in (entry.title, entry.line.lot) if part)
            row.addWidget(Label(partial(str, named), wrap=True), 1)
            said = f"{quantity(entry.line.sent, entry.decimals)} {entry.unit}"
            if not transfer.open and entry.line.received != entry.line.sent:
                said = f"{quantity(entry.line.received, entry.decimals)} / {said}"
            row.addWidget(Label(partial(str, said), "strong"))
            self.column.addLayout(row)
        self.column.addStretch(1)

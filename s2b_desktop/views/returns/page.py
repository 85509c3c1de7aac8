"""Returns of a shop, claims that a supplier answers, disputes that the platform decides: one page, three chairs."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from s2b_desktop.after_sales_text import KINDS, REASONS, kind_text, reason_text
from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.returns import (
    Case,
    CaseDetail,
    CaseView,
    case_counts,
    case_detail,
    case_ids,
    cases,
)
from s2b_desktop.models.queries.waiting import waiting
from s2b_desktop.text import amount, count, moment, tr
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.returns.actions import CaseActions
from s2b_desktop.views.returns.panel import CasePanel
from s2b_domain.access import Permission
from s2b_domain.commands.cases import Inspect
from s2b_domain.commands.claims import OpenClaim
from s2b_domain.commands.refunds import CounterReturn
from s2b_domain.commands.returns import RequestReturn
from s2b_domain.records.after_sales import Claim, ReturnCase
from s2b_domain.records.order import Order
from s2b_domain.records.party import PartyKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

V = CaseView
SHOP: dict[CaseView, str] = {
    V.OPEN: "Under way",
    V.DECIDE: "To decide",
    V.COMING: "Coming back",
    V.INSPECT: "To inspect",
    V.PAY: "To pay or settle",
    V.DISPUTED: "With the platform",
    V.CLAIMS: "Asked of suppliers",
    V.DONE: "Finished",
    V.ALL: "All returns",
}
SUPPLIER: dict[CaseView, str] = {**SHOP, V.ALL: "All claims"}
del SUPPLIER[V.CLAIMS]
PLATFORM: dict[CaseView, str] = {V.DISPUTED: "To decide", V.ALL: "All disputes"}


class ReturnsPage(LivePage):
    """`show_item` takes the id of a return or claim, a `CaseView`, an order to return something of, or a queue item."""

    key = "returns"
    icon = "returns"
    title = "Returns"
    TABLES = frozenset({"return_case", "claim", "payout", "case_message", "history", "return_rules"})
    AWAITED = ("return_case", "claim", "history")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        kind = desk.actor.kind
        title = {PartyKind.MERCHANT: "Returns", PartyKind.SUPPLIER: "Returns and claims"}.get(kind, "Disputes")
        super().__init__(desk, title, parent)
        self._navigate = navigate
        by_kind: dict[PartyKind, dict[CaseView, str]] = {PartyKind.MERCHANT: SHOP, PartyKind.SUPPLIER: SUPPLIER}
        self._views = by_kind.get(kind, PLATFORM)
        self._first = V.DISPUTED if self._views is PLATFORM else V.OPEN
        self._view, self._open, self._wanted = self._first, "", ""
        self._shown: object = None
        self._rows: dict[str, Case] = {}
        self.deeds = CaseActions(desk, self, self.refresh)
        self.add_action("Sync", desk.sync_now, "F5", icon="refresh")
        if kind is PartyKind.MERCHANT:
            if desk.actor.may(Permission.RETURN_DECIDE):
                self.add_action("Return rules…", self.deeds.edit_rules, "Ctrl+R", icon="settings")
            self.add_action("New return", self.deeds.new, "F2", primary=True)
        last = V.CLAIMS if self._views is SHOP else V.DISPUTED
        self._cards_of = [] if self._views is PLATFORM else [V.DECIDE, V.INSPECT, V.PAY, last]
        self.set_cards([FactCard(v.value, self._views[v], checkable=True) for v in self._cards_of])
        self.card_toggled.connect(self._card_chosen)
        self.views = ComboBox(list(self._views.items()))
        self.views.set_value(self._view)
        self.table: DataTable[Case] = DataTable(
            self._columns(), self._entries, name=title, search="Number, order, customer or goods"
        )
        self.table.toolbar.insertWidget(0, self.views)
        self.views.value_changed.connect(self.look_at)
        self.remember(self.table, f"returns/{kind.value}")
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(lambda id_: self._show(str(id_)))
        self.table.view.clicked.connect(lambda index: self._show(str(self.table.model.id_at(index.row()))))
        self.table.current_changed.connect(self._moved)
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self._say_empty()
        self.retranslate()

    # what is shown

    @property
    def _mine(self) -> str:
        """Whose returns and claims; "": what is disputed."""
        return "" if self._views is PLATFORM else self._desk.actor.organisation_id

    def _records(self) -> list[type[Case]]:
        if self._views is PLATFORM:
            return [Claim, ReturnCase]
        return [ReturnCase] if self._views is SHOP and self._view is not V.CLAIMS else [Claim]

    def refresh(self) -> None:
        super().refresh()
        self._load()
        ours = self._desk.read(waiting, self._desk.actor)
        record: type[Case] = ReturnCase if self._views is SHOP else Claim
        found = self._desk.read(case_counts, record, self._mine) | {V.CLAIMS: ours.claims}
        for view in self._cards_of:
            tone: Tone = "warn" if found[view] and view in (V.DECIDE, V.PAY) else "neutral"
            self.card(view.value).set_fact(count(found[view]), tone=tone)
        if ours.send_back:
            self.card(V.CLAIMS.value).set_fact(
                count(ours.claims), lambda: tr("{n} to send back", n=ours.send_back), tone="warn"
            )
        under_way = ours.disputes if self._views is PLATFORM else found[V.OPEN] + ours.claims
        self.set_facts(lambda: tr("{n} under way", n=under_way) if under_way else tr("nothing to do"))

    def show_item(self, what: object) -> None:
        message, supersedes = getattr(what, "message", None), getattr(what, "command_id", None)
        if isinstance(message, OpenClaim) and message.return_id:
            self.show_item(message.return_id)
            detail = self._desk.read(case_detail, message.return_id, self._desk.actor.organisation_id)
            if detail is not None and isinstance(detail.case, ReturnCase):
                self.deeds.resume_claim(detail.case, message, supersedes)
            return
        if message is not None:
            named = (getattr(message, name, "") for name in ("return_id", "claim_id", "document_id"))
            what = next((id_ for id_ in named if id_), "")
        if isinstance(what, Order):
            self.deeds.new(what)
        elif isinstance(what, CaseView):
            self.look_at(what)
        elif isinstance(what, str) and what:
            detail = self._desk.read(case_detail, what, self._desk.actor.organisation_id)
            if detail is not None:
                claim = isinstance(detail.case, Claim) and self._views is SHOP
                self._wanted = what
                self.look_at(V.CLAIMS if claim else V.ALL)
                self._show(what)
                if isinstance(message, Inspect):
                    self.deeds.resume_inspection(detail.case, message, supersedes)
            elif isinstance(message, RequestReturn | CounterReturn):
                self.deeds.resume(message, supersedes)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "views"):
            self.views.setAccessibleName(tr("Saved views"))
            self.views.setToolTip(tr("Saved views"))
            self._shown = None
            if self._open:
                self._show(self._open)

    def _columns(self) -> list[Column[Case]]:
        now = self._desk.now
        return [
            Column("number", "Number", lambda c: c.number, 196),
            Column(
                "state",
                "State",
                lambda c: state_text("return", c.state)[0],
                128,
                kind="state",
                tone=lambda c: state_text("return", c.state)[1],
                waiting=lambda c: c.id in self._waiting,
                fits=lambda: state_words("return"),
            ),
            Column("goods", "Goods", _goods, 200, stretch=True),
            Column("kind", "Kind", lambda c: kind_text(c.kind), 96, fits=lambda: map(tr, KINDS.values()), rank=3),
            Column("who", "Customer or partner", self._partner, 130, rank=2),
            Column(
                "reason",
                "Reason",
                lambda c: reason_text(c.reason),
                110,
                fits=lambda: map(tr, REASONS.values()),
                rank=4,
            ),
            Column("amount", "Amount", lambda c: amount(_worth(c)), 96, kind="money", rank=1),
            Column("opened", "Asked", lambda c: moment(c.opened_at, now()), 110, rank=5),
        ]

    def _partner(self, case: Case) -> str:
        if isinstance(case, ReturnCase):
            return case.customer or case.order_number
        shop = self._desk.actor.organisation_id == case.merchant_id
        return case.supplier_name if shop else case.merchant_name

    def _entries(self, ids: Sequence[RowId]) -> list[Case]:
        return [self._rows[str(id_)] for id_ in ids]

    def _load(self) -> None:
        text = self.table.search_field.text().strip()
        ids: list[str] = []
        for record in self._records():
            found = self._desk.read(case_ids, record, self._mine, self._view, text)
            self._rows |= {c.id: c for c in self._desk.read(cases, record, found)}
            ids += found
        if not ids:
            self._say_empty()
        self.table.set_ids(ids)
        if self._wanted and self.table.select(self._wanted):
            self._wanted = ""
        if self._open:
            self._show(self._open)

    def _say_empty(self) -> None:
        if self.table.search_field.text().strip() or self._view is not self._first:
            empty = EmptyState(
                "search", "Nothing in this list", "Try another view, or fewer letters.", action="Show what is to do",
                callback=self._show_first,
            )  # fmt: skip
        elif self._views is SHOP:
            empty = EmptyState(
                "returns",
                "No returns under way",
                "Scan a receipt, or find the order of the customer who wants to give something back.",
                action="New return",
                callback=self.deeds.new,
            )
        else:
            empty = EmptyState("check-circle", "Nothing to do", "What shops ask of you appears here by itself.")
            if self._views is PLATFORM:
                empty = EmptyState(
                    "check-circle", "No disputes", "What shops and suppliers cannot agree on shows here."
                )
        self.table.set_empty(empty)

    def _show_first(self) -> None:
        self.table.search_field.clear()
        self.look_at(self._first)

    # lists and cards

    def look_at(self, view: object) -> None:
        """Show another list."""
        self._view = CaseView(str(view))
        self.views.show_value(self._view)
        self.check_card(self._view.value)
        self._load()

    def _card_chosen(self, key: str, on: bool) -> None:
        if on:
            self.look_at(CaseView(key))
        elif self._view.value == key:
            self.look_at(self._first)

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        if self._open:
            self._show(self._open)

    # one in full

    def _show(self, document_id: str) -> None:
        detail = self._desk.read(case_detail, document_id, self._desk.actor.organisation_id)
        if detail is None:
            self.inspector.close_panel()
            return
        waiting = self._waiting & {document_id, *(event.id for event in detail.history)}
        if self.inspector.is_open() and self._shown == (detail, waiting):
            return
        self._open, self._shown = document_id, (detail, waiting)
        panel = CasePanel(
            self._desk,
            detail,
            self.deeds.of(detail),
            waiting=document_id in waiting,
            waiting_events=waiting,
            may_pay=self._desk.actor.may(Permission.RETURN_REFUND),
        )
        panel.payout_chosen.connect(lambda payout_id: self.deeds.settle_payout(detail, payout_id))
        panel.opened.connect(self._go)
        self.inspector.open_panel(panel, lambda: detail.case.number)

    def detail(self) -> CaseDetail | None:
        """The one that is open."""
        return self._desk.read(case_detail, self._open, self._desk.actor.organisation_id) if self._open else None

    def _go(self, where: str, what: str) -> None:
        if where == "claim":
            self.show_item(what)
        else:
            self._navigate(where, what)

    def _moved(self, id_: object) -> None:
        if id_ is not None and self.inspector.is_open():
            self._show(str(id_))

    def _forget(self) -> None:
        self._open, self._shown = "", None
        self.table.setFocus()


def _goods(case: Case) -> str:
    first = case.lines[0].title if case.lines else ""
    return first if len(case.lines) < 2 else tr("{title} and {n} more", title=first, n=len(case.lines) - 1)


def _worth(case: Case) -> int:
    return case.pay_back if isinstance(case, ReturnCase) else case.credit or case.asked

"""A supplier as shops see it, and the list narrowed to its goods."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.suppliers import SupplierCard
from s2b_desktop.text import count, money, quantity, tr
from s2b_desktop.views.catalog import ratings
from s2b_desktop.views.catalog.plain import plain
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.parties.papers import PaperList
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.pricing import FreightArea, FreightBasis

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class SupplierPrompt(Confirm):
    """What the platform and the supplier itself say of it; accepted, its goods are wanted."""

    def __init__(self, desk: "Desk", card: SupplierCard, parent: QWidget | None = None) -> None:
        supplier = card.supplier
        about = " · ".join(part for part in (supplier.region, plain(supplier.about)) if part)
        super().__init__(lambda: supplier.name, lambda: about, "Show its goods", keep="Close", parent=parent)
        self.setMinimumWidth(720)
        if supplier.state is not PartyState.APPROVED:
            _said, tone = state_text("party", supplier.state)
            self.middle.addWidget(StatePill(lambda: state_text("party", supplier.state)[0], tone))
        halves = QHBoxLayout()
        halves.setSpacing(24)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(10)
            halves.addLayout(column, 1)
        left.addWidget(Label("What it offers you", "strong"))
        left.addWidget(_terms(card))
        line = QFrame()
        line.setProperty("surface", "line")
        left.addWidget(line)
        left.addWidget(Label("How it keeps its word", "strong"))
        left.addWidget(_record(card))
        left.addStretch(1)
        right.addWidget(Label("Papers that the platform has approved", "strong", wrap=True))
        self.papers = PaperList(desk, empty="It shows no papers yet.")
        self.papers.show_papers(card.papers)
        right.addWidget(self.papers)
        right.addStretch(1)
        self.middle.addLayout(halves)
        self.verb.setEnabled(card.goods > 0)


def _terms(card: SupplierCard) -> Facts:
    facts = Facts()
    facts.add_fact("Goods on sale", lambda: count(card.goods))
    facts.add_fact("Your prices", lambda: card.level or tr("the standard ones"))
    facts.add_fact("Least purchase", lambda: money(card.minimum_amount) if card.minimum_amount else tr("none"))
    facts.add_fact("Freight to you", partial(_freight, card))
    terms = card.terms
    if terms is not None and terms.credit_days is not None:
        days = terms.credit_days
        facts.add_fact("Payment", lambda: tr("due within {n} days", n=days))
    return facts


def _freight(card: SupplierCard) -> str:
    area = card.area
    if card.free:
        return tr("free of charge")
    if area is None or area.refused:
        return tr("Not delivered here")
    words = [tr("{fee} for {first}", fee=money(area.first_fee), first=_load(card.basis, area.first))]
    if area.next_fee:
        words.append(tr("{fee} for each further {next}", fee=money(area.next_fee), next=_load(card.basis, area.next)))
    return "\n".join([*words, *_free(area)])


def _free(area: FreightArea) -> list[str]:
    said = []
    if area.free_amount is not None:
        said.append(tr("free from {amount} on", amount=money(area.free_amount)))
    if area.free_count is not None:
        said.append(tr("free from {n} pieces on", n=area.free_count))
    return said


def _load(basis: FreightBasis, n: int) -> str:
    return tr("{n} pieces", n=n) if basis is FreightBasis.PIECE else f"{quantity(n, 3)} kg"


def _record(card: SupplierCard) -> Facts:
    facts, rating = Facts(), card.rating
    facts.add_fact("Until shipped, on average", lambda: ratings.until_shipped(rating))
    facts.add_fact("Taken on", lambda: ratings.taken_on(rating))
    facts.add_fact("Shipped in time", lambda: ratings.in_time(rating))
    facts.add_fact("Claims", lambda: ratings.claims(rating))
    facts.add_fact("Orders of", lambda: ratings.period(rating))
    return facts


class SupplierChip(QWidget):
    """Says whose goods alone are listed; a press lists all again. `changed()` either way."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.supplier_id, self._name = "", ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.button = Button(lambda: tr("Only {supplier}", supplier=self._name), self.clear, icon="x", tip="List all")
        row.addWidget(self.button)
        row.addStretch(1)
        self.hide()

    def show_only(self, supplier_id: str, name: str) -> None:
        """List the goods of one supplier."""
        self.supplier_id, self._name = supplier_id, name
        self.button.retranslate()
        self.setVisible(bool(supplier_id))
        self.changed.emit()

    def clear(self) -> None:
        """List all suppliers' goods."""
        self.show_only("", "")

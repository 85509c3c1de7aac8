"""What would the customer pay: a sample cart beside the editor, priced anew with every change, line by line."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.sample import Sample, Sampled, sample_goods, sample_price
from s2b_desktop.offer_text import offer_text
from s2b_desktop.text import listed, moment, money, quantity, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.picker import ProductPicker
from s2b_desktop.views.promotions.whom import Names
from s2b_desktop.views.promotions.words import CHANNELS
from s2b_domain.records.promotion import Promotion
from s2b_domain.rules.pricing import Channel, Entry, Skipped

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

PAUSE = 120
WIDTH = 400
PASSED = frozenset({"ended", "not_started"})
"""Other promotions that do not run at the time of the sample are not spoken of."""


class Preview(QFrame):
    """`promotion()` answers what is being written; call `refresh` when it has changed."""

    def __init__(self, desk: "Desk", names: Names, promotion: Callable[[], Promotion | None]) -> None:
        super().__init__()
        self._desk, self._promotion = desk, promotion
        self.sampled = Sampled()
        self._lines: dict[str, int] = {}
        self._touched = False
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDTH)
        self._wait = QTimer(self, singleShot=True, interval=PAUSE)
        self._wait.timeout.connect(self.price_now)
        buyers: list[tuple[object, str | Callable[[], str]]] = [("", "A passer-by"), ("member", "A member")]
        buyers += [(i, partial(_named, n)) for i, n in names.levels.items()]
        self.buyer = ComboBox(buyers)
        self.buyer.setAccessibleName(tr("Customer"))
        self.channel = ComboBox([(c, CHANNELS[c]) for c in Channel])
        self.channel.setAccessibleName(tr("Kind of sale"))
        self.newcomer = CheckBox("First purchase")
        self.picker = ProductPicker(names.find, placeholder="Put goods into the sample cart")
        self.picker.picked.connect(self._picked)
        for combo in (self.buyer, self.channel):
            combo.value_changed.connect(lambda _value: self.refresh())
        self.newcomer.toggled.connect(lambda _on: self.refresh())
        self._goods = QVBoxLayout()
        self._goods.setSpacing(6)
        self._answer = QWidget()
        self._answer.setProperty("plain", True)
        self._told = QVBoxLayout(self._answer)
        self._told.setContentsMargins(0, 0, 0, 0)
        self._told.setSpacing(10)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._answer)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addWidget(Label("What would the customer pay", "strong"))
        who = QHBoxLayout()
        who.setSpacing(8)
        who.addWidget(self.buyer, 1)
        who.addWidget(self.channel, 1)
        column.addLayout(who)
        column.addWidget(self.newcomer)
        column.addWidget(self.picker)
        column.addLayout(self._goods)
        column.addWidget(area, 1)

    def begin(self) -> None:
        """Start with goods that the promotion names."""
        self._lines, self._touched = {}, False
        self.refresh()

    def refresh(self) -> None:
        """Price anew a moment later."""
        self._wait.start()

    def sample(self) -> Sample:
        """The cart and who buys."""
        chosen, where = str(self.buyer.value() or ""), self.channel.value()
        return Sample(
            lines=tuple(self._lines.items()),
            channel=where if isinstance(where, Channel) else Channel.ORDER,
            member=bool(chosen),
            level_id=chosen if chosen != "member" else "",
            newcomer=self.newcomer.isChecked(),
        )

    def price_now(self) -> None:
        """Price what there is."""
        self._wait.stop()
        promotion = self._promotion()
        if promotion is None:
            return
        if not self._touched:
            self._lines = dict(self._desk.read(sample_goods, self._desk.actor, promotion))
        before = [(g.id, g.title) for g in self.sampled.goods]
        self.sampled = self._desk.read(sample_price, self._desk.actor, promotion, self.sample(), self._desk.now())
        if [(g.id, g.title) for g in self.sampled.goods] != before:
            self._show_goods()
        self._show_answer(promotion)

    def set_quantity(self, sku_id: str, steps: int | None) -> None:
        """Change the sample; None or 0 takes goods out."""
        self._touched = True
        if steps:
            self._lines[sku_id] = steps
        else:
            self._lines.pop(sku_id, None)
        self.refresh()

    def _picked(self, found: object) -> None:
        if isinstance(found, tuple):
            self.set_quantity(found[0], self._lines.get(found[0], 0) + 1)

    def _show_goods(self) -> None:
        _empty(self._goods)
        for good in self.sampled.goods:
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
            field = QuantityField(decimals=good.decimals, minimum=1, unit=partial(str, good.unit))
            field.set_value(self._lines.get(good.id))
            field.setFixedWidth(96)
            field.setAccessibleName(good.title)
            field.value_changed.connect(partial(self.set_quantity, good.id))
            line.addWidget(Label(partial(str, good.title), wrap=True), 1)
            line.addWidget(field)
            line.addWidget(
                Button("", partial(self.set_quantity, good.id, 0), icon="x", variant="quiet", tip="Take out")
            )
            self._goods.addWidget(row)

    def _show_answer(self, promotion: Promotion) -> None:
        _empty(self._told)
        found, told = self.sampled, self._told
        if not found.goods:
            told.addWidget(Label("Put something into the cart to see what it costs.", "muted", wrap=True))
        elif found.refused is not None:
            refused = found.refused
            told.addWidget(Label(lambda: problem_text(refused.code, refused.params), "error", wrap=True))
        elif found.priced is not None and found.before is not None:
            priced, saved = found.priced, found.before.total - found.priced.total
            facts = Facts(right=True)
            facts.add_fact("At list price", lambda: money(priced.list_amount))
            facts.add_fact("Without this promotion", lambda: money(found.before.total if found.before else 0))
            facts.add_fact("To pay", lambda: money(priced.total), "figure")
            told.addWidget(facts)
            words = tr("{money} less than without it", money=money(saved)) if saved > 0 else ""
            if saved <= 0:
                words = tr("It changes nothing for this cart") if not priced.gifts else ""
            told.addWidget(Label(lambda: words, "strong" if saved > 0 else "muted", wrap=True))
            if promotion.starts_at > self._desk.now():
                told.addWidget(
                    Label(lambda: tr("As it will be on {time}", time=moment(found.at, self._desk.now())), "small")
                )
            told.addWidget(Label("Step by step", "strong"))
            for entry in priced.entries:
                told.addWidget(self._entry(entry, mine=entry.source_id == promotion.id))
            told_of = [s for s in priced.skipped if s.code not in PASSED or s.source_id == promotion.id]
            for skipped in sorted(told_of, key=lambda s: s.source_id != promotion.id):
                told.addWidget(self._skipped(skipped, mine=skipped.source_id == promotion.id))
            if not priced.entries and not priced.skipped:
                told.addWidget(Label("Nothing is taken off: every line costs its list price.", "muted", wrap=True))
        self._told.addStretch(1)

    def _entry(self, entry: Entry, *, mine: bool) -> QWidget:
        title = " · ".join(t for t in (entry.name, offer_text(entry.code, entry.params)) if t)
        goods = [self.sampled.names[k] for k in entry.line_keys if k in self.sampled.names]
        gifts = self.sampled.priced.gifts if self.sampled.priced and entry.code == "gift" else ()
        goods = [
            f"{self.sampled.names.get(g.sku_id, '')} × {quantity(g.quantity)}"
            for g in gifts
            if g.promotion_id == entry.source_id
        ] or goods
        off = -entry.amount if entry.code != "freight" else entry.amount
        return _line(
            "check-circle" if mine else "check",
            "ok" if mine else "neutral",
            title,
            goods,
            money(off) if off else "",
            mine,
        )

    def _skipped(self, skipped: Skipped, *, mine: bool) -> QWidget:
        title = " · ".join(t for t in (skipped.name, offer_text(skipped.code, skipped.params)) if t)
        return _line("alert-triangle" if mine else "minus", "warn" if mine else "neutral", title, [], "", mine)


def _named(name: str) -> str:
    return tr("Member: {level}", level=name)


def _line(icon: str, tone: str, title: str, goods: list[str], off: str, mine: bool) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    line.addWidget(ToneIcon(icon, tone, 16), 0, Qt.AlignmentFlag.AlignTop)  # type: ignore[arg-type]
    said = QVBoxLayout()
    said.setSpacing(1)
    said.addWidget(Label(partial(str, title), "strong" if mine else "body", wrap=True))
    if goods:
        said.addWidget(Label(partial(str, listed(goods)), "small", wrap=True))
    line.addLayout(said, 1)
    if off:
        line.addWidget(Label(partial(str, off), "strong" if mine else "body"), 0, Qt.AlignmentFlag.AlignTop)
    return row


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()

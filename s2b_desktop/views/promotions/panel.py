"""One promotion in the inspector: what it says, what it came to, with what it collides, and what can be done."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.promotions import PromotionRow, UseDay
from s2b_desktop.text import count, date, labelled, listed, money, percent, tr
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.chart import Bar, BarChart, short
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.promotions.columns import clash_text
from s2b_desktop.views.promotions.words import (
    KINDS,
    audience_text,
    gives_text,
    goods_text,
    limits_text,
    stacking_text,
    window_text,
)
from s2b_domain.rules.pricing.offers import CLASS_OF


class PromotionPanel(QWidget):
    """Made anew whenever its promotion changes."""

    def __init__(
        self,
        row: PromotionRow,
        names: Mapping[str, str],
        days: Sequence[UseDay],
        actions: Sequence[Action],
        *,
        waiting: bool,
        now: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        promotion, terms = row.promotion, row.promotion.terms
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 24)
        column.setSpacing(14)
        head = QHBoxLayout()
        tone = state_text("promotion", row.state)[1]
        head.addWidget(StatePill(lambda: state_text("promotion", row.state)[0], tone, waiting=waiting))
        head.addStretch(1)
        column.addLayout(head)
        if row.clashes:
            column.addWidget(Banner("warn", partial(clash_text, row)))
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        column.addLayout(flow)
        facts = Facts()
        facts.add_fact("Kind", lambda: tr(KINDS[terms.kind]))
        facts.add_fact("Gives", partial(gives_text, terms), "strong")
        facts.add_fact("Goods", lambda: goods_text(terms.goods, names))
        facts.add_fact("For whom", lambda: audience_text(terms.audience, names))
        facts.add_fact("Runs", lambda: window_text(promotion.starts_at, promotion.ends_at, now))
        facts.add_fact(
            "Together",
            lambda: stacking_text(
                CLASS_OF[terms.kind], terms.combines, exclusive=terms.exclusive, priority=terms.priority
            ),
        )
        facts.add_fact("Limits", partial(limits_text, terms))
        facts.add_fact("Borne by", lambda: tr("us") if row.mine else row.owner)
        if promotion.note:
            facts.add_fact("Note", partial(str, promotion.note))
        column.addWidget(facts)
        line = QFrame()
        line.setProperty("surface", "line")
        column.addWidget(line)
        if row.mine:
            column.addWidget(Label("What came of it", "strong"))
            column.addWidget(self._results(row))
        self.chart = BarChart(partial(_summary, days), [_bar(days, at) for at in range(len(days))])
        self.chart.setMinimumHeight(150)
        if any(day.uses for day in days):
            column.addWidget(Label("Goods sold with it by day", "strong"))
            column.addWidget(self.chart)
        column.addStretch(1)

    @staticmethod
    def _results(row: PromotionRow) -> Facts:
        total, terms = row.total, row.promotion.terms
        facts = Facts(right=True)
        facts.add_fact("Orders", lambda: count(total.uses))
        facts.add_fact("Given", lambda: money(total.amount), "strong")
        facts.add_fact("Goods sold with it", lambda: money(total.goods_amount))
        before = total.goods_amount + total.amount
        if before > 0:
            facts.add_fact("Of their price", lambda: percent(total.amount * 10_000 // before))
        if terms.budget is not None:
            left = terms.budget - total.amount
            facts.add_fact("Left of the budget", lambda: money(left), "error" if left <= 0 else "body")
        return facts


def _summary(days: Sequence[UseDay]) -> str:
    goods, off = sum(d.goods for d in days), sum(d.amount for d in days)
    return tr("{goods} · {given} given", goods=money(goods), given=money(off))


def _bar(days: Sequence[UseDay], at: int) -> Bar:
    day, last = days[at], at == len(days) - 1

    def said() -> str:
        orders = tr("{n} orders", n=day.uses)
        return labelled(date(day.start + 43_200_000), listed([orders, _summary([day])]))

    label = partial(_day, day.start) if at % 3 == (len(days) - 1) % 3 and not last else (lambda: tr("Today"))
    return Bar(label if last or at % 3 == (len(days) - 1) % 3 else "", day.goods, partial(short, day.goods), said, last)


def _day(start: int) -> str:
    return date(start + 43_200_000)[5:] if date(start)[4:5] == "-" else date(start + 43_200_000).rpartition(" ")[0]

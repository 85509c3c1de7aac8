"""The orders of a week as bars."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.outlook import Day
from s2b_desktop.text import count, listed, money, tr
from s2b_desktop.views.common.chart import Bar, BarChart, short

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class WeekChart(BarChart):
    """One bar per day; today's stands out."""

    def __init__(self, days: Sequence[Day], parent: QWidget | None = None) -> None:
        self._week = list(days)
        bars = [
            Bar(
                partial(self.day_name, at),
                day.amount,
                partial(short, day.amount),
                partial(self._said, at),
                strong=at == len(self._week) - 1,
            )
            for at, day in enumerate(self._week)
        ]
        super().__init__(self.summary, bars, parent)

    def summary(self) -> str:
        """All days together: "¥6,204.00 · 23 orders"."""
        orders = sum(day.count for day in self._week)
        if not orders:
            return tr("No orders in these days")
        return f"{money(sum(day.amount for day in self._week))} · {tr('{n} orders', n=orders)}"

    def day_name(self, at: int) -> str:
        if at == len(self._week) - 1:
            return tr("Today")
        return tr(_DAYS[datetime.fromtimestamp(self._week[at].start / 1000 + 43_200).weekday()])

    def _said(self, at: int) -> str:
        day = self._week[at]
        return listed([f"{self.day_name(at)} {count(day.count)}", money(day.amount)])

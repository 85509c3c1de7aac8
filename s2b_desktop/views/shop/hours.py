"""The opening hours of a week: a line for each day."""

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated
from s2b_domain.records.shop import Hours
from s2b_domain.rules.hours import Span, by_day, hours_text, over_midnight, parse_hours

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class WeekField(Retranslated, QWidget):
    """Seven lines such as "9:00-12:00, 18:00-2:00"; an empty one is a day on which the shop is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        self.days = [QLineEdit() for _day in DAYS]
        for at, (name, field) in enumerate(zip(DAYS, self.days, strict=True)):
            row, column = at % 4, at // 4 * 2
            grid.addWidget(Label(name, "muted"), row, column)
            grid.addWidget(field, row, column + 1)
            field.setMaxLength(80)
        self.same = Button("Like Monday on all days", self._like_monday, variant="quiet")
        grid.addWidget(self.same, 3, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.setFocusProxy(self.days[0])
        self.retranslate()

    def hours(self) -> tuple[Hours, ...]:
        """What was entered; ValueError where a line is no hours, which then has the focus."""
        week: list[list[Span]] = []
        for field in self.days:
            try:
                week.append(parse_hours(field.text()))
            except ValueError:
                field.setFocus()
                raise
        try:
            days = by_day(week)
        except ValueError as wrong:
            self.days[wrong.args[0]].setFocus()
            raise
        return tuple(Hours(day, opens, closes) for day, spans in enumerate(days, 1) for opens, closes in spans)

    def set_hours(self, hours: tuple[Hours, ...]) -> None:
        days = [[(h.opens, h.closes) for h in hours if h.day == day] for day in range(1, len(self.days) + 1)]
        for field, spans in zip(self.days, over_midnight(days), strict=True):
            field.setText(hours_text(spans))

    def set_read_only(self, read_only: bool) -> None:
        for field in self.days:
            field.setReadOnly(read_only)
        self.same.setVisible(not read_only)

    def retranslate(self) -> None:
        for name, field in zip(DAYS, self.days, strict=True):
            field.setAccessibleName(tr(name))
            field.setPlaceholderText(tr("closed"))

    def _like_monday(self) -> None:
        for field in self.days[1:]:
            field.setText(self.days[0].text())

"""The report of a till as rows: for the screen, for paper and for a workbook."""

from decimal import Decimal

from s2b_desktop.messages import state_text
from s2b_desktop.models.exports import Cell, yuan
from s2b_desktop.models.queries.tills import TillReport
from s2b_desktop.text import calendar_day, count, moment, money, tr
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.sheet import Paper, Sheet


def rows_of(report: TillReport) -> list[tuple[str, Cell]]:
    """(name, value) of everything that a till came to; amounts in yuan."""
    till, figures = report.till, report.figures
    rows: list[tuple[str, Cell]] = [
        (tr("Day"), calendar_day(till.day)),
        (tr("Opened"), f"{moment(till.opened_at)} · {till.opened_by}"),
        (tr("Till closed"), f"{moment(till.closed_at)} · {till.closed_by}" if till.closed_at else "–"),
        (tr("Sales"), figures.sales),
        (tr("Sales amount"), yuan(figures.sales_amount)),
        (tr("At list prices"), yuan(figures.list_amount)),
        (tr("Discounts"), yuan(-figures.discounts)),
        (tr("Coupons"), yuan(-figures.coupons)),
        (tr("Points"), yuan(-figures.points_amount)),
        (tr("Points used"), figures.points),
        (tr("Rounded down"), yuan(-figures.rounding)),
        (tr("On account"), yuan(figures.on_account)),
        (tr("Float"), yuan(till.float_amount)),
    ]
    rows += [(f"{move.reason} · {move.actor_name}", yuan(move.amount)) for move in till.moves]
    for method in figures.methods:
        name = state_text("method", method.method)[0]
        rows.append((name, yuan(method.taken)))
        if method.given_back:
            rows.append((tr("{method}, given back", method=name), yuan(-method.given_back)))
        rows.append((tr("{method}, should be there", method=name), yuan(report.expected(method))))
        if method.counted is not None:
            rows.append((tr("{method}, counted", method=name), yuan(method.counted)))
            rows.append((tr("{method}, difference", method=name), yuan(report.difference(method) or 0)))
    if till.note:
        rows.append((tr("Note"), till.note))
    return rows


def facts_of(report: TillReport) -> list[tuple[str, str]]:
    """The same in words."""
    return [(name, _said(value)) for name, value in rows_of(report)]


def _said(value: Cell) -> str:
    if isinstance(value, Decimal):
        return money(int(value * 100))
    return count(value) if isinstance(value, int) else str(value)


def report_sheet(report: TillReport) -> Sheet:
    """The report on paper."""
    rows = [{"name": name, "value": value} for name, value in facts_of(report)]
    title = tr("Day close {day}", day=calendar_day(report.till.day))
    return Sheet(title, [Paper(filled("till", {"title": title}, rows))])

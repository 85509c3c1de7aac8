"""The report of a till as rows: for the screen, for paper and for a workbook."""

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.tills import TillReport
from s2b_desktop.text import calendar_day, count, moment, money, tr
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.sheet import Paper, Sheet


def facts_of(report: TillReport) -> list[tuple[str, str]]:
    """(name, value) of everything that a till came to."""
    till, figures = report.till, report.figures
    rows = [
        (tr("Day"), calendar_day(till.day)),
        (tr("Opened"), f"{moment(till.opened_at)} · {till.opened_by}"),
        (tr("Till closed"), f"{moment(till.closed_at)} · {till.closed_by}" if till.closed_at else "–"),
        (tr("Sales"), count(figures.sales)),
        (tr("Sales amount"), money(figures.sales_amount)),
        (tr("At list prices"), money(figures.list_amount)),
        (tr("Discounts"), money(-figures.discounts)),
        (tr("Coupons"), money(-figures.coupons)),
        (tr("Points"), f"{money(-figures.points_amount)} ({count(figures.points)})"),
        (tr("Rounded down"), money(-figures.rounding)),
        (tr("On account"), money(figures.on_account)),
        (tr("Float"), money(till.float_amount)),
    ]
    rows += [(f"{move.reason} · {move.actor_name}", money(move.amount)) for move in till.moves]
    for method in figures.methods:
        name = state_text("method", method.method)[0]
        rows.append((name, money(method.taken)))
        if method.given_back:
            rows.append((tr("{method}, given back", method=name), money(-method.given_back)))
        rows.append((tr("{method}, should be there", method=name), money(report.expected(method))))
        if method.counted is not None:
            rows.append((tr("{method}, counted", method=name), money(method.counted)))
            rows.append((tr("{method}, difference", method=name), money(report.difference(method) or 0)))
    if till.note:
        rows.append((tr("Note"), till.note))
    return rows


def report_sheet(report: TillReport) -> Sheet:
    """The report on paper."""
    rows = [{"name": name, "value": value} for name, value in facts_of(report)]
    title = tr("Day close {day}", day=calendar_day(report.till.day))
    return Sheet(title, [Paper(filled("till", {"title": title}, rows))])

"""A statement as a workbook, and on paper."""

from pathlib import Path

from s2b_desktop.models.exports import Cell, write_table
from s2b_desktop.models.queries.money import MoneyBooks
from s2b_desktop.text import amount, date, money, tr
from s2b_desktop.views.money.columns import kind_text
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.sheet import Paper, Sheet
from s2b_domain.records.statement import Statement

HEADS = ("Date", "Document", "What", "Amount", "Balance")


def statement_rows(statement: Statement, books: MoneyBooks) -> list[list[Cell]]:
    """Opening, every line with the balance after it, and closing; amounts in yuan, exact to the cent."""
    balance = statement.opening
    rows: list[list[Cell]] = [[date(statement.since), "", tr("Opening balance"), "", balance / 100]]
    for line in statement.lines:
        balance += line.amount
        number = books.numbers.get(line.document_id, "")
        rows.append([date(line.at), number, kind_text(line.kind), line.amount / 100, balance / 100])
    rows.append([date(statement.until - 1), "", tr("Closing balance"), "", statement.closing / 100])
    return rows


def write_statement(path: Path, statement: Statement, books: MoneyBooks) -> int:
    """Write the workbook; how many rows it has. OSError."""
    return write_table(path, [tr(head) for head in HEADS], statement_rows(statement, books))


def statement_sheet(statement: Statement, books: MoneyBooks) -> Sheet:
    """The statement for printing."""
    rows, balance = [], statement.opening
    for line in statement.lines:
        balance += line.amount
        rows.append(
            {
                "date": date(line.at),
                "number": books.numbers.get(line.document_id, ""),
                "kind": kind_text(line.kind),
                "amount": amount(line.amount),
                "balance": amount(balance),
            }
        )
    values = {
        "title": tr("Statement of account {number}", number=statement.number),
        "creditor": books.name(statement.creditor_id),
        "debtor": books.name(statement.debtor_id),
        "w_creditor": tr("Creditor"),
        "w_debtor": tr("Debtor"),
        "period": f"{date(statement.since)} – {date(statement.until - 1)}",
        "w_date": tr("Date"),
        "w_number": tr("Document"),
        "w_kind": tr("What"),
        "w_amount": tr("Amount"),
        "w_balance": tr("Balance"),
        "w_opening": tr("Opening balance"),
        "opening": money(statement.opening),
        "w_closing": tr("Closing balance"),
        "closing": money(statement.closing),
        "w_left": tr("Still to pay"),
        "left": money(statement.left),
        "w_sign": tr("Confirmed by, date"),
    }
    return Sheet(tr("Statement of account"), [Paper(filled("statement", values, rows))])

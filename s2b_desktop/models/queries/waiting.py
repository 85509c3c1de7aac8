"""What waits for one's own organisation in returns, claims, statements, payments and invoices."""

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, and_, func, select

from s2b_desktop.models.queries.returns import CaseView, case_counts
from s2b_domain.access import Actor
from s2b_domain.records.after_sales import Claim, ReturnCase
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.party import PartyKind
from s2b_domain.records.record import Record
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.rules.after_sales import ReturnKind, ReturnState
from s2b_domain.rules.invoices import InvoiceState
from s2b_domain.rules.statements import SettlementState, StatementState


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents want the organisation's next step: returns of a shop's customers or claims on a supplier
    (`decide`, `inspect`, `pay`), a shop's own claims (`send_back`, and all `claims` under way), what the platform rules
    on (`disputes`), statements to agree to or to answer for, payments that should have arrived, invoices to issue."""

    decide: int = 0
    inspect: int = 0
    pay: int = 0
    send_back: int = 0
    claims: int = 0
    disputes: int = 0
    agree: int = 0
    answer: int = 0
    payments: int = 0
    invoices: int = 0


def waiting(connection: Connection, actor: Actor) -> Waiting:
    """Count it."""
    mine = actor.organisation_id

    def number(record: type[Record], *conditions: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).select_from(record.table).where(and_(*conditions))) or 0

    claim, statement, settlement, invoice = (x.table.c for x in (Claim, Statement, Settlement, Invoice))
    found = Waiting(
        agree=number(Statement, statement.debtor_id == mine, statement.state == StatementState.ISSUED.value),
        answer=number(Statement, statement.creditor_id == mine, statement.state == StatementState.DISPUTED.value),
        payments=number(
            Settlement, settlement.creditor_id == mine, settlement.state == SettlementState.ANNOUNCED.value
        ),
        invoices=number(Invoice, invoice.supplier_id == mine, invoice.state == InvoiceState.REQUESTED.value),
    )
    if actor.kind is PartyKind.PLATFORM:
        disputes = sum(case_counts(connection, record, "")[CaseView.DISPUTED] for record in (Claim, ReturnCase))
        return replace(found, disputes=disputes)
    claims = case_counts(connection, Claim, mine)
    shop = actor.kind is PartyKind.MERCHANT
    cases = case_counts(connection, ReturnCase, mine) if shop else claims
    found = replace(found, decide=cases[CaseView.DECIDE], inspect=cases[CaseView.INSPECT], pay=cases[CaseView.PAY])
    if not shop:
        return found
    approved, goods = claim.state == ReturnState.APPROVED.value, claim.kind != ReturnKind.REFUND_ONLY.value
    send_back = number(Claim, claim.merchant_id == mine, approved, goods)
    return replace(found, claims=claims[CaseView.OPEN], send_back=send_back)

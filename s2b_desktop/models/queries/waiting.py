"""What waits for one's own organisation in returns, claims, statements, payments and invoices."""

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select

from s2b_desktop.models.queries.returns import STATES, CaseView
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

    def among(record: type[Record], view: CaseView) -> ColumnElement[bool]:
        return record.table.c.state.in_([state.value for state in STATES[view]])

    claim, statement, settlement = Claim.table.c, Statement.table.c, Settlement.table.c
    found = Waiting(
        agree=number(Statement, statement.debtor_id == mine, statement.state == StatementState.ISSUED.value),
        answer=number(Statement, statement.creditor_id == mine, statement.state == StatementState.DISPUTED.value),
        payments=number(
            Settlement, settlement.creditor_id == mine, settlement.state == SettlementState.ANNOUNCED.value
        ),
    )
    if actor.kind is PartyKind.PLATFORM:
        disputes = sum(number(x, among(x, CaseView.DISPUTED), x.table.c.disputed) for x in (Claim, ReturnCase))
        return msgspec.structs.replace(found, disputes=disputes)
    shop = actor.kind is PartyKind.MERCHANT
    record: type[Record] = ReturnCase if shop else Claim
    own = record.table.c.merchant_id == mine if shop else claim.supplier_id == mine
    found = msgspec.structs.replace(
        found,
        decide=number(record, own, among(record, CaseView.DECIDE)),
        inspect=number(record, own, among(record, CaseView.INSPECT)),
        pay=number(record, own, among(record, CaseView.PAY)),
    )
    if shop:
        asked = claim.merchant_id == mine
        approved = claim.state == ReturnState.APPROVED.value
        return msgspec.structs.replace(
            found,
            claims=number(Claim, asked, among(Claim, CaseView.OPEN)),
            send_back=number(Claim, asked, approved, claim.kind != ReturnKind.REFUND_ONLY.value),
        )
    requested = Invoice.table.c.state == InvoiceState.REQUESTED.value
    return msgspec.structs.replace(found, invoices=number(Invoice, Invoice.table.c.supplier_id == mine, requested))

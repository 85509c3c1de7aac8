"""对账单: made by the creditor from the account entries, confirmed or disputed by the debtor, and settled."""

from typing import Annotated, NamedTuple

from msgspec import Meta

from s2b_domain.access import AUDIT, PARTIES, Actor, Permission, own
from s2b_domain.commands.accounts import balance_id, owe, platform_id
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import AccountEntry, Balance
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.statement import Event, Settlement, Statement
from s2b_domain.rules.bounds import MAX_AMOUNT, Id, Name, Reason, Time
from s2b_domain.rules.statements import SettlementState, StatedEntry, StatementState, covered, lowered
from s2b_domain.tx import Reader, Tx

Signed = Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
Positive = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]


class MakeStatement(Command, frozen=True, kw_only=True):
    """State what a debtor owes for everything before `until` that was not stated yet."""

    statement_id: Id
    debtor_id: Id
    until: Time


class ConfirmStatement(Command, frozen=True, kw_only=True):
    """The debtor agrees."""

    statement_id: Id


class DisputeStatement(Command, frozen=True, kw_only=True):
    """The debtor does not agree, and says why."""

    statement_id: Id
    reason: Reason


class AnswerDispute(Command, frozen=True, kw_only=True):
    """The creditor answers; a `correction` (分) lowers what is owed."""

    statement_id: Id
    note: Reason
    correction: Positive = 0


class RecordSettlement(Command, frozen=True, kw_only=True):
    """Money (分) between the two. The creditor says that it came (negative: was given back), and it counts; the debtor
    announces that it is on its way."""

    settlement_id: Id
    counterparty_id: Id
    amount: Signed
    method: Name
    reference: Name = ""
    statement_id: Id = ""


class DecideSettlement(Command, frozen=True, kw_only=True):
    """The creditor says whether announced money came."""

    settlement_id: Id
    received: bool
    note: Reason = ""


class Sides(NamedTuple):
    """Who is owed, and who owes."""

    creditor_id: str
    debtor_id: str


def sides(reader: Reader, actor: Actor, counterparty_id: str) -> Sides:
    """Suppliers are owed by merchants, the platform by suppliers."""
    mine = actor.organisation_id
    owes = actor.kind is PartyKind.MERCHANT or (
        actor.kind is PartyKind.SUPPLIER and counterparty_id == platform_id(reader)
    )
    return Sides(counterparty_id, mine) if owes else Sides(mine, counterparty_id)


def _between(creditor_id: str, debtor_id: str) -> list[str]:
    return [own(creditor_id, "money"), own(debtor_id, "money"), AUDIT]


def _made(reader: Reader, actor: Actor, message: MakeStatement) -> list[str]:
    return _between(actor.organisation_id, message.debtor_id)


def _stated(reader: Reader, actor: Actor, message: ConfirmStatement | DisputeStatement | AnswerDispute) -> list[str]:
    found = reader.get(Statement, message.statement_id)
    return _between(found.creditor_id, found.debtor_id) if found else [AUDIT]


def _recorded(reader: Reader, actor: Actor, message: RecordSettlement) -> list[str]:
    return _between(actor.organisation_id, message.counterparty_id)


def _decided(reader: Reader, actor: Actor, message: DecideSettlement) -> list[str]:
    found = reader.get(Settlement, message.settlement_id)
    return _between(found.creditor_id, found.debtor_id) if found else [AUDIT]


def happened(tx: Tx, state: str, note: str = "") -> Event:
    """What the actor just did to a paper."""
    return Event(tx.time, state, tx.actor.name, note.strip())


def entries_between(reader: Reader, creditor_id: str, debtor_id: str, *, mine: str) -> list[StatedEntry]:
    """The account entries of the two as the creditor sees them, read from the side of `mine`."""
    other = debtor_id if mine == creditor_id else creditor_id
    sign = 1 if mine == creditor_id else -1
    found = reader.find(AccountEntry, organisation_id=mine, counterparty_id=other)
    return [StatedEntry(e.id, e.at, e.document_id, e.kind, sign * e.amount) for e in found]


def _other(tx: Tx, id_: str, *kinds: PartyKind) -> None:
    """`not_found` unless it is an organisation of such a kind; a desktop may not hold its card."""
    organisation = tx.get(Organisation, id_)
    unknown = organisation is None and (tx.sees(PARTIES) or not is_id(id_))
    if unknown or (organisation is not None and organisation.kind not in kinds):
        raise Refused("not_found", kind="organisation", id=id_)


@command("statement.make@1", MakeStatement, permission=Permission.STATEMENT_EDIT, touches=_made)
def make_statement(tx: Tx, message: MakeStatement) -> None:
    """Nothing is stated twice and nothing left out: what came late stands in the next one."""
    mine = tx.actor.organisation_id
    if tx.actor.kind is PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.STATEMENT_EDIT.value)
    _other(tx, message.debtor_id, PartyKind.MERCHANT if tx.actor.kind is PartyKind.SUPPLIER else PartyKind.SUPPLIER)
    if not is_id(message.statement_id) or tx.get(Statement, message.statement_id):
        raise Refused("id_taken", id=message.statement_id)
    if message.until > tx.time:
        raise Refused("field_wrong", field="until")
    earlier = [s for s in tx.find(Statement, creditor_id=mine) if s.debtor_id == message.debtor_id]
    earlier.sort(key=lambda s: (s.until, s.id))
    stated = {line.entry_id for s in earlier for line in s.lines}
    entries = entries_between(tx, mine, message.debtor_id, mine=mine)
    lines = covered(entries, message.until, stated)
    if not lines:
        raise Refused("nothing_to_state")
    since = lowered(entries, stated.union(line.entry_id for line in lines))
    last = earlier[-1] if earlier else None
    opening = sum(line.amount for s in earlier for line in s.lines)
    saved = tx.add(
        Statement(
            id=message.statement_id,
            number=f"ST{len(earlier) + 1:04d}",
            creditor_id=mine,
            debtor_id=message.debtor_id,
            since=last.until if last else lines[0].at,
            until=max(message.until, last.until if last else 0),
            opening=opening,
            closing=opening + sum(line.amount for line in lines),
            lines=lines,
            state=StatementState.ISSUED,
            paid=since.paid,
            corrected=since.corrected,
            made_at=tx.time,
            events=(happened(tx, StatementState.ISSUED),),
        )
    )
    tx.audit("statement.made", saved, closing=saved.closing)


def _move(tx: Tx, statement: Statement, state: StatementState, note: str = "") -> Statement:
    moved = tx.put(statement.with_(state=state, events=(*statement.events, happened(tx, state, note))))
    tx.audit("statement." + state.value.lower(), moved, left=moved.left)
    return moved


def _own_statement(tx: Tx, statement_id: str, *allowed: StatementState, creditor: bool) -> Statement:
    statement = tx.need(Statement, statement_id)
    if tx.actor.organisation_id != (statement.creditor_id if creditor else statement.debtor_id):
        raise Refused("not_yours", id=statement_id)
    if statement.state not in allowed:
        raise Refused("state_changed", state=statement.state.value)
    return statement


@command("statement.confirm@1", ConfirmStatement, permission=Permission.STATEMENT_EDIT, touches=_stated)
def confirm_statement(tx: Tx, message: ConfirmStatement) -> None:
    """ISSUED or DISPUTED becomes CONFIRMED, or SETTLED where nothing is left of it."""
    allowed = (StatementState.ISSUED, StatementState.DISPUTED)
    statement = _own_statement(tx, message.statement_id, *allowed, creditor=False)
    _move(tx, statement, StatementState.CONFIRMED if statement.left > 0 else StatementState.SETTLED)


@command("statement.dispute@1", DisputeStatement, permission=Permission.STATEMENT_EDIT, touches=_stated)
def dispute_statement(tx: Tx, message: DisputeStatement) -> None:
    """ISSUED becomes DISPUTED, with a reason."""
    if not message.reason.strip():
        raise Refused("reason_required")
    statement = _own_statement(tx, message.statement_id, StatementState.ISSUED, creditor=False)
    _move(tx, statement, StatementState.DISPUTED, message.reason)


@command("statement.answer@1", AnswerDispute, permission=Permission.STATEMENT_EDIT, touches=_stated)
def answer_dispute(tx: Tx, message: AnswerDispute) -> None:
    """DISPUTED becomes ISSUED again; a correction is an account entry of its own, in the next statement."""
    if not message.note.strip():
        raise Refused("reason_required")
    statement = _own_statement(tx, message.statement_id, StatementState.DISPUTED, creditor=True)
    if message.correction > max(0, statement.left):
        raise Refused("field_wrong", field="correction")
    if message.correction:
        creditor, debtor = statement.creditor_id, statement.debtor_id
        owe(tx, debtor, creditor, -message.correction, kind="correction", document_id=statement.id)
        _lower(tx, creditor, debtor, corrected=message.correction)
        statement = tx.need(Statement, statement.id)
    _move(tx, statement, StatementState.ISSUED, message.note)


@command("settlement.record@1", RecordSettlement, permission=Permission.STATEMENT_EDIT, touches=_recorded)
def record_settlement(tx: Tx, message: RecordSettlement) -> None:
    """Counts at once where the creditor records it; it may name a statement of the two."""
    creditor, debtor = sides(tx, tx.actor, message.counterparty_id)
    mine = creditor == tx.actor.organisation_id
    if tx.actor.kind is PartyKind.MERCHANT or tx.actor.kind is PartyKind.PLATFORM:
        _other(tx, message.counterparty_id, PartyKind.SUPPLIER)
    else:
        _other(tx, message.counterparty_id, PartyKind.MERCHANT, PartyKind.PLATFORM)
    if not message.amount or (not mine and message.amount < 0):
        raise Refused("field_wrong", field="amount")
    if message.amount < 0 and -message.amount > (most := _may_go_back(tx, creditor, debtor)):
        raise Refused("more_than_paid", asked=-message.amount, most=most)
    if not message.method.strip():
        raise Refused("field_required", field="method")
    if not is_id(message.settlement_id) or tx.get(Settlement, message.settlement_id):
        raise Refused("id_taken", id=message.settlement_id)
    if message.statement_id:
        statement = tx.need(Statement, message.statement_id)
        if (statement.creditor_id, statement.debtor_id) != (creditor, debtor):
            raise Refused("not_yours", id=statement.id)
    state = SettlementState.RECEIVED if mine else SettlementState.ANNOUNCED
    settlement = tx.add(
        Settlement(
            id=message.settlement_id,
            creditor_id=creditor,
            debtor_id=debtor,
            statement_id=message.statement_id,
            amount=message.amount,
            method=message.method.strip(),
            reference=message.reference.strip(),
            state=state,
            at=tx.time,
            events=(happened(tx, state),),
        )
    )
    tx.audit("settlement.recorded", settlement, amount=settlement.amount)
    if mine:
        _came(tx, settlement)


@command("settlement.decide@1", DecideSettlement, permission=Permission.STATEMENT_EDIT, touches=_decided)
def decide_settlement(tx: Tx, message: DecideSettlement) -> None:
    """ANNOUNCED becomes RECEIVED, or NOT_RECEIVED with a reason."""
    settlement = tx.need(Settlement, message.settlement_id)
    if settlement.creditor_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=settlement.id)
    if settlement.state is not SettlementState.ANNOUNCED:
        raise Refused("state_changed", state=settlement.state.value)
    if not message.received and not message.note.strip():
        raise Refused("reason_required")
    state = SettlementState.RECEIVED if message.received else SettlementState.NOT_RECEIVED
    settlement = tx.put(settlement.with_(state=state, events=(*settlement.events, happened(tx, state, message.note))))
    tx.audit("settlement.decided", settlement, received=int(message.received))
    if message.received:
        _came(tx, settlement)


def _may_go_back(tx: Tx, creditor_id: str, debtor_id: str) -> int:
    """What a creditor may give back (分): what came in, or what the debtor has to come; else it made debts at will."""
    between = tx.find(Settlement, creditor_id=creditor_id, debtor_id=debtor_id, state=SettlementState.RECEIVED)
    came = sum(settlement.amount for settlement in between)
    balance = tx.get(Balance, balance_id(creditor_id, debtor_id))
    return max(0, came, -balance.amount if balance else 0)


def _came(tx: Tx, settlement: Settlement) -> None:
    """The debt is smaller; a confirmed statement of which nothing is left is settled, and is open again if money goes
    back."""
    creditor, debtor = settlement.creditor_id, settlement.debtor_id
    owe(tx, debtor, creditor, -settlement.amount, kind="settlement", document_id=settlement.id)
    named = settlement.statement_id
    _lower(tx, creditor, debtor, paid=settlement.amount, named=named)
    statement = tx.get(Statement, named) if named else None
    if statement is not None and statement.state is StatementState.SETTLED and statement.left > 0:
        _move(tx, statement, StatementState.CONFIRMED)


def _lower(tx: Tx, creditor_id: str, debtor_id: str, *, paid: int = 0, corrected: int = 0, named: str = "") -> None:
    """Less is left of every statement of the two that is open or `named`: each holds all that was owed until then."""
    for each in tx.find(Statement, creditor_id=creditor_id, debtor_id=debtor_id):
        if each.state is StatementState.SETTLED and each.id != named:
            continue
        each = tx.put(each.with_(paid=each.paid + paid, corrected=each.corrected + corrected))
        if each.state is StatementState.CONFIRMED and each.left <= 0:
            _move(tx, each, StatementState.SETTLED)

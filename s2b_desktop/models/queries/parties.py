"""Organisations as the platform reviews them, and one's own company."""

import msgspec
from sqlalchemy import Connection, case, func, select

from s2b_domain.records.party import Application, Organisation, Paper, PartyKind, Person, RecoveryKey
from s2b_domain.records.record import decode_all
from s2b_domain.rules.onboarding import PaperState, PartyState


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation in the reviewer's list. Times in ms; `papers_open` are still to be looked at."""

    id: str
    name: str
    kind: PartyKind
    state: PartyState
    region: str
    contact: str
    submitted_at: int | None
    papers: int
    papers_open: int


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation with everything it handed in."""

    organisation: Organisation
    application: Application | None
    papers: tuple[Paper, ...]


_organisation, _application, _paper = Organisation.table, Application.table, Paper.table


def party_counts(connection: Connection) -> dict[PartyState, int]:
    """How many suppliers and merchants stand in each state."""
    statement = (
        select(_organisation.c.state, func.count())
        .where(_organisation.c.kind != PartyKind.PLATFORM.value)
        .group_by(_organisation.c.state)
    )
    found = {PartyState(state): n for state, n in connection.execute(statement)}
    return {state: found.get(state, 0) for state in PartyState}


def party_rows(connection: Connection, state: PartyState | None = None, text: str = "") -> list[PartyRow]:
    """Suppliers and merchants, those to review first and the longest waiting first; `text` is in the name."""
    papers = (
        select(
            _paper.c.organisation_id,
            func.count().label("papers"),
            func.sum(case((_paper.c.state == PaperState.SUBMITTED.value, 1), else_=0)).label("open"),
        )
        .group_by(_paper.c.organisation_id)
        .subquery()
    )
    statement = (
        select(
            _organisation.c.id,
            _organisation.c.name,
            _organisation.c.kind,
            _organisation.c.state,
            _organisation.c.region,
            func.coalesce(_application.c.contact, ""),
            _application.c.submitted_at,
            func.coalesce(papers.c.papers, 0),
            func.coalesce(papers.c.open, 0),
        )
        .outerjoin(_application, _application.c.id == _organisation.c.id)
        .outerjoin(papers, papers.c.organisation_id == _organisation.c.id)
        .where(_organisation.c.kind != PartyKind.PLATFORM.value)
        .order_by(
            _organisation.c.state != PartyState.SUBMITTED.value,
            func.coalesce(_application.c.submitted_at, 1 << 60),
            _organisation.c.id,
        )
    )
    if state is not None:
        statement = statement.where(_organisation.c.state == state.value)
    if text:
        statement = statement.where(_organisation.c.name.contains(text, autoescape=True))
    return [
        PartyRow(
            id=row[0],
            name=row[1],
            kind=PartyKind(row[2]),
            state=PartyState(row[3]),
            region=row[4],
            contact=row[5],
            submitted_at=row[6],
            papers=row[7],
            papers_open=row[8],
        )
        for row in connection.execute(statement)
    ]


def company(connection: Connection, organisation_id: str) -> Company | None:
    """An organisation with its application and papers; None if it is not held here."""
    found = decode_all(
        Organisation, connection.execute(select(_organisation).where(_organisation.c.id == organisation_id))
    )
    if not found:
        return None
    applied = decode_all(
        Application, connection.execute(select(_application).where(_application.c.id == organisation_id))
    )
    papers = select(_paper).where(_paper.c.organisation_id == organisation_id).order_by(_paper.c.id)
    return Company(
        organisation=found[0],
        application=applied[0] if applied else None,
        papers=tuple(decode_all(Paper, connection.execute(papers))),
    )


def person_names(connection: Connection) -> dict[str, str]:
    """The people whose names are known here."""
    table = Person.table
    return {row[0]: row[1] for row in connection.execute(select(table.c.id, table.c.name))}


def recovery_key(connection: Connection, organisation_id: str) -> RecoveryKey | None:
    """What is known of an organisation's recovery key."""
    row = connection.execute(select(RecoveryKey.table).where(RecoveryKey.table.c.id == organisation_id)).first()
    return None if row is None else RecoveryKey.decode(row)

"""Joining the platform: apply, decide, suspend; and the papers that go with it."""

from s2b_domain.access import AUDIT, CATALOG, PARTIES, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.party import Application, Organisation, Paper, PartyKind
from s2b_domain.rules.blobs import is_digest
from s2b_domain.rules.bounds import Code, Id, Name, Note, Reason, Reasons, Time
from s2b_domain.rules.onboarding import NEXT, PaperState, PartyState
from s2b_domain.rules.papers import FOR_SHOPS, kind_of
from s2b_domain.tx import Reader, Tx


class Apply(Command, frozen=True, kw_only=True):
    """An organisation hands in (or corrects) what the platform needs to decide."""

    name: Name
    licence_number: Name
    contact: Name
    phone: Name
    region: Name
    address: Reason
    note: Note = ""


class Decide(Command, frozen=True, kw_only=True):
    """The platform approves, rejects (with reasons), suspends or reinstates an organisation."""

    organisation_id: Id
    state: PartyState
    reasons: Reasons = ()


class AddPaper(Command, frozen=True, kw_only=True):
    """An organisation hands in a qualification paper, with a picture of it; a supplier's may be `public`, if its kind
    is for shops."""

    paper_id: Id
    kind: Name
    number: Name
    issued_by: Name = ""
    expires_at: Time | None = None
    content_hash: Code = ""
    public: bool = False


class ShowPaper(Command, frozen=True, kw_only=True):
    """A supplier shows shops one of its papers, or no longer."""

    paper_id: Id
    public: bool


class DecidePaper(Command, frozen=True, kw_only=True):
    """The platform approves or rejects one paper."""

    paper_id: Id
    state: PaperState
    reasons: Reasons = ()


def _organisation(reader: Reader, actor: Actor, message: Apply | AddPaper | ShowPaper) -> list[str]:
    return [PARTIES, CATALOG, AUDIT, own(actor.organisation_id, "profile")]


def _decided(reader: Reader, actor: Actor, message: Decide) -> list[str]:
    return [PARTIES, CATALOG, AUDIT, own(message.organisation_id, "profile")]


def _paper(reader: Reader, actor: Actor, message: DecidePaper) -> list[str]:
    paper = reader.get(Paper, message.paper_id)
    return [PARTIES, CATALOG, AUDIT, *([own(paper.organisation_id, "profile")] if paper else [])]


def _moved(organisation: Organisation, state: PartyState) -> Organisation:
    if state not in NEXT[organisation.state]:
        raise Refused("state_changed", state=organisation.state.value, wanted=state.value)
    return organisation.with_(state=state)


@command("party.apply@1", Apply, permission=Permission.PARTY_APPLY, touches=_organisation)
def apply(tx: Tx, message: Apply) -> None:
    """DRAFT or REJECTED becomes SUBMITTED; every field but the note is required."""
    for field in ("name", "licence_number", "contact", "phone", "address"):
        if not getattr(message, field).strip():
            raise Refused("field_required", field=field)
    organisation = _moved(tx.need(Organisation, tx.actor.organisation_id), PartyState.SUBMITTED)
    tx.put(organisation.with_(name=message.name.strip(), region=message.region.strip()))
    tx.put(
        Application(
            id=organisation.id,
            kind=organisation.kind,
            name=message.name.strip(),
            state=PartyState.SUBMITTED,
            licence_number=message.licence_number.strip(),
            contact=message.contact.strip(),
            phone=message.phone.strip(),
            address=message.address.strip(),
            note=message.note,
            submitted_at=tx.time,
        )
    )
    tx.audit("party.applied", organisation)


@command("party.decide@1", Decide, permission=Permission.PARTY_REVIEW, touches=_decided)
def decide(tx: Tx, message: Decide) -> None:
    """Guarded by the onboarding states; a rejection and a suspension need reasons."""
    if message.state in (PartyState.REJECTED, PartyState.SUSPENDED) and not any(r.strip() for r in message.reasons):
        raise Refused("reason_required")
    if message.state not in (PartyState.APPROVED, PartyState.REJECTED, PartyState.SUSPENDED):
        raise Refused("state_changed", wanted=message.state.value)
    organisation = tx.need(Organisation, message.organisation_id)
    if organisation.kind is PartyKind.PLATFORM:
        raise Refused("not_permitted", permission=Permission.PARTY_REVIEW.value)
    organisation = tx.put(_moved(organisation, message.state))
    application = tx.get(Application, organisation.id)
    if application:
        tx.put(
            application.with_(
                state=message.state, reasons=message.reasons, decided_at=tx.time, decided_by=tx.actor.name
            )
        )
    tx.audit("party." + message.state.value.lower(), organisation, reasons="; ".join(message.reasons))


@command("paper.add@1", AddPaper, permission=Permission.PARTY_APPLY, touches=_organisation)
def add_paper(tx: Tx, message: AddPaper) -> None:
    """Kind and number are required; the id is the sender's."""
    if not message.kind.strip() or not message.number.strip():
        raise Refused("field_required", field="number" if message.kind.strip() else "kind")
    if not is_id(message.paper_id) or tx.get(Paper, message.paper_id):
        raise Refused("id_taken", id=message.paper_id)
    if message.content_hash and not is_digest(message.content_hash):
        raise Refused("field_wrong", field="content_hash")
    organisation = tx.need(Organisation, tx.actor.organisation_id)
    paper = Paper(
        id=message.paper_id,
        organisation_id=organisation.id,
        kind=message.kind.strip(),
        number=message.number.strip(),
        issued_by=message.issued_by.strip(),
        expires_at=message.expires_at,
        content_hash=message.content_hash,
        public=message.public and organisation.kind is PartyKind.SUPPLIER and kind_of(message.kind) in FOR_SHOPS,
    )
    tx.audit("paper.added", tx.add(paper))


@command("paper.show@1", ShowPaper, permission=Permission.PARTY_APPLY, touches=_organisation)
def show_paper(tx: Tx, message: ShowPaper) -> None:
    """Shops see it once it is approved; only suppliers have shops to show it to, and never what is about a person."""
    paper = tx.need(Paper, message.paper_id)
    if paper.organisation_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=paper.id)
    if tx.need(Organisation, paper.organisation_id).kind is not PartyKind.SUPPLIER:
        raise Refused("not_permitted", permission=Permission.PARTY_APPLY.value)
    if message.public and kind_of(paper.kind) not in FOR_SHOPS:
        raise Refused("paper_private")
    paper = tx.put(paper.with_(public=message.public))
    tx.audit("paper.shown" if message.public else "paper.hidden", paper)


@command("paper.decide@1", DecidePaper, permission=Permission.PARTY_REVIEW, touches=_paper)
def decide_paper(tx: Tx, message: DecidePaper) -> None:
    """A submitted paper is approved, or rejected with reasons."""
    paper = tx.need(Paper, message.paper_id)
    if paper.state is not PaperState.SUBMITTED or message.state is PaperState.SUBMITTED:
        raise Refused("state_changed", state=paper.state.value, wanted=message.state.value)
    if message.state is PaperState.REJECTED and not any(r.strip() for r in message.reasons):
        raise Refused("reason_required")
    paper = tx.put(paper.with_(state=message.state, reasons=message.reasons))
    tx.audit("paper." + message.state.value.lower(), paper, reasons="; ".join(message.reasons))

"""What the operator sets up by hand: organisations and their people. Written through the door like all else."""

from sqlalchemy import insert, select, update

from s2b_domain.access import ROLES_OF, Actor, Role
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.errors import Refused
from s2b_domain.records.party import Application, Organisation, PartyKind, Person, SupplierTerms
from s2b_domain.records.stock import Warehouse
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.tx import Tx
from s2b_hub import accounts, tables
from s2b_hub.door import Batch
from s2b_hub.hub import Hub

COMMISSION_BP = 500
OPERATOR = Actor("operator", "s2b-hub", "", "", PartyKind.PLATFORM, Role.PLATFORM_ADMIN)


def add_organisation(
    hub: Hub,
    kind: PartyKind,
    name: str,
    state: PartyState = PartyState.DRAFT,
    *,
    commission_bp: int = COMMISSION_BP,
    region: str = "",
) -> str:
    """A new organisation with its application, warehouse and terms; its id."""
    if not name.strip():
        raise Refused("field_required", field="name")
    if not 0 <= commission_bp <= 10_000:
        raise Refused("field_wrong", field="commission")
    organisation_id, command_id = hub.new_id(), hub.new_id()

    def work(batch: Batch) -> None:
        tx = _tx(batch, command_id)
        organisation = Organisation(id=organisation_id, name=name.strip(), kind=kind, state=state, region=region)
        tx.audit("organisation.added", tx.add(organisation))
        if kind is not PartyKind.PLATFORM:
            decided = batch.time if state is PartyState.APPROVED else None
            application = Application(
                id=organisation_id,
                kind=kind,
                name=name.strip(),
                state=state,
                submitted_at=None if state is PartyState.DRAFT else batch.time,
                decided_at=decided,
                decided_by=OPERATOR.name if decided else "",
            )
            tx.add(application)
            tx.add(Warehouse(id=main_warehouse_id(organisation_id), owner_id=organisation_id, name="主仓"))
        if kind is PartyKind.SUPPLIER:
            tx.add(SupplierTerms(id=organisation_id, commission_bp=commission_bp))
        batch.accept(tx)

    hub.write(work)
    return organisation_id


def set_commission(hub: Hub, organisation_id: str, commission_bp: int) -> None:
    """Change what the platform takes from a supplier's orders from now on (basis points)."""
    if not 0 <= commission_bp <= 10_000:
        raise Refused("field_wrong", field="commission")
    command_id = hub.new_id()

    def work(batch: Batch) -> None:
        tx = _tx(batch, command_id)
        organisation = tx.need(Organisation, organisation_id)
        if organisation.kind is not PartyKind.SUPPLIER:
            raise Refused("field_wrong", field="organisation")
        tx.put(SupplierTerms(id=organisation_id, commission_bp=commission_bp))
        tx.audit("terms.changed", organisation, commission_bp=commission_bp)
        batch.accept(tx)

    hub.write(work)


def organisations(hub: Hub) -> list[Organisation]:
    """All organisations, oldest first."""
    with hub.database.read() as connection:
        rows = connection.execute(select(Organisation.table).order_by(Organisation.table.c.id))
        return [Organisation.decode(row) for row in rows]


def add_user(hub: Hub, organisation_id: str, role: Role, login: str, name: str, password: str) -> str:
    """A new account and the person it belongs to; its id."""
    if not 0 < len(accounts.spelled(login)) <= accounts.MAX_LOGIN:
        raise Refused("field_wrong" if login.strip() else "field_required", field="login")
    hashed = hub.passwords.hash(password)
    user_id, command_id = hub.new_id(), hub.new_id()

    def work(batch: Batch) -> None:
        tx = _tx(batch, command_id)
        organisation = tx.need(Organisation, organisation_id)
        if role not in ROLES_OF[organisation.kind]:
            raise Refused("role_wrong", role=role.value, kind=organisation.kind.value)
        if accounts.user_by_login(batch.connection, login):
            raise Refused("login_taken")
        person = Person(
            id=user_id, organisation_id=organisation_id, name=name.strip() or login, login=login.strip(), role=role
        )
        tx.audit("user.added", tx.add(person), role=role.value)
        batch.accept(tx)
        account = {
            "id": user_id,
            "login": accounts.spelled(login),
            "password_hash": hashed,
            "organisation_id": organisation_id,
            "role": role.value,
            "name": person.name,
            "disabled": False,
        }
        batch.connection.execute(insert(tables.user), account)

    hub.write(work)
    return user_id


def set_password(hub: Hub, login: str, password: str) -> None:
    """Give a user a new password; every session of theirs ends."""
    hashed = hub.passwords.hash(password)
    command_id = hub.new_id()

    def work(batch: Batch) -> None:
        user = _need_user(batch, login)
        accounts.set_password(batch.connection, user.id, hashed)
        tx = _tx(batch, command_id)
        tx.audit("user.password_changed", tx.need(Person, user.id))
        batch.accept(tx)

    hub.write(work)


def disable_user(hub: Hub, login: str) -> None:
    """End an account: no sign-in, no session, and nothing more is accepted from it."""
    command_id = hub.new_id()

    def work(batch: Batch) -> None:
        user = _need_user(batch, login)
        tx = _tx(batch, command_id)
        person = tx.need(Person, user.id)
        tx.put(person.with_(active=False))
        tx.audit("user.disabled", person)
        batch.accept(tx)
        batch.connection.execute(update(tables.user).where(tables.user.c.id == user.id).values(disabled=True))
        accounts.end_sessions(batch.connection, user.id)

    hub.write(work)


def _tx(batch: Batch, command_id: str) -> Tx:
    return Tx(batch.draft, actor=OPERATOR, command_id=command_id, device_id="", time=batch.time)


def _need_user(batch: Batch, login: str) -> accounts.User:
    user = accounts.user_by_login(batch.connection, login)
    if user is None:
        raise Refused("not_found", kind="user")
    return user

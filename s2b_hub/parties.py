"""What the operator sets up by hand: organisations and their people. Written through the door like all else."""

from sqlalchemy import select

from s2b_domain.access import Role
from s2b_domain.errors import Refused
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.rules.onboarding import PartyState
from s2b_hub import accounts, deeds
from s2b_hub.door import Batch
from s2b_hub.hub import Hub

COMMISSION_BP, WHOLE_BP = 500, 10_000


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
    if not 0 <= commission_bp <= WHOLE_BP:
        raise Refused("field_wrong", field="commission")
    fields = {"kind": kind.value, "name": name.strip(), "state": state.value, "region": region}
    deed = {"id": hub.new_id(), "command_id": hub.new_id(), "commission_bp": commission_bp, **fields}
    _do(hub, "organisation.added", deed)
    return str(deed["id"])


def set_commission(hub: Hub, organisation_id: str, commission_bp: int) -> None:
    """Change what the platform takes from a supplier's orders from now on (basis points)."""
    if not 0 <= commission_bp <= WHOLE_BP:
        raise Refused("field_wrong", field="commission")
    deed = {"id": organisation_id, "command_id": hub.new_id(), "commission_bp": commission_bp}
    _do(hub, "terms.changed", deed)


def organisations(hub: Hub) -> list[Organisation]:
    """All organisations, oldest first."""
    with hub.database.read() as connection:
        rows = connection.execute(select(Organisation.table).order_by(Organisation.table.c.id))
        return [Organisation.decode(row) for row in rows]


def add_user(hub: Hub, organisation_id: str, role: Role, login: str, name: str, password: str) -> str:
    """A new account and the person it belongs to; its id."""
    if not 0 < len(accounts.spelled(login)) <= accounts.MAX_LOGIN:
        raise Refused("field_wrong" if login.strip() else "field_required", field="login")
    named = {"login": login.strip(), "name": name.strip() or login, "role": role.value}
    secret = {"password_hash": hub.passwords.hash(password), "organisation_id": organisation_id}
    deed = {"id": hub.new_id(), "command_id": hub.new_id(), **named, **secret}
    _do(hub, "user.added", deed)
    return str(deed["id"])


def set_password(hub: Hub, login: str, password: str) -> None:
    """Give a user a new password; every session of theirs ends."""
    secret = {"password_hash": hub.passwords.hash(password), "command_id": hub.new_id()}
    _do(hub, "user.password_changed", {"login": login, **secret})


def disable_user(hub: Hub, login: str) -> None:
    """End an account: no sign-in, no session, and nothing more is accepted from it."""
    _do(hub, "user.disabled", {"login": login, "command_id": hub.new_id()})


def _do(hub: Hub, event: str, deed: deeds.Deed) -> None:
    def work(batch: Batch) -> None:
        deeds.DEEDS[event](batch, batch.time, deed)
        batch.note(event, **deed)

    hub.write(work)

"""What the operator does by hand, each deed a function of the batch, its time and its fields, so that the journal can
tell it again."""

import base64
import zlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, insert, update

from s2b_domain.access import ROLES_OF, Actor, Role
from s2b_domain.commands.command import MAX_PAYLOAD, carry_out
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.audit import Audit
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.records.party import Application, Organisation, PartyKind, Person, SupplierTerms
from s2b_domain.records.stock import Warehouse
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.tx import Tx
from s2b_hub import accounts, tables
from s2b_hub.door import Batch
from s2b_hub.journal import Note

Deed = dict[str, Any]
"""The fields of a deed, as the journal keeps them."""
OPERATOR = Actor("operator", "s2b-hub", "", "", PartyKind.PLATFORM, Role.PLATFORM_ADMIN)


def _organisation_added(batch: Batch, time: int, deed: Deed) -> None:
    tx = _tx(batch, deed["command_id"], time)
    kind, state, id_ = PartyKind(deed["kind"]), PartyState(deed["state"]), deed["id"]
    organisation = Organisation(id=id_, name=deed["name"], kind=kind, state=state, region=deed["region"])
    tx.audit("organisation.added", tx.add(organisation))
    if kind is not PartyKind.PLATFORM:
        decided = time if state is PartyState.APPROVED else None
        application = Application(
            id=id_,
            kind=kind,
            name=organisation.name,
            state=state,
            submitted_at=None if state is PartyState.DRAFT else time,
            decided_at=decided,
            decided_by=OPERATOR.name if decided else "",
        )
        tx.add(application)
        tx.add(Warehouse(id=main_warehouse_id(id_), owner_id=id_, name="主仓"))
    if kind is PartyKind.SUPPLIER:
        tx.add(SupplierTerms(id=id_, commission_bp=deed["commission_bp"]))
    batch.accept(tx)


def _terms_changed(batch: Batch, time: int, deed: Deed) -> None:
    tx = _tx(batch, deed["command_id"], time)
    organisation = tx.need(Organisation, deed["id"])
    if organisation.kind is not PartyKind.SUPPLIER:
        raise Refused("commission_supplier")
    tx.put(SupplierTerms(id=organisation.id, commission_bp=deed["commission_bp"]))
    tx.audit("terms.changed", organisation, commission_bp=deed["commission_bp"])
    batch.accept(tx)


def _user_added(batch: Batch, time: int, deed: Deed) -> None:
    tx = _tx(batch, deed["command_id"], time)
    organisation, role = tx.need(Organisation, deed["organisation_id"]), Role(deed["role"])
    if role not in ROLES_OF[organisation.kind]:
        raise Refused("role_wrong", role=role.value, kind=organisation.kind.value)
    if accounts.user_by_login(batch.connection, deed["login"]):
        raise Refused("login_taken")
    person = Person(id=deed["id"], organisation_id=organisation.id, name=deed["name"], login=deed["login"], role=role)
    tx.audit("user.added", tx.add(person), role=role.value)
    batch.accept(tx)
    account = {
        "id": person.id,
        "login": accounts.spelled(deed["login"]),
        "password_hash": deed["password_hash"],
        "organisation_id": organisation.id,
        "role": role.value,
        "name": person.name,
        "disabled": False,
    }
    batch.connection.execute(insert(tables.user), account)


def _password_changed(batch: Batch, time: int, deed: Deed) -> None:
    user = _need_user(batch, deed["login"])
    tx = _tx(batch, deed["command_id"], time)
    tx.audit("user.password_changed", tx.need(Person, user.id))
    batch.accept(tx)
    accounts.set_password(batch.connection, user.id, deed["password_hash"])


def _user_disabled(batch: Batch, time: int, deed: Deed) -> None:
    user = _need_user(batch, deed["login"])
    tx = _tx(batch, deed["command_id"], time)
    person = tx.need(Person, user.id)
    tx.put(person.with_(active=False))
    tx.audit("user.disabled", person)
    batch.accept(tx)
    end_account(batch.connection, user.id)


def end_account(connection: Connection, user_id: str) -> None:
    """Nobody signs in with it any more."""
    connection.execute(update(tables.user).where(tables.user.c.id == user_id).values(disabled=True))
    accounts.end_sessions(connection, user_id)


def _taxonomy_imported(batch: Batch, time: int, deed: Deed) -> None:
    tx = _tx(batch, deed["command_id"], time)
    payload = zlib.decompressobj().decompress(base64.b64decode(deed["payload"]), MAX_PAYLOAD)
    carry_out(tx, deed["name"], payload)
    first = tx.get(Category, deed["id"]) or tx.need(Attribute, deed["id"])
    tx.audit("taxonomy.imported", first)
    batch.accept(tx)


DEEDS: dict[str, Callable[[Batch, int, Deed], None]] = {
    "organisation.added": _organisation_added,
    "terms.changed": _terms_changed,
    "taxonomy.imported": _taxonomy_imported,
    "user.added": _user_added,
    "user.password_changed": _password_changed,
    "user.disabled": _user_disabled,
}


def redo(batch: Batch, note: Note) -> None:
    """Do again what a line of the journal says the operator did, at its time, if it is not done.
    `Refused` where the books no longer allow it."""
    deed = note.data
    if note.event not in DEEDS:
        return
    subject = deed["id"] if "id" in deed else _need_user(batch, deed["login"]).id
    if batch.draft.get(Audit, derived_id(deed["command_id"], "audit", note.event, subject)) is None:
        DEEDS[note.event](batch, note.time, deed)


def _tx(batch: Batch, command_id: str, time: int) -> Tx:
    return Tx(batch.draft, actor=OPERATOR, command_id=command_id, device_id="", time=time)


def _need_user(batch: Batch, login: str) -> accounts.User:
    user = accounts.user_by_login(batch.connection, login)
    if user is None:
        raise Refused("not_found", kind="user")
    return user

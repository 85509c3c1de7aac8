"""What the platform's admins are shown of their hub, and what they may do about it from afar."""

from importlib.metadata import PackageNotFoundError, version

import msgspec
from sqlalchemy import Connection, func, select

from s2b_domain.access import Actor, Role
from s2b_domain.errors import Refused
from s2b_domain.records.party import Organisation
from s2b_domain.records.store import RecordStore
from s2b_domain.wire import AskHub, HubHeld, HubLetter, HubState, thaw
from s2b_hub import dead_letters, devices, history, quarantine, sessions, tables
from s2b_hub.accounts import current_actor, user_by_id
from s2b_hub.door import Batch
from s2b_hub.hub import Hub
from s2b_hub.problems import ProblemError

MAX_LETTERS = 200
MAX_DETAIL = 500
MAX_SHOWN = 1 << 16


def answer(hub: Hub, token: str, request: AskHub) -> HubState:
    """Do what is asked, if anything, and say how the hub is. The problem `not_found` for everybody but admins, and
    for what cannot be done."""
    with hub.database.read() as connection:
        session = sessions.session_of(connection, token, hub.clock())
        _admit(current_actor(connection, session.user_id))
    said = ""
    try:
        if request.action == "retry":
            dead_letters.retry(hub, request.place)
        elif request.action == "dismiss":
            dead_letters.dismiss(hub, request.place)
        elif request.action == "release":
            said = _release(hub, request.place, session.user_id)
        elif request.action == "discard":
            _discard(hub, request.place, request.reason.strip(), session.user_id)
        elif request.action == "finish":
            hub.finish_recovery()
    except (Refused, ValueError) as error:
        raise ProblemError("not_found") from error
    return msgspec.structs.replace(state(hub), said=said)


def _release(hub: Hub, command_id: str, user_id: str) -> str:
    """The code with which it was refused, or could not be released; "" where it was accepted or had been sent."""
    with hub.database.read() as connection:
        by = user_by_id(connection, user_id)
    assert by is not None
    release = quarantine.Release(command_id, by)
    hub.door.submit(release)
    try:
        outcome = release.answer.result()
    except quarantine.NotAllowed:
        return "not_permitted"
    return outcome.code if outcome is not None else ""


def _discard(hub: Hub, command_id: str, reason: str, user_id: str) -> None:
    if not reason:
        raise ValueError("a reason must not be empty")

    def work(batch: Batch) -> bool:
        by = user_by_id(batch.connection, user_id)
        assert by is not None
        return quarantine.mark(batch, command_id, quarantine.Held.DISCARDED, by.login, reason)

    if not hub.write(work):
        raise Refused("not_found", kind="quarantine")


def _held(connection: Connection) -> tuple[HubHeld, ...]:
    codes = {d.id: d for d in devices.devices(connection)}
    names = {o.id: o.name for o in RecordStore(connection).find(Organisation)}
    told: list[HubHeld] = []
    for item in quarantine.items(connection, state=quarantine.Held.WAITING)[:MAX_LETTERS]:
        author, device = user_by_id(connection, item.actor_id), codes.get(item.device_id)
        payload = thaw(item.body).payload
        told.append(
            HubHeld(
                command_id=item.command_id,
                device=device.code if device else "",
                organisation=names.get(device.organisation_id, "") if device else "",
                author=author.name if author else "",
                command=item.name,
                payload=payload if len(payload) <= MAX_SHOWN else b"",
                time=item.created_at,
            )
        )
    return tuple(told)


def _admit(actor: Actor) -> None:
    if actor.role is not Role.PLATFORM_ADMIN:
        raise ProblemError("not_found")


def state(hub: Hub) -> HubState:
    """How the hub is, in one snapshot."""
    with hub.database.read() as connection:
        under_way, report = history.recovery(connection), history.last_report(connection)
        heard = history.reported(connection, history.fact(connection, history.HISTORY))
        backups, newest = connection.execute(
            select(func.count(), func.max(tables.backup.c.taken_at)).select_from(tables.backup)
        ).one()
        active = select(func.count()).select_from(tables.device).where(tables.device.c.revoked_at.is_(None))
        return HubState(
            time=hub.clock(),
            version=_version(),
            devices=connection.scalar(active) or 0,
            sessions=connection.scalar(select(func.count()).select_from(tables.session)) or 0,
            queue=hub.door.waiting(),
            backups=backups,
            backup_at=newest,
            recovering_until=under_way.until if under_way else None,
            reported=len(heard),
            missing=len(set(under_way.expected) - heard) if under_way else 0,
            restored_at=report.ended if report else None,
            brought_back=report.handed if report else 0,
            held=_held(connection),
            letters=tuple(_letter(x) for x in dead_letters.dead_letters(connection)[:MAX_LETTERS]),
        )


def _letter(letter: dead_letters.DeadLetter) -> HubLetter:
    return HubLetter(
        place=letter.place,
        kind=letter.kind,
        code=letter.code,
        command=letter.command,
        time=letter.time,
        detail="" if letter.kind == "failed" else letter.error[:MAX_DETAIL],
        can_retry=letter.can_retry,
        payload=letter.payload if len(letter.payload) <= MAX_SHOWN else b"",
    )


def _version() -> str:
    try:
        return version("s2b-desktop")
    except PackageNotFoundError:
        return ""

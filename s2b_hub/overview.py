"""What the platform's admins are shown of their hub, and what they may do about it from afar."""

from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import func, select

from s2b_domain.access import Actor, Role
from s2b_domain.errors import Refused
from s2b_domain.wire import AskHub, HubLetter, HubState
from s2b_hub import dead_letters, history, sessions, tables
from s2b_hub.accounts import current_actor
from s2b_hub.hub import Hub
from s2b_hub.problems import ProblemError

MAX_LETTERS = 200
MAX_DETAIL = 500


def answer(hub: Hub, token: str, request: AskHub) -> HubState:
    """Do what is asked, if anything, and say how the hub is. The problem `not_found` for everybody but admins, and
    for what cannot be done."""
    with hub.database.read() as connection:
        session = sessions.session_of(connection, token, hub.clock())
        _admit(current_actor(connection, session.user_id))
    try:
        if request.action == "retry":
            dead_letters.retry(hub, request.place)
        elif request.action == "dismiss":
            dead_letters.dismiss(hub, request.place)
        elif request.action == "finish":
            hub.finish_recovery()
    except (Refused, ValueError) as error:
        raise ProblemError("not_found") from error
    return state(hub)


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
    )


def _version() -> str:
    try:
        return version("s2b-desktop")
    except PackageNotFoundError:
        return ""

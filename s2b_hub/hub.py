"""The hub without HTTP: what can be asked of it, with clock and entropy given from outside."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from argon2 import PasswordHasher
from sqlalchemy import URL, Connection, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from s2b_domain.errors import Refused
from s2b_domain.ids import make_id
from s2b_domain.records import METADATA
from s2b_domain.sealing import public_half
from s2b_domain.wire import (
    PROTOCOL,
    PROTOCOL_MIN,
    HandedOver,
    Handover,
    Hello,
    Manifest,
    Outcome,
    Prepare,
    Pull,
    Pulled,
    Push,
    Pushed,
    Sealed,
    SignedIn,
    SignIn,
)
from s2b_hub import (
    accounts,
    deeds,
    devices,
    handover,
    history,
    log,
    migrations,
    quarantine,
    recovery,
    sessions,
    snapshots,
    tables,
    tokens,
)
from s2b_hub.database import Database, hold, is_transient
from s2b_hub.door import Batch, Clock, Door, Entropy
from s2b_hub.engines import DriverMissingError, described
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.journal import REMEDY, Journal, JournalError
from s2b_hub.ledger import unreleased
from s2b_hub.location import located
from s2b_hub.news import News
from s2b_hub.problems import ProblemError
from s2b_hub.pull import page, scopes_granted
from s2b_hub.push import Barred, Expected, PushedCommand, ReleasedCommand
from s2b_hub.signer import Signer
from s2b_hub.stock_feed import StockFeed, check_token

if TYPE_CHECKING:
    from s2b_hub.outward import Provider

T = TypeVar("T")
MAX_ENVELOPES = 1000
HIGHEST = 1 << 53
OLDEST_POSTGRESQL = 15


class HubDataError(Exception):
    """The data folder is not one that this program can serve; the text says why."""


def milliseconds() -> int:
    """The system's clock: milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


class Hub:
    """An opened hub. Every method may be called from any thread; problems are raised as `ProblemError`."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock = milliseconds,
        entropy: Entropy = os.urandom,
        hasher: PasswordHasher | None = None,
        inline: bool = False,
        database: str = "",
        providers: Iterable["Provider"] = (),
    ) -> None:
        self.providers = {p.name: p for p in providers}
        self.folder = folder
        where = located(folder, database)
        none = HubDataError(f"{folder} holds no hub; make one with: s2b-hub init --data {folder}")
        if isinstance(where, Path) and not where.is_file():
            raise none
        self.clock = clock
        self.entropy = entropy
        self.passwords = accounts.Passwords(hasher)
        with _opening(where):
            self.database = Database(where)
            with self.database.read() as connection:
                facts = _facts(connection)
        if not facts:
            self.database.close()
            raise none
        if 1 <= _version(facts) < tables.SCHEMA_VERSION:
            try:
                with self.database.write() as connection:
                    migrations.upgrade(connection)
                    facts = _facts(connection)
            except BaseException:
                self.database.close()
                raise
        if _version(facts) != tables.SCHEMA_VERSION:
            self.database.close()
            raise HubDataError(f"{folder} was written by another version of this program (schema {_version(facts)})")
        self.id = facts["hub_id"].decode()
        self.name = facts["name"].decode()
        self.signer = Signer(self.id, facts["signing_key"])
        self.sealing_key = facts["sealing_key"]
        self.journal = Journal(folder / JOURNAL, self.signer, shared=not self.database.exclusive)
        self.news = News()
        self.closing = False
        self.door = Door(
            self.database,
            self.signer,
            clock,
            entropy,
            self.journal,
            release=ReleasedCommand,
            committed=self.news.tell,
            connected={method: p.name for p in self.providers.values() for method in sorted(p.methods)},
            inline=inline,
        )
        self.mending = recovery.Mending(self.database, self.door, self.journal, self.release_parked)
        self._one_mender = threading.Lock()
        try:
            self._compare_with_journal()
        except BaseException:
            self.close()
            raise
        self.release_parked()

    @classmethod
    def create(
        cls,
        folder: Path,
        name: str,
        *,
        clock: Clock = milliseconds,
        entropy: Entropy = os.urandom,
        database: str = "",
    ) -> None:
        """Make the data of a new hub, which has no organisations yet."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        where = located(folder, database)
        if isinstance(where, Path) and where.exists():
            raise HubDataError(f"{folder} holds a hub already")
        facts = {
            "schema_version": str(tables.SCHEMA_VERSION).encode(),
            "hub_id": make_id(clock(), entropy(10)).encode(),
            "name": name.encode(),
            "signing_key": entropy(32),
            "sealing_key": entropy(32),
            history.HISTORY: entropy(16),
            history.JOURNAL: b"0",
        }
        with _opening(where), closing(Database(where)) as opened, opened.write() as connection:
            if isinstance(where, URL):
                _check_server(connection, where)
                hold(connection, "hub.create")
                _make_room(connection, where)
            METADATA.create_all(connection)
            tables.HUB_METADATA.create_all(connection)
            connection.execute(insert(tables.meta), [{"key": k, "value": v} for k, v in facts.items()])

    def farewell(self) -> None:
        """Answer everybody who waits for news: soon nobody will be here."""
        self.closing = True
        self.news.release()

    def _compare_with_journal(self) -> None:
        """A database that is behind its journal lost its last step in a crash, or is an older one."""
        try:
            with self.database.read() as connection:
                known = history.number(connection, history.JOURNAL)
            try:
                behind = self.journal.last() > known
            except JournalError as error:
                raise HubDataError(f"{error}: {REMEDY}") from error
            self.journal.check_same(known)
            if behind and self.write(self._catch_up):
                self.begin_recovery("older than its journal")
        except JournalError as error:
            raise HubDataError(str(error)) from error

    def _catch_up(self, batch: Batch) -> bool:
        """Do the last step of the journal if it is missing; whether more than that is."""
        notes = list(self.journal.effective(after=history.lock_journal(batch.connection)))
        for note in notes[:1] if len(notes) == 1 else ():
            try:
                devices.redo(batch.connection, note)
                deeds.redo(batch, note)
            except Refused as refused:
                log.failure("journal.not_redone", refused, note=note.n)
            history.set_fact(batch.connection, history.JOURNAL, str(self.journal.last()).encode())
        return len(notes) > 1

    def begin_recovery(self, why: str, *, wait: int = recovery.WAIT) -> None:
        """Begin a new history over books that are older than they were; nothing where that has begun already and the
        journal knows no more. Where the journal may be as old, nobody knows which devices there were."""

        def begin(batch: Batch) -> None:
            behind = self.journal.last() > history.lock_journal(batch.connection)
            if behind or history.recovery(batch.connection) is None:
                new = self.entropy(16)
                recovery.begin(batch.connection, self.journal, now=batch.time, new_history=new, wait=wait)
                if not behind:
                    devices.skip_numbers(batch.connection)
                recovery.note_restored(batch.connection, self.journal, now=batch.time, why=why)

        self.write(begin)
        log.event("recovery.begun")

    def release_parked(self) -> None:
        """Look at every parked command again: what it waits for may have been decided without it."""
        with self.database.read() as connection:
            parked = [] if history.recovery(connection) else unreleased(connection)
        self.door.submit(*(ReleasedCommand(*place) for place in parked))

    def close(self) -> None:
        """Finish what is being written, then close the database."""
        self.farewell()
        self.door.close()
        self.database.close()

    def new_id(self) -> str:
        """A fresh id."""
        return make_id(self.clock(), self.entropy(10))

    def hello(self) -> Hello:
        """Who this hub is."""
        with self.database.read() as connection:
            current = history.fact(connection, history.HISTORY)
        return Hello(
            hub_id=self.id,
            name=self.name,
            protocol_min=PROTOCOL_MIN,
            protocol=PROTOCOL,
            time=self.clock(),
            history=current,
        )

    def sign_in(self, request: SignIn) -> SignedIn:
        """A session for a user on a device, which is registered if this is its first. Problems: `wrong_password`
        (also for unknown and disabled users), `too_many_attempts`, `device_revoked`."""

        def begin(batch: Batch) -> tuple[accounts.User | None, devices.Device | None, bytes]:
            device = devices.known(batch.connection, request.device_id, request.device_secret)
            user = accounts.user_by_login(batch.connection, request.login)
            key = accounts.attempt_key(request.login, user, device.organisation_id if device else "")
            accounts.begin_attempt(batch.connection, key, batch.time)
            return user, device, key

        user, device, key = self.write(begin)
        if user is None or not self.passwords.fits(user, request.password):
            log.event("sign_in.refused", device=device.id if device else None)
            raise ProblemError("wrong_password")
        known_user, known_device = user, device

        def finish(batch: Batch) -> SignedIn:
            connection = batch.connection
            accounts.end_attempt(connection, key)
            actor = accounts.current_actor(connection, known_user.id)
            device, secret = known_device, request.device_secret
            if device is None:
                device = devices.reinstate(batch, request.card, request.device_secret)
            if device is None or device.organisation_id != actor.organisation_id:
                secret = self.entropy(32)
                device = devices.register(
                    batch,
                    device_id=self.new_id(),
                    secret=secret,
                    name=request.device_name,
                    organisation_id=actor.organisation_id,
                )
            token = sessions.open_session(connection, actor.id, device.id, now=batch.time, entropy=self.entropy)
            return SignedIn(
                hub_id=self.id,
                hub_name=self.name,
                hub_key=self.signer.public_key,
                seal_key=public_half(self.sealing_key),
                token=token,
                actor=actor,
                device_id=device.id,
                device_secret=secret,
                device_code=device.code,
                next_seq=device.next_seq,
                time=batch.time,
                history=history.fact(connection, history.HISTORY),
                card=devices.card_of(device, self.signer),
            )

        signed_in = self.write(finish)
        log.event("sign_in.done", user=signed_in.actor.id, device=signed_in.device_id)
        return signed_in

    def sign_out(self, token: str) -> None:
        """End a session; ending it twice is no problem, but a revoked device is told so even here."""
        self.write(lambda batch: sessions.close_session(batch.connection, token))

    def push(self, token: str, request: Push) -> Pushed:
        """Decide a run of commands. The answer may cover only the first of them: `expected` says where to go on."""
        check_protocol(request.protocol)
        check_range(1, *(e.seq for e in request.envelopes))
        check_range(0, request.base)
        session = self._at_gate(token, request, lambda _, session: session)
        envelopes = request.envelopes[:MAX_ENVELOPES]
        jobs: list[PushedCommand] = []
        for envelope in envelopes:
            before = jobs[-1] if jobs else None
            jobs.append(PushedCommand(session.device_id, session.user_id, envelope, request.base, before))
        self.door.submit(*jobs)
        outcomes: list[Outcome] = []
        expected: int | None = None
        for answer in [job.answer.result() for job in jobs]:
            if isinstance(answer, Barred):
                raise ProblemError(answer.code)
            if isinstance(answer, Expected):
                expected = answer.seq
                break
            outcomes.append(answer)
        if expected is None:
            expected = jobs[-1].next_seq if jobs else 0
        if not expected:
            with self.database.read() as connection:
                expected = devices.next_seq(connection, session.device_id)
        log.event("push", device=session.device_id, commands=len(outcomes), expected=expected)
        return Pushed(outcomes=tuple(outcomes), expected=expected, time=self.clock())

    def check_registered(self, proof: devices.Proof) -> None:
        """`signed_out` for a device that cannot prove itself, be it revoked or not."""
        with self.database.read() as connection:
            if not devices.registered(connection, proof.device_id, proof.device_secret):
                raise ProblemError("signed_out")

    def check_known(self, proof: devices.Proof) -> None:
        """`device_unknown` for one that has neither a registration nor a card of this hub."""
        if proof.card is not None and devices.carded(proof.card, proof.device_secret, self.signer):
            return
        with self.database.read() as connection:
            if not devices.registered(connection, proof.device_id, proof.device_secret):
                raise ProblemError("device_unknown")

    def take_sealed(self, request: Sealed) -> None:
        """Keep what a revoked device had not sent. Doing it twice is no problem; `signed_out` for a device that
        cannot prove itself, `malformed` for what cannot be opened: the device must keep it then."""
        held = quarantine.opened(request, self.sealing_key)

        def keep(batch: Batch) -> int:
            if not devices.registered(batch.connection, request.device_id, request.device_secret):
                raise ProblemError("signed_out")
            return quarantine.keep(batch, request.device_id, held)

        log.event("quarantine.kept", device=request.device_id, commands=self.write(keep))

    def pull(self, token: str, request: Pull) -> Pulled:
        """The next page of what changed for this user since the cursors."""
        check_protocol(request.protocol)
        check_range(0, request.outcomes_after, request.receipt, *(c.version for c in request.cursors))
        now = self.clock()

        def look(connection: Connection, session: sessions.Session) -> tuple[str, Pulled, int]:
            actor = accounts.current_actor(connection, session.user_id)
            pulled = page(connection, self.id, actor, session.device_id, request, now)
            return session.device_id, pulled, devices.offline_days(connection)

        device_id, pulled, days = self._at_gate(token, request, look)
        if pulled.final and days != pulled.offline_days:
            pulled = msgspec.structs.replace(pulled, offline_days=days)
        if pulled.tables or pulled.outcomes or pulled.reset:
            rows = sum(len(t.rows) + len(t.gone) for t in pulled.tables)
            log.event("pull", device=device_id, rows=rows, outcomes=len(pulled.outcomes))
        return pulled

    def issue_token(self, organisation_id: str, name: str, scope: str) -> str:
        """A token for a supplier's own system, told only this once; ValueError where it is not possible."""
        return self.write(
            lambda batch: tokens.issue(
                batch.connection,
                token_id=self.new_id(),
                organisation_id=organisation_id,
                name=name,
                scope=scope,
                now=batch.time,
                entropy=self.entropy,
            )
        )

    def revoke_token(self, token_id: str, organisation_id: str | None = None) -> bool:
        """End a token of a supplier's own system (of this supplier); False if there is none that still works."""

        def work(batch: Batch) -> bool:
            ended = tokens.revoke(batch.connection, token_id, batch.time, organisation_id)
            if ended:
                batch.note("token.revoked", id=token_id)
            return ended

        return self.write(work)

    def feed_stock(self, secret: str, key: str, body: bytes) -> tuple[bytes, bool]:
        """The JSON answer to a feed of a supplier's own system, and whether it repeats one; `FeedError`."""
        self._end_waiting()
        with self.database.read() as connection:
            check_token(connection, secret)
            if history.recovery(connection) is not None:
                raise ProblemError("recovering")
        job = StockFeed(secret, key, body, self.entropy)
        self.door.submit(job)
        return job.answer.result()

    def hand_over(self, request: Handover) -> HandedOver:
        """Take what a device remembers of a history that is gone. Problems: `device_unknown`, and `malformed` for
        receipts that are not this hub's."""
        check_protocol(request.protocol)
        check_range(1, *(h.seq for h in request.handed), *request.undecided)
        check_range(0, request.remembered)
        if request.hub_id != self.id or max(len(request.handed), len(request.undecided)) > MAX_ENVELOPES:
            raise ProblemError("malformed")

        def take(batch: Batch) -> tuple[HandedOver, int]:
            device = handover.proven(batch, request)
            kept = handover.lay_aside(batch, device, request.handed)
            if device.revoked_at is None:
                handover.leave_open(batch, device, request.undecided)
            answer = HandedOver(
                history=history.fact(batch.connection, history.HISTORY),
                recovering=history.recovery(batch.connection) is not None,
                expected=device.next_seq,
            )
            return answer, kept

        answer, kept = self.write(take)
        if kept and not answer.recovering and request.history == answer.history:
            # The device had reported to this very history: the books were put back without anybody saying so.
            self.begin_recovery("forgot what it had signed")
        if request.complete:
            self.write(lambda batch: handover.note_complete(batch, request.device_id, request.remembered))
            self._end_waiting()
            self._apply_late()
        if request.handed or request.complete:
            log.event("handover", device=request.device_id, receipts=kept)
        with self.database.read() as connection:
            return msgspec.structs.replace(
                answer,
                history=history.fact(connection, history.HISTORY),
                recovering=history.recovery(connection) is not None,
            )

    def finish_recovery(self) -> history.Report | None:
        """Wait for no more devices; None where nothing waits, or somebody else is at it."""
        with self._one_mender:
            with self.database.read() as connection:
                if history.recovery(connection) is None:
                    return None
            report = self.mending.finish()
        log.event("recovery.ended", receipts=report.handed, unbooked=report.unbooked, differs=report.differs)
        return report

    def _at_gate(self, token: str, request: Push | Pull, work: Callable[[Connection, sessions.Session], T]) -> T:
        """Read for a request whose device may pass. Where it may not, the hub may have waited for long enough."""

        def read() -> T:
            with self.database.read() as connection:
                session = sessions.session_of(connection, token, self.clock())
                handover.gate(connection, session.device_id, request.history, request.remembered)
                return work(connection, session)

        try:
            return read()
        except ProblemError as problem:
            if problem.problem.code not in handover.CLOSED:
                raise
        self._end_waiting()
        return read()

    def _end_waiting(self) -> None:
        """Go on when all devices that had been active have reported, or time is up."""
        if self._one_mender.locked():
            return
        with self.database.read() as connection:
            under_way = history.recovery(connection)
            if under_way is None:
                return
            current = history.fact(connection, history.HISTORY)
            missing = set(under_way.expected) - history.reported(connection, current)
        if not missing or under_way.applying or self.clock() >= under_way.until:
            self.finish_recovery()

    def _apply_late(self) -> None:
        with self.database.read() as connection:
            if history.recovery(connection) is not None or not handover.waiting(connection):
                return
        with self._one_mender:
            self.mending.apply_late()

    def prepare(self, token: str, request: Prepare) -> Manifest:
        """What this user's desktop may load in chunks before its first pull."""
        check_protocol(request.protocol)
        now = self.clock()
        with self.database.read() as connection:
            session = sessions.session_of(connection, token, now)
            scopes = scopes_granted(connection, accounts.current_actor(connection, session.user_id))
            found = snapshots.manifest(connection, self.id, scopes, now)
        return self.signer.sign_manifest(found)

    def chunk(self, name: str) -> bytes:
        """The bytes of a chunk; the problem `not_found` where it is gone."""
        with self.database.read() as connection:
            content = snapshots.content(connection, name)
        if content is None:
            raise ProblemError("not_found")
        return content

    def write(self, work: Callable[[Batch], T]) -> T:
        """Run `work` in a transaction of its own, through the same door as every command."""
        return self.door.execute(work)

    def healthy(self) -> bool:
        """Whether the database answers."""
        try:
            with self.database.read() as connection:
                return connection.scalar(select(tables.meta.c.key).limit(1)) is not None
        except Exception as error:
            if not is_transient(error):
                log.failure("health.failed", error)
            return False


@contextmanager
def _opening(where: Path | URL) -> Iterator[None]:
    """Say in one line why a PostgreSQL cannot be used."""
    try:
        yield
    except DriverMissingError as error:
        raise HubDataError("PostgreSQL needs its driver: pip install 'psycopg[binary]'") from error
    except DBAPIError as error:
        if isinstance(where, Path):
            raise
        reason = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
        raise HubDataError(f"the database {described(where)} cannot be used: {reason[0]}") from error


def _facts(connection: Connection) -> dict[str, bytes]:
    """What `meta` says; nothing where there is no such table."""
    if not inspect(connection).has_table(tables.meta.name):
        return {}
    facts: dict[str, bytes] = dict(connection.execute(select(tables.meta)).all())
    return facts


def _version(facts: dict[str, bytes]) -> int:
    return int(facts.get("schema_version", 0))


def _check_server(connection: Connection, where: URL) -> None:
    """Any text must have room, and what we ask be understood: found later, it would be somebody's order."""
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if encoding != "UTF8":
        raise HubDataError(f"the database {described(where)} is in {encoding}; make it anew with: ENCODING 'UTF8'")
    if version < OLDEST_POSTGRESQL * 10_000:
        raise HubDataError(
            f"the database {described(where)} is on PostgreSQL {version // 10_000}; {OLDEST_POSTGRESQL} is the least"
        )


def _make_room(connection: Connection, where: URL) -> None:
    """Drop a hub that was never finished: nobody has an account there. Any other tables of these names stay."""
    known = {*METADATA.tables, *tables.HUB_METADATA.tables}
    if not known & set(inspect(connection).get_table_names()):
        return
    if not _facts(connection) or accounts.count(connection):
        raise HubDataError(f"the database {described(where)} holds a hub already, or other tables of the same names")
    tables.HUB_METADATA.drop_all(connection)
    METADATA.drop_all(connection)


def check_protocol(protocol: int) -> None:
    """The problem `update_needed` for a protocol that is not spoken here."""
    if not PROTOCOL_MIN <= protocol <= PROTOCOL:
        raise ProblemError("update_needed", protocol_min=PROTOCOL_MIN, protocol=PROTOCOL)


def check_range(least: int, *numbers: int) -> None:
    """The problem `malformed` unless all numbers are what a database can hold."""
    if not all(least <= n < HIGHEST for n in numbers):
        raise ProblemError("malformed")

"""An open profile, without any screen: what may be asked of the outbox and the cache together.

Pending = the commands of the outbox minus those whose final outcome the cache holds.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models import binding, local, patch, prediction, recovery, rescue, search
from s2b_desktop.models.blobs import Blobs
from s2b_desktop.models.cache import Cache, CacheFile
from s2b_desktop.models.footprint import Footprints
from s2b_desktop.models.keys import Keys
from s2b_desktop.models.outbox import Device, Outbox, Session
from s2b_desktop.models.prediction import Author, Queued
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.status import Changes, QueueItem, queue_item
from s2b_desktop.models.steady import Contact, hub_time, steady_now
from s2b_domain import wire
from s2b_domain.access import Actor, still_granted
from s2b_domain.commands import Command, pack
from s2b_domain.commands.leases import PlaceLeased, check_sure
from s2b_domain.ids import make_id
from s2b_domain.records import RECORDS
from s2b_domain.records.party import RecoveryKey
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Tx

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


_ENTRIES = 100
"""Commands of the outbox that are held in memory at a time."""
_AUTHORS = "authors"
"""State of the cache: in whose names its predictions were made when they were last made from the first one on."""
DAY = 86_400_000
CONTACT_STEP = 3_600_000
"""Milliseconds by which the last contact may be older on disk than it was: each note costs a commit."""
CLOCK_TOLERANCE = 1000
"""Milliseconds that the clock may differ from the hub's before it is corrected: answers take their time."""


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a message in its body."""

    depends_on: tuple[str, ...] = ()
    supersedes: str | None = None
    import_id: str | None = None
    seen: dict[str, int] = {}


PLAIN = Meta()


class Workspace:
    """One profile's outbox and cache. Methods may be called from any thread."""

    def __init__(
        self,
        profile: Profile,
        keys: Keys,
        *,
        clock: Callable[[], int] | None = None,
        steady: Callable[[], int] = steady_now,
    ) -> None:
        self.profile = profile
        self.keys = keys
        if profile.outbox_path.exists() and not rescue.sound(profile.outbox_path, keys.outbox):
            report = rescue.rescue(profile.outbox_path, keys.outbox)
            lost = tuple(sorted({*profile.settings.lost, *report.lost}))
            profile.save(lost=lost, lost_told=False)
        self.outbox = Outbox(profile.outbox_path, keys.outbox)
        self.cache = Cache(profile.cache_path, profile.cache_key(keys.cache))
        self.blobs = Blobs(profile.blobs_path, keys.outbox, profile.cache_key(keys.cache))
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self._steady = steady
        self._steady_contact: Contact | None = None
        self._saving = threading.Lock()
        self._identity = threading.Lock()
        self._trials: dict[int, tuple[int, Tx]] = {}
        self.footprints = Footprints()
        self._authors: dict[str, Author | None] = {}
        self.device: Device | None = self.outbox.device()
        if self.device is not None and binding.is_copy(
            profile.settings.profile_id,
            profile.folder,
            self.device.mark,
            max(self.outbox.last_seq(), *profile.settings.lost, 0),
        ):
            self.doubt()
        self.last_pull = 0
        self.listeners: list[Callable[[Changes], None]] = []
        self._actor: Actor | None = None
        self._mending(self._begin)

    def _begin(self) -> None:
        with self.cache.read() as connection:
            self.last_pull = int.from_bytes(local.get_state(connection, "last_pull") or b"", "big")
        self.predict()

    def close(self) -> None:
        """Release both files."""
        self.cache.close()
        self.outbox.close()

    @property
    def occupied(self) -> bool:
        """Whether somebody works here."""
        return self._actor is not None

    @property
    def actor(self) -> Actor:
        """Who works here now."""
        if self._actor is None:
            raise RuntimeError("nobody has signed in")
        return self._actor

    def join(self, device: Device, session: Session) -> None:
        """Remember a sign-in that the hub has granted, and let that person work here."""
        profile = self.profile
        before = self.device
        if before is None or not before.mark or before.device_id != device.device_id:
            mark = binding.bind(profile.settings.profile_id, profile.folder)
            device = msgspec.structs.replace(device, mark=mark)
        with self._identity:
            self.outbox.save_device(device)
            self.device = device
        self.outbox.save_session(session, at=self._clock())
        self.enter(session.actor)

    def adopt(self, device: Device) -> None:
        """Go on as a new device of the same organisation: what is pending keeps its place and its bytes, and is sent
        again from there. The hub knows the commands by their ids, so that nothing happens twice."""
        with self.cache.read() as connection:
            first = next((entry.seq for entry, _ in self.pending(connection)), self.outbox.last_seq() + 1)
            answered = local.outcomes(connection)
        # The hub tells a device only its own outcomes: a cache that is loaded anew will not have these.
        self.outbox.hint(o for seq, o in answered.items() if seq < first)
        with self._identity:
            self.device = msgspec.structs.replace(device, base=first, doubted=False)
            self.outbox.adopt(self.device)

    def skip_lost(self, expected: int) -> int | None:
        """Where to go on when the hub waits for a place that damage took, or whose command every backup of it had, when
        an even older one was put back; None when it is not such a place."""
        gone = expected <= self.outbox.forgotten() and not self.outbox.entries_at([expected])
        if not gone and expected not in self.profile.settings.lost:
            return None
        following = self.outbox.places(after=expected)
        with self._identity:
            if not following or self.device is None:
                return None
            self.device = msgspec.structs.replace(self.device, base=following[0])
            self.outbox.save_device(self.device)
        return following[0]

    def doubt(self) -> None:
        """Another PC may be the same device; what is saved stays here until somebody signs in."""
        with self._identity:
            if self.device is not None and not self.device.doubted:
                self.device = msgspec.structs.replace(self.device, doubted=True)
                self.outbox.save_device(self.device)

    def note_progress(self) -> None:
        """After a round: remember, outside the profile, how far the outbox has come, so that one that was put back is
        noticed; and wrap the keys for the organisation's recovery key, when it has a new one."""
        binding.note(self.profile.settings.profile_id, self.outbox.last_seq())
        if self._actor is None:
            return
        with self.cache.read() as connection:
            key = RecordStore(connection).get(RecoveryKey, self._actor.organisation_id)
        kept = self.profile.settings.recovery
        if key is not None and (kept is None or kept.public != key.public):
            self.profile.save(recovery=recovery.wrap(self.keys, key.public))

    def note_contact(self, told: int, offline_days: int) -> None:
        """The hub has answered with news, and `told` its time."""
        with self._identity:
            known = self.device
            if known is None:
                return
            now = Contact(hub_time=told, steady=self._steady(), wall=self._clock())
            reached = hub_time(known.steady, now.steady, now.wall, same_run=False) is not None
            self._steady_contact = now
            kept = known.steady if reached and told - known.contact <= CONTACT_STEP else now
            fresh = msgspec.structs.replace(known, contact=told, latest=told, offline_days=offline_days, steady=kept)
            self.device = fresh
            if (
                not reached
                or told - known.contact > CONTACT_STEP
                or known.latest > told
                or offline_days != known.offline_days
            ):
                self.outbox.save_device(fresh)

    def steady_time(self) -> int | None:
        """The hub's time by this PC's steady clock since the last contact; None while it cannot be known. Setting the
        PC's clock changes nothing of it."""
        with self._identity:
            mine, known = self._steady_contact, self.device
        steady, wall = self._steady(), self._clock()
        if mine is not None:
            return hub_time(mine, steady, wall, same_run=True)
        return hub_time(known.steady if known else None, steady, wall, same_run=False)

    @property
    def locked(self) -> bool:
        """Whether the hub has not been heard for so long that somebody must sign in there first. A clock that was put
        back counts no less than it did before."""
        with self._identity:
            known = self.device
            if known is None or not known.contact:
                return False
            now = max(self.now(), known.latest)
            if now - known.latest > CONTACT_STEP:
                self.device = msgspec.structs.replace(known, latest=now)
                self.outbox.save_device(self.device)
            return now - known.contact > known.offline_days * DAY

    def enter(self, actor: Actor) -> None:
        """Let somebody work here; what the cache holds beyond their rights is removed first."""
        self._actor = actor
        self._authors.clear()
        self._mending(self._make_room, actor)

    def _make_room(self, actor: Actor) -> None:
        with self.cache.read() as connection:
            held = local.granted_scopes(connection)
            excess = held - still_granted(actor, held)
            same = local.get_state(connection, _AUTHORS) == self._authorship()
        if excess:
            self.narrow(excess)
        elif not same:
            self._predict_anew()

    def _predict_anew(self) -> None:
        """What waits is another device's now, or its authors may do other things than when it was predicted."""
        with self.cache.write() as connection:
            changed = prediction.undo(connection)
            self.footprints.clear()
            changed |= self.replay(connection, local.granted_scopes(connection))
        self.tell(frozenset(changed))

    def _authorship(self) -> bytes:
        """In whose names predictions are made: this device, and everybody who has signed in, as the hub knew them."""
        actors = sorted((session.actor for session in self.outbox.sessions()), key=lambda a: a.id)
        return msgspec.msgpack.encode((self.device.device_id if self.device else "", actors))

    def leave(self) -> None:
        """Nobody works here until somebody enters."""
        self._actor = None

    def start_over(self) -> None:
        """Begin anew, for another organisation or hub: sessions, answered commands and the cache go."""
        self.outbox.clear()
        self.blobs.empty()
        self.device = None
        self._forget()

    def narrow(self, lost: frozenset[str]) -> None:
        """Remove what only these scopes hold, and all pictures: those that are still granted can be had again."""
        self.blobs.forget()
        with self.cache.write() as connection:
            kept = local.granted_scopes(connection) - lost
            changed = prediction.undo(connection) | patch.drop_unseen(connection, kept)
            self.footprints.clear()
            local.set_granted(connection, kept)
            local.set_cursors(connection, [c for c in local.cursors(connection) if c.scope in kept])
            local.clear_stage(connection)  # it goes on where rows were that are removed here
            changed |= self.replay(connection, kept)
        self.tell(frozenset(changed))

    def replay(self, connection: Connection, allowed: frozenset[str]) -> frozenset[str]:
        """Predict everything that is pending, in a cache without predictions."""
        local.set_state(connection, _AUTHORS, self._authorship())
        return prediction.predict(connection, self.pending(connection), allowed, self.footprints)

    def replay_some(
        self, connection: Connection, seqs: Sequence[int], allowed: frozenset[str]
    ) -> frozenset[str] | None:
        """Predict some commands again, in a cache where the others' predictions stand; None where all must be."""
        entries = sorted(self.outbox.entries_at(seqs), key=lambda e: e.seq)
        queued = [(e, self.author(wire.thaw(e.body).actor_id)) for e in entries]
        return prediction.replay_some(connection, queued, allowed, self.footprints)

    def now(self) -> int:
        """Milliseconds since the epoch by the hub's clock, as far as it is known."""
        return self._clock() + (self.device.clock_offset if self.device else 0)

    def learn_time(self, hub_time: int) -> None:
        """Correct the clock by a time that the hub has just told."""
        offset = hub_time - self._clock()
        with self._identity:
            if self.device is not None and abs(offset - self.device.clock_offset) > CLOCK_TOLERANCE:
                self.device = msgspec.structs.replace(self.device, clock_offset=offset)
                self.outbox.save_device(self.device)

    def learn_history(self, history: bytes) -> None:
        """Everything remembered here was handed over to this history of the hub."""
        with self._identity:
            if self.device is not None and self.device.history != history:
                self.device = msgspec.structs.replace(self.device, history=history)
                self.outbox.save_device(self.device)

    def forget(self, watermark: int) -> None:
        """Drop accepted commands and their answers that every backup of the hub has."""
        before = self.outbox.forgotten()
        if not watermark or self.outbox.forget(watermark) == before:
            return
        until = self.outbox.forgotten()
        with self.cache.write(same_rows=True) as connection:
            local.settle(connection, until)
            local.forget_outcomes(connection, until)

    def revoke(self) -> None:
        """The hub has revoked this device: nothing of the hub's can be read here any more, from the first step on.
        The outbox stays until it is sealed (`retirement`)."""
        self.profile.save(retirement="revoked", cache_half=b"")
        try:
            self._forget()
        except Exception as error:  # its key is gone: what is left of the file is noise
            log.warning("the cache of a revoked device could not be erased", exc_info=error)

    def _forget(self) -> None:
        self.footprints.clear()
        self.blobs.forget()
        self.cache.discard()
        self.tell(frozenset(RECORDS))

    def mend(self) -> bool:
        """Begin with an empty cache where a page of it cannot be read any more; whether that was so. No rebuild may
        have its file open."""
        if not self.cache.damaged:
            return False
        log.warning("the cache is damaged and must be loaded again")
        self.footprints.clear()
        self.cache.discard()
        self.tell(frozenset(RECORDS))
        return True

    def _mending(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except Exception:
            if not self.mend():
                raise
            return work(*args, **kwargs)

    def new_id(self) -> str:
        """An id for a new row or command."""
        return make_id(self.now(), os.urandom(10))

    def next_number(self) -> str:
        """An order number that was never given before."""
        return self.outbox.next_number(datetime.fromtimestamp(self.now() / 1000))

    def save_draft(self, key: str, content: bytes | None) -> None:
        """Keep what somebody of this organisation works on; None removes it."""
        self.outbox.save_draft(self._draft_key(key), content)

    def save_drafts(self, drafts: Mapping[str, bytes | None]) -> None:
        """Keep or remove several drafts, together or not at all."""
        self.outbox.save_drafts({self._draft_key(key): content for key, content in drafts.items()})

    def draft_keys(self, prefix: str) -> list[str]:
        """The keys of this organisation's drafts that begin with `prefix`."""
        start = self._draft_key(prefix)
        return [key[len(start) - len(prefix) :] for key in self.outbox.draft_keys(start)]

    def draft(self, key: str) -> bytes | None:
        """A kept draft of this organisation."""
        return self.outbox.draft(self._draft_key(key))

    def drafts(self, prefix: str) -> dict[str, bytes]:
        """This organisation's drafts whose key begins with `prefix`."""
        start = self._draft_key(prefix)
        skipped = len(start) - len(prefix)
        return {key[skipped:]: content for key, content in self.outbox.drafts(start).items()}

    def _draft_key(self, key: str) -> str:
        return f"{self.actor.organisation_id}/{key}"

    def read(self, query: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a query finds in the cache at one moment."""
        with self.cache.read() as connection:
            return query(connection, *args, **kwargs)

    def body(self, message: Command, meta: Meta = PLAIN) -> wire.Body:
        """A message as the current actor asks it now; ValueError when it is too large."""
        name, payload = pack(message)
        return wire.Body(
            command_id=self.new_id(),
            actor_id=self.actor.id,
            name=name,
            payload=payload,
            client_time=self.now(),
            clock_offset=self.device.clock_offset if self.device else 0,
            last_pull=self.last_pull,
            depends_on=meta.depends_on,
            supersedes=meta.supersedes,
            import_id=meta.import_id,
            seen=meta.seen,
        )

    def move_into(self, fresh: CacheFile) -> None:
        """Replay what is pending in a complete rebuild and make it the cache."""
        with self.cache.writing():
            try:
                self.footprints.clear()
                with fresh.writer.begin() as connection:
                    self.replay(connection, local.granted_scopes(connection))
                self.cache.swap(fresh)
            except BaseException:
                self.footprints.clear()  # they are those of a file that never became the cache
                raise

    def check(self, *bodies: wire.Body) -> list[Tx]:
        """Carry commands out one after another on what the cache and the queue say, writing nothing; `DomainError`."""
        with self.cache.read() as connection:
            allowed = local.granted_scopes(connection)
            waiting = self._pending(connection, after=self._shown(connection))
            draft = prediction.overlay(connection, waiting, allowed)
            trials: list[Tx] = []
            for body in bodies:
                if trials:
                    draft.absorb(trials[-1])
                trials.append(prediction.trial(draft, body, self._me(), allowed))
        return trials

    def append(self, messages: Sequence[Command], meta: Meta = PLAIN, instead_of: Sequence[str] = ()) -> list[int]:
        """Check commands and put them into the outbox, together or not at all: they are safe when this returns. The
        drafts `instead_of` which they come are gone then."""
        with self._saving:
            revision = self.cache.revision
            for message in messages:
                if isinstance(message, PlaceLeased):
                    self._promise(message)
            bodies = [self.body(message, meta) for message in messages]
            trials = self.check(*bodies)
            drafts = [self._draft_key(key) for key in instead_of]
            seqs = self.outbox.append(bodies, at=self.now(), instead_of=drafts)
            self._trials.update({seq: (revision, tx) for seq, tx in zip(seqs, trials, strict=True)})
            return seqs

    def _promise(self, message: PlaceLeased) -> None:
        """Whether an order may be promised here and now; `DomainError`."""
        with self.cache.read() as connection:
            allowed = local.granted_scopes(connection)
            waiting = self._pending(connection, after=self._shown(connection))
            draft = prediction.overlay(connection, waiting, allowed)
            check_sure(prediction.start(draft, self.body(message), self._me(), allowed), message, self.steady_time())

    def predict(self, initiator: Any = None) -> frozenset[str]:
        """Show in the cache what is in the outbox and not yet shown; the names of the tables that changed."""
        with self.cache.write() as connection:
            allowed = local.granted_scopes(connection)
            shown = self._shown(connection)
            trials = {seq: self._trials.pop(seq, None) for seq in self.outbox.places(after=shown)}
            self._trials.clear()
            fitting = {s: trial[1] for s, trial in trials.items() if trial and trial[0] == self.cache.revision}
            if len(fitting) < len(trials):
                fitting = {}  # one that was made on another state: those after it saw its effects
            tables = prediction.predict(
                connection, self._pending(connection, after=shown), allowed, self.footprints, fitting
            )
        self.tell(tables, initiator)
        return tables

    def catch_up(self) -> None:
        """Show what could not be shown when it was saved, if there is anything."""
        with self.cache.read() as connection:
            shown = self._shown(connection)
        if self.outbox.last_seq() > shown:
            self.predict()

    def submit(self, message: Command, *, initiator: Any = None, **meta: Any) -> int:
        """Check, save, show; the command's place in the queue. `DomainError` when the check fails."""
        [seq] = self.append([message], Meta(**meta))
        self.predict(initiator)
        return seq

    def tell(self, tables: frozenset[str], initiator: Any = None) -> None:
        """Tell every listener which tables changed, on the calling thread."""
        if tables:
            for listener in list(self.listeners):
                listener(Changes(tables, initiator))

    def pending(self, connection: Connection) -> Iterator[Queued]:
        """All commands without a stored final outcome, in their order, with who asked."""
        return self._pending(connection, after=self._settled(connection))

    def _settled(self, connection: Connection) -> int:
        """All places up to here have their final outcome, be it from when this was another device."""
        return max(local.settled_until(connection), self._base - 1)

    def _shown(self, connection: Connection) -> int:
        """Commands above this place are neither shown nor settled."""
        return max(prediction.unpredicted(connection), self._settled(connection))

    @property
    def _base(self) -> int:
        return self.device.base if self.device else 0

    def _pending(self, connection: Connection, after: int) -> Iterator[Queued]:
        done = local.final_seqs(connection, after=after)
        while entries := self.outbox.entries(after=after, limit=_ENTRIES):
            yield from ((e, self.author(wire.thaw(e.body).actor_id)) for e in entries if e.seq not in done)
            after = entries[-1].seq

    def _me(self) -> Author:
        return Author(self.actor, self.device.device_id if self.device else "")

    def author(self, actor_id: str) -> Author | None:
        """Who an actor id stands for on this device."""
        if self._actor is not None and self._actor.id == actor_id:
            return self._me()
        if actor_id not in self._authors:
            session, device = self.outbox.session(actor_id), self.device
            self._authors[actor_id] = Author(session.actor, device.device_id if device else "") if session else None
        return self._authors[actor_id]

    def index_some(self) -> bool:
        """Bring a slice of the search index up to date; whether there may be more to do."""
        with self.cache.write(same_rows=True) as connection:
            count = search.index_some(connection)
        return count == search.SLICE

    def queue(self, *, limit: int = 500) -> list[QueueItem]:
        """The latest commands, newest first."""
        entries = self.outbox.entries(limit=limit, newest_first=True)
        if not entries:
            return []
        with self.cache.read() as connection:
            known = local.outcomes(connection, above=entries[-1].seq - 1)
        return [queue_item(e, known.get(e.seq)) for e in entries]

    def counts(self) -> tuple[int, int]:
        """How many commands wait for their final answer, and how many need the user."""
        with self.cache.read() as connection:
            settled = self._settled(connection)
            done, troubled = local.final_seqs(connection, after=settled), local.troubled_seqs(connection)
        waiting = set(self.outbox.places(after=settled)) - done
        hints = self.outbox.hints(after=0 if self._base else settled)
        hinted = {s for s, kind in hints.items() if kind in local.TROUBLED and (s in waiting or s < self._base)}
        return len(waiting), len((troubled | hinted) - self.outbox.dismissed())

    def waiting_rows(self, table: str) -> frozenset[str]:
        """The ids of a table's rows that a command still waiting has written."""
        return self.read(prediction.written, table)

"""The write-read loop: push what the outbox holds, in its order, then pull to the end. One per open profile."""

import logging
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from s2b_desktop.models import receipts
from s2b_desktop.models.checksums import Mismatch
from s2b_desktop.models.database import is_full
from s2b_desktop.models.outbox import Entry
from s2b_desktop.models.receipts import WrongReceipt
from s2b_desktop.models.reception import Reception
from s2b_desktop.models.status import Status
from s2b_desktop.models.storage import Full
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.bootstrap import Bootstrap
from s2b_desktop.sync.courier import BlobLine, Courier
from s2b_desktop.sync.entry import hand_in
from s2b_desktop.sync.handover import hand_over, take_leave
from s2b_desktop.sync.listener import Listener
from s2b_desktop.sync.transport import ChunkSource, Ear, HubProblem, LineError, Transport, Unreachable
from s2b_desktop.sync.watchdog import Watchdog
from s2b_domain import wire

T = TypeVar("T")
log = logging.getLogger(__name__)
INTERVAL = 5.0
"""Seconds between two rounds when nothing happens."""
LISTENING = 60.0
"""The same while the hub tells when there is news: a look now and then all the same."""
TICK = 2.0
LONGEST = 60.0
MAX_COMMANDS = 200
MAX_BYTES = 4 << 20
PUSHES = 10
"""Batches that are pushed before a pull must come between."""
REBUILDS = 2
"""Rebuilds that one round may begin."""


class Blocked(LineError):
    """The queue cannot go on: `code` says why. Nothing is lost."""

    def __init__(self, code: str, **params: str) -> None:
        self.code = code
        super().__init__(**params)


class SyncLoop:
    """Runs on a thread of its own between `start` and `stop`; `round` may be called instead, by tests."""

    def __init__(
        self,
        workspace: Workspace,
        transport: Transport,
        *,
        interval: float = INTERVAL,
        listener: Callable[[Status], None] = lambda status: None,
        chance: random.Random | None = None,
        ear: Ear | None = None,
        source: ChunkSource | None = None,
        blobs: BlobLine | None = None,
    ) -> None:
        self.listener = listener
        self._workspace = workspace
        self._outbox = workspace.outbox
        self._transport = transport
        self._reception = Reception(workspace)
        self._interval = interval
        self._chance = chance or random.Random()
        self._device_id = ""
        self._next = 0
        self._failures = 0
        self._status = Status(last_synced=workspace.last_pull or None)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._watchdog = Watchdog()
        self._source = source
        self.courier = Courier(workspace, blobs, self._chance) if blobs is not None else None
        self._news = Listener(ear, self._standing, self.nudge, self._chance) if ear is not None else None

    def start(self) -> None:
        """Begin, at once with a round."""
        self._thread = threading.Thread(target=self._run, name="s2b-net", daemon=True)
        self._thread.start()
        if self.courier is not None:
            self.courier.start()
        if self._news is not None:
            self._news.start()

    def stop(self) -> None:
        """End after what is under way, and wait for it."""
        self._stopping.set()
        self._wake.set()
        if self.courier is not None:
            self.courier.stop()
        if self._thread is not None:
            if self._news is not None:
                self._news.stop()
            self._thread.join()
            self._thread = None
        self._reception.close()

    def nudge(self) -> None:
        """Something is to be sent, or somebody is impatient: do not wait for the next round."""
        self._wake.set()

    def status(self) -> Status:
        """How the line is; the counts of the queue are not ours."""
        return self._status

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            turn = self._news.turn if self._news is not None else 0
            if self.round() and self._news is not None:
                self._news.caught_up(turn)
            self._rest()

    def _rest(self) -> None:
        """Wait for the next round, for a nudge, or for the end of a sleep."""
        end = time.monotonic() + self.pause()
        self._watchdog.look()
        while (left := min(TICK, end - time.monotonic())) > 0 and not self._wake.wait(left):
            if self._watchdog.slept(left):
                log.info("time has jumped: the lines are made anew")
                if self._news is not None:
                    self._news.reconnect()
                return

    def _standing(self) -> tuple[str, wire.Listen] | None:
        """From where to listen, and with whose token."""
        if not self._workspace.occupied:
            return None
        session = self._outbox.session(self._workspace.actor.id)
        request = self._reception.standing()
        return (session.token, request) if session is not None and session.token and request is not None else None

    def pause(self) -> float:
        """Seconds until the next round: steady while all is well, ever longer while it fails; never in step."""
        if not self._failures:
            attentive = self._news is not None and self._news.attentive
            return max(self._interval, LISTENING if attentive else 0.0) * self._chance.uniform(0.8, 1.2)
        longest = min(LONGEST, max(1.0, self._interval) * 2.0 ** (self._failures - 1))
        return longest * self._chance.uniform(0.5, 1.0)

    def round(self) -> bool:
        """Push, then pull; whether both came to their end. Failures are told by the status."""
        self._tell(syncing=True)
        self._mended()  # a screen may have come upon it
        try:
            blocked = self._through()
        except LineError as error:
            self._failed(error)
            return False
        except Mismatch as error:
            self._failed(Blocked("cache_mismatch", scope=str(error)))
            return False
        except WrongReceipt:
            self._failed(Blocked("receipt_wrong"))
            return False
        except Exception as error:
            if isinstance(error, Full) or is_full(error):
                self._failed(Blocked("storage_full"))
                return False
            log.exception("a round failed")
            self._failed(Blocked("cache_mismatch" if self._mended() else "sync_failed"))
            return False
        if blocked is not None:
            self._failed(blocked, last_synced=self._workspace.now())
            return False
        if self._failures and self.courier is not None:
            self.courier.nudge()
        self._failures = 0
        self._tell(
            online=True,
            syncing=False,
            offline_since=None,
            last_synced=self._workspace.now(),
            problem="",
            params={},
            loaded=0,
            expected=0,
        )
        return True

    def _through(self) -> LineError | None:
        """Push and pull to the end, and whatever follows from it; what the queue is blocked by."""
        try:
            try:
                blocked = self._exchange()
            except HubProblem as problem:
                if problem.code != "receipts_wanted":
                    raise
                self._hand_over()
                blocked = self._exchange()
            self._hand_in()
        except LineError as error:
            self._heed(error)
            raise
        if blocked is None:
            self._workspace.note_progress()
        else:
            self._heed(blocked)
        return blocked

    def ask_hub(self, request: wire.AskHub) -> wire.HubState:
        """How the hub is, told to whoever works here; `LineError`. May be called from any thread."""
        return self._transport.ask_hub(self._own_token(), request)

    def ask_tokens(self, request: wire.AskTokens) -> wire.Tokens:
        """The tokens of a supplier's own systems; `LineError`. May be called from any thread."""
        return self._transport.ask_tokens(self._own_token(), request)

    def _own_token(self) -> str:
        session = self._outbox.session(self._workspace.actor.id)
        if session is None or not session.token:
            raise Blocked("signed_out", name=self._workspace.actor.name)
        return session.token

    def _heed(self, error: LineError) -> None:
        """What the hub says about our session or device has consequences here. A session may be gone because the hub
        lost it, with more: what is remembered here needs none."""
        device = self._workspace.device
        if error.code == "device_revoked":
            self._reception.close()
            take_leave(self._workspace, self._transport)
        if error.code != "signed_out" or device is None:
            return
        try:
            current = self._transport.hello().history
            if current and current != device.history:
                self._hand_over()
        except LineError as failure:
            log.info("reminding the hub: %s", failure)

    def _hand_over(self) -> None:
        hand_over(self._workspace, self._transport)
        self._device_id = ""  # what was only parked there is pushed again

    def _mended(self) -> bool:
        """Whether the cache was damaged: then it begins anew, and the next pull loads it."""
        if not self._workspace.cache.damaged:
            return False
        self._reception.close()
        return self._workspace.mend()

    def _exchange(self) -> LineError | None:
        """Push, then pull; what the queue is blocked by."""
        blocked: LineError | None = None
        try:
            self._push()
        except LineError as error:
            # A queue that cannot go on must not keep news away.
            if error.passing or error.code in ("receipts_wanted", "device_revoked"):
                raise
            blocked = error
        self._pull()
        return blocked

    def _push(self) -> None:
        device = self._workspace.device
        if device is not None and device.doubted:
            raise Blocked("device_cloned")
        if device is not None and device.device_id != self._device_id:  # the first round, or a sign-in renewed it
            self._device_id = device.device_id
            self._next = max(self._outbox.first_undecided(), device.base)
        for _ in range(PUSHES):
            if self._stopping.is_set():
                return
            device = self._workspace.device
            batch = self._batch()
            if not batch:
                return
            actor_id = wire.thaw(batch[0].body).actor_id
            session = self._outbox.session(actor_id)
            if session is None or not session.token:
                raise Blocked("signed_out", name=session.actor.name if session else "")
            self._outbox.sent((e.seq for e in batch), self._workspace.now())
            envelopes = tuple(wire.Envelope(seq=e.seq, body=e.body) for e in batch)
            request = wire.Push(
                protocol=wire.PROTOCOL,
                envelopes=envelopes,
                base=device.base if device else 0,
                history=device.history if device else b"",
                remembered=self._outbox.newest_order(),
            )
            pushed = self._trusting(actor_id, partial(self._transport.push, session.token, request))
            self._workspace.learn_time(pushed.time)
            if device is not None:
                receipts.verify(pushed.outcomes, device)
            self._outbox.hint(receipts.about_ours(pushed.outcomes, self._outbox))
            self._workspace.tell(frozenset({"queue"}))
            self._go_on(batch[0].seq, max(pushed.expected, device.base if device else 0))

    def _batch(self) -> list[Entry]:
        """The next commands, all of one actor, within bounds."""
        self._next = min(self._next, self._outbox.last_seq() + 1)  # the outbox may have begun anew
        entries = self._outbox.entries(after=self._next - 1, limit=MAX_COMMANDS)
        if not entries:
            return []
        actor_id = wire.thaw(entries[0].body).actor_id
        batch: list[Entry] = []
        size = 0
        for entry in entries:
            size += len(entry.body)
            if batch and (size > MAX_BYTES or wire.thaw(entry.body).actor_id != actor_id):
                break
            batch.append(entry)
        return batch

    def _go_on(self, first: int, expected: int) -> None:
        """Send from `expected` next, be it forward or back; never twice from the same place without progress."""
        if expected > self._outbox.last_seq() + 1:
            raise Blocked("device_cloned")
        following = self._workspace.skip_lost(expected)
        if following is not None:
            self._next = following
            return
        missing = expected <= self._outbox.last_seq() and not self._outbox.entries_at([expected])
        if expected == first or missing:
            raise Blocked("sync_failed")
        self._next = expected

    def _pull(self) -> None:
        if not self._workspace.occupied:
            return
        session = self._outbox.session(self._workspace.actor.id)
        if session is None or not session.token:
            raise Blocked("signed_out", name=self._workspace.actor.name)
        self._workspace.catch_up()
        if self._source is not None:
            prepare = partial(self._source.prepare, session.token, wire.Prepare(protocol=wire.PROTOCOL))
            bootstrap = Bootstrap(self._source, self._reception, self._stopping)
            bootstrap.run(partial(self._trusting, session.actor.id, prepare), self._tell_loaded)
        rebuilds = restarts = 0
        while not self._stopping.is_set():
            request = self._reception.request()
            try:
                page = self._trusting(session.actor.id, partial(self._transport.pull, session.token, request))
            except HubProblem as problem:
                if problem.code != "malformed" or not request.page or restarts:
                    raise
                restarts += 1
                self._reception.restart()
                continue
            self._workspace.learn_time(page.time)
            if self._reception.take(request, page):
                if self._reception.foreign:
                    raise Blocked("device_cloned")
                if 0 < page.expected < self._next:  # it has forgotten what was parked; that has no receipt to miss
                    self._device_id = ""
                return
            rebuilds += page.final or bool(page.reset)
            if rebuilds > REBUILDS:
                raise Blocked("cache_mismatch")
            self._tell_loaded()

    def _tell_loaded(self) -> None:
        if self._reception.expected:
            self._tell(online=True, loaded=self._reception.loaded, expected=self._reception.expected)

    def _hand_in(self) -> None:
        """What an earlier device of this profile had not sent when it was revoked."""
        try:
            hand_in(self._workspace.profile, self._transport)
        except HubProblem as problem:
            log.warning("quarantine: %s", problem.code)  # it stays on disk; our own work is not held up

    def _trusting(self, actor_id: str, ask: Callable[[], T]) -> T:
        """Ask; what the hub says about our session has consequences here."""
        try:
            return ask()
        except HubProblem as problem:
            if problem.code == "signed_out":
                self._outbox.drop_token(actor_id)
            raise

    def _failed(self, error: LineError, **changes: int) -> None:
        log.info("sync: %s", error)
        if error.code == "device_cloned":
            self._workspace.doubt()
        self._failures += 1
        unreachable = isinstance(error, Unreachable)
        since = self._status.offline_since or self._workspace.now()
        self._tell(
            online=not unreachable,
            syncing=False,
            offline_since=since if unreachable else None,
            problem=error.code,
            params=error.params,
            **changes,
        )

    def _tell(self, **changes: object) -> None:
        status = self._status.with_(**changes)
        if status != self._status:
            self._status = status
            self.listener(status)

"""The one way to write. One writer at a time takes a batch from many devices and commits it as a whole.

A batch first locks its devices and the counters of all scopes that its jobs declare, in one order, then runs job by
job, each in a draft of its own. A job that wrote more than was locked is put back and runs alone with what it needs; a
job on which the hub itself fails is put back, tried alone, and at last buried, so that nobody waits behind it for ever.

On PostgreSQL several processes have such a door. Devices, ledger entries, scopes, `stock` and the hub's order are
locked in this sequence, each kind sorted, so that they wait for each other instead of blocking each other; where they
do all the same, or where both decide the same command, the one that loses begins its batch again.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from s2b_domain.access import STOCK
from s2b_domain.records.memo import Memo
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Draft, Ref, Tx
from s2b_domain.wire import Body, Outcome
from s2b_hub import effects, history, log
from s2b_hub.announcements import announce
from s2b_hub.database import Database, is_conflict, is_transient
from s2b_hub.feed import Counter, lock, publish, scopes_written
from s2b_hub.foresight import foresee, foresee_scopes, placed
from s2b_hub.journal import Journal
from s2b_hub.ledger import Ledger, overdue
from s2b_hub.problems import ProblemError
from s2b_hub.refunds import SOURCES
from s2b_hub.signer import Signer

T = TypeVar("T")
MAX_JOBS = 128
MAX_BYTES = 1 << 20
MAX_FAILURES = 2
MAX_CONFLICTS = 5
SWEEP_SECONDS = 20.0
Clock = Callable[[], int]
Entropy = Callable[[int], bytes]


class WiderError(Exception):
    """A job wrote scopes that its batch has not locked."""

    def __init__(self, scopes: frozenset[str]) -> None:
        super().__init__("a job wrote scopes that were not locked")
        self.scopes = scopes


class Batch:
    """One transaction: the records as its jobs left them so far, and the ledger. `outward` are documents from which
    something may follow outside, with the commands that wrote them; `unsure` if some were decided before a restore."""

    def __init__(self, connection: Connection, signer: Signer, time: int, journal: Journal) -> None:
        self.connection = connection
        self.signer = signer
        self.time = time
        self.journal = journal
        self.draft = self._draft()
        self.ledger = Ledger(connection, signer, time)
        self.counters: dict[str, Counter] = {}
        self.cached: dict[Any, Any] = {}
        self.outward: dict[Ref, str] = {}
        self.unsure = False

    def forget(self) -> None:
        """Read records anew from here on; nothing may have been accepted yet."""
        self.draft = self._draft()

    def _draft(self) -> Draft:
        self.memo = Memo(RecordStore(self.connection))
        return Draft(self.memo)

    def accept(self, draft: Draft) -> None:
        """Take over the changes of a job's draft; `WiderError` where their scopes are not all locked."""
        written = scopes_written(draft) - {STOCK}
        if not written <= self.counters.keys():
            raise WiderError(written)
        self.draft.absorb(draft)
        if isinstance(draft, Tx):
            self.outward |= {ref: draft.command_id for ref in draft.after if ref[0] in SOURCES}

    def note(self, event: str, **data: Any) -> None:
        """Write to the journal, after everything else that may fail: what stands there happened."""
        known = history.lock_journal(self.connection)
        order = history.last_order(self.connection)
        number = self.journal.append(known, order=order, time=self.time, event=event, data=data)
        history.set_fact(self.connection, history.JOURNAL, str(number).encode())


class Job(Generic[T]):
    """Work for the door. It may be run more than once; only the last run counts."""

    device_id = ""
    size = 0
    places: Sequence[tuple[str, int]] = ()
    command_ids: Sequence[str] = ()
    body: Body | None = None
    alone = False

    def __init__(self) -> None:
        self.answer: Future[T] = Future()
        self.wider: frozenset[str] = frozenset()
        self.failures = 0

    def scopes(self, batch: Batch) -> frozenset[str]:
        """The scopes that it expects to write."""
        return frozenset()

    def run(self, batch: Batch) -> T:
        """Do it. What does not go through `batch.accept` or the ledger is done only by jobs that run alone."""
        raise NotImplementedError

    def bury(self, batch: Batch, error: Exception) -> T:
        """Answer for good although the hub failed on it again and again."""
        raise error


class Alone(Job[T]):
    """A function that writes in a transaction of its own: accounts, devices, sessions, the operator's commands."""

    alone = True

    def __init__(self, work: Callable[[Batch], T]) -> None:
        super().__init__()
        self._work = work

    def run(self, batch: Batch) -> T:
        return self._work(batch)


class _Burial(Job[T]):
    alone = True

    def __init__(self, job: Job[T], error: Exception) -> None:
        super().__init__()
        self.answer = job.answer
        self.job, self.error = job, error
        self.places, self.command_ids = job.places, job.command_ids

    def run(self, batch: Batch) -> T:
        return self.job.bury(batch, self.error)


class Door:
    """Give it jobs; their `answer`s come after the commit. `inline` runs them at once in the caller's thread.

    `committed` hears of each commit: the scopes' new versions, and the highest hub order of each device's answers.
    """

    def __init__(
        self,
        database: Database,
        signer: Signer,
        clock: Clock,
        entropy: Entropy,
        journal: Journal,
        *,
        release: Callable[[str, int], Job[Any]],
        committed: Callable[[dict[str, int], dict[str, int]], None],
        connected: Mapping[str, str],
        inline: bool,
    ) -> None:
        self._connected = connected
        self._database = database
        self._signer = signer
        self._clock = clock
        self._entropy = entropy
        self._journal = journal
        self._release = release
        self._committed = committed
        self._queues: dict[str, deque[Job[Any]]] = {}
        self._arrivals = threading.Condition()
        self._one_writer = threading.RLock()
        self._closing = False
        self.committed_jobs = self.committed_batches = 0
        self._thread = None if inline else threading.Thread(target=self._work_on, name="hub-writer")
        if self._thread is not None:
            self._thread.start()

    def submit(self, *jobs: Job[Any]) -> None:
        """Queue jobs; those of one device are run in the order of their coming."""
        with self._arrivals:
            if self._closing:
                raise ProblemError("busy")
            for job in jobs:
                self._queues.setdefault(job.device_id, deque()).append(job)
            self._arrivals.notify()
        if self._thread is None:
            self._drain()

    def execute(self, work: Callable[[Batch], T]) -> T:
        """Run `work` in a transaction of its own and return its answer."""
        job = Alone(work)
        self.submit(job)
        return job.answer.result()

    def close(self) -> None:
        """Finish what is queued and stop."""
        with self._arrivals:
            self._closing = True
            self._arrivals.notify()
        if self._thread is not None:
            self._thread.join()

    def _work_on(self) -> None:
        swept = time.monotonic()
        while True:
            with self._arrivals:
                if not self._queues and not self._closing:
                    self._arrivals.wait(None if self._database.exclusive else SWEEP_SECONDS)
                if not self._queues and self._closing:
                    return
            if not self._database.exclusive and time.monotonic() - swept > SWEEP_SECONDS:
                swept = time.monotonic()
                self.sweep()
            self._drain()

    def waiting(self) -> int:
        """How many jobs are queued."""
        with self._arrivals:
            return sum(len(queue) for queue in self._queues.values())

    def sweep(self) -> None:
        """Release what another process decided and, because it ended, did not release."""
        try:
            with self._database.read() as connection:
                places = overdue(connection)
        except Exception as error:
            log.failure("door.sweep_failed", error)
            return
        self._enqueue(places)

    def _enqueue(self, places: Iterable[tuple[str, int]]) -> None:
        with self._arrivals:
            for place in sorted(places):
                self._queues.setdefault(place[0], deque()).append(self._release(*place))

    def _drain(self) -> None:
        with self._one_writer:
            while jobs := self._take():
                self._process(jobs)

    def _take(self) -> list[Job[Any]]:
        """One job of each device in turn, until the batch is full."""
        with self._arrivals:
            jobs: list[Job[Any]] = []
            size = 0
            while self._queues and len(jobs) < MAX_JOBS and size < MAX_BYTES:
                device_id, queue = next(iter(self._queues.items()))
                if queue[0].alone and jobs:
                    break
                jobs.append(queue.popleft())
                size += jobs[-1].size
                del self._queues[device_id]
                if queue:
                    self._queues[device_id] = queue
                if jobs[-1].alone:
                    break
            return jobs

    def _process(self, jobs: list[Job[Any]]) -> None:
        """Answer every job, whatever happens. Where the database is out of reach, nobody waits for it in a row."""
        try:
            back = jobs if len(jobs) == 1 else self._attempt(jobs)
        except Exception as error:
            if is_transient(error):
                return _send_away(jobs, error)
            log.failure("door.batch_undone", error, jobs=len(jobs))
            back = jobs
        for place, job in enumerate(back):
            try:
                self._by_itself(job)
            except Exception as error:
                if is_transient(error):
                    return _send_away(back[place:], error)
                job.answer.set_exception(error)
        return None

    def _by_itself(self, job: Job[Any]) -> None:
        while True:
            try:
                self._attempt([job])
                return
            except WiderError as wider:
                job.wider |= wider.scopes
            except Exception as error:
                if is_transient(error) or job.alone:
                    raise
                _note_failure(job, error)
                if job.failures >= MAX_FAILURES:
                    self._attempt([_Burial(job, error)])
                    log.event("door.buried", device=job.device_id)
                    return

    def _attempt(self, jobs: list[Job[Any]]) -> list[Job[Any]]:
        """As `_transact`, again where another process came first."""
        for _ in range(MAX_CONFLICTS):
            try:
                return self._transact(jobs)
            except Exception as error:
                if not is_conflict(error):
                    raise
                log.event("door.conflict", jobs=len(jobs))
        return self._transact(jobs)

    def _transact(self, jobs: list[Job[Any]]) -> list[Job[Any]]:
        """Run and commit; the jobs that must run again by themselves, in order. A single job raises instead."""
        answers: list[tuple[Job[Any], Any]] = []
        back: list[Job[Any]] = []
        held: set[str] = set()
        with self._database.write() as connection:
            batch = Batch(connection, self._signer, self._clock(), self._journal)
            batch.ledger.load([p for j in jobs for p in j.places], [c for j in jobs for c in j.command_ids])
            orders = placed(j.body for j in jobs if j.body is not None)
            if orders:
                foresee_scopes(batch.memo, orders)
            union = frozenset[str]().union(*(j.wider for j in jobs), *(j.scopes(batch) for j in jobs))
            batch.counters = lock(connection, union - {STOCK})
            if not self._database.exclusive:
                batch.forget()  # others may have written between the reading and the locking
            if orders:
                foresee(connection, batch.memo, orders, [j.body.actor_id for j in jobs if j.body is not None])
            for job in jobs:
                if job.device_id not in held:
                    try:
                        answers.append((job, job.run(batch)))
                        continue
                    except Exception as error:
                        if len(jobs) == 1 or isinstance(error, DBAPIError):
                            raise  # after an error of the database, the transaction may be of no use to anybody
                        _note_failure(job, error)
                held.add(job.device_id)
                back.append(job)
            effects.note(
                connection,
                batch.draft,
                batch.outward,
                sources=SOURCES,
                connected=self._connected,
                now=batch.time,
                unsure=batch.unsure,
            )
            versions = publish(connection, batch.draft, batch.counters, self._entropy)
            batch.ledger.seal()
            decided = batch.ledger.decided
            places = set(batch.ledger.waiting_for(decided) if decided else ())
            if not self._database.exclusive:
                places.update(batch.ledger.parked())  # what they wait for may have been decided meanwhile
            batch.ledger.flush()
            if not self._database.exclusive:
                announce(connection, versions, batch.ledger.answered)
        self.committed_jobs += len(answers)
        self.committed_batches += 1
        self._enqueue(places)
        for job, answer in answers:
            job.answer.set_result(batch.ledger.sealed(answer) if isinstance(answer, Outcome) else answer)
        if versions or batch.ledger.answered:
            self._committed(versions, batch.ledger.answered)
        return back


def _send_away(jobs: list[Job[Any]], error: Exception) -> None:
    log.failure("door.busy", error, jobs=len(jobs))
    for job in jobs:
        job.answer.set_exception(ProblemError("busy"))


def _note_failure(job: Job[Any], error: Exception) -> None:
    if isinstance(error, WiderError):
        job.wider |= error.scopes
    else:
        job.failures += 1
        log.failure("door.job_failed", error, device=job.device_id, failures=job.failures)

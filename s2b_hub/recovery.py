"""A hub that came back from a backup puts together what its desktops remember.

Recorded outcomes are applied in the hub's order, at their own time, with what was agreed to then: nothing is decided
again. The same commands on the same books give the same effects; where something is missing beneath them, they are
booked as recorded as far as that goes, and what differs or cannot be booked waits for an operator.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping

import msgspec
from sqlalchemy import Connection, delete, select, update

from s2b_domain.access import Actor
from s2b_domain.commands import carry_out
from s2b_domain.errors import DomainError, Param, Refused
from s2b_domain.tx import Tx
from s2b_domain.wire import Body, Outcome, OutcomeKind, Receipt, body_hash
from s2b_hub import accounts, deeds, devices, effects, handover, history, log, tables, tokens
from s2b_hub.database import Database
from s2b_hub.door import Batch, Door, Job
from s2b_hub.entries import Entry
from s2b_hub.history import Recovery, Report
from s2b_hub.journal import Journal, Note
from s2b_hub.push import declared, readable

WAIT = 30 * 60 * 1000
"""Milliseconds that a restored hub waits for its devices before it goes on without the missing ones."""
QUEUE = "recovery"
_h, _c, _l = tables.handed.c, tables.dead_letter.c, tables.ledger.c
_UNBOOKED = (
    select(_c.device_id, _c.seq)
    .join(tables.ledger, (_l.device_id == _c.device_id) & (_l.seq == _c.seq))
    .where(_c.kind == "unbooked", _c.closed_at.is_(None))
    .order_by(_l.hub_order)
)


def begin(connection: Connection, journal: Journal, *, now: int, new_history: bytes, wait: int = WAIT) -> Recovery:
    """Begin a new history over books that are older than what was once decided; those that were being put together
    then lack what they lacked. What the journal says about devices and ended accounts counts at once. The journal must
    be noted in the same transaction by the caller."""
    known = history.number(connection, history.JOURNAL)
    floors = [n.data["floor"] for n in journal.notes() if n.event == "hub.restored"]
    unfinished = history.recovery(connection)
    done = min(known, unfinished.journal) if unfinished is not None else known
    under_way = Recovery(began=now, until=now + wait, journal=done)
    for note in journal.effective(after=known):
        devices.redo(connection, note)
        if note.event == "token.revoked":
            tokens.revoke(connection, note.data["id"], note.time)
        if note.event == "user.disabled":
            user = accounts.user_by_login(connection, note.data["login"])
            if user is not None:
                deeds.end_account(connection, user.id)
    registered = [n.data["id"] for n in journal.effective(after=known) if n.event == "device.registered"]
    revoked = {n.data["id"] for n in journal.effective(after=known) if n.event == "device.revoked"}
    active = dict.fromkeys((*history.active_devices(connection, now), *registered))
    under_way = msgspec.structs.replace(under_way, expected=tuple(d for d in active if d not in revoked))
    floor = history.floor_at(now, history.last_order(connection), *floors)
    effects.hold_all(connection)
    history.begin(connection, under_way, history=new_history, floor=floor)
    return under_way


def note_restored(connection: Connection, journal: Journal, *, now: int, why: str) -> None:
    """Write the beginning of this history into the journal, and that the database knows all of it."""
    data = {"floor": history.number(connection, history.FLOOR), "why": why}
    data["history"] = history.fact(connection, history.HISTORY).hex()
    known = max(history.number(connection, history.JOURNAL), journal.last())
    number = journal.append(known, order=history.last_order(connection), time=now, event="hub.restored", data=data)
    history.set_fact(connection, history.JOURNAL, str(number).encode())


class RecordedCommand(Job[bool]):
    """A command with the outcome that a history before this one recorded. The answer: whether it is all as recorded."""

    def __init__(self, device_id: str, seq: int) -> None:
        super().__init__()
        self.device_id = QUEUE  # one queue, so that they run in the order of their coming
        self.places = [(device_id, seq)]

    def scopes(self, batch: Batch) -> frozenset[str]:
        kept = handover.outcome_at(batch.connection, *self.places[0])
        body = readable(kept[0]) if kept and kept[1].kind in handover.BOOKED else None
        return declared(batch, body) if body is not None else frozenset()

    def run(self, batch: Batch) -> bool:
        kept = handover.outcome_at(batch.connection, *self.places[0])
        if kept is None:
            return True
        device_id, seq = self.places[0]
        at = batch.ledger.at(device_id, seq)
        batch.unsure = True
        fitting = True
        if at is None or at.kind is OutcomeKind.PARKED:
            frozen, outcome = kept
            fitting = self._apply(batch, frozen, outcome)
        batch.connection.execute(delete(tables.handed).where(_h.device_id == device_id, _h.seq == seq))
        return fitting

    def bury(self, batch: Batch, error: Exception) -> bool:
        """The hub fails on it: the decision stands, and an operator books it."""
        kept = handover.outcome_at(batch.connection, *self.places[0])
        if kept is not None:
            device_id, seq = self.places[0]
            frozen, outcome = kept
            body = readable(frozen)
            batch.ledger.adopt(_entry(device_id, seq, frozen, body, outcome, copy_of=None))
            text = "".join(traceback.format_exception(error))
            batch.ledger.bury(device_id, seq, text, "unbooked", "hub_error")
            batch.connection.execute(delete(tables.handed).where(_h.device_id == device_id, _h.seq == seq))
        return False

    def _apply(self, batch: Batch, frozen: bytes, outcome: Outcome) -> bool:
        device_id, seq = self.places[0]
        body = readable(frozen)
        known = batch.ledger.deciding(body.command_id) if body else None
        copy = known is not None and (known.device_id, known.seq) != (device_id, seq)
        entry = _entry(device_id, seq, frozen, body, outcome, copy_of=body.command_id if body and copy else None)
        trouble: tuple[str, str, str] | None = None
        assert outcome.receipt is not None
        if known is not None and copy:
            if known.body_hash == entry.body_hash and handover.differs(known, outcome.receipt):
                trouble = ("differs", "decided_twice", handover.two_decisions(known, outcome.receipt))
        elif entry.kind in handover.BOOKED and body is not None:
            trouble = book_again(batch, body, outcome, outcome.receipt)
        batch.ledger.adopt(entry)
        b = tables.backup.c
        lacking = update(tables.backup).where(b.hub_order >= entry.hub_order).values(hub_order=entry.hub_order - 1)
        batch.connection.execute(lacking)  # backups made before it came do not have it: nobody may forget it yet
        if trouble is not None:
            kind, code, text = trouble
            batch.ledger.bury(device_id, seq, text, kind, code)
        return trouble is None


def _entry(
    device_id: str, seq: int, frozen: bytes, body: Body | None, outcome: Outcome, *, copy_of: str | None
) -> Entry:
    receipt = outcome.receipt
    assert receipt is not None
    claims = body is not None and copy_of is None and outcome.code not in handover.UNCLAIMED
    return Entry(
        device_id=device_id,
        seq=seq,
        command_id=body.command_id if body and claims else None,
        copy_of=copy_of if outcome.code not in handover.UNCLAIMED else None,
        supersedes=body.supersedes if body and claims else None,
        actor_id=body.actor_id if body else "",
        body=frozen,
        body_hash=body_hash(frozen),
        kind=outcome.kind,
        outcome=outcome,
        hub_order=receipt.hub_order,
        time=receipt.time,
    )


def book_again(batch: Batch, body: Body, outcome: Outcome, receipt: Receipt) -> tuple[str, str, str] | None:
    """Book the effects of an accepted command as recorded. None where they are the recorded ones, else what is to be
    told to an operator: ("unbooked" or "differs", code, text)."""
    actor = _actor_then(batch, body.actor_id)
    if actor is None:
        return "unbooked", "user_disabled", "whoever did this is not known here"
    told: Refused | None = None
    for recorded in (None, receipt.result):
        try:
            tx, result = _carried_out(batch, actor, body, receipt, recorded)
        except DomainError as refusal:
            told = Refused(refusal.code, **refusal.params)
            continue
        kind = OutcomeKind.ACCEPTED_WITH_EXCEPTION if tx.exceptions else OutcomeKind.ACCEPTED
        same = kind is outcome.kind and result == receipt.result
        if not same and recorded is None:
            continue
        batch.accept(tx)
        if same and recorded is None:
            return None
        return "differs", "booked_differently", _difference(tx, result, outcome)
    assert told is not None
    return "unbooked", told.code, _said(told.code, told.params)


def _carried_out(
    batch: Batch,
    actor: Actor,
    body: Body,
    receipt: Receipt,
    recorded: Mapping[str, int | str] | None,
) -> tuple[Tx, dict[str, int | str]]:
    time = min(max(body.client_time, body.last_pull, 0), receipt.time)
    device_id = receipt.device_id
    tx = Tx(batch.draft, actor=actor, command_id=body.command_id, device_id=device_id, time=time, recorded=recorded)
    return tx, carry_out(tx, body.name, body.payload)


def _actor_then(batch: Batch, user_id: str) -> Actor | None:
    """The actor, even if the account has ended since."""
    user = accounts.user_by_id(batch.connection, user_id)
    return accounts.actor_of(batch.draft, msgspec.structs.replace(user, disabled=False) if user else None)


def _difference(tx: Tx, result: Mapping[str, int | str], outcome: Outcome) -> str:
    recorded = outcome.receipt.result if outcome.receipt else {}
    parts = [f"{k}: {recorded.get(k)} recorded, {result.get(k)} booked" for k in sorted({*recorded, *result})]
    parts = [p for p, k in zip(parts, sorted({*recorded, *result}), strict=True) if recorded.get(k) != result.get(k)]
    return "; ".join([*parts, *(_said(code, params) for code, params in tx.exceptions)]) or "booked at recorded prices"


def _said(code: str, params: Mapping[str, Param]) -> str:
    return " ".join([code, *(f"{k}={v}" for k, v in params.items())])


class Rebooking(Job[bool]):
    """An accepted command whose effects could not be booked, tried again; whether they are booked now."""

    def __init__(self, device_id: str, seq: int) -> None:
        super().__init__()
        self.device_id = QUEUE
        self.places = [(device_id, seq)]

    def run(self, batch: Batch) -> bool:
        device_id, seq = self.places[0]
        entry = batch.ledger.at(device_id, seq)
        body = readable(entry.body) if entry else None
        if entry is None or body is None or entry.outcome.receipt is None or entry.kind not in handover.BOOKED:
            return False
        batch.unsure = True
        trouble = book_again(batch, body, entry.outcome, entry.outcome.receipt)
        here = (_c.device_id == device_id, _c.seq == seq)
        if trouble is None:
            batch.connection.execute(update(tables.dead_letter).where(*here).values(closed_at=batch.time))
            return True
        kind, code, text = trouble
        values = {"kind": kind, "code": code, "error": text}
        batch.connection.execute(update(tables.dead_letter).where(*here).values(**values))
        return kind != "unbooked"

    def bury(self, batch: Batch, error: Exception) -> bool:
        return False


class Mending:
    """Puts a restored hub together. Several processes may try: whatever is applied already is passed by."""

    def __init__(self, database: Database, door: Door, journal: Journal, release: Callable[[], None]) -> None:
        self._database, self._door, self._journal, self._release = database, door, journal, release

    def finish(self) -> Report:
        """Apply everything that was handed over, with the operator's own deeds of the journal between, and go on."""
        under_way = self._door.execute(_applying)
        with self._database.read() as connection:
            places = handover.waiting(connection)
            orders = {(d, s): o for d, s, o in connection.execute(select(_h.device_id, _h.seq, _h.hub_order))}
        for note in self._lost_deeds(under_way):
            earlier = [p for p in places if orders[p] <= note.order]
            self.apply(earlier)
            places = places[len(earlier) :]
            self._redo(note)
        self.apply(places)
        self.retry_unbooked()
        report = self._door.execute(lambda batch: _ended(batch, under_way, len(orders)))
        self._release()
        return report

    def apply(self, places: Iterable[tuple[str, int]]) -> bool:
        """Apply recorded outcomes in this order; whether all came out as recorded."""
        jobs = [RecordedCommand(*place) for place in places]
        if jobs:
            self._door.submit(*jobs)
        return sum(not job.answer.result() for job in jobs) == 0

    def apply_late(self) -> None:
        """A device reported when the hub had gone on without it: what it remembers is applied now, and what waited
        for it is tried again."""
        with self._database.read() as connection:
            places = handover.waiting(connection)
        if places:
            self.apply(places)
            self.retry_unbooked()
            self._release()

    def retry_unbooked(self) -> int:
        """Try all that could not be booked again, as long as anything moves; how many were booked."""
        booked = 0
        while True:
            with self._database.read() as connection:
                jobs = [Rebooking(d, s) for d, s in connection.execute(_UNBOOKED)]
            if jobs:
                self._door.submit(*jobs)
            moved = sum([job.answer.result() for job in jobs])
            booked += moved
            if not moved:
                return booked

    def _lost_deeds(self, under_way: Recovery | None) -> list[Note]:
        if under_way is None:
            return []
        return [n for n in self._journal.effective(after=under_way.journal) if n.event in deeds.DEEDS]

    def _redo(self, note: Note) -> None:
        try:
            self._door.execute(lambda batch: deeds.redo(batch, note))
        except Refused as refused:
            log.failure("recovery.deed_not_redone", refused, note=note.n)


def _applying(batch: Batch) -> Recovery | None:
    under_way = history.recovery(batch.connection)
    if under_way is not None:
        history.set_recovery(batch.connection, msgspec.structs.replace(under_way, applying=True))
    return under_way


def _ended(batch: Batch, under_way: Recovery | None, handed: int) -> Report:
    since = under_way.began if under_way else batch.time
    kinds = list(batch.connection.scalars(select(_c.kind).where(_c.time >= since, _c.closed_at.is_(None))))
    current = history.fact(batch.connection, history.HISTORY)
    report = Report(
        began=since,
        ended=batch.time,
        handed=handed,
        unbooked=kinds.count("unbooked"),
        differs=kinds.count("differs"),
        reported=len(history.reported(batch.connection, current)),
        expected=len(under_way.expected) if under_way else 0,
    )
    if under_way is not None:
        history.set_fact(batch.connection, history.LAST, msgspec.json.encode(report))
    effects.release_by_hand(batch.connection)
    history.set_recovery(batch.connection, None)
    return report

"""Deciding commands: each of them once, in its device's order, with its ledger entry in the same transaction."""

import traceback

import msgspec

from s2b_domain.access import Actor
from s2b_domain.commands import MAX_PAYLOAD, carry_out, handler_of, scopes_touched
from s2b_domain.errors import DomainError, NeedsConfirmation, Refused
from s2b_domain.ids import is_id
from s2b_domain.records import RECORDS
from s2b_domain.tx import Tx
from s2b_domain.wire import Body, Envelope, Outcome, OutcomeKind, body_hash, thaw
from s2b_hub import history
from s2b_hub.accounts import actor_of, user_by_id
from s2b_hub.door import Batch, Job
from s2b_hub.entries import Decision
from s2b_hub.ledger import Dependency

MAX_BODY = MAX_PAYLOAD + (1 << 16)
MAX_DEPENDENCIES = 100


class Expected(msgspec.Struct, frozen=True):
    """The device left a gap: the hub waits for this sequence number."""

    seq: int


class Barred(msgspec.Struct, frozen=True):
    """The device may not go on: `device_cloned` or `device_revoked`."""

    code: str


Answer = Outcome | Expected | Barred


class PushedCommand(Job[Answer]):
    """One envelope of a push."""

    def __init__(
        self, device_id: str, user_id: str, envelope: Envelope, base: int, before: "PushedCommand | None" = None
    ) -> None:
        super().__init__()
        self.barred: Barred | None = None
        self.next_seq = 0
        self._before = before
        self.device_id = device_id
        self.size = len(envelope.body)
        self.places = [(device_id, envelope.seq)]
        self._user_id = user_id
        self._seq = envelope.seq
        self._base = base
        self._frozen = envelope.body
        self._hash = body_hash(envelope.body)
        self.body = readable(envelope.body)
        if self.body is not None:
            self.command_ids = [self.body.command_id, *self.body.depends_on]

    def scopes(self, batch: Batch) -> frozenset[str]:
        return declared(batch, self.body) if self.body is not None else frozenset()

    def run(self, batch: Batch) -> Answer:
        if self._before is not None and self._before.barred is not None:
            self.barred = self._before.barred  # a copy's later commands must not take the original's places
            return self.barred
        answer = self._answer(batch)
        self.barred = answer if isinstance(answer, Barred) else None
        standing = batch.ledger.device(self.device_id)
        self.next_seq = standing.next_seq if standing is not None else 0
        return answer

    def _answer(self, batch: Batch) -> Answer:
        ledger = batch.ledger
        answered = self._place(batch)
        if answered is not None:
            return answered
        if self.body is None:
            return self._record(batch, Decision(OutcomeKind.REJECTED, "malformed_command"), claims=False)
        if self.body.actor_id != self._user_id:
            return self._record(batch, Decision(OutcomeKind.REJECTED, "wrong_actor"), claims=False)
        known = ledger.deciding(self.body.command_id)
        if known is None:
            return self._record(batch, decide(batch, self.device_id, self.body))
        if known.body_hash == self._hash:
            return ledger.copy(self.device_id, self._seq, known)
        return self._record(batch, Decision(OutcomeKind.REJECTED, "command_id_taken"), claims=False)

    def bury(self, batch: Batch, error: Exception) -> Answer:
        self.next_seq = 0  # not known from here
        answered = self._place(batch)
        if answered is not None:
            return answered
        batch.ledger.bury(self.device_id, self._seq, _described(error))
        free = self.body is not None and batch.ledger.deciding(self.body.command_id) is None
        return self._record(batch, Decision(OutcomeKind.REJECTED, "hub_error"), claims=free)

    def _place(self, batch: Batch) -> Answer | None:
        """The answer where the sequence number alone decides; None where it is the one that was expected."""
        ledger = batch.ledger
        standing = ledger.device(self.device_id)
        if standing is None or standing.revoked:
            return Barred("device_revoked")
        stored = ledger.at(self.device_id, self._seq)
        if stored is not None:
            return stored.outcome if stored.body_hash == self._hash else Barred("device_cloned")
        if self._seq == self._base and self._base > standing.next_seq:
            ledger.begin_at(self.device_id, self._base)
        if self._seq > standing.next_seq:
            return Expected(standing.next_seq)
        if self._seq < standing.next_seq and not ledger.fill(self.device_id, self._seq):
            return Barred("device_cloned")
        return None

    def _record(self, batch: Batch, decision: Decision, *, claims: bool = True) -> Outcome:
        return batch.ledger.record(
            self.device_id, self._seq, self._frozen, self._hash, self.body, decision, claims=claims
        )


class ReleasedCommand(Job[None]):
    """A parked command, some of whose dependencies have been decided."""

    def __init__(self, device_id: str, seq: int) -> None:
        super().__init__()
        self.device_id = device_id
        self.places = [(device_id, seq)]
        self._seq = seq

    def scopes(self, batch: Batch) -> frozenset[str]:
        entry = batch.ledger.at(self.device_id, self._seq)
        return declared(batch, thaw(entry.body)) if entry else frozenset()

    def run(self, batch: Batch) -> None:
        entry = batch.ledger.at(self.device_id, self._seq)
        if entry is None or entry.kind is not OutcomeKind.PARKED or history.recovery(batch.connection):
            return
        decision = decide(batch, self.device_id, thaw(entry.body))
        if decision.kind is not OutcomeKind.PARKED:
            batch.ledger.redecide(entry, decision)

    def bury(self, batch: Batch, error: Exception) -> None:
        entry = batch.ledger.at(self.device_id, self._seq)
        if entry is not None and entry.kind is OutcomeKind.PARKED:
            batch.ledger.bury(self.device_id, self._seq, _described(error))
            batch.ledger.redecide(entry, Decision(OutcomeKind.REJECTED, "hub_error"))


def readable(frozen: bytes) -> Body | None:
    """The body of frozen bytes; None where it is not one that could ever be decided."""
    if len(frozen) > MAX_BODY:
        return None
    try:
        body = thaw(frozen)
    except msgspec.MsgspecError:
        return None
    ids = (body.command_id, *body.depends_on, *([body.supersedes] if body.supersedes else []))
    return body if all(is_id(i) for i in ids) and len(body.depends_on) <= MAX_DEPENDENCIES else None


def declared(batch: Batch, body: Body, *, on_behalf: str = "") -> frozenset[str]:
    """The scopes that a command says it will write; none where it will be refused anyway."""
    actor = _actor(batch, on_behalf or body.actor_id)
    if actor is None:
        return frozenset()
    try:
        return scopes_touched(batch.draft, actor, body.name, body.payload)
    except Refused:
        return frozenset()


def decide(batch: Batch, device_id: str, body: Body, *, on_behalf: str = "") -> Decision:
    """Carry a command out, or say why not. Accepted changes are in the batch when this returns. `on_behalf` is the id
    of the person who does it in place of its author."""
    standings = {d: batch.ledger.dependency(d) for d in body.depends_on}
    failed = sorted(d for d, standing in standings.items() if standing is Dependency.FAILED)
    if failed:
        return Decision(OutcomeKind.REJECTED, "depends_on_rejected", {"commands": failed})
    open_ = sorted(d for d, standing in standings.items() if standing is Dependency.OPEN)
    if open_:
        return Decision(OutcomeKind.PARKED, "waits_for", {"commands": open_}, waiting_for=tuple(open_))
    actor = _actor(batch, on_behalf or body.actor_id)
    if actor is None:
        return Decision(OutcomeKind.REJECTED, "user_disabled")
    time = min(max(body.client_time, body.last_pull, 0), batch.time)
    tx = Tx(batch.draft, actor=actor, command_id=body.command_id, device_id=device_id, time=time)
    try:
        if not handler_of(body.name).fact:
            _check_seen(tx, body)
        result = carry_out(tx, body.name, body.payload)
    except NeedsConfirmation as changed:
        return Decision(OutcomeKind.NEEDS_CONFIRMATION, changed.code, changed.params)
    except DomainError as refused:
        return Decision(OutcomeKind.REJECTED, refused.code, refused.params)
    batch.accept(tx)
    if tx.exceptions:
        code, params = tx.exceptions[0]
        return Decision(OutcomeKind.ACCEPTED_WITH_EXCEPTION, code, params, result)
    return Decision(OutcomeKind.ACCEPTED, result=result)


def _check_seen(tx: Tx, body: Body) -> None:
    for place, version in sorted(body.seen.items()):
        table, _, id_ = place.partition("/")
        if table not in RECORDS:
            raise Refused("malformed_command", name=body.name, detail="seen")
        row = tx.get(RECORDS[table], id_)
        if (row.row_version if row else 0) != version:
            raise Refused("changed_meanwhile", kind=table, id=id_)


def _actor(batch: Batch, user_id: str) -> Actor | None:
    key = ("user", user_id)
    if key not in batch.cached:
        batch.cached[key] = user_by_id(batch.connection, user_id)
    return actor_of(batch.draft, batch.cached[key])


def _described(error: Exception) -> str:
    return "".join(traceback.format_exception(error))

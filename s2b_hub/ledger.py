"""The ledger: what became of every command, signed. Read and written through a batch, flushed with its effects."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, insert, select

from s2b_domain.wire import Body, Outcome, OutcomeKind
from s2b_hub import entries, history, tables
from s2b_hub.database import hold, upsert
from s2b_hub.entries import Decision, Entry, entry_of, row_of
from s2b_hub.signer import Signer

_CHUNK = 500
_l, _w = tables.ledger.c, tables.waiting.c


class Standing(msgspec.Struct):
    """A device as the batch has left it."""

    next_seq: int
    revoked: bool


class Dependency(Enum):
    """How a command stands for those that depend on it."""

    MET = "met"
    OPEN = "open"
    FAILED = "failed"


class Ledger:
    """The ledger inside one batch: what is written here is seen by the commands that follow in it."""

    def __init__(self, connection: Connection, signer: Signer, time: int) -> None:
        self._connection = connection
        self._signer = signer
        self._time = time
        self._at: dict[tuple[str, int], Entry | None] = {}
        self._by_command: dict[str, Entry | None] = {}
        self._devices: dict[str, Standing | None] = {}
        self._moved: set[str] = set()
        self._fresh: dict[tuple[str, int], Entry] = {}
        self._redecided: dict[tuple[str, int], Entry] = {}
        self._unsealed: dict[tuple[str, int], None] = {}
        self._parked: list[dict[str, Any]] = []
        self._released: list[tuple[str, int]] = []
        self._dead: list[dict[str, Any]] = []
        self.decided: list[str] = []

    def load(self, places: Iterable[tuple[str, int]], command_ids: Iterable[str]) -> None:
        """Read what a batch will ask for, in a few queries instead of some for every command. Where other processes
        write too, the devices stay locked, and so do the entries: nobody else goes on where this batch does."""
        wanted = sorted(set(places))
        for names in _chunks(sorted({device_id for device_id, _ in wanted})):
            self._devices |= dict.fromkeys(names)
            rows = self._connection.execute(entries.STANDINGS, {"b_ids": names})
            self._devices |= {id_: Standing(next_seq, revoked is not None) for id_, next_seq, revoked in rows}
        for chunk in _chunks(wanted):
            self._at |= dict.fromkeys(chunk)
            for entry in self._read(entries.BY_PLACES, places=chunk):
                self._at[entry.device_id, entry.seq] = entry
        for ids in _chunks(sorted(set(command_ids))):
            self._by_command |= dict.fromkeys(ids)
            for entry in self._read(entries.BY_COMMANDS, ids=ids):
                self._by_command[str(entry.command_id)] = entry

    def at(self, device_id: str, seq: int) -> Entry | None:
        """What stands at a device's sequence number."""
        if (device_id, seq) not in self._at:
            self.load([(device_id, seq)], ())
        return self._at[device_id, seq]

    def deciding(self, command_id: str) -> Entry | None:
        """The entry that decides a command, from whichever device it came."""
        if command_id not in self._by_command:
            self.load((), [command_id])
        return self._by_command[command_id]

    def device(self, device_id: str) -> Standing | None:
        """Where a device stands; None for one that does not exist."""
        if device_id not in self._devices:
            self.load([(device_id, 0)], ())
        return self._devices[device_id]

    def begin_at(self, device_id: str, seq: int) -> None:
        """Let a device's sequence go on from `seq`."""
        standing = self.device(device_id)
        if standing is not None:
            standing.next_seq = seq
            self._moved.add(device_id)

    def dependency(self, command_id: str, above: frozenset[str] = frozenset()) -> Dependency:
        """Whether a command may be built upon; one that was refused counts as what superseded it.

        `above` are the ids asked about on the way here: nobody stands in for themselves.
        """
        entry = self.deciding(command_id)
        if entry is None or entry.kind is OutcomeKind.PARKED:
            return Dependency.OPEN
        if entry.kind in (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED_WITH_EXCEPTION):
            return Dependency.MET
        above |= {command_id}
        standings = [self.dependency(i, above) for i in self._superseding(command_id) if i not in above]
        if Dependency.MET in standings:
            return Dependency.MET
        unanswered = entry.kind is OutcomeKind.NEEDS_CONFIRMATION and not standings
        return Dependency.OPEN if unanswered or Dependency.OPEN in standings else Dependency.FAILED

    def _superseding(self, command_id: str) -> list[str]:
        known = [*self._read(entries.BY_SUPERSEDED, id=command_id), *self._fresh.values()]
        return sorted({e.command_id for e in known if e.supersedes == command_id and e.command_id})

    def record(
        self,
        device_id: str,
        seq: int,
        frozen: bytes,
        hash_: bytes,
        body: Body | None,
        decision: Decision,
        *,
        claims: bool = True,
    ) -> Outcome:
        """Write what was decided at the device's next place. Where it does not `claim` the command's id,
        the command may still be decided elsewhere. The outcome has neither order nor signature before `seal`."""
        command_id = body.command_id if body else ""
        outcome = self._drafted(device_id, seq, command_id, hash_, decision)
        entry = Entry(
            device_id=device_id,
            seq=seq,
            command_id=command_id if body and claims else None,
            copy_of=None,
            supersedes=body.supersedes if body and claims else None,
            actor_id=body.actor_id if body else "",
            body=frozen,
            body_hash=hash_,
            kind=decision.kind,
            outcome=outcome,
            hub_order=0,
            time=self._time,
        )
        self._add(entry)
        self._wait(entry, decision)
        if entry.command_id is not None and decision.kind is not OutcomeKind.PARKED:
            self._note_decided(entry)
        return outcome

    def copy(self, device_id: str, seq: int, known: Entry) -> Outcome:
        """Write at the device's next place what was decided when the same command came another way."""
        outcome = self._again(known, device_id, seq)
        entry = msgspec.structs.replace(
            known,
            device_id=device_id,
            seq=seq,
            command_id=None,
            copy_of=known.command_id,
            supersedes=None,
            outcome=outcome,
            hub_order=0,
            time=self._time,
        )
        self._add(entry)
        return outcome

    def redecide(self, parked: Entry, decision: Decision) -> None:
        """Replace a parked outcome, and its copies, by what was decided now."""
        command_id = parked.outcome.command_id
        outcome = self._drafted(parked.device_id, parked.seq, command_id, parked.body_hash, decision)
        entry = msgspec.structs.replace(parked, kind=decision.kind, outcome=outcome, time=self._time)
        self._change(entry)
        self._released.append((parked.device_id, parked.seq))
        self._note_decided(entry)
        fresh = [e for e in self._fresh.values() if e.copy_of == command_id]
        for known in {(e.device_id, e.seq): e for e in [*self._read(entries.COPIES, id=command_id), *fresh]}.values():
            again = self._again(entry, known.device_id, known.seq)
            self._change(msgspec.structs.replace(known, kind=entry.kind, outcome=again, time=self._time))

    def adopt(self, entry: Entry) -> None:
        """Write what a history before this one decided, exactly as its receipt says; it replaces a parked outcome.
        Commands that wait for it are left waiting: what was decided about them may be adopted next. Where this history
        has given its order to something else (it began before anybody knew that there was another), it gets a new one.
        """
        place = (entry.device_id, entry.seq)
        if self.at(*place) is None:
            self._add(entry)
            self.fill(*place)
        else:
            self._change(entry)
            self._released.append(place)
        if not self._taken(entry):
            self._unsealed.pop(place)

    def _taken(self, entry: Entry) -> bool:
        """Whether this history has given an entry's order to something else."""
        row = self._connection.execute(entries.BY_ORDER, {"b_order": entry.hub_order}).first()
        others = [(e.device_id, e.seq) for e in self._fresh.values() if e.hub_order == entry.hub_order]
        others += [(row.device_id, row.seq)] if row else []
        return any(place != (entry.device_id, entry.seq) for place in others)

    def fill(self, device_id: str, seq: int) -> bool:
        """Take a place that was left open below the expected one; False where it is not open."""
        h = tables.hole.c
        found = self._connection.execute(delete(tables.hole).where(h.device_id == device_id, h.seq == seq))
        return found.rowcount == 1

    def bury(self, device_id: str, seq: int, error: str, kind: str = "failed", code: str = "hub_error") -> None:
        """Keep for an operator what went wrong with a command."""
        row = {"device_id": device_id, "seq": seq, "kind": kind, "code": code, "error": error, "time": self._time}
        self._dead.append({**row, "closed_at": None})

    def waiting_for(self, command_ids: Iterable[str]) -> list[tuple[str, int]]:
        """The places of parked commands that wait for one of these."""
        places = {(w["device_id"], w["seq"]) for w in self._parked if w["depends_on"] in set(command_ids)}
        for ids in _chunks(sorted(set(command_ids))):
            rows = self._connection.execute(entries.WAITING_FOR, {"b_ids": ids})
            places |= {(device_id, seq) for device_id, seq in rows}
        return sorted(places - set(self._released))

    @property
    def answered(self) -> dict[str, int]:
        """The highest order of the final answers that each device gets by this."""
        orders: dict[str, int] = {}
        for entry in (*self._fresh.values(), *self._redecided.values()):
            if entry.kind is not OutcomeKind.PARKED:
                orders[entry.device_id] = max(entry.hub_order, orders.get(entry.device_id, 0))
        return orders

    def parked(self) -> list[tuple[str, int]]:
        """The places that this batch parked."""
        return sorted({(w["device_id"], w["seq"]) for w in self._parked} - set(self._released))

    def seal(self) -> None:
        """Give everything that was decided its place in the hub's order, and sign it. From here to the commit the
        writers of other processes wait, so that they commit in this order; nothing is decided after it."""
        if not self._unsealed:
            return
        hold(self._connection, "ledger.hub_order")
        order = max(
            history.last_order(self._connection),
            *(e.hub_order for e in (*self._fresh.values(), *self._redecided.values())),
            0,
        )
        for place in self._unsealed:
            order += 1
            changed = self._fresh if place in self._fresh else self._redecided
            entry = changed[place]
            outcome = self._signer.sealed(entry.outcome, order)
            changed[place] = self._at[place] = msgspec.structs.replace(entry, outcome=outcome, hub_order=order)
        self._unsealed.clear()

    def sealed(self, outcome: Outcome) -> Outcome:
        """What an outcome became by `seal`."""
        receipt = outcome.receipt
        entry = self._at.get((receipt.device_id, receipt.seq)) if receipt is not None else None
        return outcome if entry is None else entry.outcome

    def flush(self) -> None:
        """Write everything to the database."""
        execute = self._connection.execute
        if self._fresh:
            execute(insert(tables.ledger), [row_of(e) for e in self._fresh.values()])
        if self._redecided:
            rows = [{"b_device": e.device_id, "b_seq": e.seq, **row_of(e)} for e in self._redecided.values()]
            execute(entries.REDECIDE, rows)
        if self._parked:
            execute(insert(tables.waiting), self._parked)
        if self._released:
            execute(entries.RELEASE, [{"b_device": device_id, "b_seq": seq} for device_id, seq in self._released])
        if self._dead:
            upsert(self._connection, tables.dead_letter, self._dead)
        moved = [(id_, self._devices[id_]) for id_ in sorted(self._moved)]
        if moved:
            execute(entries.MOVE_ON, [{"b_id": id_, "b_next": s.next_seq} for id_, s in moved if s is not None])

    def _add(self, entry: Entry) -> None:
        place = (entry.device_id, entry.seq)
        self._fresh[place] = self._at[place] = entry
        self._note_unsealed(place)
        if entry.command_id is not None:
            self._by_command[entry.command_id] = entry
        standing = self.device(entry.device_id)
        if standing is not None and standing.next_seq <= entry.seq:
            self.begin_at(entry.device_id, entry.seq + 1)

    def _change(self, entry: Entry) -> None:
        place = (entry.device_id, entry.seq)
        (self._fresh if place in self._fresh else self._redecided)[place] = entry
        self._at[place] = entry
        self._note_unsealed(place)
        if entry.command_id is not None:
            self._by_command[entry.command_id] = entry

    def _wait(self, entry: Entry, decision: Decision) -> None:
        for depends_on in sorted(set(decision.waiting_for)):
            self._parked.append({"depends_on": depends_on, "device_id": entry.device_id, "seq": entry.seq})

    def _note_decided(self, entry: Entry) -> None:
        """Whoever waits for this command, or for one that it stands in for, may go on."""
        following: Entry | None = entry
        while following is not None and following.command_id not in self.decided:
            self.decided.append(str(following.command_id))
            above = following.supersedes
            following = self.deciding(above) if above else None

    def _drafted(self, device_id: str, seq: int, command_id: str, hash_: bytes, decision: Decision) -> Outcome:
        return self._signer.drafted(
            decision, device_id=device_id, seq=seq, command_id=command_id, body_hash=hash_, time=self._time
        )

    def _again(self, known: Entry, device_id: str, seq: int) -> Outcome:
        result = known.outcome.receipt.result if known.outcome.receipt else {}
        decision = Decision(known.kind, known.outcome.code, known.outcome.params, result)
        return self._drafted(device_id, seq, known.outcome.command_id, known.body_hash, decision)

    def _note_unsealed(self, place: tuple[str, int]) -> None:
        self._unsealed.pop(place, None)
        self._unsealed[place] = None

    def _read(self, statement: Select[Any], **bound: Any) -> list[Entry]:
        return [entry_of(row) for row in self._connection.execute(statement, {f"b_{k}": v for k, v in bound.items()})]


def unreleased(connection: Connection) -> list[tuple[str, int]]:
    """The places of all parked commands: after a crash, some may wait for what was decided already."""
    return _places(connection, select(_w.device_id, _w.seq))


def overdue(connection: Connection) -> list[tuple[str, int]]:
    """The places of parked commands that wait for a decided one: a process may have crashed before it released them."""
    decided = _l.kind.not_in([OutcomeKind.PARKED.value, OutcomeKind.NEEDS_CONFIRMATION.value])
    waiting = select(_w.device_id, _w.seq).join_from(tables.waiting, tables.ledger, _l.command_id == _w.depends_on)
    return _places(connection, waiting.where(decided))


def _places(connection: Connection, waiting: Select[Any]) -> list[tuple[str, int]]:
    rows = connection.execute(waiting.distinct().order_by(_w.device_id, _w.seq))
    return [(device_id, seq) for device_id, seq in rows]


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK))

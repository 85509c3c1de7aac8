"""What a command reads and writes through.

A `Draft` lies over a `Reader` (a store, or another draft) and keeps its changes in memory: accepting a command
merges its draft into the one below, refusing it drops the draft. So a refusal never needs a savepoint, a batch is
written in one go per table, and everything that was touched is known.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from s2b_domain.access import Actor, scopes_of
from s2b_domain.errors import Param, Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.audit import Audit
from s2b_domain.records.record import Record, name_of
from s2b_domain.records.stock import Discrepancy

R = TypeVar("R", bound=Record)
Ref = tuple[type[Record], str]
Columns = tuple[str, ...]
"""What a search looks at, by name; its values are a tuple in the same order."""


class Reader(Protocol):
    """Where records are read from. `find` and `find_in` answer in the order of ids."""

    def get(self, cls: type[R], id_: str) -> R | None: ...
    def find(self, cls: type[R], **equals: Any) -> list[R]: ...
    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]: ...


class Draft:
    """Changes over a reader. `before` and `after` are by (class, id); None means the row does not exist. `searched` are
    the values that were looked for, by class and columns."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._indexes = defaultdict[type[Record], dict[Columns, _Index]](dict)
        self._by_class = defaultdict[type[Record], dict[str, Record | None]](dict)
        self.before: dict[Ref, Record | None] = {}
        self.after: dict[Ref, Record | None] = {}
        self.seen: dict[Ref, Record | None] = {}
        self.searched: dict[tuple[type[Record], Columns], set[tuple[Any, ...]]] = {}

    def get(self, cls: type[R], id_: str) -> R | None:
        """The record with this id, as this draft sees it."""
        ref = (cls, id_)
        if ref in self.after:
            return self.after[ref]  # type: ignore[return-value]
        if ref not in self.seen:
            self.seen[ref] = self._reader.get(cls, id_)
        return self.seen[ref]  # type: ignore[return-value]

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        """All records whose columns equal the given values, in the order of their ids."""
        columns = tuple(sorted(equals))
        search = tuple([equals[c] for c in columns])
        return self._merged(cls, columns, [search], self._reader.find(cls, **equals))

    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]:
        """All records whose `column` is one of `values` and that equal the rest, in the order of their ids."""
        wanted = sorted(set(values))
        if not wanted:
            return []
        columns = tuple(sorted((column, *equals)))
        searches = list(zip(*(wanted if c == column else repeat(equals[c]) for c in columns), strict=False))
        found = self._merged(cls, columns, searches, self._reader.find_in(cls, column, wanted, **equals))
        if columns == ("id",):
            for value in wanted:
                self.seen.setdefault((cls, value), None)
        return found

    def add(self, row: R) -> R:
        """Write a row whose id was made just now, so that nothing below can have it."""
        ref = (type(row), row.id)
        if ref in self.before or self.seen.get(ref) is not None:
            return Draft.put(self, row)
        self.before[ref] = None
        row = row.with_(row_version=1)
        self._set(ref, row)
        return row

    def put(self, row: R) -> R:
        """Write a row (new or changed) and return it with its new `row_version`; an equal row is not written."""
        ref = (type(row), row.id)
        before = self._below(ref)
        row = row.with_(row_version=before.row_version + 1 if before else 1)
        if before is not None and before == row.with_(row_version=before.row_version):
            self._set(ref, before)
            return before
        self._set(ref, row)
        return row

    def delete(self, row: Record) -> None:
        """Remove a row."""
        ref = (type(row), row.id)
        self._below(ref)
        self._set(ref, None)

    def changes(self) -> list[tuple[Ref, Record | None, Record | None]]:
        """Everything that differs from below: (ref, before, after)."""
        return [(ref, self.before[ref], after) for ref, after in self.after.items() if self.before[ref] != after]

    def absorb(self, draft: "Draft") -> None:
        """Take over the changes of a draft that lay over this one."""
        for ref, before, after in draft.changes():
            self.before.setdefault(ref, before)
            self._set(ref, after)

    def _below(self, ref: Ref) -> Record | None:
        if ref not in self.before:
            self.before[ref] = self.seen[ref] if ref in self.seen else self._reader.get(*ref)
        return self.before[ref]

    def _set(self, ref: Ref, row: Record | None) -> None:
        cls, id_ = ref
        self.after[ref] = row
        self._by_class[cls][id_] = row
        if row is not None:
            for index in self._indexes[cls].values():
                index.add(row)

    def _merged(self, cls: type[R], columns: Columns, searches: list[tuple[Any, ...]], below: list[R]) -> list[R]:
        """What searches found below, with the written rows in their place."""
        self.searched.setdefault((cls, columns), set()).update(searches)
        for row in below:
            self.seen[cls, row.id] = row
        mine = self._by_class[cls]
        if not mine:
            return below
        rows: list[Any] = [row for row in below if row.id not in mine]
        if columns == ("id",):
            rows += [own for (id_,) in searches if (own := mine.get(id_)) is not None]
        else:
            indexes = self._indexes[cls]
            if columns not in indexes:
                indexes[columns] = _Index(columns, mine.values())
            rows += indexes[columns].found(searches, mine)
        return sorted(rows, key=lambda row: row.id)


class _Index:
    """The ids of written rows by the values of some columns."""

    def __init__(self, columns: Columns, rows: Iterable[Record | None]) -> None:
        self._values: Callable[[Record], tuple[Any, ...]] = (
            attrgetter(*columns) if len(columns) > 1 else lambda row: tuple(getattr(row, c) for c in columns)
        )
        self._ids: dict[tuple[Any, ...], set[str]] = {}
        for row in rows:
            if row is not None:
                self.add(row)

    def add(self, row: Record) -> None:
        """Note a row that was written."""
        self._ids.setdefault(self._values(row), set()).add(row.id)

    def found(self, searches: Iterable[tuple[Any, ...]], written: Mapping[str, Record | None]) -> list[Record]:
        """The rows that have the values looked for; what is noted may be stale: a row may have moved away since."""
        noted = [(search, written[id_]) for search in searches for id_ in self._ids.get(search, ())]
        return [row for search, row in noted if row is not None and self._values(row) == search]


def everything(scope: str) -> bool:
    """The sight of the hub."""
    return True


class Tx(Draft):
    """The draft of one command, with who does it, when, and from where.

    `recorded` is the result of a decision that was made before and must be booked again although the books beneath
    are not what they were (a hub restored from a backup, and something missing): prices are those agreed to then.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        actor: Actor,
        command_id: str,
        device_id: str,
        time: int,
        sees: Callable[[str], bool] = everything,
        recorded: Mapping[str, int | str] | None = None,
    ) -> None:
        super().__init__(reader)
        self.recorded = recorded
        self.actor = actor
        self.command_id = command_id
        self.device_id = device_id
        self.time = time
        self.sees = sees
        self.exceptions: list[tuple[str, dict[str, Param]]] = []

    def put(self, row: R) -> R:
        """Write a row. On a desktop, a row that no granted scope holds is gone, or was never there: the hub's."""
        if self._visible(row):
            return super().put(row)
        if self.get(type(row), row.id) is not None:
            self.delete(row)
        return row

    def add(self, row: R) -> R:
        """Write a new row; on a desktop, a row that no granted scope holds is left to the hub."""
        return super().add(row) if self._visible(row) else row

    def _visible(self, row: Record) -> bool:
        if self.sees is everything:
            return True
        for scope in scopes_of(row):  # noqa: SIM110  twice as fast as any(), and every written row comes here
            if self.sees(scope):
                return True
        return False

    def need(self, cls: type[R], id_: str) -> R:
        """The record with this id, or `Refused("not_found")`."""
        row = self.get(cls, id_)
        if row is None:
            raise Refused("not_found", kind=name_of(cls), id=id_)
        return row

    def id(self, *parts: str | int) -> str:
        """The id that this command gives to the row which `parts` name: the same on desktop and hub."""
        return derived_id(self.command_id, *parts)

    def contradict(
        self, code: str, organisation_id: str, document_id: str, subject_id: str = "", **details: int | str
    ) -> None:
        """Book a fact although the books say otherwise: opens a discrepancy task (差异处理)."""
        self.exceptions.append((code, dict(details)))
        self.add(
            Discrepancy(
                id=self.id("discrepancy", code, document_id, subject_id),
                organisation_id=organisation_id,
                code=code,
                document_id=document_id,
                subject_id=subject_id,
                details=details,
                at=self.time,
            )
        )

    def audit(self, event: str, subject: Record, **details: str | int | None) -> None:
        """Write a typed event that nothing edits."""
        self.add(
            Audit(
                id=self.id("audit", event, subject.id),
                event=event,
                subject_kind=name_of(type(subject)),
                subject_id=subject.id,
                organisation_id=self.actor.organisation_id,
                actor_id=self.actor.id,
                actor_name=self.actor.name,
                device_id=self.device_id,
                details=details,
                at=self.time,
            )
        )

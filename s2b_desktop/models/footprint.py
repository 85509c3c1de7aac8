"""What a prediction read and wrote, so that a pull which misses it need not replay it."""

from array import array
from collections.abc import Iterable, Mapping

from s2b_desktop.models.rows import Row
from s2b_domain.records import RECORDS, name_of
from s2b_domain.tx import Tx

Shape = tuple[str, ...]


class Footprint:
    """The reads and writes of one command, as hashes of this process.

    `writes` are rows by id, `reads` rows by id and searches by what they looked for, `marks` the searches that would
    find a written row as it was or as it became; of those kinds of search that were `known` when it was made.
    """

    __slots__ = ("known", "marks", "needs", "reads", "shapes", "writes")

    def __init__(self, tx: Tx | None, kinds: "Kinds") -> None:
        self.writes: array[int] = array("q")
        self.reads: array[int] = array("q")
        self.marks: array[int] = array("q")
        self.shapes: set[tuple[str, Shape]] = set()
        if tx is not None:
            self.reads.extend(hash((name_of(cls), id_)) for cls, id_ in tx.seen)
            for (cls, shape), searches in tx.searched.items():
                table = name_of(cls)
                self.shapes.add((table, shape))
                self.reads.extend([hash((table, shape, values)) for values in searches])
        self.needs = kinds.learn(self.shapes)
        self.known = len(kinds)
        if tx is not None:
            for (cls, id_), before, after in tx.changes():
                table = name_of(cls)
                self.writes.append(hash((table, id_)))
                for shape in kinds.of(table):
                    for image in (before, after):
                        if image is not None:
                            found = tuple([getattr(image, column) for column in shape])
                            self.marks.append(hash((table, shape, found)))


class Kinds:
    """The kinds of search that commands have made, each with its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Shape], int] = {}
        self._by_table: dict[str, list[Shape]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def learn(self, shapes: Iterable[tuple[str, Shape]]) -> int:
        """Number the new ones; how many must be known to know all of these."""
        needs = 0
        for table, shape in shapes:
            if (table, shape) not in self._numbers:
                self._numbers[table, shape] = len(self._numbers)
                self._by_table.setdefault(table, []).append(shape)
            needs = max(needs, self._numbers[table, shape] + 1)
        return needs

    def of(self, table: str) -> list[Shape]:
        """Those that look into a table."""
        return self._by_table.get(table, [])


class Together:
    """What some commands have read and written between them."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self._writes: set[int] = set()
        self._touched: set[int] = set()
        self._reads: set[int] = set()
        self._known: int | None = None
        self._needs = 0

    def add(self, seq: int, footprint: Footprint) -> None:
        """One more, with a higher place than those before."""
        self.seqs.append(seq)
        self._writes.update(footprint.writes)
        self._touched.update(footprint.writes)
        self._touched.update(footprint.marks)
        self._reads.update(footprint.reads)
        self._known = footprint.known if self._known is None else min(self._known, footprint.known)
        self._needs = max(self._needs, footprint.needs)

    def concern(self, later: Footprint) -> bool:
        """Whether a later command saw what these wrote, or wrote what these saw or wrote."""
        if self._known is None:
            return False
        if later.needs > self._known or self._needs > later.known:
            return True  # one searched in a way that the other could not know when its marks were made
        return not (
            self._touched.isdisjoint(later.reads)
            and self._writes.isdisjoint(later.writes)
            and self._reads.isdisjoint(later.writes)
            and self._reads.isdisjoint(later.marks)
        )


class Others:
    """Predictions that stand while commands among them are carried out anew: who of them would have been later."""

    def __init__(self, footprints: Mapping[int, Footprint]) -> None:
        self._last = max(footprints, default=0)
        self._known = min((f.known for f in footprints.values()), default=None)
        self._needs = max((f.needs for f in footprints.values()), default=0)
        self._reads: dict[int, int] = {}
        self._writes: dict[int, int] = {}
        self._marks: dict[int, int] = {}
        for seq in sorted(footprints):
            self._reads.update(dict.fromkeys(footprints[seq].reads, seq))
            self._writes.update(dict.fromkeys(footprints[seq].writes, seq))
            self._marks.update(dict.fromkeys(footprints[seq].marks, seq))

    def concern_after(self, seq: int, footprint: Footprint) -> bool:
        """Whether a command at this place has to do with one that comes after it."""
        if self._known is None or self._last < seq:
            return False
        if footprint.needs > self._known or self._needs > footprint.known:
            return True
        return any(
            of.get(number, 0) > seq
            for numbers, met in (
                (footprint.writes, (self._reads, self._writes)),
                (footprint.marks, (self._reads,)),
                (footprint.reads, (self._writes, self._marks)),
            )
            for of in met
            for number in numbers
        )


class Footprints:
    """Those of all predictions that stand, by place in the queue. A place without one must be replayed."""

    def __init__(self) -> None:
        self._by_seq: dict[int, Footprint] = {}
        self._kinds = Kinds()

    def clear(self) -> None:
        """No prediction stands."""
        self._by_seq.clear()

    def of(self, tx: Tx | None) -> Footprint:
        """The footprint of a command that was carried out."""
        return Footprint(tx, self._kinds)

    def set(self, seq: int, footprint: Footprint) -> None:
        """A prediction was made."""
        self._by_seq[seq] = footprint

    def drop(self, seqs: Iterable[int]) -> None:
        """Predictions came true, or were taken back."""
        for seq in seqs:
            self._by_seq.pop(seq, None)

    def without(self, seqs: Iterable[int]) -> "Others":
        """All but those of some places."""
        left_out = set(seqs)
        return Others({seq: f for seq, f in self._by_seq.items() if seq not in left_out})

    def crossed(
        self,
        seqs: Iterable[int],
        settled: Iterable[tuple[str, str]],
        changed: Mapping[str, Iterable[tuple[Row | None, Row | None]]],
    ) -> list[int] | None:
        """Which predictions of `seqs` are touched, in their order: those that wrote a `settled` row (table, id), those
        that read one of the `changed` rows (table -> before and after), by id or by what they searched for, and all
        that have to do with what an earlier one of them read or wrote. None where that cannot be known."""
        standing = {seq: self._by_seq.get(seq) for seq in sorted(seqs)}
        known = [f for f in standing.values() if f is not None]
        if len(known) < len(standing):
            return None
        if not known:
            return []
        written = {hash(ref) for ref in settled}
        seen: set[int] = set()
        shapes = set().union(*(f.shapes for f in known))
        for table, pairs in changed.items():
            searches = [
                (shape, [RECORDS[table].columns.index(c) for c in shape]) for named, shape in shapes if named == table
            ]
            for row in (row for pair in pairs for row in pair if row is not None):
                seen.add(hash((table, row[0])))
                seen.update(hash((table, shape, tuple(row[i] for i in places))) for shape, places in searches)
        together = Together()
        for seq, footprint in standing.items():
            assert footprint is not None
            touched = not (written.isdisjoint(footprint.writes) and seen.isdisjoint(footprint.reads))
            if touched or together.concern(footprint):
                together.add(seq, footprint)
        return together.seqs

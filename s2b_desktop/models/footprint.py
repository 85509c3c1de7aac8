"""What a prediction read and wrote, so that a pull which misses it need not replay it."""

from array import array
from collections.abc import Iterable, Mapping

from s2b_desktop.models.rows import Row
from s2b_domain.records import RECORDS, name_of
from s2b_domain.tx import Tx

Shape = tuple[str, ...]


class Footprint:
    """The reads and writes of one command, as hashes of this process."""

    def __init__(self, tx: Tx | None = None) -> None:
        self.writes: array[int] = array("q")
        self.reads: array[int] = array("q")
        self.shapes: set[tuple[str, Shape]] = set()
        if tx is not None:
            self.writes.extend(hash((name_of(cls), id_)) for cls, id_ in tx.after)
            self.reads.extend(hash((name_of(cls), id_)) for cls, id_ in tx.seen)
            for cls, equals in tx.searched:
                shape = tuple(column for column, _ in equals)
                self.shapes.add((name_of(cls), shape))
                self.reads.append(hash((name_of(cls), shape, tuple(value for _, value in equals))))


class Footprints:
    """Those of all predictions that stand, by place in the queue. A place without one must be replayed."""

    def __init__(self) -> None:
        self._by_seq: dict[int, Footprint] = {}

    def clear(self) -> None:
        """No prediction stands."""
        self._by_seq.clear()

    def set(self, seq: int, footprint: Footprint) -> None:
        """A prediction was made."""
        self._by_seq[seq] = footprint

    def drop(self, seqs: Iterable[int]) -> None:
        """Predictions came true, or were taken back."""
        for seq in seqs:
            self._by_seq.pop(seq, None)

    def cross(
        self,
        seqs: Iterable[int],
        settled: Iterable[tuple[str, str]],
        changed: Mapping[str, Iterable[tuple[Row | None, Row | None]]],
    ) -> bool:
        """Whether the predictions of `seqs` are touched: one of them wrote a `settled` row (table, id), or read one
        of the `changed` rows (table -> before and after), by id or by what it searched for."""
        standing = [self._by_seq.get(seq) for seq in seqs]
        known = [f for f in standing if f is not None]
        if len(known) < len(standing):
            return True
        if not known:
            return False
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
        return not all(written.isdisjoint(f.writes) and seen.isdisjoint(f.reads) for f in known)

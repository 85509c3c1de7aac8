"""A draft over a store answers exactly like a store in which its changes were made at once."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from s2b_domain.records import METADATA
from s2b_domain.records.stock import Warehouse
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Draft
from tests.domain.books import Books

IDS = st.sampled_from(["a", "b", "c", "d"])
OWNERS = st.sampled_from(["x", "y"])
POSITIONS = st.integers(0, 2)


class Layers(RuleBasedStateMachine):
    """Store <- batch draft <- command draft, against a plain dict."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        METADATA.create_all(self.engine)
        self.connection = self.engine.connect()
        self.store = RecordStore(self.connection)
        self.stored: dict[str, Warehouse] = {}
        self.batch, self.batched = Draft(self.store), dict(self.stored)
        self.draft, self.drafted = Draft(self.batch), dict(self.batched)

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()

    @rule(id_=IDS, owner=OWNERS, position=POSITIONS)
    def put(self, id_: str, owner: str, position: int) -> None:
        self.draft.put(Warehouse(id=id_, owner_id=owner, name="w", position=position))
        self.drafted[id_] = Warehouse(id=id_, owner_id=owner, name="w", position=position)

    @rule(id_=IDS)
    def delete(self, id_: str) -> None:
        row = self.draft.get(Warehouse, id_)
        if row is not None:
            self.draft.delete(row)
            del self.drafted[id_]

    @rule()
    def accept(self) -> None:
        self.batch.absorb(self.draft)
        self.batched = dict(self.drafted)
        self.draft = Draft(self.batch)

    @rule()
    def refuse(self) -> None:
        self.draft, self.drafted = Draft(self.batch), dict(self.batched)

    @rule()
    def commit(self) -> None:
        self.accept()
        Books.flush(self, self.batch)  # type: ignore[arg-type]
        self.stored = dict(self.batched)
        self.batch = Draft(self.store)
        self.draft = Draft(self.batch)

    @invariant()
    def answers_are_the_same(self) -> None:
        def plain(rows: list[Warehouse]) -> list[tuple[Any, ...]]:
            return [(r.id, r.owner_id, r.position) for r in rows]

        for layer, rows in ((self.draft, self.drafted), (self.batch, self.batched), (self.store, self.stored)):
            expected = sorted(rows.values(), key=lambda r: r.id)
            for owner in "xy":
                found = layer.find(Warehouse, owner_id=owner)
                assert plain(found) == plain([r for r in expected if r.owner_id == owner])
                among = layer.find_in(Warehouse, "position", [0, 2], owner_id=owner)
                assert plain(among) == plain([r for r in expected if r.owner_id == owner and r.position != 1])
            assert plain(layer.find_in(Warehouse, "id", "abcd")) == plain(expected)


TestLayers = Layers.TestCase


@given(st.lists(st.tuples(OWNERS, POSITIONS), min_size=1, max_size=6))
def test_row_version_counts_changes_once_per_draft(values: list[tuple[str, int]]) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    with engine.connect() as connection:
        batch = Draft(RecordStore(connection))
        version, last = 0, None
        for owner, position in values:
            draft = Draft(batch)
            draft.put(Warehouse(id="a", owner_id="other", name="w", position=9))
            row = draft.put(Warehouse(id="a", owner_id=owner, name="w", position=position))
            version += (owner, position) != last
            last = (owner, position)
            assert row.row_version == version
            batch.absorb(draft)
    engine.dispose()


def test_a_row_that_is_removed_and_made_again_is_changed_not_inserted() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    with engine.connect() as connection:
        store = RecordStore(connection)
        row = Warehouse(id="a", owner_id="x", name="w", row_version=3)
        store.insert(Warehouse, [row])
        draft = Draft(store)
        draft.delete(row)
        draft.add(row.with_(name="v"))
        assert draft.changes() == [((Warehouse, "a"), row, row.with_(name="v", row_version=4))]
    engine.dispose()

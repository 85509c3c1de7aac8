"""Reads go to the driver itself: what SQLAlchemy promised around them still holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError, ResourceClosedError

from s2b_domain.records import METADATA
from s2b_domain.records.stock import Warehouse
from s2b_domain.records.store import RecordStore


def _plain(raw: Any) -> None:
    raw.isolation_level = None
    raw.execute("PRAGMA journal_mode = WAL")  # so that somebody may write while another reads


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A file whose transactions begin where SQLAlchemy says."""
    engine = create_engine(f"sqlite:///{tmp_path / 'rows.sqlite'}")
    event.listen(engine, "connect", lambda raw, _: _plain(raw))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def add(engine: Engine, id_: str) -> None:
    with engine.begin() as connection:
        RecordStore(connection).insert(Warehouse, [Warehouse(id=id_, owner_id="x", name="w", position=0)])


def test_what_is_read_first_and_later_is_one_state(engine: Engine) -> None:
    with engine.connect() as connection:
        store = RecordStore(connection)
        assert store.get(Warehouse, "a") is None
        add(engine, "a")
        assert store.get(Warehouse, "a") is None
        assert store.find(Warehouse, owner_id="x") == []
    with engine.connect() as connection:
        assert RecordStore(connection).get(Warehouse, "a") is not None


def test_what_the_database_refuses_is_sqlalchemys_error_with_its_code(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE warehouse"))
    with engine.connect() as connection, pytest.raises(OperationalError, match="no such table") as caught:
        RecordStore(connection).get(Warehouse, "a")
    assert caught.value.orig is not None
    assert getattr(caught.value.orig, "sqlite_errorcode", None) == 1


def test_a_connection_that_was_given_back_answers_nobody(engine: Engine) -> None:
    with engine.connect() as connection:
        store = RecordStore(connection)
    with pytest.raises(ResourceClosedError):
        store.get(Warehouse, "a")


def test_rows_come_as_they_are_stored(engine: Engine) -> None:
    add(engine, "a")
    add(engine, "b")
    with engine.connect() as connection:
        store = RecordStore(connection)
        wanted = sorted([Warehouse.encode(row) for row in store.find(Warehouse, owner_id="x")])
        assert sorted(store.rows(Warehouse, ["b", "a", "c", "a"])) == wanted
        assert store.rows(Warehouse, []) == []

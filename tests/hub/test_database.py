"""Transactions are what the rest relies on: durable, exclusive for writers, one snapshot for readers."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from s2b_domain.records.order import Order
from s2b_domain.wire import Outcome
from s2b_hub import pull, tables
from s2b_hub.database import is_transient, upsert
from s2b_hub.location import FILE
from tests.hub.world import World

pytestmark = pytest.mark.postgresql


@pytest.mark.sqlite
def test_commits_are_durable_and_readers_do_not_wait(world: World) -> None:
    with world.hub.database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        with world.hub.database.read() as reader:
            assert reader.scalar(select(tables.meta.c.key).limit(1))


@pytest.mark.sqlite
def test_a_writer_excludes_others_from_its_first_statement_on(world: World) -> None:
    with world.hub.database.write(), closing(sqlite3.connect(world.folder / FILE, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked") as raised:
            other.execute("BEGIN IMMEDIATE")
        assert is_transient(OperationalError("BEGIN", None, raised.value))
        with pytest.raises(sqlite3.OperationalError, match="no such table") as raised:
            other.execute("SELECT * FROM nowhere")
        assert not is_transient(OperationalError("SELECT", None, raised.value))


def test_a_failed_transaction_leaves_nothing(world: World) -> None:
    def fail() -> None:
        with world.hub.database.write() as connection:
            connection.execute(insert(tables.meta), {"key": "x", "value": b"y"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with world.hub.database.read() as connection:
        assert connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == "x")) is None


@pytest.mark.sqlite
def test_readers_cannot_write(world: World) -> None:
    with pytest.raises(OperationalError, match="readonly"), world.hub.database.read() as connection:
        connection.execute(insert(tables.meta), {"key": "x", "value": b"y"})


def test_a_reader_sees_one_state_to_the_end(world: World) -> None:
    with world.hub.database.read() as connection:
        assert connection.scalar(select(tables.meta.c.key).limit(1))
        world.desk("chenguang").send(world.order(("HF-1", 1)))
        assert connection.execute(select(Order.table)).all() == []
    assert len(world.rows(Order)) == 1


def test_an_order_that_comes_in_the_middle_of_a_page_is_wholly_outside_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, sender = world.desk("chenguang"), list[Outcome]()
    other = world.desk("chenguang", device_id=desk.signed.device_id, device_secret=desk.signed.device_secret)
    outcomes = pull._outcomes

    def meanwhile(*arguments: object) -> object:
        if not sender:
            sender.append(other.send(world.order(("HF-1", 1))))
        return outcomes(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pull, "_outcomes", meanwhile)
    desk.pull()
    assert sender
    assert desk.outcomes == {}
    assert desk.has(Order) == []
    desk.pull()
    assert desk.outcomes == {1: sender[0]}
    assert len(desk.has(Order)) == 1


def test_pulls_beside_pushes_always_have_outcome_and_effect_together(world: World) -> None:
    """Readers in threads of their own, while the writer commits."""
    world.hub.close()
    world.inline = False
    world.hub = world.open()
    desk = world.desk("chenguang")
    reader = world.desk("chenguang", device_id=desk.signed.device_id, device_secret=desk.signed.device_secret)
    done = threading.Event()
    envelopes = [desk.envelope(desk.body(world.order(("HF-1", 1)))) for _ in range(20)]

    def push() -> None:
        for envelope in envelopes:
            desk.push(envelope)
        done.set()

    thread = threading.Thread(target=push)
    thread.start()
    while not done.is_set():
        reader.pull(limit=7)
        assert len(reader.outcomes) == len(reader.has(Order))
    thread.join()
    reader.pull()
    assert len(reader.outcomes) == len(reader.has(Order)) == 20


def test_upsert_replaces_by_key(world: World) -> None:
    rows = [{"key": "k", "value": json.dumps(n).encode()} for n in range(2)]
    with world.hub.database.write() as connection:
        upsert(connection, tables.meta, rows[:1])
        upsert(connection, tables.meta, rows[1:])
        upsert(connection, tables.meta, [])
    with world.hub.database.read() as connection:
        assert connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == "k")) == b"1"

"""A decision, its effects and the news of them are one transaction, and nothing is answered before it is on disk."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from s2b_domain.access import STOCK
from s2b_domain.commands import carry_out
from s2b_domain.errors import Refused
from s2b_domain.records.order import Order
from s2b_domain.records.stock import Availability
from s2b_domain.tx import Tx
from s2b_domain.wire import OutcomeKind
from s2b_hub import devices, tables
from s2b_hub.door import Job
from s2b_hub.feed import lock
from s2b_hub.problems import ProblemError
from tests.hub.world import World
from tests.simulation.line import PowerCutError, full_disk, power_cut


def test_a_hub_that_dies_before_the_commit_has_decided_nothing(world: World) -> None:
    desk = world.desk("chenguang")
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))
    before = world.everything()
    with power_cut(world.hub.database.writer), pytest.raises(PowerCutError):
        desk.push(envelope)
    world.restart()
    assert world.everything() == before
    [outcome] = desk.push(envelope).outcomes
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert len(world.rows(Order)) == 1


def test_a_command_that_is_refused_after_it_wrote_has_written_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_last_refused(tx: Tx, name: str, payload: bytes) -> None:
        carry_out(tx, name, payload)
        raise Refused("state_changed")

    monkeypatch.setattr("s2b_hub.push.carry_out", at_last_refused)
    desk = world.desk("chenguang")
    before = world.everything()
    assert desk.send(world.order(("HF-1", 1))).kind is OutcomeKind.REJECTED
    assert world.everything() == before


def test_nothing_is_answered_that_the_disk_has_not_taken(world: World) -> None:
    desk = world.desk("chenguang")
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))
    with full_disk(world.hub.database.writer), pytest.raises(ProblemError, match="busy"):
        desk.push(envelope)
    assert world.rows(Order) == []
    assert desk.push(envelope).outcomes[0].kind is OutcomeKind.ACCEPTED


def test_a_device_that_is_revoked_between_two_commands_decides_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = world.desk("chenguang")
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))
    door = world.hub.door
    submit = door.submit

    def revoked_first(*jobs: Job[Any]) -> None:
        """After the session was looked at, before the command's turn comes."""
        monkeypatch.undo()
        door.execute(lambda batch: devices.revoke(batch, desk.signed.device_id))
        submit(*jobs)

    monkeypatch.setattr(door, "submit", revoked_first)
    with pytest.raises(ProblemError, match="device_revoked"):
        desk.push(envelope)
    assert world.rows(Order) == []


def test_counters_are_locked_in_one_order(world: World) -> None:
    with world.hub.database.write() as connection:
        assert list(lock(connection, {"pool:b", "catalog", "pool:a"})) == ["catalog", "pool:a", "pool:b"]


def test_every_entry_of_the_stock_feed_is_stamped_with_its_transaction(world: World) -> None:
    merchant = world.desk("chenguang")
    merchant.pull()
    for _ in range(2):
        assert merchant.send(world.order(("HF-1", 1), ("YD-1", 1))).kind is OutcomeKind.ACCEPTED
    c = tables.change.c
    with world.hub.database.read() as connection:
        highest = connection.scalar(select(tables.scope.c.version).where(tables.scope.c.name == STOCK))
        newest = connection.scalar(select(func.max(c.version)).where(c.scope == STOCK))
        unstamped = connection.scalar(select(func.count()).where(c.scope == STOCK, c.version.is_(None)))
    assert (newest, unstamped) == (highest, 0)
    merchant.pull()  # which compares the checksum of the stock scope too
    promisable = {s.id: s.row_version for s in world.rows(Availability) if s.live}
    assert {s.id: s.row_version for s in merchant.has(Availability)} == promisable

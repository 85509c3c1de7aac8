"""A supplier's queue, from a store that holds everything of everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from s2b_desktop.models.queries.supply import (
    SORTS,
    STATES,
    Queue,
    supply_counts,
    supply_detail,
    supply_entries,
    supply_ids,
    supply_rowid,
)
from s2b_domain.records.order import Parcel, SupplyLine, SupplyOrder
from s2b_domain.rules.order_flow import SupplyState
from tests.views import world
from tests.views.world import DAY, NOW, SECOND_SUPPLIER, SUPPLIER, World

MINE = SUPPLIER.organisation_id


@pytest.fixture
def hub() -> Iterator[World]:
    made = world.world()
    yield made
    made.connection.rollback()


@pytest.mark.parametrize("queue", list(Queue))
def test_every_list_shows_its_states_and_its_count(hub: World, queue: Queue) -> None:
    later = NOW + 2 * DAY
    entries = supply_entries(hub.connection, supply_ids(hub.connection, MINE, queue, later))
    mine = [s for s in hub.store.find(SupplyOrder, supplier_id=MINE) if s.state in STATES[queue]]
    if queue is Queue.OVERDUE:
        mine = [s for s in mine if s.ship_by is not None and s.ship_by < later]
    assert {entry.id for entry in entries} == {s.id for s in mine}
    assert entries, queue
    assert supply_counts(hub.connection, MINE, later)[queue].count == len(entries)


def test_what_must_leave_first_comes_first(hub: World) -> None:
    entries = supply_entries(hub.connection, supply_ids(hub.connection, MINE, Queue.OPEN, NOW))
    dues = [entry.ship_by for entry in entries]
    assert None not in dues
    assert dues == sorted(due for due in dues if due is not None)
    assert supply_counts(hub.connection, MINE, NOW)[Queue.OPEN].next_due == dues[0]


def test_an_entry_sums_its_lines(hub: World) -> None:
    for entry in supply_entries(hub.connection, supply_ids(hub.connection, MINE, Queue.ALL, NOW)):
        lines = hub.store.find(SupplyLine, supply_order_id=entry.id)
        assert entry.quantity == sum(line.quantity for line in lines)
        assert entry.lines == len(lines)
        assert entry.first_title == min(lines, key=lambda line: line.line).title


@pytest.mark.parametrize("sort", list(SORTS))
def test_every_sort_keeps_every_row(hub: World, sort: str) -> None:
    up = supply_ids(hub.connection, MINE, Queue.ALL, NOW, "", sort, False)
    down = supply_ids(hub.connection, MINE, Queue.ALL, NOW, "", sort, True)
    assert sorted(up) == sorted(down) == sorted(supply_ids(hub.connection, MINE, Queue.ALL, NOW))


def test_a_supply_order_is_found_by_number_goods_and_parcel(hub: World) -> None:
    parcel = hub.store.find(Parcel, supplier_id=MINE)[0]
    [found] = supply_entries(hub.connection, supply_ids(hub.connection, MINE, Queue.ALL, NOW, parcel.tracking_number))
    assert found.id == parcel.supply_order_id
    assert found.rowid == supply_rowid(hub.connection, found.id)
    by_number = supply_ids(hub.connection, MINE, Queue.ALL, NOW, found.number)
    assert list(by_number) == [found.rowid]
    named = supply_entries(hub.connection, supply_ids(hub.connection, MINE, Queue.ALL, NOW, "老干妈"))
    assert [entry.first_title for entry in named] == ["老干妈 风味豆豉 280g"]


def test_another_suppliers_order_is_not_shown(hub: World) -> None:
    theirs = hub.store.find(SupplyOrder, supplier_id=SECOND_SUPPLIER.organisation_id)[0]
    rowid = supply_rowid(hub.connection, theirs.id)
    assert rowid is not None
    assert supply_detail(hub.connection, MINE, rowid) is None
    assert rowid not in supply_ids(hub.connection, MINE, Queue.ALL, NOW)


def test_one_in_full_has_its_own_history(hub: World) -> None:
    [rowid] = supply_ids(hub.connection, MINE, Queue.PARTLY, NOW)
    detail = supply_detail(hub.connection, MINE, rowid)
    assert detail is not None
    assert detail.order.state is SupplyState.PARTLY_SHIPPED
    assert [line.line for line in detail.lines] == sorted(line.line for line in detail.lines)
    assert len(detail.parcels) == 1
    assert {event.organisation_id for event in detail.history} == {MINE}
    assert [event.at for event in detail.history] == sorted(event.at for event in detail.history)

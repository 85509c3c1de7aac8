"""A line that cuts, delays, doubles, truncates and brings old requests again, before a hub in a process of its own."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from s2b_desktop.models.profile import Profile
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.client import Client
from s2b_desktop.sync.entry import resume
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.records.catalog import Price
from s2b_domain.records.order import Order
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind
from tests.journeys.conftest import Hub, Profiles
from tests.journeys.proxy import FAULTS, Weather, proxy

MOST = 400
"""Rounds: a bound against a queue that never drains."""


def order(workspace: Workspace) -> None:
    price = workspace.read(lambda connection: RecordStore(connection).find(Price))[0]
    item = OrderItem(sku_id=price.sku_id, quantity=1, price_seen=price.supply_price)
    workspace.submit(
        PlaceOrder(
            order_id=workspace.new_id(),
            number=workspace.next_number(),
            kind=OrderKind.PURCHASE,
            items=(item,),
            confirm=False,
        )
    )


@pytest.mark.timeout(180)
def test_a_bad_line_costs_patience_and_nothing_else(hub: Hub, profile_of: Profiles) -> None:
    weather = Weather(hub.port, seed=3)
    profiles = [profile_of("chenguang", name) for name in ("till", "office")]
    with ExitStack() as stack:
        address = stack.enter_context(proxy(hub.data, weather))
        desks: list[tuple[Workspace, SyncLoop]] = []
        for folder in profiles:
            workspace = resume(Profile(folder))
            assert workspace is not None
            client = Client(address, hub.certificate)
            loop = SyncLoop(workspace, client)
            stack.callback(client.close)
            stack.callback(workspace.close)
            stack.callback(loop.stop)
            assert loop.round(), loop.status()
            desks.append((workspace, loop))
        weather.rate = 0.5
        for n in range(MOST):
            for workspace, loop in desks:
                if n < 8:
                    order(workspace)
                loop.round()
            if n > 8 and weather.struck.keys() == set(FAULTS) and not any(w.counts()[0] for w, _ in desks):
                break
        assert weather.struck.keys() == set(FAULTS)
        weather.rate = 0
        for _, loop in (*desks, *desks):
            assert loop.round(), loop.status()
        shown = [{o.number for o in w.read(lambda c: RecordStore(c).find(Order))} for w, _ in desks]
        assert [w.counts() for w, _ in desks] == [(0, 0), (0, 0)]
    books = hub.copies()
    assert len(books) == 16
    assert set(books.values()) == {1}
    assert shown == [set(books), set(books)]
    [(decided, distinct)] = hub.rows("SELECT count(*), count(DISTINCT command_id) FROM ledger WHERE kind = 'accepted'")
    assert decided == distinct

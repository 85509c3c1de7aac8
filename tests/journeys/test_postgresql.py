"""Several hub processes on one PostgreSQL, under load, while the server is killed and hubs come and go."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from s2b_domain.records.order import Order
from s2b_domain.wire import PROTOCOL, Listen, News, OutcomeKind, Pull, Pulled, Push, Pushed
from s2b_hub import tables
from s2b_hub.journal import FILE as JOURNAL
from tests.domain.straight import check_books
from tests.hub.test_cli import Served, serving
from tests.hub.test_server import Client
from tests.hub.world import Desk, World, found
from tests.postgresql import copy_hub, drop_hub, place_hub, server
from tests.simulation.fleet import _Books

pytestmark = [pytest.mark.journey, pytest.mark.postgresql(only=True)]
ORDERS = 12
DEVICES = 8


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("postgresql") / "template"
    place_hub(folder, "postgresql")
    found(folder)
    yield folder
    drop_hub(folder)


class Load:
    """Devices that each send their orders through whichever hub answers, until every one is decided."""

    def __init__(self, folder: Path, *, orders: int) -> None:
        self.folder = folder
        self.orders = orders
        with closing((world := World(folder)).hub):
            self.desks = [world.desk(("chenguang", "xiaoman")[n % 2]) for n in range(DEVICES)]
            codes = ("HF-1", "HF-2", "HF-3", "YD-1", "YD-2")
            self.pushes = [
                [
                    Push(protocol=PROTOCOL, envelopes=(desk.envelope(desk.body(order)),))
                    for order in (
                        world.order((codes[(n + k) % 5], 1), (codes[(n + k + 1) % 5], 1)) for k in range(orders)
                    )
                ]
                for n, desk in enumerate(self.desks)
            ]
        self.answers: list[list[Pushed]] = [[] for _ in self.desks]
        self.failed = 0

    def run(self, clients: list[Client], meanwhile: Callable[[], None] = lambda: None) -> float:
        """Orders per second, until all are decided."""
        began = time.monotonic()
        with ThreadPoolExecutor(DEVICES) as pool:
            sending = [pool.submit(self._send, n, clients) for n in range(DEVICES)]
            meanwhile()
            for each in sending:
                each.result()
        return DEVICES * self.orders / (time.monotonic() - began)

    def _send(self, n: int, clients: list[Client]) -> None:
        """One order after another, each through the next hub; where one is away or busy, through the one after."""
        sent = n
        for push in self.pushes[n]:
            for _ in range(600):
                sent += 1
                try:
                    own = clients[sent % len(clients)]
                    self.answers[n].append(own.post("/v1/push", push, Pushed, self.desks[n].signed.token))
                    break
                except (requests.RequestException, AssertionError):
                    self.failed += 1
                    threading.Event().wait(0.05)
            else:
                pytest.fail(f"no hub answered device {n}")

    def check(self) -> None:
        """Every order has one outcome and one effect, whichever hub is asked; nothing is out of order."""
        with closing((world := World(self.folder)).hub), world.hub.database.read() as connection:
            check_books(_Books(connection))
            ledger = connection.execute(select(tables.ledger).order_by(tables.ledger.c.hub_order)).all()
            assert connection.execute(select(tables.dead_letter)).all() == []
            mine = {(e.device_id, e.seq): e for e in ledger}
            assert [e.hub_order for e in ledger] == list(range(1, len(ledger) + 1))
            accepted = 0
            for desk, answers in zip(self.desks, self.answers, strict=True):
                assert [p.outcomes[0].seq for p in answers] == list(range(1, self.orders + 1))
                for pushed in answers:
                    (outcome,) = pushed.outcomes
                    accepted += outcome.kind is OutcomeKind.ACCEPTED
                    assert outcome.receipt is not None
                    assert mine[desk.signed.device_id, outcome.seq].hub_order == outcome.receipt.hub_order
                places = [mine[desk.signed.device_id, seq].hub_order for seq in range(1, self.orders + 1)]
                assert places == sorted(places)
            assert len(world.rows(Order)) == accepted > 0
            for desk in self.desks:
                _at(world, desk).pull()  # compares every checksum
                assert set(desk.outcomes) == set(range(1, self.orders + 1))


def _at(world: World, desk: Desk) -> Desk:
    desk.world = world
    return desk


def several(stack: ExitStack, folder: Path, tmp_path: Path, count: int) -> list[Served]:
    """Hub processes, each with a copy of the data folder, and the same journal."""
    hubs: list[Served] = []
    for n in range(count):
        shutil.copytree(folder, tmp_path / f"hub-{n}")
        (tmp_path / f"hub-{n}" / JOURNAL).unlink()
        (tmp_path / f"hub-{n}" / JOURNAL).symlink_to(folder / JOURNAL)
        hubs.append(stack.enter_context(serving(tmp_path / f"hub-{n}", "--no-tls")))
    return hubs


@pytest.mark.parametrize("processes", [2, pytest.param(4, marks=pytest.mark.postgresql_full)])
def test_orders_through_several_hubs(
    founded: Path, tmp_path: Path, processes: int, record_property: Callable[[str, object], None]
) -> None:
    copy_hub(founded, tmp_path / "hub")
    with ExitStack() as stack:
        stack.callback(drop_hub, tmp_path / "hub")
        load = Load(tmp_path / "hub", orders=ORDERS)
        hubs = several(stack, tmp_path / "hub", tmp_path, processes)
        record_property("orders per second", round(load.run([h.client for h in hubs])))
        load.check()


def test_the_server_is_killed_and_a_hub_too_and_all_is_decided_once(founded: Path, tmp_path: Path) -> None:
    if not server().embedded:
        pytest.skip("a server of somebody else's is not killed")
    copy_hub(founded, tmp_path / "hub")
    with ExitStack() as stack:
        load = Load(tmp_path / "hub", orders=ORDERS)
        hubs = several(stack, tmp_path / "hub", tmp_path, 2)

        def mishaps() -> None:
            while sum(map(len, load.answers)) < DEVICES * ORDERS // 4:
                threading.Event().wait(0.01)
            server().kill()
            server().start()
            while sum(map(len, load.answers)) < DEVICES * ORDERS // 2:
                threading.Event().wait(0.01)
            hubs[0].process.kill()

        load.run([h.client for h in hubs], mishaps)
        assert load.failed > 0
        health = hubs[1].client.http.get(hubs[1].ready["address"] + "/healthz", timeout=20)
        assert health.json()["status"] == "ok"
        load.check()
    drop_hub(tmp_path / "hub")


def test_a_desktop_at_one_hub_hears_of_an_order_at_the_other(founded: Path, tmp_path: Path) -> None:
    copy_hub(founded, tmp_path / "hub")
    with ExitStack() as stack:
        stack.callback(drop_hub, tmp_path / "hub")
        load = Load(tmp_path / "hub", orders=1)
        one, other = several(stack, tmp_path / "hub", tmp_path, 2)
        desk = load.desks[0]
        pulled = other.client.post("/v1/pull", Pull(protocol=PROTOCOL, cursors=()), Pulled, desk.signed.token)
        listen = Listen(protocol=PROTOCOL, cursors=pulled.cursors, receipt=0, seconds=20)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(other.client.post, "/v1/news", listen, News, desk.signed.token)
            for push in load.pushes[2]:
                one.client.post("/v1/push", push, Pushed, load.desks[2].signed.token)
            assert waiting.result().news

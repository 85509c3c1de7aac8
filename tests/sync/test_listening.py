"""Waiting for news over the real line, and what the desktop does when the line, the hub or the machine misbehaves."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from s2b_desktop.models.profile import Profile
from s2b_desktop.models.status import Status
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync import listener as listening
from s2b_desktop.sync import loop as looping
from s2b_desktop.sync.client import Client
from s2b_desktop.sync.ear import HubEar
from s2b_desktop.sync.entry import sign_in
from s2b_desktop.sync.listener import Listener
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.sync.transport import Ear, LineError, Unreachable
from s2b_desktop.sync.watchdog import TOLERANCE, Watchdog
from s2b_domain import wire
from s2b_hub import devices
from s2b_hub.watch import Watch
from tests.hub.world import PASSWORD, World
from tests.sync.conftest import pin
from tests.sync.proxy import Proxy

PATIENCE = 20.0
STANDING = ("token", wire.Listen(protocol=wire.PROTOCOL, cursors=()))


class Online:
    """A desktop whose loop runs and listens; `until` waits for something that its statuses or tables bring."""

    def __init__(self, world: World, address: str, folder: Path, login: str) -> None:
        self.client = Client(address, pin(world))
        self.workspace: Workspace = sign_in(Profile(folder / login), self.client, login, PASSWORD)
        self.events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.workspace.listeners.append(self.events.put)
        self.loop = SyncLoop(
            self.workspace, self.client, interval=3600, listener=self.events.put, ear=HubEar(self.client)
        )

    def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self.events.get(timeout=PATIENCE)

    def status(self) -> Status:
        return self.loop.status()

    def close(self) -> None:
        self.loop.stop()
        self.client.close()
        self.workspace.close()


@contextmanager
def online(world: World, address: str, folder: Path, *logins: str) -> Iterator[list[Online]]:
    """Desktops that have caught up and wait."""
    with ExitStack() as stack:
        found = [stack.enter_context(closing(Online(world, address, folder, login))) for login in logins]
        for desktop in found:
            desktop.loop.start()
        for desktop in found:
            desktop.until(lambda desktop=desktop: desktop.status().last_synced is not None)  # type: ignore[misc]
        wait_for(lambda: len(world.hub.news) == len(logins))
        yield found


def wait_for(holds: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(int(PATIENCE / 0.005)):
        if holds():
            return
        done.wait(0.005)
    raise AssertionError("it never came")


def supplies(desktop: Online) -> int:
    with desktop.workspace.cache.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM supply_order").scalar_one())


def test_what_one_desktop_saves_another_shows_without_asking(
    served: tuple[World, str],
    tmp_path: Path,
) -> None:
    world, address = served
    with online(world, address, tmp_path, "chenguang", "hengfeng") as (merchant, supplier):
        merchant.workspace.submit(world.order(("HF-1", 1)))
        merchant.loop.nudge()
        supplier.until(lambda: supplies(supplier) == 1)
        assert supplier.status().online
        wait_for(lambda: len(world.hub.news) == 2)
        merchant.workspace.submit(world.order(("HF-2", 1)))
        merchant.loop.nudge()
        supplier.until(lambda: supplies(supplier) == 2)
        wait_for(lambda: len(world.hub.news) == 2)
        for desktop in (merchant, supplier):  # it was a signal that did it, not a line that broke
            assert desktop.loop._news is not None
            assert desktop.loop._news.attentive
            assert (desktop.loop._news._failures, desktop.loop._news._fruitless) == (0, 0)
    assert len(world.hub.news) == 0


def test_a_revoked_desktop_learns_it_at_once(served: tuple[World, str], tmp_path: Path) -> None:
    world, address = served
    with closing(Watch(world.hub, interval=3600)) as watch, online(world, address, tmp_path, "chenguang") as [merchant]:
        device = merchant.workspace.device
        assert device is not None
        world.hub.write(lambda batch: devices.revoke(batch, device.device_id))
        watch.look()
        merchant.until(lambda: merchant.status().problem == "device_revoked")
        assert supplies(merchant) == 0


def test_a_line_that_is_cut_is_noticed_shown_and_mended(
    served: tuple[World, str],
    tmp_path: Path,
) -> None:
    world, address = served
    with closing(Proxy(address)) as proxy, online(world, proxy.address, tmp_path, "hengfeng") as [supplier]:
        proxy.cut()
        supplier.until(lambda: supplier.status().problem == "unreachable")
        assert not supplier.status().online
        world.desk("chenguang").send(world.order(("HF-1", 1)))
        proxy.mend()
        supplier.loop.nudge()
        supplier.until(lambda: supplies(supplier) == 1)
        wait_for(lambda: len(world.hub.news) == 1)
        world.desk("chenguang").send(world.order(("HF-2", 1)))
        supplier.until(lambda: supplies(supplier) == 2)


def test_after_sleep_every_line_is_made_anew(
    served: tuple[World, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, address = served
    monkeypatch.setattr(looping, "TICK", 0.01)
    wall = [0.0]
    monkeypatch.setattr(looping, "Watchdog", lambda: Watchdog(wall=lambda: wall[0]))
    with closing(Proxy(address)) as proxy, online(world, proxy.address, tmp_path, "hengfeng") as [supplier]:
        wait_for(lambda: supplier.loop.pause() > 100)
        proxy.freeze()  # nothing arrives any more, and nobody says so
        world.desk("chenguang").send(world.order(("HF-1", 1)))
        wall[0] += 3600
        supplier.until(lambda: supplies(supplier) == 1)


class Scripted:
    """An ear whose answers are given one by one; a number lets so many seconds pass before the line breaks."""

    def __init__(self, *answers: wire.News | LineError) -> None:
        self.answers = list(answers)
        self.asked: list[wire.Listen] = []
        self.silent = threading.Event()

    def listen(self, token: str, request: wire.Listen) -> wire.News:
        self.asked.append(request)
        if not self.answers:
            self.silent.set()
            return wire.News(news=True, time=0)
        answer = self.answers.pop(0)
        if isinstance(answer, LineError):
            raise answer
        return answer

    def hang_up(self) -> None: ...

    def reconnect(self) -> None: ...


NEWS, NOTHING = wire.News(news=True, time=0), wire.News(news=False, time=0)


class Listening(Listener):
    """Runs in this thread, and does not really rest."""

    def __init__(self, ear: Ear, *standings: tuple[str, wire.Listen]) -> None:
        self.rested: list[float] = []
        self.looks = 0
        self.standings = list(standings)
        super().__init__(ear, self.where, self.look, random.Random(1))

    def where(self) -> tuple[str, wire.Listen]:
        return self.standings.pop(0) if len(self.standings) > 1 else self.standings[0]

    def look(self) -> None:
        self.looks += 1

    def _rest(self, seconds: float) -> bool:
        self.rested.append(seconds)
        return False

    def once(self) -> None:
        """One run of questions, as after each round that came to its end."""
        self._listen()


def test_the_same_question_is_never_answered_in_a_tight_loop() -> None:
    ear = Listening(Scripted(*[NEWS] * 9), STANDING)
    for _ in range(8):
        ear.once()
    assert ear.looks == 8
    assert ear.rested == [2, 4, 8, 16, 32, 60, 60]


def test_a_round_that_began_before_the_news_does_not_answer_them() -> None:
    ear = Listening(Scripted(NEWS), STANDING)
    ear.caught_up(ear.turn)
    before = ear.turn
    ear.once()
    assert not ear._ready.is_set()
    ear.caught_up(before)
    assert not ear._ready.is_set()
    ear.caught_up(ear.turn)
    assert ear._ready.is_set()


def test_what_the_loop_has_fetched_meanwhile_is_not_fetched_again() -> None:
    later = ("token", wire.Listen(protocol=wire.PROTOCOL, cursors=(), receipt=1))
    ear = Listening(Scripted(NEWS, NEWS), STANDING, later)
    ear.once()
    assert ear.looks == 1  # of two answers, the first was about what the loop had just pulled
    assert ear.rested == []


def test_a_line_that_is_cut_again_and_again_is_polled_instead() -> None:
    ear = Listening(Scripted(*[Unreachable()] * 3), STANDING)
    for _ in range(3):
        ear.once()
        assert not ear.attentive
    assert ear.looks == 3
    assert ear.rested == [listening.PAUSE]


def test_questions_become_as_short_as_what_is_on_the_way_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("s2b_desktop.sync.listener.time.monotonic", lambda: now[0])

    class Proxied(Scripted):
        def listen(self, token: str, request: wire.Listen) -> wire.News:
            now[0] += min(request.seconds, 20.0)
            if request.seconds > 20.0:
                self.asked.append(request)
                raise Unreachable()
            return super().listen(token, request)

    scripted = Proxied(NOTHING, NEWS)
    ear = Listening(scripted, STANDING)
    ear.once()
    ear.once()
    assert [round(r.seconds, 1) for r in scripted.asked] == [50.0, 16.0, 19.2]


@pytest.mark.parametrize(
    ("wall", "steady", "slept"), [(2, 2, False), (3600, 2, True), (2, 3600, True), (-9e7, 2, True)]
)
def test_a_watchdog_tells_sleep_from_waiting(wall: float, steady: float, slept: bool) -> None:
    now = [100.0, 5.0]
    watchdog = Watchdog(lambda: now[0], lambda: now[1])
    now[0] += wall
    now[1] += steady
    assert watchdog.slept(2.0) is slept
    now[0] += TOLERANCE / 2
    now[1] += TOLERANCE / 2
    assert not watchdog.slept(2.0)

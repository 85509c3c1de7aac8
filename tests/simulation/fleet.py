"""A hub and several real desktops in one process, one scheduler, one virtual clock, one seed.

Everything is the real thing except the line, the clock and the dice: the hub's `Hub` on SQLite, `Workspace` on two
SQLCipher files, `SyncLoop.round`. What is drawn is drawn from the seed, so a run can be repeated.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from s2b_desktop.models import local, prediction, rows
from s2b_desktop.models.keys import Keys
from s2b_desktop.models.outbox import Device, Session
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain import wire
from s2b_domain.access import scopes_of
from s2b_domain.errors import DomainError
from s2b_domain.ids import make_id
from s2b_domain.records import RECORDS
from s2b_domain.records.store import RecordStore
from s2b_hub import tables
from tests.domain.straight import check_books
from tests.hub.world import PASSWORD, START, World
from tests.simulation.deeds import Person
from tests.simulation.line import Line, PowerCutError, power_cut

KEYS = Keys(b"o" * 32, b"c" * 32)
LOGINS = ("chenguang", "hengfeng", "chenguang-shop", "yuanda", "reviewer", "xiaoman", "hengfeng-clerk")
CRASHES = ("before the outbox commits", "after the outbox commits", "before the cache commits", "between rounds")


class SeededWorkspace(Workspace):
    """A workspace whose ids are drawn from the run's dice."""

    chance = random.Random()

    def new_id(self) -> str:
        return make_id(self.now(), self.chance.randbytes(10))


class Desktop:
    """One profile: its files, its line, and whoever sits there."""

    def __init__(self, fleet: Fleet, login: str, folder: Path) -> None:
        self.fleet, self.login, self.folder = fleet, login, folder
        self.skew = fleet.chance.choice([0, 0, -3_600_000, 7_200_000, 86_400_000 * 400])
        self.line = Line(fleet.world, fleet.chance, fleet.struck)
        self.saved: dict[int, str] = {}
        signed = fleet.world.hub.sign_in(wire.SignIn(login=login, password=PASSWORD))
        self._device = Device(
            hub_id=signed.hub_id,
            hub_name=signed.hub_name,
            hub_key=signed.hub_key,
            device_id=signed.device_id,
            device_secret=signed.device_secret,
            device_code=signed.device_code,
        )
        self._open()
        self.workspace.join(self._device, Session(actor=signed.actor, login=login, token=signed.token))
        self.workspace.learn_time(signed.time)

    def _open(self) -> None:
        self.workspace = SeededWorkspace(Profile(self.folder), KEYS, clock=lambda: self.fleet.world.now + self.skew)
        self.workspace.chance = self.fleet.chance
        self.loop = SyncLoop(self.workspace, self.line, chance=self.fleet.chance)
        self.person = Person(self.workspace, self.fleet.chance)
        session = next((s for s in self.workspace.outbox.sessions() if s.login == self.login), None)
        if session is not None:
            self.workspace.enter(session.actor)

    def restart(self) -> None:
        """The process ends and starts again; what was saved is still there."""
        self.loop.stop()
        self.workspace.close()
        self._open()
        for seq, command_id in self.saved.items():
            kept = self.workspace.outbox.entries_at([seq])
            assert kept, f"{self.login}: saved command {seq} is gone"
            assert wire.thaw(kept[0].body).command_id == command_id
        if self.saved:
            with self.workspace.cache.read() as connection:
                shown = prediction.unpredicted(connection)
            assert shown >= max(self.saved), f"{self.login} does not show what it saved"

    def close(self) -> None:
        self.loop.stop()
        self.workspace.close()

    def act(self, crash: str = "") -> str:
        """Do something; what became of it."""
        message = self.person.deed()
        if message is None:
            return "idle"
        try:
            if crash == "before the outbox commits":
                self._cut(self.workspace.outbox._engine, lambda: self.workspace.append([message]))
                return "lost before it was saved"
            [seq] = self.workspace.append([message])
        except DomainError as refusal:
            return f"refused here: {refusal.code}"
        [entry] = self.workspace.outbox.entries_at([seq])
        self.saved[seq] = wire.thaw(entry.body).command_id
        if crash == "after the outbox commits":
            self.restart()
        elif crash == "before the cache commits":
            self._cut(self.workspace.cache._file.writer, self.workspace.predict)
        else:
            self.workspace.predict()
        return "saved"

    def round(self, *, rate: float, crash: str = "") -> bool:
        """Push and pull over a line that fails at `rate`."""
        self.line.rate = rate
        if crash == "before the cache commits":
            return bool(self._cut(self.workspace.cache._file.writer, self.loop.round))
        done = self.loop.round()
        if crash:
            self.restart()
        return done

    def _cut(self, engine: Engine, work: Any) -> Any:
        try:
            with power_cut(engine):
                return work()
        except PowerCutError:
            self.fleet.struck["desktop died"] += 1
            self.restart()
            return None

    def check(self) -> None:
        """cache == the hub's rows at the cursor + what is pending, replayed."""
        with self.workspace.cache.write() as connection:
            shown = _everything(connection)
            granted = local.granted_scopes(connection)
            prediction.undo(connection)
            base = _everything(connection)
            sums: dict[str, int] = {}
            for (table, id_), row in base.items():
                scopes = granted.intersection(scopes_of(RECORDS[table].decode(row)))
                assert scopes, f"{self.login} holds {table} {id_}, which nothing grants"
                for scope in scopes:
                    sums[scope] = wire.checksum_add(sums.get(scope, 0), wire.row_hash(table, id_, row[1]))
            kept = connection.exec_driver_sql("SELECT scope, sum FROM local_checksum").all()
            stored = {scope: int.from_bytes(total, "big") for scope, total in kept}
            for scope in granted:
                assert sums.get(scope, 0) == stored.get(scope, 0), f"{self.login}: checksum of {scope}"
            self.workspace.replay(connection, granted)
            again = _everything(connection)
            assert {k: shown[k] for k in shown if again.get(k) != shown[k]} == {}
            assert again.keys() == shown.keys()
            connection.rollback()


class Fleet:
    """The whole company. `struck` counts the faults by kind, `done` what became of the deeds."""

    def __init__(self, template: Path, folder: Path, *, seed: int, desktops: int = 4) -> None:
        shutil.copytree(template, folder / "hub")
        self.chance = random.Random(seed)
        self.struck: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.world = World(folder / "hub", seed=seed, now=START + 1000)
        self.desktops = [Desktop(self, LOGINS[n % len(LOGINS)], folder / f"desktop-{n}") for n in range(desktops)]
        for desktop in self.desktops:
            assert desktop.round(rate=0)

    def close(self) -> None:
        for desktop in self.desktops:
            desktop.close()
        self.world.hub.close()

    def step(self, *, rate: float = 0.25) -> None:
        """One desktop does one thing, and something may go wrong."""
        self.world.now += self.chance.randint(1, 60_000)
        desktop = self.chance.choice(self.desktops)
        crash = self.chance.choice(CRASHES) if self.chance.random() < rate / 4 else ""
        if crash:
            self.struck[f"crash {crash}"] += 1
        if self.chance.random() < 0.55:
            self.done[desktop.act(crash)] += 1
        else:
            self.done["round" if desktop.round(rate=rate, crash=crash) else "failed round"] += 1
        if self.chance.random() < rate / 8:
            self.struck["hub restart"] += 1
            self.world.restart()
        if self.chance.random() < 0.1:
            desktop.check()

    def settle(self) -> None:
        """Faults stop: everything drains, and every promise is checked."""
        for _ in range(3):
            for desktop in self.desktops:
                desktop.line.late.clear()
                assert desktop.round(rate=0), f"{desktop.login}: {desktop.loop.status().problem}"
        self.check()

    def check(self) -> None:
        """Every saved command has one outcome on the hub and on the desktop, and all books agree."""
        everything = {k: type(r).encode(r) for k, r in self.world.everything().items()}
        with self.world.hub.database.read() as connection:
            check_books(_Books(connection))
            c = tables.ledger.c
            ledger = connection.execute(
                tables.ledger.select().with_only_columns(c.device_id, c.seq, c.command_id)
            ).all()
        decided = {(device_id, seq): command_id for device_id, seq, command_id in ledger}
        assert len(set(decided.values())) == len(decided)
        for desktop in self.desktops:
            desktop.check()
            workspace = desktop.workspace
            assert workspace.device is not None
            with workspace.cache.read() as connection:
                outcomes, held = local.outcomes(connection), _everything(connection)
                granted = local.granted_scopes(connection)
            for seq, command_id in desktop.saved.items():
                assert decided[workspace.device.device_id, seq] == command_id
                assert outcomes[seq].command_id == command_id
                assert outcomes[seq].kind is not wire.OutcomeKind.PARKED
            assert workspace.counts()[0] == 0
            visible = {
                key: row
                for key, row in everything.items()
                if granted.intersection(scopes_of(RECORDS[key[0]].decode(row)))
            }
            assert {k: _plain(r) for k, r in held.items()} == {k: _plain(r) for k, r in visible.items()}


class _Books:
    """What `check_books` wants of its books."""

    def __init__(self, connection: Connection) -> None:
        self.store = RecordStore(connection)


def _everything(connection: Connection) -> dict[tuple[str, str], Sequence[Any]]:
    return {(table, row[0]): tuple(row) for table in RECORDS for row in rows.read_all(connection, table)}


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(int(v) if isinstance(v, bool) else v for v in row)

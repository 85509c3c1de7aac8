"""A hub and several real desktops in one process, one scheduler, one virtual clock, one seed.

Everything is the real thing except the line, the clock and the dice: the hub's `Hub` on SQLite, `Workspace` on two
SQLCipher files, `SyncLoop.round`. What is drawn is drawn from the seed, so a run can be repeated.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

from s2b_desktop.models import local
from s2b_desktop.models.outbox import Outbox
from s2b_desktop.sync.transport import LineError
from s2b_domain import wire
from s2b_domain.access import scopes_of
from s2b_domain.commands import carry_out
from s2b_domain.commands.leases import SetLeasePolicy
from s2b_domain.records import RECORDS
from s2b_domain.records.lease import Lease
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.stock import Discrepancy
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.leases import LeaseState
from s2b_domain.tx import Tx
from s2b_hub import quarantine, tables
from s2b_hub.chores import do_due
from s2b_hub.entries import outcome_of
from s2b_hub.problems import ProblemError
from s2b_hub.snapshot_job import make_due
from tests.domain.straight import check_books
from tests.hub.world import START, World
from tests.postgresql import drop_hub
from tests.simulation.desktop import SKEWS, Desktop
from tests.simulation.listening import Listening
from tests.simulation.mishaps import MISHAPS
from tests.simulation.platform import change_what_is_granted, decide_what_is_held, enable_everybody
from tests.simulation.quick import copy_fleet, prepared, quick_engines

SEATS = (
    ("chenguang", "chenguang-shop"),
    ("hengfeng", "hengfeng-clerk"),
    ("chenguang-shop",),
    ("yuanda",),
    ("reviewer", "admin"),
    ("xiaoman",),
    ("hengfeng-clerk", "hengfeng"),
)
"""Who shares each desktop."""
CRASHES = (
    "before the outbox commits",
    "after the outbox commits",
    "before the cache commits",
    "between rounds",
    "disk full",
    "the line is quicker than the screen",
)
BRANCHES = (
    "older database put back",
    "abandoned history put back",
    "desktop is rolled back",
    "desktop is copied",
)
"""What makes two histories of one: only after these may something have been decided twice."""
CHECKS = 0.05
"""How often the desktop whose turn it was is checked; at the end all are."""


class Fleet:
    """The whole company. `struck` counts the faults by kind, `done` what became of the deeds."""

    def __init__(self, template: Path, folder: Path, *, seed: int, desktops: int = 4) -> None:
        with ExitStack() as patches:
            patches.enter_context(quick_engines())
            patches.enter_context(patch("s2b_desktop.models.prediction.carry_out", self._carry_out))
            patches.enter_context(patch.multiple("s2b_hub.snapshots", ROWS=3, LEAST=1, CHANGED=0.0))
            patches.enter_context(patch.dict(Outbox.forget.__kwdefaults__, kept=10))
            copy_fleet(prepared(template, desktops, _signed_in), folder)
            self._open(folder, seed, desktops)
            self._patches = patches.pop_all()

    def _open(self, folder: Path, seed: int, desktops: int) -> None:
        self.chance = random.Random(seed)
        self.struck: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.world = World(folder / "hub", seed=seed + 1_000_000, now=START + 1000)
        self.desktops = [
            Desktop(self.world, self.chance, self.struck, SEATS[n % len(SEATS)], folder / f"desktop-{n}")
            for n in range(desktops)
        ]
        self.listening = Listening()
        self._nested = False
        self.quiet = False
        """Whether others keep still between the pages of somebody's pull."""
        for desktop in self.desktops:
            self._plug_in(desktop)

    def _plug_in(self, desktop: Desktop) -> None:
        desktop.line.meanwhile = self._meanwhile
        desktop.line.revoke = self.revoke
        desktop.copied = self._join

    def _join(self, desktop: Desktop) -> None:
        self._plug_in(desktop)
        self.desktops.append(desktop)

    def close(self) -> None:
        """End every process."""
        self.listening.close()
        for desktop in self.desktops:
            desktop.close()
        self.world.hub.close()
        self._patches.close()
        drop_hub(self.world.folder)

    def draw_from(self, chance: random.Random) -> None:
        """Draw everything from other dice from now on."""
        self.chance = chance
        for desktop in self.desktops:
            desktop.chance = desktop.line.chance = desktop.person.chance = desktop.loop._chance = chance
            desktop.workspace.drawing = chance

    def step(self, *, rate: float = 0.25) -> None:
        """One desktop does one thing, and something may go wrong."""
        self._time_passes(rate)
        desktop = self._next()
        crash = self.chance.choice(CRASHES) if self.chance.random() < rate / 4 else ""
        if crash:
            self.struck[f"crash {crash}"] += 1
        if self.chance.random() < rate / 10:
            mishap = self.chance.choice(MISHAPS)
            self.struck[f"desktop {mishap.__name__.replace('_', ' ')}"] += 1
            mishap(desktop)
        drawn = self.chance.random() * (0.6 if desktop.cut_off else 1)
        if drawn < 0.5:
            desktop.line.rate = rate
            self.done[desktop.act(crash)] += 1
        elif drawn < 0.93:
            self._round(desktop, rate, crash)
        elif drawn < 0.96:
            self.done["shift change"] += 1
            desktop.enter(self.chance.choice(desktop.logins))
        elif drawn < 0.98:
            self.revoke()
        elif drawn < 0.983:
            self._snapshot()
        elif drawn < 0.985:
            self.done["chores"] += do_due(self.world.hub)
        elif drawn < 0.988:
            self.done[decide_what_is_held(self.world, self.chance)] += 1
        elif drawn < 0.993:
            self.done["rebuild"] += 1
            desktop.begin_rebuild()
        else:
            desktop.restart()
        if self.chance.random() < rate / 8:
            self.struck["hub restart"] += 1
            self.world.restart()
        if self.chance.random() < CHECKS:
            desktop.check()

    def _round(self, desktop: Desktop, rate: float, crash: str) -> None:
        if heard := self.listening.end(desktop):
            self.done[f"listened: {heard}"] += 1
        older, manned = self.struck["older answer"], desktop.workspace.occupied
        done = desktop.round(rate=rate, crash=crash)
        self.done["round" if done else "failed round"] += 1
        if done and manned and self.chance.random() < 0.5:
            waits = self.listening.begin(desktop)
            assert waits or self.struck["older answer"] > older, f"{desktop.login} would ask in a loop"

    def _next(self) -> Desktop:
        """Whose turn it is; sleepers come closer to waking, and lines to being mended."""
        for desktop in self.desktops:
            desktop.asleep, desktop.cut_off = max(0, desktop.asleep - 1), max(0, desktop.cut_off - 1)
        awake = [d for d in self.desktops if not d.asleep]
        return self.chance.choice(awake or self.desktops)

    def _snapshot(self) -> None:
        """The hub makes the chunks of what has grown; a hub that is being put together makes none."""
        try:
            make_due(self.world.hub)
            self.done["snapshots made"] += 1
        except ProblemError as problem:
            self.done[f"no snapshots: {problem.problem.code}"] += 1

    def revoke(self) -> None:
        """Somebody is granted something else."""
        self.done[change_what_is_granted(self.world, self.chance)] += 1

    def _carry_out(self, tx: Tx, name: str, payload: bytes) -> Any:
        if any(tx.command_id in d.cursed for d in self.desktops):
            raise RuntimeError("made to fail")
        return carry_out(tx, name, payload)

    def _time_passes(self, rate: float) -> None:
        self.world.now += self.chance.randint(1, 60_000)
        if self.chance.random() < rate / 40:
            self.struck["hub's clock set back"] += 1
            self.world.now -= self.chance.randint(1, 600_000)
        if self.chance.random() < rate / 20:
            self.struck["desktop's clock set"] += 1
            self.chance.choice(self.desktops).skew = self.chance.choice(SKEWS)

    def _meanwhile(self) -> None:
        """Between two pages of somebody's pull others go on."""
        if self._nested or self.chance.random() < 0.6:
            return
        self._nested = True
        try:
            if self.chance.random() < 0.1:
                self.revoke()
            others = [] if self.quiet else [d for d in self.desktops if not d.busy and not d.asleep and not d.cut_off]
            if others:
                other = self.chance.choice(others)
                other.line.rate = 0
                other.act()
                other.loop._push()
        except LineError:
            self.done["meanwhile blocked"] += 1
        finally:
            self._nested = False

    def settle(self) -> None:
        """Faults stop: everything drains, and every promise is checked."""
        self.world.now += 3_600_000
        enable_everybody(self.world)
        for _ in range(3):
            for desktop in self.desktops:
                desktop.drain()
        for desktop in self.desktops:
            if desktop.hurt:
                desktop.check()  # whoever comes first upon a damaged page: then it is loaded again
                desktop.drain()
                desktop.hurt = False
        for desktop in self.desktops:
            self.listening.end(desktop)
        self.check()

    def check(self) -> None:
        """Every saved command has one outcome on the hub and on the desktop, and all books agree."""
        held = {k: type(r).encode(r) for k, r in self.world.everything().items()}
        with self.world.hub.database.read() as connection:
            check_books(_Books(connection))
            ledger = connection.execute(tables.ledger.select()).all()
            failed = tables.dead_letter.select().where(tables.dead_letter.c.kind == "failed")
            buried = {(b.device_id, b.seq) for b in connection.execute(failed)}
            left = {item.command_id for item in quarantine.items(connection)}
        decided = {(entry.device_id, entry.seq): entry for entry in ledger}
        made_to_fail = {c for desktop in self.desktops for c in desktop.line.thrown}
        for place in buried:
            assert decided[place].command_id in made_to_fail, f"the hub failed on {decided[place]}"
        claimed = [entry.command_id for entry in ledger if entry.command_id]
        assert len(set(claimed)) == len(claimed)
        self._check_leases()
        for desktop in self.desktops:
            assert not desktop.workspace.profile.sealed(), f"{desktop.login} did not hand in"
            assert desktop.gone <= left.union(claimed), f"{desktop.login}: what a revoked device had is nowhere"
        for desktop in self.desktops:
            desktop.check()
            self._check_outcomes(desktop, decided)
            with desktop.workspace.cache.read() as connection:
                granted = local.granted_scopes(connection)
            visible = {k: r for k, r in held.items() if granted.intersection(scopes_of(RECORDS[k[0]].decode(r)))}
            # With what is parked predicted on top, the screens show more: that was checked above.
            assert {k: _plain(r) for k, r in desktop.hubs.items()} == {k: _plain(r) for k, r in visible.items()}

    def _check_leases(self) -> None:
        """What was sold under a lease was there, unless its sale was told only after the rest had gone back; or unless
        of one desktop, or of the hub, there were two that did not know of each other."""
        back = {(lease.merchant_id, lease.sku_id) for lease in self.world.rows(Lease, state=LeaseState.RETURNED)}
        merchants = {supply.id: supply.merchant_id for supply in self.world.rows(SupplyOrder)}
        late = self.world.rows(Discrepancy, code="lease_lapsed")
        branched = any(self.struck[cause] for cause in BRANCHES)
        assert branched or {(merchants[d.document_id], d.subject_id) for d in late} <= back

    @property
    def older_than_backups(self) -> bool:
        """Whether the hub may have lost what every backup of it has."""
        return False

    def told_otherwise(self) -> frozenset[str]:
        """The commands that two histories decided differently, of which an operator was told."""
        return frozenset()

    def _check_outcomes(self, desktop: Desktop, decided: dict[tuple[str, int], Any]) -> None:
        """Each saved command has its final outcome, here and there the same; what is parked has a reason. What an
        earlier device of a profile was told is not told again, even where it was decided otherwise since."""
        workspace, parked, otherwise = desktop.workspace, 0, self.told_otherwise()
        # What an earlier device was told is kept in the outbox: a cache that was loaded anew has not heard it. So is
        # what is troubled, although all backups have it.
        assert workspace.device is not None
        hinted = max(workspace.device.base, workspace.outbox.forgotten() + 1)
        earlier = (entry for entry in workspace.outbox.entries() if entry.seq < hinted)
        outcomes = {**{entry.seq: entry.hint for entry in earlier if entry.hint}, **desktop.outcomes()}
        by_id = {entry.command_id: entry for entry in decided.values() if entry.command_id}
        for seq, command_id in desktop.saved.items():
            # A copy, or a profile that was put back, may have become another device since this was decided.
            entry = decided.get((workspace.device.device_id, seq)) or by_id.get(command_id)
            if desktop.forgot(seq) and seq not in outcomes:
                assert self.older_than_backups or (entry and entry.kind != wire.OutcomeKind.PARKED)
                continue
            assert entry is not None
            assert outcome_of(entry.outcome).command_id == command_id
            assert outcomes[seq].command_id == command_id
            if seq < workspace.device.base and command_id in otherwise:
                continue
            assert outcomes[seq].kind == entry.kind
            if outcomes[seq].kind is wire.OutcomeKind.PARKED:
                parked += 1
                wanted = set(wire.thaw(entry.body).depends_on)
                while more := {e.command_id for e in by_id.values() if e.supersedes in wanted} - wanted:
                    wanted |= more  # what stands in for a refused one may be open itself
                waited = [by_id[c].kind for c in wanted if c in by_id]
                known = all(c in by_id for c in wire.thaw(entry.body).depends_on)
                assert not known or {wire.OutcomeKind.NEEDS_CONFIRMATION, wire.OutcomeKind.PARKED}.intersection(waited)
        assert workspace.counts()[0] == parked


def _signed_in(world: World, chance: random.Random, folder: Path, n: int) -> Desktop:
    """A desktop that has pulled everything, in a fresh folder; suppliers keep stock for the PCs of shops."""
    if n == 0:
        for login in ("hengfeng", "yuanda"):
            world.desk(login).send(SetLeasePolicy(most=200, share_bp=10_000, hours=48))
    desktop = Desktop(world, chance, Counter(), SEATS[n % len(SEATS)], folder)
    assert desktop.round(rate=0)
    return desktop


class _Books:
    """What `check_books` wants of its books."""

    def __init__(self, connection: Connection) -> None:
        self.store = RecordStore(connection)


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(int(v) if isinstance(v, bool) else v for v in row)

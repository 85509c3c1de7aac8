"""One desktop of a run: its profile, its bad line, its people, and what must hold of its cache at any moment."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from s2b_desktop.models import local, prediction, retirement, rows
from s2b_desktop.models.keys import Keys
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.storage import Full
from s2b_desktop.models.workspace import PLAIN, Meta, Workspace
from s2b_desktop.sync.entry import _admit, _granted
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.sync.transport import HubProblem, LineError, Unreachable
from s2b_domain import wire
from s2b_domain.access import CLASSES_OF, own, scopes_of
from s2b_domain.commands import Command
from s2b_domain.errors import DomainError
from s2b_domain.ids import make_id
from s2b_domain.records import RECORDS
from tests.hub.world import PASSWORD, World
from tests.simulation.deeds import Person
from tests.simulation.line import Line, PowerCutError, full_disk, power_cut

KEYS = Keys(b"o" * 32, b"c" * 32)
HOUR = 3_600_000
SKEWS = (0, 0, 0, -HOUR, 2 * HOUR, 9600 * HOUR)
"""Milliseconds by which a desktop's own clock is wrong."""


REFUSED = (wire.OutcomeKind.REJECTED, wire.OutcomeKind.NEEDS_CONFIRMATION)


class SteadyClock:
    """A PC's steady clock: it counts what passes, and does not follow the hub's where that is set back."""

    def __init__(self, world: World) -> None:
        self._world, self._seen, self._passed = world, world.now, 0

    def __call__(self) -> int:
        self._passed += max(0, self._world.now - self._seen)
        self._seen = self._world.now
        return self._passed


class SeededWorkspace(Workspace):
    """A workspace whose ids are drawn from the run's dice."""

    drawing = random.Random()

    def new_id(self) -> str:
        return make_id(self.now(), self.drawing.randbytes(10))


class Desktop:
    """One profile: its files, its line, and whoever sits there; `logins` are those who share it."""

    def __init__(
        self, world: World, chance: random.Random, struck: Counter[str], logins: Sequence[str], folder: Path
    ) -> None:
        self.world, self.chance, self.struck, self.logins, self.folder = world, chance, struck, logins, folder
        self.home = folder.with_name(folder.name + "-home")
        self.backup: tuple[dict[int, str], set[str]] | None = None
        """What was saved, and what throws, when the profile was last backed up."""
        self.copied: Callable[[Desktop], None] = lambda copy: None
        self.login = logins[0]
        self.skew = chance.choice(SKEWS)
        self.steady = SteadyClock(world)
        self.line = Line(world, chance, struck)
        self.saved: dict[int, str] = {}
        self.busy = False
        self.asleep = self.cut_off = 0
        """Steps during which it does nothing, or has no line."""
        self.hurt = False
        """Whether a page of its cache was changed: whoever comes upon it may fail once."""
        self.cursed: set[str] = set()
        """Commands that throw whenever they are predicted here."""
        self.hubs: dict[tuple[str, str], Sequence[Any]] = {}
        """The hub's rows here, without predictions, at the last check."""
        self.versions: dict[tuple[str, str], int] = {}
        self.gone: set[str] = set()
        """Commands that were not sent when its device was revoked, or were: its outbox does not hold them any more."""
        self.monotonic = True
        """Whether rows only grow newer here: not where the hub itself went back."""
        known = folder.exists()
        self.open()
        if not known:
            for login in reversed(logins):
                self.sign_in(login)

    def sign_in(self, login: str) -> None:
        """Sign in at the hub; `LineError`."""
        known = self.workspace.device
        if known is not None and known.doubted:
            known = None
        request = wire.SignIn(
            login=login,
            password=PASSWORD,
            device_id=known.device_id if known else "",
            device_secret=known.device_secret if known else b"",
            card=known.card if known else None,
        )
        kept = self._undecided()
        try:
            signed = _granted(self.line, request, self.workspace)
        except HubProblem as problem:
            if problem.code == "device_revoked":
                self._begin_anew(kept)
            raise
        with self.at_home():
            _admit(self.workspace, login, signed)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """What this PC remembers outside the profile is its own."""
        with patch.dict(os.environ, XDG_STATE_HOME=str(self.home)):
            yield

    def sign_in_again(self) -> None:
        """Everybody who works here, where the hub lets them."""
        now, workspace = self.login, self.workspace
        for login in self.logins:
            try:
                self.sign_in(login)
            except LineError as problem:
                self.struck[f"sign-in refused: {problem.code}"] += 1
                if self.workspace is not workspace:
                    return  # it was revoked, and everybody has signed in anew
        self.enter(now)

    def retire(self) -> None:
        """Its device was revoked: what was not sent is sealed, whatever happens meanwhile; then it is a new one."""
        kept = self._undecided()
        self.close()
        if self.chance.random() < 0.3:
            self.struck["died while it was sealed"] += 1
            step = self.chance.choice(("_seal_all", "finish"))
            with patch.object(retirement, step, side_effect=PowerCutError), suppress(PowerCutError):
                retirement.seal(self.workspace.profile, KEYS)
        profile = Profile(self.folder)
        if profile.settings.retirement == "revoked":
            retirement.seal(profile, KEYS)
        retirement.finish(profile)
        self._begin_anew(kept)

    def _undecided(self) -> set[str]:
        """What a hub must still hear of if this device is revoked: all that it has not refused."""
        told = self.workspace.outbox.entries()
        return {self.saved[e.seq] for e in told if e.seq in self.saved and not (e.hint and e.hint.kind in REFUSED)}

    def _begin_anew(self, kept: set[str]) -> None:
        self.struck["desktop retired"] += 1
        assert not list(self.folder.glob("*.db*"))
        self.gone |= kept
        self.saved, self.cursed, self.versions, self.hurt = {}, set(), {}, False
        self.open()
        self.sign_in_again()

    def open(self) -> None:
        """Start the process."""
        SeededWorkspace.drawing = self.chance
        with self.at_home():
            self.workspace = SeededWorkspace(
                Profile(self.folder), KEYS, clock=lambda: self.world.now + self.skew, steady=self.steady
            )
        source = self.line if self.chance.random() < 0.5 else None
        self.loop = SyncLoop(self.workspace, self.line, chance=self.chance, source=source)
        self.person = Person(self.workspace, self.chance)
        self.enter(self.login)

    def enter(self, login: str) -> None:
        """Somebody who has signed in here before works here from now on: this one where possible, else any, if any."""
        sessions = self.workspace.outbox.sessions()
        if sessions:
            session = next((s for s in sessions if s.login == login), sessions[0])
            self.login = session.login
            self.workspace.enter(session.actor)

    def restart(self) -> None:
        """The process ends and starts again; what was saved is still there."""
        self.close()
        self.open()
        for seq, command_id in self.saved.items():
            kept = self.workspace.outbox.entries_at([seq])
            assert kept or self.forgot(seq), f"{self.login}: saved command {seq} is gone"
            assert not kept or wire.thaw(kept[0].body).command_id == command_id

    def forgot(self, seq: int) -> bool:
        """Whether a command may be gone here because every backup of the hub has it."""
        return seq <= self.workspace.outbox.forgotten()

    def close(self) -> None:
        """End the process."""
        self.loop.stop()
        self.workspace.close()

    def act(self, crash: str = "") -> str:
        """Do something; what became of it."""
        if not self.workspace.occupied:
            return "nobody there"
        try:
            messages, meta = self.person.deeds()
            if not messages:
                return "idle"
            return self.submit(messages, meta, crash)
        except Exception:
            if not self.met_damage():
                raise
            return "came upon a damaged page"

    def submit(self, messages: Sequence[Command], meta: Meta = PLAIN, crash: str = "") -> str:
        """Save commands and show them, or die on the way; what became of it."""
        try:
            if crash == "before the outbox commits":
                self.cut(self.workspace.outbox._engine, lambda: self.workspace.append(messages, meta))
                return "lost before it was saved"
            if crash == "disk full" and self.chance.random() < 0.5:
                with full_disk(self.workspace.outbox._engine):
                    self.workspace.append(messages, meta)
            seqs = self.workspace.append(messages, meta)
        except DomainError as refusal:
            return f"refused here: {refusal.code}"
        except (OperationalError, Full):
            return "not saved: disk full"
        for entry in self.workspace.outbox.entries_at(seqs):
            self.saved[entry.seq] = wire.thaw(entry.body).command_id
        if crash == "after the outbox commits":
            self.restart()
        elif crash == "before the cache commits":
            self.cut(self.workspace.cache._file.writer, self.workspace.predict)
        elif crash == "disk full":
            with full_disk(self.workspace.cache._file.writer):
                self._trying(self.workspace.predict)
        else:
            if crash == "the line is quicker than the screen":
                self.round(rate=self.line.rate)
            self.workspace.predict()
        return "saved"

    def round(self, *, rate: float, crash: str = "") -> bool:
        """Push and pull over a line that fails at `rate`."""
        self.line.rate = rate
        self.busy = True
        try:
            with self.at_home():
                return self._round(crash)
        finally:
            self.busy = False

    def _round(self, crash: str) -> bool:
        writer = self.workspace.cache._file.writer
        if self.cut_off:
            return self._cut_off_round()
        if crash == "before the cache commits":
            return bool(self.cut(writer, self.loop.round))
        if crash == "disk full":
            with full_disk(writer):
                return self.loop.round()
        done = self.loop.round()
        problem = self.loop.status().problem
        if problem == "device_revoked":
            self.retire()
        elif not self.workspace.occupied or (problem in ("signed_out", "device_cloned") and self.chance.random() < 0.5):
            self.sign_in_again()
        if crash:
            self.restart()
        return done

    def _cut_off_round(self) -> bool:
        done = False
        with patch.object(self.line, "_ask", side_effect=Unreachable()):
            done = self.loop.round()
        assert not done or not self.workspace.occupied
        return done

    def drain(self) -> None:
        """With nothing in the way any more, a round comes to its end."""
        self.asleep = self.cut_off = 0
        self.line.late.clear()
        # One may find that the session ended, one that a page is damaged, one that it is a copy, or was revoked.
        for _ in range(5):
            if self.round(rate=0) and self.workspace.occupied:
                break
            self.sign_in_again()
        assert not self.loop.status().problem, f"{self.login}: {self.loop.status()}"
        assert self.workspace.occupied, f"nobody works where {self.login} did"

    def cut(self, engine: Engine, work: Callable[[], Any]) -> Any:
        """Work during which the process dies at its first commit."""
        try:
            with power_cut(engine):
                return work()
        except PowerCutError:
            self.struck["desktop died"] += 1
            self.restart()
            return None

    def _trying(self, work: Callable[[], object]) -> None:
        try:
            work()
        except (OperationalError, Full):
            self.struck["disk full"] += 1

    def begin_rebuild(self) -> None:
        """Something made it doubt its cache."""
        try:
            self.loop._reception.begin_rebuild()
        except Exception:
            if not self.met_damage():
                raise

    def check(self) -> None:
        """cache == the hub's rows at the cursor + what is pending, replayed; and nothing that is not granted."""
        if not self.workspace.occupied:
            return
        try:
            self._check()
            if self.hurt:  # what no row stands on is looked at too
                self.outcomes()
                self.workspace.counts()
        except Exception:
            if not self.met_damage():
                raise

    def met_damage(self) -> bool:
        """Whether what just failed came upon the page that was changed."""
        return self.hurt and self.workspace.cache.damaged

    def _check(self) -> None:
        self.workspace.predict()
        with self.workspace.cache.write() as connection:
            shown = everything(connection)
            granted = local.granted_scopes(connection)
            self._check_role(granted)
            prediction.undo(connection)
            sums: dict[str, int] = {}
            self.hubs = everything(connection)
            for (table, id_), row in self.hubs.items():
                before = self.versions.get((table, id_), 0) if self.monotonic else 0
                assert row[1] >= before, f"{self.login}: {table} {id_} went back"
                self.versions[table, id_] = row[1]
                scopes = scopes_of(RECORDS[table].decode(row))
                assert granted.intersection(scopes), f"{self.login} holds {table} {id_}, which nothing grants"
                for scope in scopes:
                    sums[scope] = wire.checksum_add(sums.get(scope, 0), wire.row_hash(table, id_, row[1]))
            kept = connection.exec_driver_sql("SELECT scope, sum FROM local_checksum").all()
            stored = {scope: int.from_bytes(total, "big") for scope, total in kept}
            for scope in granted:
                assert sums.get(scope, 0) == stored.get(scope, 0), f"{self.login}: checksum of {scope}"
            self.workspace.replay(connection, granted)
            again = everything(connection)
            assert {k: shown[k] for k in shown if again.get(k) != shown[k]} == {}
            assert again.keys() == shown.keys()
            connection.rollback()

    def _check_role(self, granted: frozenset[str]) -> None:
        actor = self.workspace.actor
        assert actor.role is not None
        mine = {own(actor.organisation_id, c) for c in CLASSES_OF[actor.role]}
        assert {s for s in granted if s.startswith("org:")} <= mine, f"{self.login} holds what was another's"

    def outcomes(self) -> dict[int, wire.Outcome]:
        """What the hub has answered, as stored."""
        with self.workspace.cache.read() as connection:
            return local.outcomes(connection)


def everything(connection: Connection) -> dict[tuple[str, str], Sequence[Any]]:
    """Every row that a cache shows."""
    held = [row[0] for row in connection.exec_driver_sql(_HELD)]
    return {(table, row[0]): tuple(row) for table in held for row in rows.read_all(connection, table)}


_HELD = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in RECORDS)

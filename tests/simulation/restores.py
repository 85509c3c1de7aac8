"""A fleet whose hub is lost now and then and comes back from an older state, told or untold."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from sqlalchemy import select

from s2b_domain import wire
from s2b_hub import backup, history, tables
from s2b_hub.entries import outcome_of
from s2b_hub.handover import UNCLAIMED
from s2b_hub.location import FILE
from s2b_hub.problems import ProblemError
from tests.simulation.fleet import BRANCHES, Fleet
from tests.simulation.platform import enable_everybody


class RestoredFleet(Fleet):
    """Beside what befalls every fleet: backups, copies of the database alone, and either put back later."""

    def __init__(self, template: Path, folder: Path, *, seed: int, desktops: int = 4) -> None:
        super().__init__(template, folder, seed=seed, desktops=desktops)
        self.fate = random.Random(f"restores of {seed}")
        self.safe = folder
        self.kept: list[Path] = []
        self.remembered: dict[str, wire.Receipt] = {}
        self._abandoned: set[Path] = set()
        """Backups of what came after one that was put back."""
        self._lost = 0
        self._told: frozenset[str] = frozenset()
        """What an operator was told in a history that was lost since."""

    def step(self, *, rate: float = 0.25) -> None:
        super().step(rate=rate)
        self._recall()
        drawn = self.fate.random()
        if drawn < 0.05:
            self.keep()
        elif drawn < 0.08 and self.kept:
            self.put_back(self.fate.choice(self.kept))
        elif drawn < 0.12:
            self.world.hub.finish_recovery()

    def _recall(self) -> None:
        """Where a desktop has lost its outbox, or a part of it: what nobody remembers any more may be decided anew, and
        then otherwise."""
        lost = self.struck["desktop is rolled back"] + self.struck["desktop retired"]
        if lost > self._lost:
            self._lost, held = lost, self._receipts()
            self.remembered = {command: told for command, told in self.remembered.items() if command in held}

    def revoke(self) -> None:
        """The platform's people wait too while the hub puts itself together."""
        try:
            super().revoke()
        except ProblemError as problem:
            self.done[f"platform: {problem.problem.code}"] += 1

    def keep(self) -> None:
        """Back up, or copy the file while nobody has it open."""
        if self.fate.random() < 0.5:
            folder, _ = backup.back_up(self.world.hub, self.world.folder, self.safe / "backups")
            self.kept.append(folder)
            return
        self.world.hub.close()
        copy = self.safe / f"copy-{len(self.kept)}.sqlite"
        shutil.copy(self.world.folder / FILE, copy)
        self.kept.append(copy)
        self.world.hub = self.world.open()

    def put_back(self, kept: Path) -> None:
        """The hub is lost; what the desktops remember of it is noted first."""
        for desktop in self.desktops:
            desktop.monotonic = False  # what nobody remembers went back, and each hears of it later
            desktop.gone.clear()  # nobody remembers what is not in any outbox
        self.remembered |= self._receipts()
        self._told |= self.told_otherwise()
        if kept in self._abandoned:
            self.struck["abandoned history put back"] += 1
        self._abandoned |= set(self.kept[self.kept.index(kept) + 1 :])
        self.world.hub.close()
        if kept.is_dir():
            self.struck["hub restored from a backup"] += 1
            backup.restore(kept, self.world.folder, now=self.world.now, entropy=self.world.random.randbytes)
        else:
            self.struck["older database put back"] += 1
            for name in (f"{FILE}-wal", f"{FILE}-shm"):
                (self.world.folder / name).unlink(missing_ok=True)
            os.replace(shutil.copy(kept, self.world.folder / "coming"), self.world.folder / FILE)
        self.world.hub = self.world.open()

    def _receipts(self) -> dict[str, wire.Receipt]:
        """What is remembered on some desktop, by command."""
        hints = [entry.hint for desktop in self.desktops for entry in desktop.workspace.outbox.entries()]
        told = [hint.receipt for hint in hints if hint is not None and hint.code not in UNCLAIMED]
        return {receipt.command_id: receipt for receipt in told if receipt is not None}

    def settle(self) -> None:
        """All report; then nobody is waited for any more. Who had to sign in first may be the one that tells the hub
        how old it is; so nobody is still kept out for wrong passwords, or by what a recovery has done again."""
        self.world.now += 3_600_000
        for _ in range(3):
            enable_everybody(self.world)
            for desktop in self.desktops:
                desktop.asleep = desktop.cut_off = 0
                desktop.line.late.clear()
                if not desktop.round(rate=0):
                    desktop.sign_in_again()
            self.world.hub.finish_recovery()
        super().settle()

    @property
    def older_than_backups(self) -> bool:
        return self.struck["older database put back"] > 0

    def told_otherwise(self) -> frozenset[str]:
        letter, ledger = tables.dead_letter, tables.ledger
        here = (ledger.c.device_id == letter.c.device_id) & (ledger.c.seq == letter.c.seq)
        twice = select(ledger.c.command_id, ledger.c.copy_of).join(letter, here).where(letter.c.code == "decided_twice")
        with self.world.hub.database.read() as connection:
            return self._told.union(command_id or copy_of for command_id, copy_of in connection.execute(twice))

    def check(self) -> None:
        """Every receipt that somebody remembered stands in the ledger, word for word but for its order; unless all who
        did were put back themselves before they could say so. Where a copy of an abandoned branch was put back, in
        which the same was decided otherwise before anybody heard of it, the books stand and the operator is told of
        just this command; where nothing was ever there twice, nothing is decided twice."""
        super().check()
        self._recall()
        with self.world.hub.database.read() as connection:
            assert history.recovery(connection) is None
            ledger = connection.execute(tables.ledger.select()).all()
        excused = self.told_otherwise()
        assert not excused or any(self.struck[cause] for cause in BRANCHES)
        decided = {row.command_id: outcome_of(row.outcome).receipt for row in ledger if row.command_id}
        held = self._receipts()
        pruned = {command for d in self.desktops for seq, command in d.saved.items() if d.forgot(seq)}
        assert self.remembered.keys() <= held.keys() | pruned, "a desktop has forgotten what it was told"
        if self.older_than_backups:
            self.remembered = {command: told for command, told in self.remembered.items() if command in held}
        for command_id, receipt in self.remembered.items():
            told = decided[command_id]
            assert told is not None
            if command_id in excused:
                self.done["decided twice, and told"] += 1
                continue
            places = {(told.device_id, told.seq), (receipt.device_id, receipt.seq)}
            assert (told.kind, told.result, told.body_hash) == (receipt.kind, receipt.result, receipt.body_hash)
            assert told.time == receipt.time or len(places) > 1  # the copy of an answer has the time of its own

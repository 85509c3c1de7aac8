"""The same fleet as a state machine: Hypothesis draws what is done and what goes wrong, and shrinks what breaks."""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.simulation.fleet import CRASHES, Fleet
from tests.simulation.line import FAULTS, LIMITS
from tests.simulation.mishaps import MISHAPS

crashes = st.sampled_from(["", *CRASHES])
faults = st.lists(st.sampled_from(["", *FAULTS]), max_size=4)
dice = st.integers(0, 1 << 32)
which = st.integers(0, 2)


class Company(RuleBasedStateMachine):
    """A hub and three desktops. Every rule is one thing that somebody does or suffers."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        logging.disable(logging.CRITICAL)

    @initialize()
    def open(self) -> None:
        self.fleet = Fleet(self.template, self.folder / "fleet", seed=1, desktops=3)

    def teardown(self) -> None:
        try:
            if hasattr(self, "fleet"):
                self.fleet.settle()
        finally:
            logging.disable(logging.NOTSET)
            if hasattr(self, "fleet"):
                self.fleet.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    @rule(n=which, dice=dice, crash=crashes)
    def acts(self, n: int, dice: int, crash: str) -> None:
        self.fleet.draw_from(random.Random(dice))
        self.fleet.desktops[n].act(crash)

    @rule(n=which, dice=dice, crash=crashes, faults=faults, limit=st.sampled_from(LIMITS), quiet=st.booleans())
    def synchronises(self, n: int, dice: int, crash: str, faults: list[str], limit: int, quiet: bool) -> None:
        self.fleet.draw_from(random.Random(dice))
        self.fleet.quiet = quiet
        line = self.fleet.desktops[n].line
        line.forced, line.limit = list(faults), limit
        self.fleet.desktops[n].round(rate=0, crash=crash)
        line.forced, line.limit = [], 0

    @rule(n=which, dice=dice, mishap=st.sampled_from(MISHAPS))
    def suffers(self, n: int, dice: int, mishap: object) -> None:
        self.fleet.draw_from(random.Random(dice))
        assert callable(mishap)
        mishap(self.fleet.desktops[n])

    @rule(n=which, dice=dice)
    def changes_shift(self, n: int, dice: int) -> None:
        desktop = self.fleet.desktops[n]
        desktop.enter(random.Random(dice).choice(desktop.logins))

    @rule(n=which)
    def loads_anew(self, n: int) -> None:
        self.fleet.desktops[n].loop._reception.begin_rebuild()

    @rule(dice=dice)
    def rights_change(self, dice: int) -> None:
        self.fleet.draw_from(random.Random(dice))
        self.fleet.revoke()

    @rule()
    def the_hub_restarts(self) -> None:
        self.fleet.world.restart()

    @rule(minutes=st.integers(-10, 100_000))
    def time_passes(self, minutes: int) -> None:
        self.fleet.world.now += minutes * 60_000

    @rule(n=which)
    def is_looked_at(self, n: int) -> None:
        self.fleet.desktops[n].check()

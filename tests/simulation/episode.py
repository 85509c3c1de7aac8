"""One episode: a fleet from its seed alone, some steps with faults, then settled and checked in full.

In every third one the hub is lost now and then, and comes back older; in a few, 10,000 commands wait somewhere."""

from __future__ import annotations

import gc
import logging
import random
import shutil
import traceback
from collections import Counter
from pathlib import Path

import msgspec

from tests.simulation.fleet import Fleet
from tests.simulation.mishaps import has_a_long_day
from tests.simulation.restores import RestoredFleet

LENGTHS = (60, 150, 300, 300, 800)
"""Steps of an episode: short ones settle often, long ones gather history."""

RARELY = 997
"""In one of so many episodes, 10,000 commands wait from the beginning."""


class Episode(msgspec.Struct, kw_only=True):
    """What an episode, or many, came to. `broken` tells the seed, its length, and what was not as promised."""

    steps: int = 0
    episodes: int = 0
    commands: int = 0
    struck: dict[str, int] = {}
    done: dict[str, int] = {}
    broken: list[str] = []

    def add(self, other: Episode) -> None:
        """Count another one in."""
        self.steps += other.steps
        self.episodes += other.episodes
        self.commands += other.commands
        self.struck = dict(Counter(self.struck) + Counter(other.struck))
        self.done = dict(Counter(self.done) + Counter(other.done))
        self.broken = [*self.broken, *other.broken]


def length_of(seed: int) -> int:
    """How many steps the episode of a seed has."""
    return random.Random(f"length of {seed}").choice(LENGTHS)


def run(template: Path, folder: Path, *, seed: int, steps: int, desktops: int) -> Episode:
    """Run one to its end, or to what breaks it."""
    logging.disable(logging.CRITICAL)  # a full disk is made here on purpose, again and again
    gc.collect()
    at, broken = 0, []
    fleet: Fleet | None = None
    try:
        kind = RestoredFleet if seed % 3 == 0 else Fleet
        fleet = kind(template, folder, seed=seed, desktops=desktops)
        if seed % RARELY == 0:
            has_a_long_day(fleet.chance.choice(fleet.desktops[:2]), 10_000)
        for at in range(1, steps + 1):  # noqa: B007
            fleet.step()
        fleet.settle()
    except Exception as error:
        broken = [f"seed {seed}, {steps} steps, {desktops} desktops, in step {at}:\n{_told(error)}"]
    finally:
        logging.disable(logging.NOTSET)
        if fleet is not None:
            fleet.close()
        shutil.rmtree(folder, ignore_errors=True)
    return Episode(
        steps=at,
        episodes=1,
        commands=sum(len(d.saved) + len(d.gone) for d in fleet.desktops) if fleet else 0,
        struck=dict(fleet.struck) if fleet else {},
        done=dict(fleet.done) if fleet else {},
        broken=broken,
    )


def _told(error: BaseException) -> str:
    """Where in our own files, and what."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)])

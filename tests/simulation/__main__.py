"""Long runs: `dev.py simulate --seed N --steps M --desktops K`. Each slice of steps ends settled and checked."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.hub.world import found
from tests.simulation.fleet import Fleet

SLICE = 200


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="first seed; every slice takes the next one")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--desktops", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=9.5, help="stop after the slice that passes this")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # a full disk is made here on purpose, again and again
    steps = commands = broken = 0
    struck: Counter[str] = Counter()
    done: Counter[str] = Counter()
    began, seed = time.monotonic(), options.seed
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template"
        found(template)
        while steps < options.steps and time.monotonic() - began < options.minutes * 60:
            fleet = Fleet(template, Path(folder) / f"seed-{seed}", seed=seed, desktops=options.desktops)
            try:
                for _ in range(min(SLICE, options.steps - steps)):
                    fleet.step()
                    steps += 1
                fleet.settle()
            except Exception:
                broken += 1
                print(f"seed {seed}, {options.desktops} desktops:")
                traceback.print_exc()
            finally:
                commands += sum(len(d.saved) for d in fleet.desktops)
                struck += fleet.struck
                done += fleet.done
                fleet.close()
            seed += 1
            print(f"seed {seed - 1}: {steps} steps, {commands} commands", flush=True)
    print("deeds: " + ", ".join(f"{n} {kind}" for kind, n in sorted(done.items())))
    faults = ", ".join(f"{n} {kind}" for kind, n in sorted(struck.items()))
    print(f"next seed {seed}; {steps} steps; faults: {faults}; {commands} commands checked; {broken} invariants broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

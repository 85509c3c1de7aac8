"""Long runs of the simulation: `dev.py simulate --seed N --steps M --desktops K [--processes P]`.

A run is a row of independent episodes, one for each seed from N on, each settled and checked in full; its progress
file says which seed comes next. So a slice that is killed costs one episode, the same command goes on where it
stopped, and whatever breaks can be repeated alone: `dev.py simulate --only SEED`.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import msgspec

from tests.hub.world import found
from tests.simulation.episode import Episode, length_of, run

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "simulate-out"
MEMORY = Path("/dev/shm")
"""Files need not outlive the machine here: a power cut is simulated by what was never committed."""


class Progress(msgspec.Struct, kw_only=True):
    """Where a run stands, and on which commits its steps were made."""

    next_seed: int
    total: Episode = msgspec.field(default_factory=Episode)
    sources: dict[str, int] = {}
    seconds: float = 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py simulate", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first episode")
    parser.add_argument("--steps", type=int, default=10_000, help="steps of the whole run, earlier slices included")
    parser.add_argument("--desktops", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=9.5, help="end this slice after so long")
    parser.add_argument("--fresh", action="store_true", help="forget earlier slices")
    parser.add_argument("--only", type=int, metavar="SEED", help="one episode, without a progress file")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        found(folder / "template")
        if options.only is not None:
            episode = run(
                folder / "template",
                folder / "only",
                seed=options.only,
                steps=options.steps if "--steps" in sys.argv else length_of(options.only),
                desktops=options.desktops,
            )
            print(*episode.broken, sep="\n")
            return report(Progress(next_seed=options.only + 1, total=episode), options.steps, began)
        file = OUT / f"seed-{options.seed}-desktops-{options.desktops}.json"
        progress = Progress(next_seed=options.seed)
        if file.exists() and not options.fresh:
            progress = msgspec.json.decode(file.read_bytes(), type=Progress)
        OUT.mkdir(exist_ok=True)
        source, told, spent = commit(), time.monotonic(), progress.seconds
        for episode in episodes(folder, progress, options, began + options.minutes * 60):
            progress.next_seed += 1
            progress.total.add(episode)
            progress.sources[source] = progress.sources.get(source, 0) + episode.steps
            progress.seconds = spent + time.monotonic() - began
            fresh = file.with_suffix(".new")
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(progress)))
            fresh.replace(file)
            for broken in episode.broken:
                print(broken, flush=True)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"seed {progress.next_seed - 1}: {progress.total.steps} steps", flush=True)
    return report(progress, options.steps, began)


def episodes(folder: Path, progress: Progress, options: argparse.Namespace, until: float) -> Iterator[Episode]:
    """The next ones in the order of their seeds, until there are steps enough or the slice is over."""
    seed = progress.next_seed
    running: deque[tuple[int, Future[Episode]]] = deque()
    context = multiprocessing.get_context("spawn")
    # Searches for rubbish walk over all that stays: `run` makes one before each episode, there are no others.
    with ProcessPoolExecutor(options.processes, context, gc.disable, max_tasks_per_child=100) as pool:
        while True:
            missing = options.steps - progress.total.steps - sum(steps for steps, _ in running)
            if missing > 0 and len(running) < 2 * options.processes and time.monotonic() < until:
                steps = min(length_of(seed), missing)
                given = {"seed": seed, "steps": steps, "desktops": options.desktops}
                running.append((steps, pool.submit(run, folder / "template", folder / f"seed-{seed}", **given)))
                seed += 1
            elif running:
                yield running.popleft()[1].result()
            else:
                return


def report(progress: Progress, wanted: int, began: float) -> int:
    """Say what was done; the last line says what counts."""
    total = progress.total
    print("deeds: " + ", ".join(f"{n} {kind}" for kind, n in sorted(total.done.items())))
    if progress.sources:
        print("commits: " + ", ".join(f"{n} steps on {name}" for name, n in progress.sources.items()))
        print(f"{progress.seconds:.0f} seconds in all, {time.monotonic() - began:.0f} in this slice")
        if total.steps < wanted:
            print(f"not yet {wanted} steps: the same command goes on at seed {progress.next_seed}")
    faults = ", ".join(f"{n} {kind}" for kind, n in sorted(total.struck.items()))
    counts = f"{total.steps} steps in {total.episodes} episodes; {sum(total.struck.values())} faults: {faults}"
    print(f"{counts}; {total.commands} commands checked; {len(total.broken)} invariants broken")
    return 1 if total.broken else 0


def commit() -> str:
    """The source that is run: its commit, with a plus where files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no repository"


if __name__ == "__main__":
    sys.exit(main())

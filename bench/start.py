"""From starting the process to the first window, the main window, and a search that answers."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.figure import Figure, against, median, within
from bench.world import Stage
from s2b_desktop.models.profile import Profile

NOWHERE = "https://127.0.0.1:9"
"""No hub answers there: the desktop starts without a line."""


def figures(stage: Stage) -> Iterator[Figure]:
    """A signed-in profile with everything in its cache, beside a window with a label and a button."""
    profile = stage.merchant()  # itself: a copy would ask to become a device of its own
    address = Profile(profile).settings.hub_address
    Profile(profile).save(hub_address=NOWHERE)
    ours, bare = [], []
    starts = 2 * stage.runs - 1
    for turn in range(starts + 1):
        bare.append(_started("bare"))
        ours.append(_started("desktop", str(profile)))
        if turn == 0:  # a warm-up
            ours.clear()
            bare.clear()
    Profile(profile).save(hub_address=address)
    limit = median([b["window"] for b in bare]) * 1000
    note = f"{stage.count} SKUs cached, keyring answers, no line; limit: a label and a button in a bare Qt window"
    first = median([o["window"] for o in ours]) * 1000
    yield against("start.first_window", first, limit, "ms", most=2, n=starts, note=note)
    main = median([o["main"] for o in ours]) * 1000
    yield against("start.main_window", main, limit, "ms", most=None, n=starts, note="the first page with its rows")
    search = median([o["search"] for o in ours]) * 1000
    yield within("start.usable_search", search, 1000, "ms", n=starts, note="a search of the catalog has answered")


def _started(*what: str) -> dict[str, float]:
    """Seconds from the start of a process until each of its moments."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench.window", *what], capture_output=True, check=False, timeout=120
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return {name: moment - start for name, moment in json.loads(done.stdout).items()}

"""The demo's actor with the scenes of the journeys too, and with the clock that S2B_CLOCK_OFF (ms) gives it."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import demo.scenes
from demo.actor import main


def _off(clock: Callable[[], int], by: int) -> Callable[[], int]:
    return lambda: clock() + by


if __name__ == "__main__":
    demo.scenes.__path__.append(str(Path(__file__).with_name("scenes")))
    off = int(os.environ.get("S2B_CLOCK_OFF", "0"))
    time.time_ns = _off(time.time_ns, off * 1_000_000)
    sys.exit(main())

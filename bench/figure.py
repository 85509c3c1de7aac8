"""What a measurement says: a value, the limit that was measured beside it, and whether the goal is met."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of output. `limit` is what the bare work cost in the same run; `ratio` is ours over it, or it over
    ours where more is better, so that smaller is always better. `n` counts the runs behind the medians."""

    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    goal: str
    meets: bool | None
    n: int
    note: str = ""


def against(
    name: str, value: float, limit: float, unit: str, *, most: float | None, n: int, more: bool = False, note: str = ""
) -> Figure:
    """A value whose ratio to the limit shall be at most `most` (None: no goal is set); `more` of it is better."""
    ratio = limit / value if more else value / limit
    return Figure(
        name=name,
        value=_short(value),
        unit=unit,
        limit=_short(limit),
        ratio=_short(ratio),
        goal=f"ratio <= {most:g}" if most is not None else "",
        meets=ratio <= most if most is not None else None,
        n=n,
        note=note,
    )


def within(name: str, value: float, most: float | None, unit: str, *, n: int, note: str = "") -> Figure:
    """A value that shall itself be at most `most`, whatever the machine (None: no goal is set)."""
    return Figure(
        name=name,
        value=_short(value),
        unit=unit,
        limit=None,
        ratio=None,
        goal=f"value <= {most:g}" if most is not None else "",
        meets=value <= most if most is not None else None,
        n=n,
        note=note,
    )


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, with the rubbish of others swept up before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternately(runs: int, *works: Callable[[], object]) -> list[list[float]]:
    """The seconds of each work over some runs, taken in turn so that a busy moment strikes all; one warm-up each."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for each, work in zip(taken, works, strict=True):
            each.append(seconds(work))
    return taken


def median(values: Sequence[float]) -> float:
    """The middle of the values."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def _short(number: float) -> float:
    return float(f"{number:.4g}")

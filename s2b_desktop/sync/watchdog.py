"""Noticing that the machine has slept, or that its clock was set: no line can be trusted after that."""

import time
from collections.abc import Callable

TOLERANCE = 10.0
"""Seconds by which a wait may be longer than asked for, or the two clocks may differ over it."""
Clock = Callable[[], float]


class Watchdog:
    """Compares the wall clock with the steady one; some systems let the steady one stand still in sleep."""

    def __init__(self, wall: Clock = time.time, steady: Clock = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self.look()

    def look(self) -> None:
        """Begin to count."""
        self._seen = self._wall(), self._steady()

    def slept(self, asked: float) -> bool:
        """Whether much more than `asked` seconds went by since the last look, by either clock; looks anew."""
        wall, steady = self._seen
        self.look()
        lasted = self._steady() - steady
        return lasted > asked + TOLERANCE or abs(self._wall() - wall - lasted) > TOLERANCE

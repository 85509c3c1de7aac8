"""The hub's time by a clock that nobody can set: the PC's steady one, counted from the last contact.

Leases end by it. It counts on while the PC sleeps and starts anew when the PC does; then nothing is known until the hub
answers again.
"""

import time

import msgspec

_SLEEPLESS: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Counts while the PC sleeps; on Windows the plain one does."""
SAME_BOOT = 120_000
"""Milliseconds by which the moment of starting, as wall and steady clock make it, may differ within one run of the
PC. A larger difference is a restart, or a clock that was set: both end what was known, which is the safe side."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's time when it last answered, with what this PC's two clocks said then; milliseconds."""

    hub_time: int
    steady: int
    wall: int


def steady_now() -> int:
    """Milliseconds since the PC started, sleep included."""
    if _SLEEPLESS is not None:
        return time.clock_gettime_ns(_SLEEPLESS) // 1_000_000
    return time.monotonic_ns() // 1_000_000


def hub_time(contact: Contact | None, steady: int, wall: int, *, same_run: bool) -> int | None:
    """The hub's time now; None after a restart of the PC without contact. `same_run`: this program itself made the
    contact, so that a wall clock that was set meanwhile does not matter."""
    if contact is None or steady < contact.steady:
        return None
    if not same_run and abs((wall - steady) - (contact.wall - contact.steady)) > SAME_BOOT:
        return None
    return contact.hub_time + steady - contact.steady

"""Locks between processes: who appends to the journal, and whether a hub serves."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PATIENCE = 10.0
"""Seconds that somebody waits for a turn."""
_SEATS = 1000


class TakenError(OSError):
    """Somebody else has it."""


def _lock(descriptor: int, *, shared: bool) -> bool:
    try:
        if sys.platform == "win32":  # no shared locks there: each takes a byte, who wants all takes all bytes
            os.lseek(descriptor, os.getpid() % _SEATS if shared else 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1 if shared else _SEATS)
        else:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _held(path: Path, *, shared: bool, patience: float) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = time.monotonic() + patience
        while not _lock(descriptor, shared=shared):
            if time.monotonic() > end:
                raise TakenError(f"{path} is in use")
            time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody else inside; `TakenError` after `patience` seconds."""
    with _held(path, shared=False, patience=patience):
        yield


@contextmanager
def together(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """With others who say `together`, and nobody who wants it for itself."""
    with _held(path, shared=True, patience=patience):
        yield

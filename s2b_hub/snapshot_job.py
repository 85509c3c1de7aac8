"""Making snapshots while the hub serves, on a thread of its own and through the door like every writer."""

import threading
from functools import partial

from s2b_hub import log, snapshots
from s2b_hub.database import is_transient
from s2b_hub.door import Batch
from s2b_hub.hub import Hub

INTERVAL = 60.0
"""Seconds between two looks whether a snapshot has fallen behind."""
TOGETHER = 4
"""Chunks that are stored in one transaction: commands must not wait long behind them."""


class SnapshotJob:
    """Looks now and then, and makes what is due."""

    def __init__(self, hub: Hub, interval: float = INTERVAL) -> None:
        self._hub = hub
        self._interval = interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-snapshots", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            try:
                make_due(self._hub, self._stopping)
            except Exception as error:
                if not is_transient(error):
                    log.failure("snapshot.failed", error)


def make_due(hub: Hub, stopping: threading.Event | None = None) -> int:
    """Make the snapshots that are missing or have fallen behind, and remove old chunks; how many were made."""
    with hub.database.read() as connection:
        scopes = snapshots.due(connection)
    for scope in scopes:
        if not make(hub, scope, stopping):
            break
    hub.write(lambda batch: snapshots.sweep(batch.connection, batch.time))
    return len(scopes)


def make(hub: Hub, scope: str, stopping: threading.Event | None = None) -> bool:
    """Make one scope's snapshot; False when it was stopped before its end."""
    stored: list[snapshots.Sealed] = []
    waiting: list[snapshots.Sealed] = []

    def store() -> None:
        hub.write(partial(_keep, made=tuple(waiting)))
        stored.extend(snapshots.Sealed(s.table, s.first, s.chunk, b"") for s in waiting)
        waiting.clear()

    with hub.database.read() as connection:
        plan = snapshots.plan(connection, scope)
        for table, first, until in plan.fresh:
            for sealed in snapshots.seal(connection, scope, table, first, until):
                if stopping is not None and stopping.is_set():
                    return False
                waiting.append(sealed)
                if len(waiting) == TOGETHER:
                    store()
    store()
    if hub.write(lambda batch: snapshots.publish(batch.connection, plan, stored, batch.time)):
        log.event("snapshot.made", chunks=len(stored), kept=len(plan.kept), version=plan.version)
    return True


def _keep(batch: Batch, made: tuple[snapshots.Sealed, ...]) -> None:
    snapshots.keep(batch.connection, made, batch.time)

"""What other processes write into the same SQLite file, the operator's commands above all, found by looking."""

import threading

from sqlalchemy import Connection, select

from s2b_hub import log, tables
from s2b_hub.database import is_transient
from s2b_hub.hub import Hub

INTERVAL = 1.0
"""Seconds between two looks; each costs a page of the file's header while nothing was written."""


class Watch:
    """A thread that tells a hub's waiting desktops what it did not commit itself."""

    def __init__(self, hub: Hub, interval: float = INTERVAL) -> None:
        self._hub = hub
        self._interval = interval
        self._stopping = threading.Event()
        self._connection = hub.database.reader.connect()  # of its own: only there the version counts others' commits
        self._seen = -1
        self._versions: dict[str, int] = {}
        self._revoked: frozenset[str] = frozenset()
        self.look()
        self._thread = threading.Thread(target=self._run, name="hub-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stopping.set()
        self._thread.join()
        self._connection.close()

    def look(self) -> None:
        """Tell what has changed since the last look."""
        with self._connection.begin():
            written = int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())
            if written == self._seen:
                return
            versions, revoked = _state(self._connection)
        advanced = {s: v for s, v in versions.items() if v != self._versions.get(s)}
        barred = revoked - self._revoked
        first = self._seen < 0
        self._seen, self._versions, self._revoked = written, versions, revoked
        if not first:
            self._hub.news.tell(advanced)
            self._hub.news.concern(barred)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            try:
                self.look()
            except Exception as error:
                if not is_transient(error):
                    log.failure("watch.failed", error)


def _state(connection: Connection) -> tuple[dict[str, int], frozenset[str]]:
    scopes = select(tables.scope.c.name, tables.scope.c.version)
    d = tables.device.c
    return (
        dict(connection.execute(scopes).all()),
        frozenset(connection.scalars(select(d.id).where(d.revoked_at.is_not(None)))),
    )

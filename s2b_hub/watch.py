"""What other processes write into the same database: other hubs on a PostgreSQL, the operator's commands.

Hubs announce what they commit; whatever else was written, or was announced to nobody, is found by looking.
"""

import threading

from sqlalchemy import URL, Connection, func, select

from s2b_hub import log, tables
from s2b_hub.announcements import Listener
from s2b_hub.database import is_transient, mark
from s2b_hub.hub import Hub

INTERVAL = 1.0
"""Seconds between two looks; each costs next to nothing while nothing was written."""


class Watch:
    """A thread that tells a hub's waiting desktops what it did not commit itself."""

    def __init__(self, hub: Hub, interval: float = INTERVAL) -> None:
        self._hub = hub
        self._interval = interval
        self._stopping = threading.Event()
        self._connection = hub.database.reader.connect()  # of its own: only there the version counts others' commits
        self._seen = ""
        self._versions: dict[str, int] = {}
        self._revoked: frozenset[str] = frozenset()
        with self._connection.begin():
            self._order = self._connection.scalar(select(func.max(tables.ledger.c.hub_order))) or 0
        self._looking = threading.Lock()
        self.look()
        target = hub.database.target
        self._listener = Listener(target, hub.news.tell, self._look_again) if isinstance(target, URL) else None
        self._thread = threading.Thread(target=self._run, name="hub-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._listener is not None:
            self._listener.close()
        self._thread.join()
        self._connection.close()

    def look(self) -> None:
        """Tell what has changed since the last look."""
        with self._looking, self._connection.begin():
            written = mark(self._connection)
            if written == self._seen:
                return
            versions, revoked, decided = _state(self._connection, self._order)
            advanced = {s: v for s, v in versions.items() if v != self._versions.get(s)}
            barred = revoked - self._revoked
            first = not self._seen
            self._seen, self._versions, self._revoked = written, versions, revoked
            self._order = max(decided.values(), default=self._order)
        if not first:
            self._hub.news.tell(advanced, decided)
            self._hub.news.concern(barred)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self._look_again()

    def _look_again(self) -> None:
        try:
            self.look()
        except Exception as error:
            if not is_transient(error):
                log.failure("watch.failed", error)


def _state(connection: Connection, order: int) -> tuple[dict[str, int], frozenset[str], dict[str, int]]:
    """The scopes' versions, the revoked devices, and the devices that were answered after `order`."""
    scopes = select(tables.scope.c.name, tables.scope.c.version)
    d, c = tables.device.c, tables.ledger.c
    answered = select(c.device_id, func.max(c.hub_order)).where(c.hub_order > order).group_by(c.device_id)
    return (
        dict(connection.execute(scopes).all()),
        frozenset(connection.scalars(select(d.id).where(d.revoked_at.is_not(None)))),
        dict(connection.execute(answered).all()),
    )

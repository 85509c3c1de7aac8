"""What one hub process committed, told to the others on the same PostgreSQL.

An announcement carries versions and no data, and may get lost with a connection: `Watch` looks for itself as well.
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from s2b_hub import log
from s2b_hub.database import notify
from s2b_hub.engines import CHANNEL, postgresql_engine

MAX_NAMES = 60
"""In one announcement: PostgreSQL takes less than 8,000 bytes, and a scope's name is at most some 100."""
SECONDS_BETWEEN_TRIES = 1.0
Tell = Callable[[Mapping[str, int], Mapping[str, int]], None]


def announce(connection: Connection, versions: Mapping[str, int], decided: Mapping[str, int]) -> None:
    """Tell the others, if and when this transaction commits, how far scopes and devices' answers are."""
    told = [(0, *v) for v in sorted(versions.items())] + [(1, *d) for d in sorted(decided.items())]
    for start in range(0, len(told), MAX_NAMES):
        notify(connection, json.dumps(told[start : start + MAX_NAMES]))


class Listener:
    """Hears the others on a connection of its own, which is opened again whenever it is lost. `missed` is called
    when something may have been."""

    def __init__(self, url: URL, tell: Tell, missed: Callable[[], None]) -> None:
        self._engine = postgresql_engine(url, size=1, autocommit=True)
        self._tell, self._missed = tell, missed
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hub-listener")
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, OSError) as error:
                log.failure("news.lost", error)
                self._closing.wait(SECONDS_BETWEEN_TRIES)

    def _listen(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            self._missed()
            driver: Any = connection.connection.driver_connection
            try:
                while not self._closing.is_set():
                    for notice in driver.notifies(timeout=0.25):
                        self._hear(notice.payload)
            except driver.Error as error:
                connection.invalidate()
                raise OSError("the listening connection was lost") from error

    def _hear(self, text: str) -> None:
        try:
            told = [(int(kind), str(name), int(number)) for kind, name, number in json.loads(text)]
        except (ValueError, TypeError):
            return  # not of this program
        self._tell({n: v for kind, n, v in told if kind == 0}, {n: v for kind, n, v in told if kind == 1})

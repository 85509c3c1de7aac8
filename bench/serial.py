"""What the hub wrote for some commands, written again by plain SQLAlchemy Core inserts, one command after another."""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, literal_column, select

from s2b_domain.records import METADATA
from s2b_hub import tables
from s2b_hub.database import Database
from s2b_hub.hub import Hub


class Mark:
    """Where every table of a hub stood; `replayed` takes what has come since."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        with hub.database.read() as connection:
            self._rowids = {
                table.name: connection.scalar(select(func.max(literal_column("rowid"))).select_from(table)) or 0
                for table in self._plain()
            }
            c = tables.scope.c
            self._versions: dict[str, int] = dict(connection.execute(select(c.name, c.version)).tuples().all())

    @staticmethod
    def _plain() -> list[Table]:
        return [*METADATA.sorted_tables, tables.ledger]

    def _news(self) -> list[tuple[Table, list[dict[str, Any]]]]:
        found: list[tuple[Table, list[dict[str, Any]]]] = []
        with self._hub.database.read() as connection:
            for table in self._plain():
                newer = literal_column("rowid") > self._rowids[table.name]
                rows = connection.execute(select(table).where(newer)).mappings()
                found.append((table, [dict(row) for row in rows]))
            rows = connection.execute(select(tables.change)).mappings()
            entries = [dict(r) for r in rows if r["version"] > self._versions.get(r["scope"], 0)]
        found.append((tables.change, entries))
        return [(table, new) for table, new in found if new]

    def replayed(self, path: Path, commands: int, *, commit_every: int) -> float:
        """Seconds that the same rows take in a fresh database, dealt out evenly to the commands."""
        news = self._news()
        database = Database(path)
        with database.write() as connection:
            METADATA.create_all(connection)
            tables.HUB_METADATA.create_all(connection)
        start = time.perf_counter()
        for first in range(0, commands, commit_every):
            with database.write() as connection:
                for number in range(first, min(first + commit_every, commands)):
                    for table, rows in news:
                        share = rows[len(rows) * number // commands : len(rows) * (number + 1) // commands]
                        if share:
                            connection.execute(insert(table), share)
        taken = time.perf_counter() - start
        database.close()
        return taken

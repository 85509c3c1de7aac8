"""Taking in the pages of a pull: staged unseen, applied whole, or loaded into a rebuild that is swapped in complete."""

import logging

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from s2b_desktop.models import checksums, local, patch
from s2b_desktop.models.cache import CacheFile, create_indexes
from s2b_desktop.models.workspace import Workspace
from s2b_domain import wire
from s2b_domain.records import RECORDS

log = logging.getLogger(__name__)
_PAGE, _REBUILD, _LOADED, _EXPECTED, _LAST_PULL = "page", "rebuild", "loaded", "expected", "last_pull"
_encode = msgspec.msgpack.Encoder().encode
_pages = msgspec.msgpack.Decoder(wire.Pulled)


class Reception:
    """Where the cache stands in pulling. `loaded` of `expected` rows of a rebuild have come (0 when none runs)."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._cache = workspace.cache
        self._fresh: CacheFile | None = None
        self.loaded = self.expected = 0

    def close(self) -> None:
        """Leave an unfinished rebuild for the next start."""
        if self._fresh is not None:
            self._fresh.close()
            self._fresh = None

    def request(self) -> wire.Pull:
        """What to ask the hub for next."""
        with self._cache.read() as connection:
            cursors = local.cursors(connection)
            rebuild = not cursors or local.get_state(connection, _REBUILD) is not None
            page = local.get_state(connection, _PAGE) or b""
            after, receipt = local.newest(connection)
        if not rebuild:
            return wire.Pull(protocol=wire.PROTOCOL, cursors=cursors, page=page, outcomes_after=after, receipt=receipt)
        with self._rebuild().writer.begin() as connection:
            page = local.get_state(connection, _PAGE) or b""
            self.loaded, self.expected = _number(connection, _LOADED), _number(connection, _EXPECTED)
        return wire.Pull(protocol=wire.PROTOCOL, cursors=(), page=page)

    def take(self, request: wire.Pull, page: wire.Pulled) -> bool:
        """Take the answer to `request`; whether the pull is complete. Raises `checksums.Mismatch` when a rebuild
        from nothing does not give what the hub says it has."""
        if not request.cursors:
            return self._load(page)
        known = {c.scope for c in request.cursors}
        if known.intersection(page.reset) or any(c.hub_id != page.hub_id for c in request.cursors):
            self.begin_rebuild()
            return False
        if not page.final:
            self._stage(page)
            return False
        return self._apply(request, page)

    def restart(self) -> None:
        """Forget the pages of an unfinished pull."""
        with self._cache.write() as connection:
            _clear_stage(connection)
        if self._fresh is not None:
            self._cache.abandon(self._fresh)
            self._fresh = None

    def begin_rebuild(self) -> None:
        """The cache cannot be brought up to date: load all of it again, and go on showing it meanwhile."""
        with self._cache.write() as connection:
            _clear_stage(connection)
            local.set_state(connection, _REBUILD, b"1")

    def _rebuild(self) -> CacheFile:
        if self._fresh is None:
            self._fresh = self._cache.fresh()
        return self._fresh

    def _stage(self, page: wire.Pulled) -> None:
        with self._cache.write() as connection:
            connection.exec_driver_sql("INSERT INTO local_staged (page) VALUES (?)", (_encode(page),))
            local.set_state(connection, _PAGE, page.page)

    def _apply(self, request: wire.Pull, final: wire.Pulled) -> bool:
        if not request.page and self._unchanged(request, final):
            self._pulled(final)
            return True
        try:
            with self._cache.write() as connection:
                found = connection.exec_driver_sql("SELECT page FROM local_staged ORDER BY n")
                pages = [*(_pages.decode(row[0]) for row in found), final]
                workspace = self._workspace
                changed = patch.apply(connection, pages, workspace.footprints, workspace.replay)
                _clear_stage(connection)
                local.set_state(connection, _LAST_PULL, final.time.to_bytes(8, "big"))
        except (checksums.Mismatch, DatabaseError) as error:
            log.warning("the cache must be rebuilt: %s", error)
            self._workspace.footprints.clear()
            self.begin_rebuild()
            return False
        self._pulled(final)
        self._workspace.tell(changed)
        return True

    def _unchanged(self, request: wire.Pull, final: wire.Pulled) -> bool:
        if final.tables or final.outcomes or set(final.cursors) != set(request.cursors):
            return False
        with self._cache.read() as connection:
            return local.granted_scopes(connection) == frozenset(final.granted)

    def _load(self, page: wire.Pulled) -> bool:
        fresh = self._rebuild()
        try:
            with fresh.writer.begin() as connection:
                homes = checksums.load_homes(connection)
                patch.load(connection, page, homes)
                self.loaded += sum(len(part.rows) for part in page.tables)
                self.expected = max(self.expected, page.expected_rows, self.loaded)
                if not page.final:
                    checksums.save_homes(connection, homes)
                    local.set_state(connection, _PAGE, page.page)
                    local.set_state(connection, _LOADED, self.loaded.to_bytes(8, "big"))
                    local.set_state(connection, _EXPECTED, self.expected.to_bytes(8, "big"))
                    return False
                patch.finish(connection, page, homes)
                checksums.save_homes(connection, None)
                local.set_state(connection, _PAGE, None)
                local.set_state(connection, _LAST_PULL, page.time.to_bytes(8, "big"))
                create_indexes(connection)
        except (checksums.Mismatch, DatabaseError):
            self._cache.abandon(fresh)
            self._fresh = None
            self.loaded = self.expected = 0
            raise
        self._workspace.move_into(fresh)
        self._fresh = None
        self.loaded = self.expected = 0
        self._pulled(page)
        self._workspace.tell(frozenset(RECORDS) | {"queue"})
        return True

    def _pulled(self, final: wire.Pulled) -> None:
        self._workspace.last_pull = final.time


def _clear_stage(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM local_staged")
    local.set_state(connection, _PAGE, None)


def _number(connection: Connection, key: str) -> int:
    return int.from_bytes(local.get_state(connection, key) or b"", "big")

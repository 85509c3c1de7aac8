"""Taking in the pages of a pull: staged unseen, applied whole, or loaded into a rebuild that is swapped in complete."""

import logging

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from s2b_desktop.models import checksums, chunks, local, patch, receipts
from s2b_desktop.models.cache import CacheFile, create_indexes
from s2b_desktop.models.workspace import Workspace
from s2b_domain import wire
from s2b_domain.records import RECORDS

log = logging.getLogger(__name__)
_REBUILD, _LOADED, _EXPECTED, _LAST_PULL = "rebuild", "loaded", "expected", "last_pull"
MAX_PATCH = 200_000
"""Rows that are patched in one transaction, in memory; more than that are loaded into a new file, page by page."""
_encode = msgspec.msgpack.Encoder().encode
_pages = msgspec.msgpack.Decoder(wire.Pulled)


class Reception:
    """Where the cache stands in pulling. `loaded` of `expected` rows of a rebuild have come (0 when none runs);
    `foreign` when the last pull brought answers to commands that were never made here."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._cache = workspace.cache
        self._fresh: CacheFile | None = None
        self._loading = False
        self._plain = False
        self.loaded = self.expected = 0
        self.foreign = False
        self._heard = 0
        """Up to which hub order this pull has brought all answers, also to what was forgotten here."""

    def close(self) -> None:
        """Leave an unfinished rebuild for the next start."""
        if self._fresh is not None:
            self._fresh.close()
            self._fresh = None

    def request(self) -> wire.Pull:
        """What to ask the hub for next."""
        device, outbox = self._workspace.device, self._workspace.outbox
        asked = self._asked()
        history = device.history if device else b""
        return msgspec.structs.replace(asked, history=history, remembered=outbox.newest_order())

    def _asked(self) -> wire.Pull:
        with self._cache.read() as connection:
            cursors = local.cursors(connection)
            rebuild = not cursors or local.get_state(connection, _REBUILD) is not None
            page = local.get_state(connection, local.PAGE) or b""
            after, receipt = local.newest(connection)
        self._loading = rebuild
        if not rebuild:
            return wire.Pull(protocol=wire.PROTOCOL, cursors=cursors, page=page, outcomes_after=after, receipt=receipt)
        with self._rebuild().writer.begin() as connection:
            page = local.get_state(connection, local.PAGE) or b""
            self.loaded, self.expected = _number(connection, _LOADED), _number(connection, _EXPECTED)
            progress = chunks.progress(connection)
        return wire.Pull(protocol=wire.PROTOCOL, cursors=progress.cursors if progress else (), page=page)

    def missing(self) -> tuple[wire.Chunk, ...] | None:
        """The chunks that a rebuild still needs before its first page; None when no manifest says which."""
        with self._cache.read() as connection:
            if local.cursors(connection) and local.get_state(connection, _REBUILD) is None:
                return ()
        with self._rebuild().writer.begin() as connection:
            progress, page = chunks.progress(connection), local.get_state(connection, local.PAGE)
        if self._plain or page is not None:
            return ()
        return progress.missing() if progress is not None else None

    def follow(self, manifest: wire.Manifest) -> None:
        """Load what this manifest names; chunks that an earlier one named as well are not loaded again. Raises
        `chunks.WrongManifest`."""
        device = self._workspace.device
        assert device is not None
        with self._rebuild().writer.begin() as connection:
            progress = chunks.follow(chunks.progress(connection), manifest, device)
            chunks.set_progress(connection, progress)
            self.loaded = _number(connection, _LOADED)
            self.expected = self.loaded + sum(c.rows for c in progress.missing())
            local.set_state(connection, _EXPECTED, self.expected.to_bytes(8, "big"))

    def take_chunk(self, chunk: wire.Chunk, rows: wire.Rows) -> None:
        """Load the rows of a chunk."""
        with self._rebuild().writer.begin() as connection:
            progress = chunks.progress(connection)
            if progress is None:
                return  # somebody has begun anew meanwhile
            homes = checksums.load_homes(connection)
            patch.load(connection, (rows,), homes)
            checksums.save_homes(connection, homes)
            chunks.set_progress(connection, progress.done(chunk))
            self.loaded += len(rows.rows)
            local.set_state(connection, _LOADED, self.loaded.to_bytes(8, "big"))

    def give_up_chunks(self) -> None:
        """Begin the rebuild anew, in pages: what the chunks brought cannot be trusted to become the hub's state."""
        self._plain = True
        if self._fresh is not None:
            self._cache.abandon(self._fresh)
            self._fresh = None
        self.loaded = self.expected = 0

    def standing(self) -> wire.Listen | None:
        """From where news may be waited for; None while the cache is not at the end of a pull."""
        with self._cache.read() as connection:
            cursors = local.cursors(connection)
            unfinished = local.get_state(connection, _REBUILD) or local.get_state(connection, local.PAGE)
            _, receipt = local.newest(connection)
        if not cursors or unfinished is not None:
            return None
        return wire.Listen(protocol=wire.PROTOCOL, cursors=cursors, receipt=receipt)

    def take(self, request: wire.Pull, page: wire.Pulled) -> bool:
        """Take the answer to `request`; whether the pull is complete. Raises `checksums.Mismatch` when a rebuild
        from nothing does not give what the hub says it has, `WrongReceipt` for an answer that is not the hub's."""
        page = self._checked(request, page)
        if self._loading:
            if page.reset and request.cursors:
                self.give_up_chunks()
                return False
            return self._load(request, page)
        known = {c.scope for c in request.cursors}
        if known.intersection(page.reset) or any(c.hub_id != page.hub_id for c in request.cursors):
            self.begin_rebuild()
            return False
        if not request.page and page.expected_rows > MAX_PATCH:
            self.begin_rebuild()
            return False
        if not page.final:
            self._stage(page)
            return False
        return self._apply(request, page)

    def _checked(self, request: wire.Pull, page: wire.Pulled) -> wire.Pulled:
        """The page with those outcomes that are the hub's word on our own commands."""
        workspace = self._workspace
        self.foreign = self.foreign and bool(request.page)
        self._heard = self._heard if request.page else 0
        if not page.outcomes or workspace.device is None:
            return page
        receipts.verify(page.outcomes, workspace.device)
        ours = receipts.about_ours(page.outcomes, workspace.outbox)
        self.foreign |= receipts.foreign(page.outcomes, ours, workspace.outbox)
        if not self.foreign:
            self._heard = max(self._heard, *(o.receipt.hub_order for o in page.outcomes if o.receipt), 0)
        workspace.outbox.hint(ours)
        return msgspec.structs.replace(page, outcomes=ours)

    def restart(self) -> None:
        """Forget the pages of an unfinished pull."""
        with self._cache.write() as connection:
            local.clear_stage(connection)
        if self._fresh is not None:
            self._cache.abandon(self._fresh)
            self._fresh = None

    def begin_rebuild(self) -> None:
        """The cache cannot be brought up to date: load all of it again, and go on showing it meanwhile."""
        with self._cache.write() as connection:
            local.clear_stage(connection)
            local.set_state(connection, _REBUILD, b"1")

    def _rebuild(self) -> CacheFile:
        if self._fresh is None:
            self._fresh = self._cache.fresh()
        return self._fresh

    def _stage(self, page: wire.Pulled) -> None:
        with self._cache.write() as connection:
            connection.exec_driver_sql("INSERT INTO local_staged (page) VALUES (?)", (_encode(page),))
            local.set_state(connection, local.PAGE, page.page)

    def _apply(self, request: wire.Pull, final: wire.Pulled) -> bool:
        if not request.page and self._unchanged(request, final):
            self._pulled(final)
            return True
        try:
            with self._cache.write() as connection:
                found = connection.exec_driver_sql("SELECT page FROM local_staged ORDER BY n")
                pages = [*(_pages.decode(row[0]) for row in found), final]
                workspace = self._workspace
                changed = patch.apply(connection, pages, workspace.footprints, workspace.replay, workspace.replay_some)
                local.clear_stage(connection)
                local.hear(connection, self._heard)
                local.set_state(connection, _LAST_PULL, final.time.to_bytes(8, "big"))
        except BaseException as error:
            self._workspace.footprints.clear()  # they may be those of predictions that were taken back
            if isinstance(error, OperationalError) or not isinstance(error, Exception):
                raise  # no room, or busy: the cache is whole, and the same pages can be applied later
            log.warning("the cache must be rebuilt", exc_info=error)
            self.begin_rebuild()
            return False
        self._pulled(final)
        self._workspace.tell(changed)
        return True

    def _unchanged(self, request: wire.Pull, final: wire.Pulled) -> bool:
        if final.tables or set(final.cursors) != set(request.cursors):
            return False
        told = {o.seq: o for o in final.outcomes}  # a parked command is told again with every pull
        with self._cache.read() as connection:
            known = local.outcomes_at(connection, told)
            heard = self._heard <= local.newest(connection)[1]
            return heard and known == told and local.granted_scopes(connection) == frozenset(final.granted)

    def _load(self, request: wire.Pull, page: wire.Pulled) -> bool:
        fresh = self._rebuild()
        try:
            with fresh.writer.begin() as connection:
                homes = checksums.load_homes(connection)
                patch.load(connection, page.tables, homes)
                local.store_outcomes(connection, page.outcomes)
                if not request.page:
                    self.expected = self.loaded + page.expected_rows
                self.loaded += sum(len(part.rows) for part in page.tables)
                self.expected = max(self.expected, self.loaded)
                if not page.final:
                    checksums.save_homes(connection, homes)
                    local.set_state(connection, local.PAGE, page.page)
                    local.set_state(connection, _LOADED, self.loaded.to_bytes(8, "big"))
                    local.set_state(connection, _EXPECTED, self.expected.to_bytes(8, "big"))
                    return False
                local.settle(connection, self._workspace.outbox.forgotten())
                local.hear(connection, self._heard)
                patch.finish(connection, page, homes)
                checksums.save_homes(connection, None)
                chunks.set_progress(connection, None)
                local.set_state(connection, local.PAGE, None)
                local.set_state(connection, _LAST_PULL, page.time.to_bytes(8, "big"))
                create_indexes(connection)
            self._workspace.move_into(fresh)
        except Exception:
            self._plain |= bool(request.cursors)
            self._cache.abandon(fresh)
            self._fresh = None
            self.loaded = self.expected = 0
            raise
        self._fresh = None
        self.loaded = self.expected = 0
        self._pulled(page)
        self._workspace.tell(frozenset(RECORDS) | {"queue"})
        return True

    def _pulled(self, final: wire.Pulled) -> None:
        self._workspace.last_pull = final.time
        self._workspace.forget(final.watermark)
        self._workspace.note_contact(final.time, final.offline_days)


def _number(connection: Connection, key: str) -> int:
    return int.from_bytes(local.get_state(connection, key) or b"", "big")

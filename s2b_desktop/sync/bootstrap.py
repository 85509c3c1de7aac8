"""Filling an empty cache, or one that is made anew, from the chunks of snapshots; the pull brings what came since."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from s2b_desktop.models import chunks
from s2b_desktop.models.chunks import WrongChunk, WrongManifest
from s2b_desktop.models.reception import Reception
from s2b_desktop.sync.transport import ChunkSource, HubProblem
from s2b_domain import wire

log = logging.getLogger(__name__)
MANIFESTS = 3
"""Manifests that are tried in a row; where not even the last one's chunks can be had, all comes in pages."""
AHEAD = 3
"""Chunks that are fetched and opened while one is loaded."""
Fetched = Future[wire.Rows]


class Bootstrap:
    """Loads what is missing. A `LineError` ends it; the next run goes on where this one was."""

    def __init__(self, source: ChunkSource, reception: Reception, stopping: threading.Event) -> None:
        self._source = source
        self._reception = reception
        self._stopping = stopping

    def run(self, prepare: Callable[[], wire.Manifest], loaded: Callable[[], None]) -> None:
        """Do it, if the cache is to be loaded at all; `loaded` is called after each chunk."""
        missing = self._reception.missing()
        for _ in range(MANIFESTS):
            if missing is None and not self._follow(prepare):
                break
            missing = missing if missing is not None else self._reception.missing()
            if not missing or self._load(missing, loaded):
                return
            missing = None
        log.warning("snapshots cannot be used; everything is pulled")
        self._reception.give_up_chunks()

    def _follow(self, prepare: Callable[[], wire.Manifest]) -> bool:
        try:
            self._reception.follow(prepare())
        except HubProblem as problem:
            if problem.code != "not_found":
                raise
            return False
        except WrongManifest:
            return False
        return True

    def _load(self, missing: tuple[wire.Chunk, ...], loaded: Callable[[], None]) -> bool:
        """Whether all of them could be had; False when a new manifest is needed."""
        waiting = deque(missing)
        coming: deque[tuple[wire.Chunk, Fetched]] = deque()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="s2b-chunk") as pool:
            while (waiting or coming) and not self._stopping.is_set():
                while waiting and len(coming) < AHEAD:
                    chunk = waiting.popleft()
                    coming.append((chunk, pool.submit(self._fetched, chunk)))
                chunk, fetched = coming.popleft()
                try:
                    rows = fetched.result()
                except WrongChunk:
                    log.warning("a chunk is not what it should be")
                    return False
                except HubProblem as problem:
                    if problem.code != "not_found":
                        raise
                    return False
                self._reception.take_chunk(chunk, rows)
                loaded()
        return True

    def _fetched(self, chunk: wire.Chunk) -> wire.Rows:
        try:
            return chunks.opened(chunk, self._source.chunk(chunk.name))
        except WrongChunk:  # something on the way has kept or garbled it
            return chunks.opened(chunk, self._source.chunk(chunk.name, fresh=True))

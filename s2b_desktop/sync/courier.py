"""Brings pictures and papers to the hub beside the loop, one by one, and fetches them when somebody looks.

It has a thread of its own: no command ever waits behind a picture. What is cut is brought again, whole.
"""

import logging
import random
import threading
from collections.abc import Callable
from typing import Protocol

from s2b_desktop.models.database import is_full
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.transport import HubProblem, LineError

log = logging.getLogger(__name__)
PATIENCE = 60.0
"""Seconds between two looks; a nudge comes sooner."""
REFUSED = frozenset({"malformed", "too_large"})


class BlobLine(Protocol):
    """Where pictures and papers are kept. Raises `LineError` and nothing else."""

    def bring(self, token: str, digest: str, content: bytes) -> None: ...

    def fetch(self, token: str, digest: str, table: str, row_id: str) -> bytes: ...


class Courier:
    """`brought` hears after each content how many are left."""

    def __init__(self, workspace: Workspace, line: BlobLine, chance: random.Random | None = None) -> None:
        self.brought: Callable[[int], None] = lambda left: None
        self._workspace, self._line = workspace, line
        self._chance = chance or random.Random()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._refused: set[str] = set()
        self._failures = 0

    def start(self) -> None:
        """Begin with what is left from before."""
        self._thread = threading.Thread(target=self._run, name="s2b-blobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way, and wait for it."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def nudge(self) -> None:
        """Something new is to be brought, or the line is back."""
        self._wake.set()

    def look(self) -> int:
        """Bring what waits, until the line breaks; how many were brought. What the hub will never take stays here and
        is tried again after a restart."""
        done = 0
        blobs = self._workspace.blobs
        for digest, content in blobs.waiting():
            token = self._token()
            if self._stopping.is_set() or not token:
                break
            if digest in self._refused:
                continue
            try:
                self._line.bring(token, digest, content)
            except HubProblem as problem:
                if problem.code not in REFUSED:
                    raise
                log.warning("the hub does not take a picture: %s", problem.code)
                self._refused.add(digest)
                continue
            blobs.brought(digest)
            done += 1
            self.brought(blobs.count())
        return done

    def fetch(self, digest: str, table: str, row_id: str) -> bytes | None:
        """A content from the hub, kept for the next time; None where it has none for us. `LineError`."""
        token = self._token()
        if not token:
            return None
        try:
            content = self._line.fetch(token, digest, table, row_id)
        except HubProblem as problem:
            if problem.code == "not_found":
                return None
            raise
        return content if self._workspace.blobs.store(digest, content) else None

    def _token(self) -> str:
        if not self._workspace.occupied:
            return ""
        session = self._workspace.outbox.session(self._workspace.actor.id)
        return session.token if session is not None else ""

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.look()
                self._failures = 0
            except LineError as error:
                log.info("pictures: %s", error.code)
                self._failures += 1
            except Exception as error:
                self._failures += 1
                if not (isinstance(error, OSError) or is_full(error)):
                    log.exception("pictures could not be brought")
            longest = min(PATIENCE, 2.0**self._failures) if self._failures else PATIENCE
            self._wake.wait(longest * self._chance.uniform(0.5, 1.0))

"""Pictures and papers on this PC, by their SHA-256 and encrypted: those that must still be brought to the hub, which
are precious, and those that can be had again, which stay as long as there is room.

The files' names are keyed too, so that a folder does not tell which pictures it has.
"""

import hmac
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from s2b_desktop.models.profile import write_whole
from s2b_domain.rules.blobs import digest_of

log = logging.getLogger(__name__)
LIMIT = 512 << 20
"""Bytes of what can be had again."""
ROOM = 0.9
"""The part of `LIMIT` that stays when the oldest go."""
_NONCE = 12
_WAITING, _KNOWN, _DAMAGED, _FRESH = "waiting", "known", ".damaged", ".new"


class Blobs:
    """The contents of one profile. Methods may be called from any thread."""

    def __init__(self, folder: Path, waiting_key: bytes, known_key: bytes, *, limit: int = LIMIT) -> None:
        self.limit = limit
        self._waiting, self._known = folder / _WAITING, folder / _KNOWN
        self._keys = {self._waiting: _derived(waiting_key), self._known: _derived(known_key)}
        self._lock = threading.Lock()
        self._used: int | None = None

    def keep(self, content: bytes) -> str:
        """Keep what must be brought to the hub; its digest. It is on disk when this returns."""
        digest = digest_of(content)
        if self._read(self._known, digest) is None:
            self._write(self._waiting, digest, content)
        return digest

    def get(self, digest: str) -> bytes | None:
        """A content that is here; reading it makes it the youngest."""
        content = self._read(self._waiting, digest)
        if content is None:
            content = self._read(self._known, digest)
            if content is not None:
                self._path(self._known, digest).touch()
        return content

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """What the hub does not have yet, oldest first, read one by one. What cannot be read is laid aside."""
        for path in sorted(self._files(self._waiting), key=_age):
            try:
                content = self._opened(self._waiting, path)
            except FileNotFoundError:
                continue
            if content is None:
                log.error("a picture that waited cannot be read any more; it is laid aside")
                path.replace(path.with_name(path.name + _DAMAGED))
            else:
                yield digest_of(content), content

    def count(self) -> int:
        """How many wait."""
        return sum(1 for _ in self._files(self._waiting))

    def brought(self, digest: str) -> None:
        """The hub has it: here it can go when room is needed."""
        content = self._read(self._waiting, digest)
        if content is not None:
            self.store(digest, content)
            self._path(self._waiting, digest).unlink(missing_ok=True)

    def store(self, digest: str, content: bytes) -> bool:
        """Keep what the hub has, as long as there is room; False for what is not what its name says."""
        if digest_of(content) != digest:
            return False
        self._write(self._known, digest, content)
        with self._lock:
            if self._used is None:
                self._used = sum(path.stat().st_size for path in self._files(self._known))
            else:
                self._used += len(content)
            if self._used > self.limit:
                self._used = self._make_room()
        return True

    def forget(self) -> None:
        """Remove what can be had again, as with the cache."""
        for path in list(self._files(self._known)):
            path.unlink(missing_ok=True)
        with self._lock:
            self._used = None

    def empty(self) -> None:
        """Remove everything, as with the outbox: what waited is not for another hub or organisation."""
        self.forget()
        for path in list(self._waiting.glob("*")):
            path.unlink(missing_ok=True)

    def _make_room(self) -> int:
        files = sorted(self._files(self._known), key=_age)
        used = sum(_size(path) for path in files)
        for path in files[:-1]:
            if used <= self.limit * ROOM:
                break
            used -= _size(path)
            path.unlink(missing_ok=True)
        return used

    def _path(self, folder: Path, digest: str) -> Path:
        return folder / hmac.digest(self._keys[folder], digest.encode(), "sha256").hex()[:40]

    @staticmethod
    def _files(folder: Path) -> Iterator[Path]:
        return (path for path in folder.glob("*") if not path.suffix) if folder.is_dir() else iter(())

    def _write(self, folder: Path, digest: str, content: bytes) -> None:
        path = self._path(folder, digest)
        if path.exists():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        nonce = os.urandom(_NONCE)
        write_whole(path, nonce + AESGCM(self._keys[folder]).encrypt(nonce, content, path.name.encode()))

    def _read(self, folder: Path, digest: str) -> bytes | None:
        path = self._path(folder, digest)
        try:
            content = self._opened(folder, path)
        except FileNotFoundError:
            return None
        if content is None and folder == self._known:
            path.unlink(missing_ok=True)
        return content

    def _opened(self, folder: Path, path: Path) -> bytes | None:
        sealed = path.read_bytes()
        try:
            return AESGCM(self._keys[folder]).decrypt(sealed[:_NONCE], sealed[_NONCE:], path.name.encode())
        except (InvalidTag, ValueError):
            return None


def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"s2b pictures and papers", "sha256")


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except FileNotFoundError:
        return 0, path.name


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

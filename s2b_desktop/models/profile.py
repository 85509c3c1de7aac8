"""A profile: the folder that holds one installation's settings, outbox, cache and lock."""

import hmac
import logging
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec
import platformdirs
from filelock import FileLock, Timeout

from s2b_desktop.models.slot import KeySlot, RecoverySlot
from s2b_desktop.models.storage import Damaged

log = logging.getLogger(__name__)


class ProfileBusy(Exception):
    """Another process has this profile open."""


Retirement = Literal["", "revoked", "sealed"]
"""How far a revoked device is: its cache is gone; its unsent work is sealed and its keys are gone too."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`profile.json`: nothing in it is secret. `certificate` is the pinned one (PEM), `choices` the screens' own."""

    profile_id: str = ""
    language: str = ""
    theme: str = ""
    hub_address: str = ""
    certificate: str = ""
    last_login: str = ""
    key_check: bytes = b""
    slots: tuple[KeySlot, ...] = ()
    recovery: RecoverySlot | None = None
    cache_half: bytes = b""
    """Without it the key of the cache is worth nothing: what needs no password to be destroyed, destroys the cache."""
    retirement: Retirement = ""
    lost: tuple[int, ...] = ()
    """Places of the outbox that damage took: the hub is told not to wait for them, and the user which they are."""
    lost_told: bool = True
    choices: dict[str, str] = {}


class Profile:
    """The folder and its settings; made when it does not exist."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(platformdirs.user_data_dir("s2b-desktop", appauthor=False)) / "default"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.outbox_path = self.folder / "outbox.db"
        self.cache_path = self.folder / "cache.db"
        self.blobs_path = self.folder / "blobs"
        self._file = self.folder / "profile.json"
        self._saving = threading.Lock()
        self.settings = self._load()
        if not self.settings.profile_id:
            self.save(profile_id=os.urandom(16).hex())

    def _load(self) -> Settings:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Settings)
        except FileNotFoundError:
            return Settings()
        except msgspec.MsgspecError as error:
            raise Damaged(self._file.name) from error

    def save(self, **changes: Any) -> Settings:
        """Change some settings; the file is replaced in one step."""
        with self._saving:
            before, after = self.settings, msgspec.structs.replace(self.settings, **changes)
            write_whole(self._file, msgspec.json.format(msgspec.json.encode(after)))
            self.settings = after
        if before.cache_half not in (b"", self.settings.cache_half):
            log.info("the cache's key was destroyed")
        return self.settings

    def cache_key(self, key: bytes) -> bytes:
        """The key of the cache, from the half that is wrapped and the half that is not."""
        if not self.settings.cache_half:
            self.save(cache_half=os.urandom(32))
        return hmac.digest(key, self.settings.cache_half, "sha256")

    def sealed(self) -> list[Path]:
        """What this profile, once revoked, has yet to hand in."""
        return sorted(self.folder.glob("sealed-*.box"))

    def lock(self) -> "ProfileLock":
        """Take the profile for this process, or raise `ProfileBusy`."""
        return ProfileLock(self.folder / "lock")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step; it is on disk when this returns."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class ProfileLock:
    """Held by one process per profile; the operating system releases it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise ProfileBusy(str(path.parent)) from error

    def release(self) -> None:
        """Let another process have the profile."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

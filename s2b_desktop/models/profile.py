"""A profile: the folder that holds one installation's settings, outbox, cache and lock."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import platformdirs
from filelock import FileLock, Timeout

from s2b_desktop.models.slot import KeySlot
from s2b_desktop.models.storage import Damaged


class ProfileBusy(Exception):
    """Another process has this profile open."""


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
    choices: dict[str, str] = {}


class Profile:
    """The folder and its settings; made when it does not exist."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(platformdirs.user_data_dir("s2b-desktop", appauthor=False)) / "default"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.outbox_path = self.folder / "outbox.db"
        self.cache_path = self.folder / "cache.db"
        self._file = self.folder / "profile.json"
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
        self.settings = msgspec.structs.replace(self.settings, **changes)
        fresh = self._file.with_suffix(".json.new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self.settings)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)
        return self.settings

    def lock(self) -> "ProfileLock":
        """Take the profile for this process, or raise `ProfileBusy`."""
        return ProfileLock(self.folder / "lock")


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

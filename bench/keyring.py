"""A keyring in the bench's own folder: nobody's real one is asked, and a started process finds the keys."""

import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FolderKeyring(KeyringBackend):
    """Keeps each password in a file of `S2B_BENCH_KEYRING`; for made-up data only."""

    priority = 0.1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._folder = Path(os.environ["S2B_BENCH_KEYRING"])

    def _file(self, service: str, username: str) -> Path:
        return self._folder / f"{service}.{username}.key"

    def get_password(self, service: str, username: str) -> str | None:
        file = self._file(service, username)
        return file.read_text() if file.exists() else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file(service, username).write_text(password)

    def delete_password(self, service: str, username: str) -> None:
        self._file(service, username).unlink(missing_ok=True)

"""A folder into which another system drops stock lists: each content is taken once, its result written beside it."""

import hashlib
from pathlib import Path

import msgspec

from s2b_desktop.models.stock_import import FeedChoice

SETTING = "watch/stock"
TAKEN = "watch/stock/taken"
RESULT = ".result.xlsx"
SUFFIXES = frozenset({".xlsx", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt"})
REMEMBERED = 2000
"""Contents beyond the latest ones are forgotten."""
MOST_BYTES = 300 << 20


class WatchedFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Which folder, and how its lists are meant."""

    folder: str
    choice: FeedChoice = FeedChoice()


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A file with a content that was not taken yet."""

    path: Path
    content: str


Sizes = dict[str, tuple[int, int]]
"""File name -> size and time of its last change."""


def look(folder: Path, taken: frozenset[str], before: Sizes) -> tuple[list[Dropped], Sizes]:
    """New files that have stayed as they are since the last look (none is read while it is still being written), the
    oldest first, and what lies there now. OSError where the folder cannot be read."""
    now: Sizes = {}
    found: list[tuple[int, Dropped]] = []
    for path in sorted(folder.iterdir()):
        name = path.name
        if path.suffix.lower() not in SUFFIXES or name.startswith((".", "~$")) or name.lower().endswith(RESULT):
            continue
        try:
            if path.is_symlink() or not path.is_file():
                continue
            stat = path.stat()
            now[name] = (stat.st_size, stat.st_mtime_ns)
            if before.get(name) != now[name] or not 0 < stat.st_size <= MOST_BYTES:
                continue
            content = _hash(path)
        except OSError:
            continue  # gone, or still held by the program that writes it: the next look sees
        if content not in taken:
            found.append((stat.st_mtime_ns, Dropped(path=path, content=content)))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])], now


def result_path(path: Path) -> Path:
    """Where the result of a file is written."""
    return path.with_name(path.name + RESULT)


def remember(taken: list[str], content: str) -> list[str]:
    """The contents taken so far, with one more."""
    return [*(c for c in taken if c != content), content][-REMEMBERED:]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Power loss for real processes: what a file was not told to keep on disk is taken back after kill -9.

`unsynced.c` notes, beside every database file under a folder, the bytes that each write replaces, until the file is
synced. What it does not show: directory entries that were not synced, and sectors torn in the middle.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("unsynced.c")
_HEAD = struct.Struct("=qqq")


def layer(folder: Path) -> Path:
    """The compiled layer; skips the test where none can be made."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not sys.platform.startswith("linux") or compiler is None:
        pytest.skip("the layer that forgets unsynced writes needs Linux and a C compiler")
    made = folder / "unsynced.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(SOURCE), "-ldl", "-lpthread"], check=True)
    return made


def volatile(made: Path, folder: Path) -> dict[str, str]:
    """The environment in which everything under `folder` is as volatile as a disk may be."""
    return {"LD_PRELOAD": str(made), "S2B_VOLATILE": str(folder.resolve())}


def lose_power(folder: Path) -> int:
    """Take back, newest first, every write that was not synced; how many."""
    count = 0
    for journal in folder.rglob("*.unsynced"):
        content, records, at = journal.read_bytes(), [], 0
        while at + _HEAD.size <= len(content):
            offset, length, size = _HEAD.unpack_from(content, at)
            records.append((offset, size, content[at + _HEAD.size : at + _HEAD.size + length]))
            at += _HEAD.size + length
        with journal.with_name(journal.name.removesuffix(".unsynced")).open("r+b") as file:
            for offset, size, stood in reversed(records):
                file.seek(offset)
                file.write(stood)
                file.truncate(size)
        os.unlink(journal)
        count += len(records)
    return count

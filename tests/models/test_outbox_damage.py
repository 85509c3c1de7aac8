"""The outbox on a disk that is full, torn or flipped: nothing is claimed that is not so; what can be read is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from s2b_desktop.models.outbox import Outbox
from s2b_desktop.models.rescue import rescue
from s2b_desktop.models.storage import Damaged, Full
from s2b_domain import wire

KEY = b"o" * 32
PAGE = 4096
ROOT = Path(__file__).resolve().parents[2]
LIMITED = """
import resource, sys
from pathlib import Path
from s2b_desktop.models.outbox import Outbox
from s2b_desktop.models.storage import Full
from tests.models.test_outbox_damage import KEY, body
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
outbox = Outbox(Path(sys.argv[1]), KEY)
saved = 0
try:
    while True:
        outbox.append([body(saved)], at=saved)
        saved += 1
except Full:
    print(saved)
"""


def body(n: int, size: int = 3000) -> wire.Body:
    return wire.Body(command_id=f"{n:032x}", actor_id="a", name="order.place@1", payload=bytes(size), client_time=n)


def fill(outbox: Outbox) -> int:
    """How many commands were saved before there was no room."""
    for n in range(10_000):
        try:
            outbox.append([body(n)], at=n)
        except Full:
            return n
    raise AssertionError("the disk was never full")


def ids(outbox: Outbox) -> list[str]:
    return [wire.thaw(entry.body).command_id for entry in outbox.entries()]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 600 KiB."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_says_so_and_what_was_said_to_be_saved_is(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        outbox = Outbox(disk / "outbox.db", KEY)
        saved = fill(outbox)
        assert saved > 5
        assert ids(outbox) == [f"{n:032x}" for n in range(saved)]
        with pytest.raises(Full):
            outbox.append([body(saved)], at=0)
        outbox.close()
        again = Outbox(disk / "outbox.db", KEY)
        assert ids(again) == [f"{n:032x}" for n in range(saved)]
        again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "outbox.db")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    outbox = Outbox(tmp_path / "outbox.db", KEY)
    assert ids(outbox) == [f"{n:032x}" for n in range(int(done.stdout))]
    outbox.close()


def filled(path: Path, count: int = 40) -> None:
    outbox = Outbox(path, KEY)
    for n in range(count):
        outbox.append([body(n)], at=n)
    outbox.save_draft("order", b"draft")
    outbox.close()


@pytest.mark.parametrize("place", [0.4, 0.6, 0.9])
def test_a_flipped_page_costs_what_stood_on_it_and_says_what(tmp_path: Path, place: float) -> None:
    path = tmp_path / "outbox.db"
    filled(path)
    content = bytearray(path.read_bytes())
    at = int(len(content) * place) // PAGE * PAGE + 100
    content[at] ^= 1
    path.write_bytes(content)
    report = rescue(path, KEY)
    assert 30 <= report.saved < 40
    assert report.lost == tuple(sorted(set(range(1, 41)) - set(report.kept)))
    assert report.damaged.read_bytes() == bytes(content)
    outbox = Outbox(path, KEY)
    assert [entry.seq for entry in outbox.entries()] == list(report.kept)
    assert outbox.append([body(99)], at=0)[0] > 40
    outbox.close()


def test_a_torn_tail_costs_the_tail(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    filled(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)
    report = rescue(path, KEY)
    assert 0 < report.saved < 40
    assert set(report.lost).isdisjoint(report.kept)


def test_a_wrong_key_rescues_nothing_and_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    filled(path)
    before = path.read_bytes()
    with pytest.raises(Damaged):
        rescue(path, b"x" * 32)
    assert path.read_bytes() == before

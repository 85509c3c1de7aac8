"""What must survive the loss of the database: devices, revocations and what the operator did, in a file beside it.

One JSON object a line, each signed by the hub over the line before it, on disk before the database commits. The file
may be a symbolic link to another disk.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from s2b_hub.signer import Signer
from s2b_hub.turns import exclusive

FILE = "journal.log"
REMEDY = "put its newest whole copy back, or move it away; then run: s2b-hub journal"


class JournalError(Exception):
    """The journal was changed by somebody, or is another hub's. The text says where."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One line: the `n`th, written when the hub had decided up to `order` at `time` (ms)."""

    n: int
    order: int
    time: int
    event: str
    data: dict[str, Any] = {}
    previous: str = ""
    signature: str = ""


class Journal:
    """The file of one hub. Only the holder of the database's write lock appends. Where processes on several machines
    may write (`shared`), each must have the same file: one that ends before what the database knows is a copy."""

    def __init__(self, path: Path, signer: Signer, *, shared: bool = False) -> None:
        self.path = path
        self._shared = shared
        self._signer = signer
        self._known: list[Note] = []
        self._end = 0

    def append(self, known: int, *, order: int, time: int, event: str, data: dict[str, Any]) -> int:
        """Write a line and return its number once it is on disk. Lines beyond `known` were never committed by the
        database: they are declared void."""
        with self._turn():
            notes, end = self._read()
            self.check_same(known)
            if not notes:
                lines = [Note(n=known + 1, order=order, time=time, event="journal.begun")]
            else:
                void = [n.n for n in notes if n.n > known]
                last = notes[-1].n + 1
                lines = (
                    [Note(n=last, order=order, time=time, event="journal.void", data={"notes": void})] if void else []
                )
            number = max(known, lines[-1].n if lines else notes[-1].n) + 1
            lines.append(Note(n=number, order=order, time=time, event=event, data=data))
            previous = _digest(notes[-1]) if notes else ""
            self._write(lines, previous, end)
        return number

    def notes(self) -> list[Note]:
        """Every whole line, verified; none where there is no file. `JournalError` where they do not follow."""
        return self._read()[0]

    def effective(self, after: int = 0) -> Iterator[Note]:
        """The lines beyond `after` that are not void."""
        notes = self.notes()
        void = {n for note in notes if note.event == "journal.void" for n in note.data["notes"]}
        return (n for n in notes if n.n > after and n.n not in void and n.event != "journal.void")

    def check_same(self, known: int) -> None:
        """`JournalError` where this is not the file into which the database's other processes write."""
        last = self._known[-1].n if self._known else 0
        if self._shared and last < known:
            raise JournalError(
                f"{self.path} ends with line {last}, and the database knows {known}: every process of a hub on "
                "PostgreSQL needs the same file (a symbolic link to a shared disk), not a copy"
            )

    def last(self) -> int:
        """The number of the last line; 0 where there is none."""
        notes = self.notes()
        return notes[-1].n if notes else 0

    def _read(self) -> tuple[list[Note], int]:
        """Every line and where they end; only what was not read before is read and verified."""
        if not self.path.exists():
            self._known, self._end = [], 0
            return [], 0
        with self.path.open("rb") as file:
            if self.path.stat().st_size < self._end:
                self._known, self._end = [], 0
            file.seek(self._end)
            content = file.read()
        end = content.rfind(b"\n") + 1  # what a crash cut off was never committed
        notes = list(self._known)
        for line in content[:end].splitlines():
            notes.append(self._following(notes, line))
        self._known, self._end = notes, self._end + end
        return notes, self._end

    def _following(self, notes: list[Note], line: bytes) -> Note:
        try:
            note = msgspec.json.decode(line, type=Note)
        except msgspec.MsgspecError as error:
            raise JournalError(f"{self.path}: line {len(notes) + 1} is not readable") from error
        follows = not notes or (note.n > notes[-1].n and note.previous == _digest(notes[-1]))
        if not follows or not self._signer.signed(_signable(note), bytes.fromhex(note.signature)):
            raise JournalError(f"{self.path}: line {len(notes) + 1} was not written by this hub, or lines are missing")
        return note

    def _write(self, lines: list[Note], previous: str, end: int) -> None:
        written = b""
        for line in lines:
            note = msgspec.structs.replace(line, previous=previous)
            note = msgspec.structs.replace(note, signature=self._signer.signature(_signable(note)).hex())
            previous = _digest(note)
            written += _line(note)
        made = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, end)
            os.lseek(descriptor, end, os.SEEK_SET)
            os.write(descriptor, written)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if made:
            sync_folder(self.path.resolve().parent)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with exclusive((real := self.path.resolve()).with_name(real.name + ".lock")):
            yield


def _line(note: Note) -> bytes:
    return json.dumps(msgspec.to_builtins(note), sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _signable(note: Note) -> bytes:
    return b"journal\x00" + _line(msgspec.structs.replace(note, signature=""))


def _digest(note: Note) -> str:
    return hashlib.sha256(_line(note)).hexdigest()


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder survives power loss, where the system lets folders be synced."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Reads a file through a limited child process, so that no file can crash, hang or starve the program."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import msgspec

from s2b_domain.intake.child import receive, send
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.marks import Marks
from s2b_domain.intake.pictures import Picture
from s2b_domain.intake.reader import BookInfo
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sniff import kind_of

CHILD_FLAG = "--intake-child"
"""First argument by which a frozen program runs `child.main()` instead of itself."""

Column = list[Any]
_decode = msgspec.msgpack.Decoder().decode


def child_command() -> list[str]:
    """The command line of the reading process, in a checkout and in a frozen bundle."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_FLAG]
    return [sys.executable, "-m", "s2b_domain.intake.child"]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, known] if known else [root]), "PYTHONUTF8": "1"}


class SandboxedBook:
    """A file open in its child. Use as a context; `rows` raises `Refused` as opening does."""

    def __init__(self, path: Path, limits: Limits, cancelled: Callable[[], bool] = lambda: False) -> None:
        kind_of(path, limits)
        self._limits = limits
        self._cancelled = cancelled
        self._process = subprocess.Popen(
            child_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        streams = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, self._stdout, self._stderr = (cast(BinaryIO, stream) for stream in streams)
        self._frames: queue.Queue[bytes | None] = queue.Queue(maxsize=4)
        self._last_words = b""
        self._threads = [
            threading.Thread(target=self._pump, name="intake-frames", daemon=True),
            threading.Thread(target=self._listen, name="intake-errors", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        try:
            self._send([str(path.resolve()), limits])
            self.info: BookInfo = msgspec.convert(self._next()[1], BookInfo)
        except BaseException:
            self.close()
            raise

    def _pump(self) -> None:
        try:
            while (frame := receive(self._stdout)) is not None:
                self._frames.put(frame)
        finally:
            self._frames.put(None)

    def _listen(self) -> None:
        while chunk := self._stderr.read(4096):
            self._last_words = (self._last_words + chunk)[-8192:]

    def _send(self, message: object) -> None:
        try:
            send(self._stdin, message)
        except (BrokenPipeError, OSError, ValueError):
            raise self._death() from None

    def _next(self) -> list[Any]:
        patience = self._limits.idle_seconds
        while True:
            if self._cancelled():
                raise Refused("cancelled")
            try:
                frame = self._frames.get(timeout=min(0.1, patience))
                break
            except queue.Empty:
                patience -= 0.1
                if patience <= 0:
                    raise Refused("too_slow") from None
        if frame is None:
            raise self._death()
        message: list[Any] = _decode(frame)
        if message[0] == "refused":
            raise Refused(message[1], **message[2])
        return message

    def _death(self) -> Refused:
        """Why the child is gone: what a failed allocation prints, or anything else that killed it."""
        self._process.wait()
        self._threads[1].join(1.0)
        words = self._last_words.lower()
        starved = any(sign in words for sign in (b"memory", b"capacity overflow", b"alloc"))
        return Refused("too_large" if starved else "damaged")

    def columns(self, sheet: int) -> Iterator[tuple[int, list[Column]]]:
        """Yield (rows in the batch, columns of the batch) from row 1 on."""
        self._send(["rows", sheet])
        while (message := self._next())[0] == "rows":
            yield message[1], message[2]

    def marks(self, sheet: int) -> Marks:
        """Hidden rows, formulas without a value and links of a sheet."""
        self._send(["marks", sheet])
        return msgspec.convert(self._next()[1], Marks)

    def pictures(self, sheet: int) -> list[Picture]:
        """Pictures in and over a sheet's cells, without their bytes."""
        self._send(["pictures", sheet])
        return msgspec.convert(self._next()[1], list[Picture])

    def picture(self, source: str) -> bytes:
        """A picture's bytes by its `source`; b"" if it is gone."""
        self._send(["bytes", source])
        data: bytes = self._next()[1]
        return data

    def close(self) -> None:
        """End the child at once. May be called twice."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        while self._threads[0].is_alive():  # it may wait for room in the queue
            try:
                self._frames.get(timeout=0.05)
            except queue.Empty:
                continue
        for thread in self._threads:
            thread.join()
        for stream in (self._stdin, self._stdout, self._stderr):
            try:
                stream.close()
            except OSError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

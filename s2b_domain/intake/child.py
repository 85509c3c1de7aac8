"""The limited process that opens foreign files: `python -m s2b_domain.intake.child`.

Speaks length-prefixed MessagePack on its standard streams. It gets [path, limits]; it answers ["book",
BookInfo] and then serves requests: ["rows", sheet] with ["rows", count, columns] frames (lists by column, so that
the parent decodes few containers) and ["end"]; ["marks", sheet] with ["marks", Marks]; ["pictures", sheet] with
["pictures", list of Picture]; ["bytes", source] with ["bytes", data]. ["refused", code, params] ends the talk.
"""

import gc
import struct
import sys
from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from s2b_domain.intake.limits import Limits
from s2b_domain.intake.reader import Book, Row, read
from s2b_domain.intake.refusal import Refused

BATCH = 2_000
_encode = msgspec.msgpack.Encoder().encode


def send(stream: BinaryIO, message: object) -> None:
    """Write one frame."""
    body = _encode(message)
    stream.write(struct.pack("<I", len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one frame's body, or None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size: int = struct.unpack("<I", head)[0]
    body = stream.read(size)
    return body if len(body) == size else None


def main() -> int:
    """Serve one file; the exit code is 0 unless a limit struck."""
    source, sink = open(0, "rb", closefd=False), open(1, "wb", closefd=False)  # noqa: SIM115  windowed: no sys.stdin
    hello = receive(source)
    if hello is None:
        return 1
    name, limits = msgspec.msgpack.decode(hello, type=tuple[str, Limits])
    _limit_memory(limits.memory_bytes)
    gc.disable()
    try:
        book = read(Path(name), limits)
        send(sink, ["book", book.info])
        while (request := receive(source)) is not None:
            verb, about = msgspec.msgpack.decode(request, type=tuple[str, int | str])
            if verb == "rows":
                _serve(book, int(about), sink)
            else:
                send(sink, [verb, _told(book, verb, about)])
    except Refused as refused:
        send(sink, ["refused", refused.code, refused.params])
    except MemoryError:
        send(sink, ["refused", "too_large", {}])
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    except BaseException as error:  # a panic inside the reader is no Exception
        code = "too_large" if "capacity" in str(error) or "alloc" in str(error) else "damaged"
        send(sink, ["refused", code, {"detail": type(error).__name__}])
    return 0


def _serve(book: Book, sheet: int, sink: BinaryIO) -> None:
    rows = book.rows(sheet)
    while batch := list(islice(rows, BATCH)):
        send(sink, ["rows", len(batch), _columns(batch)])
    send(sink, ["end"])


def _told(book: Book, verb: str, about: int | str) -> object:
    if verb == "marks":
        return book.marks(int(about))
    return book.pictures(int(about)) if verb == "pictures" else book.picture(str(about))


def _columns(batch: list[Row]) -> list[Any]:
    width = max(map(len, batch))
    if min(map(len, batch)) != width:
        batch = [row + [""] * (width - len(row)) if len(row) < width else row for row in batch]
    return [_told_apart(column) for column in zip(*batch, strict=True)]


def _told_apart(column: tuple[Any, ...]) -> Sequence[Any]:
    """A column whose day cells carry a time, so that they differ from text that looks like a day."""
    if date in set(map(type, column)):
        return [f"{cell.isoformat()}T00:00:00" if type(cell) is date else cell for cell in column]
    return column


def _limit_memory(size: int) -> None:
    """Bound this process; allocations beyond fail."""
    if sys.platform == "win32":
        from s2b_domain.intake.job import limit_job  # noqa: PLC0415  (Windows only)

        limit_job(size)
    else:
        import resource  # noqa: PLC0415  (absent on Windows)

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (120, 130))


if __name__ == "__main__":
    raise SystemExit(main())

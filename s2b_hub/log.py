"""One line for each event: a name, then key=value. Ids, counts and codes only, never what people typed."""

import logging
import sys
import time
import traceback
from pathlib import Path

_logger = logging.getLogger("s2b_hub")
NAMES = ("s2b_hub", "uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


class _Line(logging.Formatter):
    """Messages of other libraries are not trusted to be free of personal data: only their origin is written."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        stamp = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        text = record.getMessage() if record.name == _logger.name else f"{record.name} line={record.lineno}"
        if record.exc_info and record.exc_info[1] is not None and record.name != _logger.name:
            text += f" {_described(record.exc_info[1])}"
        return f"{stamp}.{int(record.msecs):03d}Z {record.levelname.lower()} {text}"


def start(level: int = logging.INFO) -> None:
    """Write to the standard error stream from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    for name in NAMES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level if name == _logger.name else logging.WARNING)


def event(name: str, **fields: str | int | None) -> None:
    """Something happened that an operator may want to know."""
    _logger.info("%s", _text(name, fields))


def failure(name: str, error: BaseException, **fields: str | int | None) -> None:
    """The hub itself failed: the kind of error and where, without its message."""
    _logger.error("%s %s", _text(name, fields), _described(error))


def _text(name: str, fields: dict[str, str | int | None]) -> str:
    return " ".join([name, *(f"{k}={v}" for k, v in fields.items() if v is not None)])


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = ">".join(f"{Path(f.filename).stem}:{f.lineno}" for f in frames)
    return f"error={type(error).__name__} at={where}"

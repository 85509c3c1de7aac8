"""The last happenings, beside the profile and in the clear: no names, amounts or contents."""

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

FILE = "s2b.log"
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Lines(logging.Formatter):
    """Writes of an error what it is and where, never its message: a database names all values in it."""

    def formatException(self, ei: ExcInfo) -> str:
        told: list[str] = []
        error = ei[1]
        while error is not None and len(told) < 10:
            frames = (f"{Path(f.filename).stem}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__))
            told.append(f"  {type(error).__name__} at {' > '.join(frames)}")
            error = error.__cause__ or error.__context__
        return "\n".join(told)


def keep_in(folder: Path) -> logging.Handler:
    """Write what the program logs into `folder` from now on."""
    handler = RotatingFileHandler(folder / FILE, maxBytes=512_000, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("s2b_desktop")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return handler

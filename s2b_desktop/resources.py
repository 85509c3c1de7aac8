"""Where the files shipped beside the program are: the checkout's `resources/`, or the frozen bundle's."""

import sys
from pathlib import Path

_ROOT = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent)) / "resources"


def path(*parts: str) -> Path:
    """Return the path of a resource, such as `path("icons", "search.svg")`; it need not exist."""
    return _ROOT.joinpath(*parts)

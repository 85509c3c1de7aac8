"""What a cleaner answers when a cell is not what its column needs."""

from collections.abc import Callable
from typing import Any

import msgspec

from s2b_domain.intake.goods import Level, Param

Cleaned = Any
Cleaner = Callable[[Any], Cleaned]
"""Takes a cell and returns a value, None for no value, or a `Flaw`."""


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a cell, and the value that may be used in spite of it."""

    code: str
    level: Level = "error"
    value: Any = None
    params: dict[str, Param] = {}

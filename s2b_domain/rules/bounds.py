"""How long a text and how large a number may be that comes from outside; msgspec checks them as it reads.

A text never holds U+0000, which PostgreSQL cannot keep.
"""

from typing import Annotated

from msgspec import Meta

MAX_TIME = 253_402_300_799_999
"""The last millisecond of the year 9999."""
MAX_AMOUNT = 10**15
"""分; whatever is summed from amounts of this size stays far within 64 bits."""
MAX_PRICE = 10**12
"""1/10,000 yuan."""
MAX_NUMBER = 10**15

_PLAIN = r"\A[^\x00]*\Z"

Id = Annotated[str, Meta(max_length=64, pattern=_PLAIN)]
Code = Annotated[str, Meta(max_length=100, pattern=_PLAIN)]
Name = Annotated[str, Meta(max_length=200, pattern=_PLAIN)]
Reason = Annotated[str, Meta(max_length=1000, pattern=_PLAIN)]
Note = Annotated[str, Meta(max_length=4000, pattern=_PLAIN)]
Reasons = Annotated[tuple[Reason, ...], Meta(max_length=50)]
Time = Annotated[int, Meta(ge=0, le=MAX_TIME)]
Number = Annotated[int, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]


def plain(text: str, most: int) -> bool:
    """Whether a text is at most `most` characters and can be kept anywhere."""
    return len(text) <= most and "\x00" not in text

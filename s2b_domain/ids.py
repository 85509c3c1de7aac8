"""Ids: UUIDv7 as 32 lowercase hex characters, so they sort by birth and need no conversion anywhere."""

import hashlib

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_RAND_A = (1 << 12) - 1
_RAND_B = (1 << 62) - 1
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""A digit with the variant in its upper two bits."""


def make_id(time_ms: int, entropy: bytes) -> str:
    """An id born at `time_ms` (UTC milliseconds); `entropy` must hold at least 10 bytes."""
    random = int.from_bytes(entropy[:10], "big")
    bits = (time_ms & (1 << 48) - 1) << 80 | _VERSION_7 | (random >> 62 & _RAND_A) << 64 | _VARIANT | random & _RAND_B
    return f"{bits:032x}"


def born(id_: str) -> int:
    """The UTC milliseconds at which an id was made."""
    return int(id_[:12], 16)


def derived_id(parent_id: str, *parts: str | int) -> str:
    """The id that desktop and hub both give to a row which `parent_id` and `parts` determine."""
    text = "\x1f".join((parent_id, *map(str, parts)))
    random = hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
    # What `make_id(born(parent_id), ...)` gives, digit by digit: imports derive half a million ids.
    return f"{parent_id[:12]}7{int(random[1:5], 16) >> 2 & _RAND_A:03x}{_VARIANTS[random[4]]}{random[5:]}"


def is_id(text: str) -> bool:
    """Whether `text` has the shape of an id."""
    return len(text) == 32 and all(c in "0123456789abcdef" for c in text)

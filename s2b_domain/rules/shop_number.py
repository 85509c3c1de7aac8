"""The number by which a shop is named to a supplier who does not know it yet: its id, and a check of it."""

import re
from hashlib import sha256

_GROUP = 4
_ID = 32
_IGNORED = re.compile(r"[\s\-–—·]")


def shop_number(id_: str) -> str:
    """An organisation's id as people pass it on."""
    whole = id_ + _check(id_)
    return "-".join(whole[at : at + _GROUP] for at in range(0, len(whole), _GROUP)).upper()


def id_in(number: str) -> str:
    """The id that a number names, however it is spaced; "" where a digit is wrong or missing."""
    whole = _IGNORED.sub("", number).lower()
    id_, check = whole[:_ID], whole[_ID:]
    return id_ if len(id_) == _ID and check == _check(id_) else ""


def _check(id_: str) -> str:
    return sha256(id_.encode()).hexdigest()[:_GROUP]

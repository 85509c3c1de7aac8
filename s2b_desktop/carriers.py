"""Carriers that parcels go with. A parcel keeps the Chinese name, whoever reads it sees it in their language."""

import json
import re
from functools import cache
from typing import NamedTuple

from s2b_desktop.resources import path
from s2b_desktop.text import language

_POST = re.compile(r"[A-Z]{2}\d{9}CN")


class Carrier(NamedTuple):
    """`prefixes` are the letters with which its tracking numbers begin, where they do."""

    code: str
    zh: str
    en: str
    prefixes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the user's language."""
        return self.en if language() == "en" else self.zh


@cache
def carriers() -> tuple[Carrier, ...]:
    """All carriers, the most used first."""
    return tuple(Carrier(**each) for each in json.loads(path("carriers.json").read_bytes()))


def carrier_name(kept: str) -> str:
    """A parcel's carrier in the user's language; one that is not in the list as it was written."""
    return next((c.name for c in carriers() if c.zh == kept), kept)


def waybill_text(said: str) -> str:
    """What a history holds of a parcel ("顺丰速运 SF123…"), with carriers in the user's language."""
    return _named().sub(lambda found: carrier_name(found[0]), said)


@cache
def _named() -> re.Pattern[str]:
    """A carrier's kept name that a number follows."""
    return re.compile("(?:" + "|".join(re.escape(c.zh) for c in carriers()) + r")(?= \w*\d)")


def carrier_of(tracking_number: str) -> Carrier | None:
    """The carrier whose numbers look like this, if that is certain."""
    number = tracking_number.upper()
    if _POST.fullmatch(number):
        return next(c for c in carriers() if c.code == "EMS")
    letters = re.match(r"[A-Z]*", number)
    known = {prefix: carrier for carrier in carriers() for prefix in carrier.prefixes}
    return known.get(letters[0]) if letters else None

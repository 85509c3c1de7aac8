"""What the reader of cells does not tell about a sheet: hidden rows, formulas without a value, links elsewhere."""

import re
from pathlib import Path

import msgspec

from s2b_domain.intake.ooxml import Package, place_of

MOST_CELLS = 300_000
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*\bhidden=[\"'](?:1|true)[\"'][^>]*)>")
_NUMBER = re.compile(rb"\br=[\"'](\d{1,7})[\"']")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>|</(?:\w+:)?c>)"
)
_ROOT = re.compile(rb"<(\w+:|)worksheet\b")
_LINK = re.compile(rb"<(?:\w+:)?f\b[^>]*>[^<]*\[\d+\]")


class Marks(msgspec.Struct, frozen=True):
    """`hidden` are 1-based rows that the sheet does not show; `unvalued` are (1-based row, 0-based column) of formulas
    whose result was never stored; `linked`: some formula reads another workbook."""

    hidden: list[int] = []
    unvalued: list[tuple[int, int]] = []
    linked: bool = False


def marks(path: Path, sheet: str) -> Marks:
    """The marks of an xlsx file's sheet."""
    hidden: list[int] = []
    unvalued: list[tuple[int, int]] = []
    linked = False
    with Package(path) as package:
        part = package.sheet_part(sheet)
        links = any("/externallinks/" in name.lower() for name in package.sizes)
        formula = b""
        for piece in package.rows(part) if part else ():
            formula = formula or b"<" + _prefix(piece) + b"f"
            if b"hidden=" in piece:
                for found in _ROW.finditer(piece):
                    number = _NUMBER.search(found.group(1))
                    if number is not None:
                        hidden.append(int(number.group(1)))
            if formula in piece:
                linked = linked or (links and _LINK.search(piece) is not None)
                unvalued += _unvalued(piece) if len(unvalued) < MOST_CELLS else ()
    return Marks(hidden, unvalued, linked)


def _prefix(piece: bytes) -> bytes:
    """The prefix of a sheet's tags, with its colon; mostly b""."""
    found = _ROOT.search(piece)
    return found.group(1) if found is not None else b""


def _unvalued(piece: bytes) -> list[tuple[int, int]]:
    places = []
    for found in _FORMULA.finditer(piece):
        place = place_of(found.group(1))
        text = b't="str"' in found.group(1) or b"t='str'" in found.group(1)  # a formula may well give nothing
        if place is not None and not text and b"DISPIMG" not in (found.group(2) or b""):
            places.append(place)
    return places

"""The parts of an xlsx file behind its cells: which part is which sheet, relations, and XML within bounds."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from s2b_domain.intake.refusal import Refused

MOST_XML = 64 << 20
"""Bytes of one part that is parsed as a whole."""
MOST_SCANNED = 768 << 20
"""Bytes of one sheet that are looked through; what lies beyond is not told."""
_CHUNK = 4 << 20
_BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError)


def local(tag: str) -> str:
    """A tag or attribute without its namespace."""
    return tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name, whatever its namespace; "" if absent."""
    return next((value for key, value in element.attrib.items() if local(key) == name), "")


class Package:
    """An open xlsx file. Use as a context; parts that are absent or broken are empty, never an error."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN:
            raise Refused("damaged") from None
        self.sizes = {info.filename.replace("\\", "/"): info.file_size for info in self._zip.infolist()}
        self._names = {i.filename.replace("\\", "/").lower(): i.filename for i in self._zip.infolist()}

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, *raised: object) -> None:
        self._zip.close()

    def has(self, part: str) -> bool:
        """Whether a part exists."""
        return part.lower() in self._names

    def read(self, part: str, most: int) -> bytes:
        """A part's bytes; b"" if it is absent, broken or larger than `most`, whatever size it claims."""
        name = self._names.get(part.lower())
        if name is None:
            return b""
        try:
            with self._zip.open(name) as file:
                data = file.read(most + 1)
        except (*_BROKEN, zipfile.LargeZipFile):
            return b""
        return data if len(data) <= most else b""

    def xml(self, part: str) -> Element | None:
        """A part parsed without entities; None if it cannot be."""
        data = self.read(part, MOST_XML)
        if not data:
            return None
        try:
            return fromstring(data)
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            return None

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """{id: (kind, part)} of what a part points to inside the file."""
        folder, name = posixpath.split(part)
        root = self.xml(f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels")
        found: dict[str, tuple[str, str]] = {}
        for element in root if root is not None else ():
            if attribute(element, "TargetMode").lower() == "external":
                continue
            target = attribute(element, "Target")
            place = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[attribute(element, "Id")] = (attribute(element, "Type").rpartition("/")[2], place)
        return found

    def sheet_part(self, sheet: str) -> str:
        """The part that holds a sheet; "" if it is not found."""
        book = next(
            (part for _, part in self.relations("").values() if part.endswith("workbook.xml")), "xl/workbook.xml"
        )
        root = self.xml(book)
        related = self.relations(book)
        for element in root.iter() if root is not None else ():
            if local(element.tag) == "sheet" and attribute(element, "name") == sheet:
                return related.get(attribute(element, "id"), ("", ""))[1]
        return ""

    def rows(self, part: str) -> Iterator[bytes]:
        """A sheet's XML in pieces that end with a row, up to `MOST_SCANNED` bytes."""
        name = self._names.get(part.lower())
        if name is None:
            return
        rest, seen = b"", 0
        try:
            with self._zip.open(name) as file:
                while seen < MOST_SCANNED and (chunk := file.read(_CHUNK)):
                    seen += len(chunk)
                    rest += chunk
                    end = rest.rfind(b"row>") + 4
                    if end > 3:
                        yield rest[:end]
                        rest = rest[end:]
                    elif len(rest) > 4 * _CHUNK:
                        rest = b""
        except (*_BROKEN, zipfile.LargeZipFile):
            return
        if rest:
            yield rest


_PLACE = re.compile(rb"\br=[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")


def place_of(attributes: bytes) -> tuple[int, int] | None:
    """1-based row and 0-based column of a cell's `r`, from the text of its attributes."""
    found = _PLACE.search(attributes)
    return (int(found.group(2)), column_number(found.group(1).decode())) if found else None


def column_number(letters: str) -> int:
    """0 for A, 26 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1

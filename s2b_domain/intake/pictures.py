"""Pictures inside an xlsx workbook, bound to the cell they belong to: floating over it, put in by WPS
(`DISPIMG`), or by Excel 365 (a rich value behind the cell's `vm`).

    for picture in book.pictures(sheet):     # a `SandboxedBook`: this runs in the limited child
        data = book.picture(picture.source)  # when its turn comes; many pictures never lie in memory together
"""

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

import msgspec

from s2b_domain.intake.ooxml import Package, attribute, local, place_of

MOST_PICTURES = 20_000
MOST_BYTES = 20 << 20
MOST_PIXELS = 100_000_000
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "BMP": "image/bmp"}
_VALUED = re.compile(rb"<(?:\w+:)?c\b([^>]*\bvm=[\"'](\d{1,9})[\"'][^>]*)>")
_DISPIMG = re.compile(rb"DISPIMG\((?:&quot;|\"|&#34;)([^\"&)]{1,100})")
_OPEN_HEIGHT = re.compile(rb"<(?:\w+:)?row\b([^>]*\bht=[\"']([\d.]{1,12})[\"'][^>]*)>")
_HEIGHT = re.compile(rb"<(?:\w+:)?row\b([^>]*\bht=[\"']([\d.]{1,12})[\"'][^>]*)>")
_ROW_NUMBER = re.compile(rb"\br=[\"'](\d{1,7})[\"']")
_DEFAULT_HEIGHT = re.compile(rb"\bdefaultRowHeight=[\"']([\d.]{1,12})[\"']")
_EMU_PER_POINT = 12_700

How = Literal["floating", "dispimg", "in_cell"]
Problem = Literal["", "too_large", "unreadable", "missing"]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a cell. `row` is 1-based, `column` 0-based; `content` is the SHA-256 of its bytes in hex, `source`
    asks for them. With a `problem` there is no picture to be had: it is missing, no picture, or too large."""

    row: int
    column: int
    how: How
    source: str = ""
    content: str = ""
    media: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    problem: Problem = ""


class _Anchor(msgspec.Struct, frozen=True):
    row: int
    column: int
    how: How
    part: str


def pictures(path: Path, sheet: str) -> list[Picture]:
    """The pictures of a sheet by row and column; each content is looked at once."""
    known: dict[str, Picture] = {}
    found: list[Picture] = []
    with Package(path) as package:
        part = package.sheet_part(sheet)
        anchors = [*_floating(package, part), *_dispimg(package, part), *_in_cell(package, part)] if part else []
        for anchor in sorted(anchors, key=lambda a: (a.row, a.column))[:MOST_PICTURES]:
            if anchor.part not in known:
                known[anchor.part] = _looked_at(package, anchor.part)
            seen = known[anchor.part]
            found.append(msgspec.structs.replace(seen, row=anchor.row, column=anchor.column, how=anchor.how))
    return found


def picture_bytes(path: Path, source: str) -> bytes:
    """The bytes of a picture; b"" if there are none or too many."""
    with Package(path) as package:
        return package.read(source, MOST_BYTES)


def _looked_at(package: Package, part: str) -> Picture:
    blank = Picture(row=0, column=0, how="floating", source=part)
    if not package.has(part):
        return msgspec.structs.replace(blank, problem="missing")
    if package.sizes.get(part, 0) > MOST_BYTES:
        return msgspec.structs.replace(blank, problem="too_large")
    data = package.read(part, MOST_BYTES)
    media, width, height = dimensions(data)
    if not media:
        return msgspec.structs.replace(blank, problem="unreadable")
    if width * height > MOST_PIXELS:
        return msgspec.structs.replace(blank, problem="too_large", width=width, height=height)
    content = hashlib.sha256(data).hexdigest()
    return msgspec.structs.replace(blank, content=content, media=media, width=width, height=height, size=len(data))


def dimensions(data: bytes) -> tuple[str, int, int]:
    """Media type, width and height as a picture's head tells; ("", 0, 0) for what is none. Nothing is decoded."""
    from PIL import Image  # noqa: PLC0415  heavy, and only workbooks with pictures need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=tuple(KINDS)) as image:
                return KINDS[image.format or ""], image.width, image.height
    except Image.DecompressionBombError:
        return "image/*", MOST_PIXELS, 2
    except Exception:  # whatever a hostile head makes the library raise, it is no picture
        return "", 0, 0


def _floating(package: Package, part: str) -> Iterator[_Anchor]:
    """Pictures that float over cells belong to the row that most of them covers."""
    drawings = [place for kind, place in package.relations(part).values() if kind == "drawing"]
    heights = _heights(package, part) if drawings else (_EMU_PER_POINT * 15.0, {})
    for drawing in drawings:
        root = package.xml(drawing)
        media = package.relations(drawing)
        for anchor in root if root is not None else ():
            start = _corner(anchor, "from")
            embed = next(
                (attribute(e, "embed") for e in anchor.iter() if local(e.tag) == "blip" and attribute(e, "embed")), ""
            )
            if start is None or embed not in media:
                continue
            row = _covered(start, _corner(anchor, "to"), _extent(anchor), *heights)
            yield _Anchor(row + 1, start[0], "floating", media[embed][1])


def _corner(anchor: Element, name: str) -> tuple[int, int, int] | None:
    """0-based column, row, and the offset into the row in EMU."""
    for child in anchor:
        if local(child.tag) == name:
            texts = {local(e.tag): e.text or "" for e in child}
            try:
                column, row = int(texts["col"]), int(texts["row"])
                offset = int(texts.get("rowOff") or 0)
            except (KeyError, ValueError):
                return None
            return (column, row, offset) if 0 <= row < 1 << 20 and 0 <= column < 1 << 14 else None
    return None


def _extent(anchor: Element) -> int:
    """The height of a picture that is anchored by one corner, in EMU."""
    for child in anchor:
        if local(child.tag) == "ext":
            digits = attribute(child, "cy")
            return int(digits) if digits.isdecimal() and len(digits) < 12 else 0
    return 0


def _covered(
    start: tuple[int, int, int], end: tuple[int, int, int] | None, height: int, usual: float, heights: dict[int, float]
) -> int:
    """The row that most of a picture lies on."""
    row, best, most = start[1], start[1], -1.0
    left = float(height)
    last = end[1] if end is not None else row + 200
    while row <= min(last, start[1] + 200):
        tall = heights.get(row + 1, usual)
        upper = start[2] if row == start[1] else 0
        lower = end[2] if end is not None and row == end[1] else tall
        covered = min(lower, tall) - upper
        if end is None:
            covered = min(tall - upper, left)
            left -= covered
        if covered > most:
            best, most = row, covered
        if end is None and left <= 0:
            break
        row += 1
    return best


def _heights(package: Package, part: str) -> tuple[float, dict[int, float]]:
    """The usual height of a row and those of rows that differ (by 1-based row), in EMU."""
    usual, heights = 15.0, dict[int, float]()
    for piece in package.rows(part):
        default = _DEFAULT_HEIGHT.search(piece)
        if default is not None:
            usual = _points(default.group(1)) or usual
        if b"ht=" in piece:
            for found in _HEIGHT.finditer(piece):
                number = _ROW_NUMBER.search(found.group(1))
                if number is not None:
                    heights[int(number.group(1))] = _points(found.group(2)) * _EMU_PER_POINT
    return usual * _EMU_PER_POINT, heights


def _points(text: bytes) -> float:
    try:
        return min(float(text), 10_000.0)
    except ValueError:
        return 0.0


def _dispimg(package: Package, part: str) -> Iterator[_Anchor]:
    """WPS: the cell names an ID, `xl/cellimages.xml` says which picture that is."""
    images = next((name for name in package.sizes if name.lower().endswith("cellimages.xml")), "")
    root = package.xml(images) if images else None
    if root is None:
        return
    media = package.relations(images)
    named: dict[str, str] = {}
    for image in root:
        name = next((attribute(e, "name") for e in image.iter() if local(e.tag) == "cNvPr"), "")
        embed = next((attribute(e, "embed") for e in image.iter() if local(e.tag) == "blip"), "")
        if name and embed in media:
            named[name] = media[embed][1]
    for piece in package.rows(part):
        at = piece.find(b"DISPIMG(")
        while at >= 0:
            opened = max(piece.rfind(b"<c ", 0, at), piece.rfind(b":c ", 0, at))
            place = place_of(piece[opened : piece.find(b">", opened) + 1]) if opened >= 0 else None
            wanted = _DISPIMG.match(piece, at)
            if place is not None and wanted is not None:
                name = wanted.group(1).decode("utf-8", errors="replace")
                yield _Anchor(place[0], place[1], "dispimg", named.get(name, ""))
            close = piece.find(b"c>", at)
            at = piece.find(b"DISPIMG(", close) if close >= 0 else -1


def _in_cell(package: Package, part: str) -> Iterator[_Anchor]:
    """Excel 365: vm -> metadata.xml (valueMetadata, then futureMetadata) -> rdrichvalue.xml -> richValueRel.xml."""
    folder = "xl/richData/"
    relations = package.xml(folder + "richValueRel.xml")
    metadata = package.xml("xl/metadata.xml")
    if relations is None or metadata is None:
        return
    media = package.relations(folder + "richValueRel.xml")
    parts = [media.get(attribute(e, "id"), ("", ""))[1] for e in relations]
    values = _rich_values(metadata)
    images = _local_images(package, folder)
    for piece in package.rows(part):
        for found in _VALUED.finditer(piece) if b"vm=" in piece else ():
            place, vm = place_of(found.group(1)), int(found.group(2))
            if place is None or not 1 <= vm <= len(values):
                continue
            image = images.get(values[vm - 1])
            if image is not None:
                yield _Anchor(place[0], place[1], "in_cell", parts[image] if image < len(parts) else "")


def _rich_values(metadata: Element) -> list[int]:
    """The rich value of each value metadata record, in order; -1 for records of another kind."""
    kinds = [attribute(e, "name") for e in metadata.iter() if local(e.tag) == "metadataType"]
    future: list[int] = []
    records: list[int] = []
    for block in metadata:
        if local(block.tag) == "futureMetadata" and attribute(block, "name") == "XLRICHVALUE":
            for each in block:
                index = next((attribute(e, "i") for e in each.iter() if local(e.tag) == "rvb"), "")
                future.append(int(index) if index.isdecimal() else -1)
        elif local(block.tag) == "valueMetadata":
            for each in block:
                found = -1
                for record in each:
                    kind, value = attribute(record, "t"), attribute(record, "v")
                    rich = kind.isdecimal() and 1 <= int(kind) <= len(kinds) and kinds[int(kind) - 1] == "XLRICHVALUE"
                    if rich and value.isdecimal():
                        found = int(value)
                records.append(found)
    return [future[v] if 0 <= v < len(future) else -1 for v in records]


def _local_images(package: Package, folder: str) -> dict[int, int]:
    """{rich value: number of its picture} of those whose structure is a picture in the file."""
    structures = package.xml(folder + "rdrichvaluestructure.xml")
    values = package.xml(folder + "rdrichvalue.xml")
    if structures is None or values is None:
        return {}
    keys = [
        [attribute(k, "n") for k in structure if local(k.tag) == "k"]
        for structure in structures
        if local(structure.tag) == "s"
    ]
    found: dict[int, int] = {}
    for number, value in enumerate(e for e in values if local(e.tag) == "rv"):
        which = attribute(value, "s")
        names = keys[int(which)] if which.isdecimal() and int(which) < len(keys) else []
        cells = [e.text or "" for e in value if local(e.tag) == "v"]
        for name, cell in zip(names, cells, strict=False):
            if name == "_rvRel:LocalImageIdentifier" and cell.isdecimal():
                found[number] = int(cell)
    return found

"""Pictures inside workbooks, found and bound to their cells: floating, WPS `DISPIMG`, Excel 365 in a cell."""

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter
from PIL import Image

from s2b_domain.intake.limits import Limits
from s2b_domain.intake.pictures import Picture, dimensions
from s2b_domain.intake.sandbox import SandboxedBook
from tests.intake.sheets import GOOD, HEADER, workbook

NAMES = "http://schemas.openxmlformats.org"
DRAWING = f'xmlns:xdr="{NAMES}/drawingml/2006/spreadsheetDrawing" xmlns:a="{NAMES}/drawingml/2006/main"'
RELATIONS = f'<Relationships xmlns="{NAMES}/package/2006/relationships">%s</Relationships>'
R = f'xmlns:r="{NAMES}/officeDocument/2006/relationships"'
SHEET = "xl/worksheets/sheet1.xml"


def png(colour: str, size: tuple[int, int] = (40, 30)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def relation(id_: str, target: str, kind: str = "image") -> str:
    return f'<Relationship Id="{id_}" Type="{NAMES}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'


def with_parts(path: Path, parts: dict[str, bytes | str], replaced: tuple[str, str] = ("", "")) -> Path:
    """A small workbook of goods with further parts; `replaced` changes its sheet's XML."""
    workbook(path, [(*HEADER, "图片"), (*GOOD, "PLACE2"), ("茶", "A002", None, 3, 1, "PLACE3")])
    with zipfile.ZipFile(path) as archive:
        old = {info.filename: archive.read(info) for info in archive.infolist()}
    xml = old[SHEET].decode()
    for row, cell in enumerate(replaced, 2):
        start = xml.index(f'<c r="F{row}"')
        end = xml.index("</c>", start) + 4
        xml = xml[:start] + (cell or xml[start:end]) + xml[end:]
    old[SHEET] = xml.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**old, **parts}.items():
            archive.writestr(name, data)
    return path


def wps(path: Path, media: dict[str, bytes], target: str = "media/image1.png") -> Path:
    """As WPS writes pictures into cells."""
    image = (
        f'<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData" {DRAWING} {R}><etc:cellImage>'
        '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="ID_0A1B"/></xdr:nvPicPr>'
        '<xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill></xdr:pic></etc:cellImage></etc:cellImages>'
    )
    cell = '<c r="F{n}" t="str"><f>_xlfn.DISPIMG(&quot;{id}&quot;,1)</f><v>=DISPIMG("{id}",1)</v></c>'
    return with_parts(
        path,
        {
            "xl/cellimages.xml": image,
            "xl/_rels/cellimages.xml.rels": RELATIONS % relation("rId1", target),
            **media,
        },
        (cell.format(n=2, id="ID_0A1B"), cell.format(n=3, id="ID_GONE")),
    )


def excel(path: Path, media: dict[str, bytes]) -> Path:
    """As Excel 365 writes pictures placed in cells."""
    folder = "http://schemas.microsoft.com/office/spreadsheetml/2017/richdata"
    metadata = (
        f'<metadata xmlns="{NAMES}/spreadsheetml/2006/main"><metadataTypes count="1"><metadataType name="XLRICHVALUE"/>'
        '</metadataTypes><futureMetadata name="XLRICHVALUE" count="2">'
        + "".join(
            f'<bk><extLst><ext uri="x"><xlrd:rvb xmlns:xlrd="{folder}" i="{n}"/></ext></extLst></bk>' for n in (0, 1)
        )
        + '</futureMetadata><valueMetadata count="2"><bk><rc t="1" v="0"/></bk>'
        '<bk><rc t="1" v="1"/></bk></valueMetadata>'
        "</metadata>"
    )
    structure = (
        f'<rvStructures xmlns="{folder}" count="1"><s t="_localImage"><k n="_rvRel:LocalImageIdentifier" t="i"/>'
        '<k n="CalcOrigin" t="i"/></s></rvStructures>'
    )
    values = (
        f'<rvData xmlns="{folder}" count="2"><rv s="0"><v>1</v><v>5</v></rv><rv s="0"><v>0</v><v>5</v></rv></rvData>'
    )
    related = (
        '<richValueRels xmlns="http://schemas.microsoft.com/office/spreadsheetml/2022/richvaluerel" '
        f'{R}><rel r:id="rId1"/><rel r:id="rId2"/></richValueRels>'
    )
    cell = '<c r="F{n}" t="e" vm="{vm}"><v>#VALUE!</v></c>'
    return with_parts(
        path,
        {
            "xl/metadata.xml": metadata,
            "xl/richData/rdrichvaluestructure.xml": structure,
            "xl/richData/rdrichvalue.xml": values,
            "xl/richData/richValueRel.xml": related,
            "xl/richData/_rels/richValueRel.xml.rels": RELATIONS
            % (relation("rId1", "../media/image1.png") + relation("rId2", "../media/image2.png")),
            **media,
        },
        (cell.format(n=2, vm=1), cell.format(n=3, vm=2)),
    )


def read(path: Path, limits: Limits | None = None) -> tuple[list[Picture], list[bytes]]:
    with SandboxedBook(path, limits or Limits()) as book:
        found = book.pictures(0)
        return found, [book.picture(p.source) for p in found]


def test_wps_pictures_in_cells(tmp_path: Path) -> None:
    red = png("red")
    found, data = read(wps(tmp_path / "a.xlsx", {"xl/media/image1.png": red}))
    assert [(p.row, p.column, p.how, p.problem) for p in found] == [(2, 5, "dispimg", ""), (3, 5, "dispimg", "missing")]
    assert (found[0].content, found[0].media) == (hashlib.sha256(red).hexdigest(), "image/png")
    assert (found[0].width, found[0].height, found[0].size) == (40, 30, len(red))
    assert data == [red, b""]


def test_excel_pictures_in_cells(tmp_path: Path) -> None:
    red, blue = png("red"), png("blue")
    found, data = read(excel(tmp_path / "a.xlsx", {"xl/media/image1.png": red, "xl/media/image2.png": blue}))
    assert [(p.row, p.column, p.how) for p in found] == [(2, 5, "in_cell"), (3, 5, "in_cell")]
    assert data == [blue, red]


def test_floating_pictures_belong_to_the_row_they_cover_most(tmp_path: Path) -> None:
    red, blue = png("red", (60, 60)), png("blue", (60, 60))
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("货品")
        sheet.write_row(0, 0, HEADER)
        for row in (1, 2, 3):
            sheet.write_row(row, 0, GOOD)
            sheet.set_row(row, 60)
        sheet.insert_image(1, 5, "r.png", {"image_data": io.BytesIO(red), "y_offset": 5})
        sheet.insert_image(1, 6, "b.png", {"image_data": io.BytesIO(blue), "y_offset": 70, "object_position": 3})
        sheet.insert_image(3, 5, "r.png", {"image_data": io.BytesIO(red)})
    found, data = read(tmp_path / "a.xlsx")
    assert [(p.row, p.column, p.how) for p in found] == [(2, 5, "floating"), (3, 6, "floating"), (4, 5, "floating")]
    assert data == [red, blue, red]
    assert found[0].content == found[2].content != found[1].content


def test_what_is_no_picture_or_absurd_is_named_and_never_decoded(tmp_path: Path) -> None:
    head = b"IHDR" + struct.pack(">II5B", 1 << 16, 1 << 16, 8, 2, 0, 0, 0)
    wide = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + png("red")[33:]
    for media, problem in ((wide, "too_large"), (b"<svg/>", "unreadable"), (b"\0" * (21 << 20), "too_large")):
        [first, _], data = read(wps(tmp_path / "a.xlsx", {"xl/media/image1.png": media}))
        assert (first.problem, first.content) == (problem, "")
        assert problem != "unreadable" or data[0] == media


@pytest.mark.parametrize("target", ["../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "C:\\x.png"])
def test_a_path_out_of_the_file_leads_nowhere(tmp_path: Path, target: str) -> None:
    found, data = read(wps(tmp_path / "a.xlsx", {}, target))
    assert {p.problem for p in found} == {"missing"}
    assert data == [b"", b""]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    path = wps(tmp_path / "a.xlsx", {"xl/media/image1.png": png("red")})
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, "xl/cellimages.xml": bomb.encode()}.items():
            archive.writestr(name, data)
    assert read(path) == ([], [])


def test_dimensions_of_what_is_none() -> None:
    assert [dimensions(data) for data in (b"", b"\x89PNG\r\n\x1a\n", b"GIF89a")] == [("", 0, 0)] * 3

"""Draws filled layouts page by page: on a printer, into a PDF, or as pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QIODevice, QMarginsF, QRectF, QSaveFile, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)
from PySide6.QtPrintSupport import QPrinter

from s2b_desktop.views.common.theme import interface_font

POINTS_PER_MM = 72 / 25.4
RESOLUTION = 300
A4 = (210.0, 297.0)
LABEL = (100.0, 150.0)
GOODS_LABEL = (60.0, 40.0)
SMALLER = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7)
"""How much smaller a label may be: below, a scanner at 203 dpi reads its bars no more."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document: filled HTML and its pictures by name."""

    html: str
    pictures: Mapping[str, QImage] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Papers of one size (mm) that are printed together, each beginning on a page of its own. `labels` are a page each:
    what does not fit is made smaller."""

    title: str
    papers: Sequence[Paper]
    size: tuple[float, float] = A4
    margin: float = 13.0
    numbered: bool = True
    labels: bool = False

    def times(self, copies: int) -> "Sheet":
        """So many of every paper, one after the other."""
        return replace(self, papers=[paper for paper in self.papers for _ in range(copies)])


def on_roll(title: str, paper: Paper, width: float, margin: float) -> Sheet:
    """A sheet of endless paper (mm wide), as long as the document needs."""
    open_ended = Sheet(title, [paper], (width, 10_000.0), margin, numbered=False)
    [(document, _, _)] = _documents(open_ended)
    document.setPageSize(QSizeF(document.pageSize().width(), -1))
    tall = document.size().height() / POINTS_PER_MM + 2 * margin + 1
    return Sheet(title, [paper], (width, tall), margin, numbered=False)


def save_pdf(sheet: Sheet, path: Path) -> int:
    """Write a PDF, whole or not at all; how many pages it has. OSError where the file cannot be written."""
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise OSError(file.errorString())
    writer = QPdfWriter(file)
    writer.setTitle(sheet.title)
    writer.setCreator("S2B")
    writer.setResolution(RESOLUTION)
    pages = _draw(sheet, writer)
    if not file.commit():
        raise OSError(file.errorString())
    return pages


def print_on(sheet: Sheet, printer_name: str) -> int:
    """Send to a printer; how many pages. OSError where it does not take them."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPrinterName(printer_name)
    printer.setDocName(sheet.title)
    printer.setFullPage(True)
    return _draw(sheet, printer)


def pictures(sheet: Sheet, dpi: int = RESOLUTION, most: int | None = None) -> list[QImage]:
    """The pages as pictures, for a preview; at most `most` of them."""
    scale = dpi / 72
    width, height = (side * POINTS_PER_MM * scale for side in sheet.size)
    made: list[QImage] = []
    for document, pages, shrunk in _documents(sheet):
        for page in range(pages):
            if most is not None and len(made) >= most:
                return made
            image = QImage(round(width), round(height), QImage.Format.Format_RGB32)
            image.fill(QColor(Qt.GlobalColor.white))
            painter = QPainter(image)
            painter.scale(scale, scale)
            _page(sheet, document, page, pages, shrunk, painter)
            painter.end()
            made.append(image)
    return made


def count_pages(sheet: Sheet) -> int:
    """How many pages a sheet has."""
    return sum(pages for _, pages, _ in _documents(sheet))


def _draw(sheet: Sheet, device: QPagedPaintDevice) -> int:
    size = QPageSize(QSizeF(*sheet.size), QPageSize.Unit.Millimeter)
    device.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    painter = QPainter()
    if not painter.begin(device):
        raise OSError("the device takes no pages")
    scale = device.logicalDpiX() / 72
    painter.scale(scale, scale)
    drawn = 0
    turn: Callable[[], object] = device.newPage
    for document, pages, shrunk in _documents(sheet):
        for page in range(pages):
            if drawn:
                turn()
            _page(sheet, document, page, pages, shrunk, painter)
            drawn += 1
    painter.end()
    return drawn


def _documents(sheet: Sheet) -> list[tuple[QTextDocument, int, float]]:
    """The documents, their pages, and how much smaller each is drawn."""
    margin = sheet.margin * POINTS_PER_MM
    width, height = (side * POINTS_PER_MM - 2 * margin for side in sheet.size)
    made = []
    for paper in sheet.papers:
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(interface_font(10))
        for name, picture in paper.pictures.items():
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), picture)
        document.setHtml(f'<body style="color:#000000">{paper.html}</body>')
        shrunk = _fitting(document, width, height) if sheet.labels else 1.0
        document.setPageSize(QSizeF(width / shrunk, height / shrunk))
        made.append((document, 1 if sheet.labels else document.pageCount(), shrunk))
    return made


def _fitting(document: QTextDocument, width: float, height: float) -> float:
    """How much smaller a document must be to fit a page; what does not at the least is cut at its end."""
    for shrunk in SMALLER:
        document.setTextWidth(width / shrunk)
        if document.size().height() * shrunk <= height:
            break
    return shrunk


def _page(sheet: Sheet, document: QTextDocument, page: int, pages: int, shrunk: float, painter: QPainter) -> None:
    margin = sheet.margin * POINTS_PER_MM
    width, height = (side * POINTS_PER_MM - 2 * margin for side in sheet.size)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.translate(margin, margin - page * height)
    painter.scale(shrunk, shrunk)
    document.drawContents(painter, QRectF(0, page * height / shrunk, width / shrunk, height / shrunk))
    painter.restore()
    if sheet.numbered and pages > 1:
        painter.save()
        painter.setFont(interface_font(9))
        painter.setPen(QColor(Qt.GlobalColor.black))
        foot = QRectF(margin, height + margin * 1.2, width, margin * 0.6)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{page + 1} / {pages}")
        painter.restore()

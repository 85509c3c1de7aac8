"""The product's mark: a way that leads from one end to the other. The same colours in every look, on every desktop."""

from functools import cache

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from s2b_desktop import resources

SIZES = (16, 24, 32, 48, 64, 128, 256)


@cache
def _renderer() -> QSvgRenderer:
    return QSvgRenderer(str(resources.path("mark.svg")))


def mark_image(size: int) -> QImage:
    """The mark, `size` pixels wide and high."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    _renderer().render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def mark_icon() -> QIcon:
    """What windows carry in their title and on the task bar."""
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(QPixmap.fromImage(mark_image(size)))
    return icon


class Mark(QWidget):
    """The mark beside a title."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(44, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        _renderer().render(painter, QRectF(self.rect()))
        painter.end()

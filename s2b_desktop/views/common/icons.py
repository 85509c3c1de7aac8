"""Icons drawn in the colour of a token, sharp at every scale, redrawn when the theme changes."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from s2b_desktop.views.common.svg import tinted
from s2b_desktop.views.common.theme import color


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(tinted(name, colour)))


def paint_icon(painter: QPainter, name: str, rect: QRect | QRectF, token: str = "text") -> None:
    """Draw icon `name` into `rect` in the present colour of `token`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color(token).name()).render(painter, QRectF(rect))
    painter.restore()


class _Engine(QIconEngine):
    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name, self._token = name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint_icon(painter, self._name, rect, "muted" if mode == QIcon.Mode.Disabled else self._token)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token)


def icon(name: str, token: str = "text") -> QIcon:
    """Icon `name` of `resources/icons` as a QIcon that always wears the present theme."""
    return QIcon(_Engine(name, token))


def pixmap(name: str, token: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Icon `name` as a picture of `size` device-independent pixels."""
    picture = QPixmap(QSize(size, size) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_icon(painter, name, QRect(0, 0, size, size), token)
    painter.end()
    return picture

"""Pictures that prove something: made small, kept under their SHA-256 until the hub has them, named by it."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.pictures import PictureStrip
from s2b_domain.rules.blobs import reference

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

SIDE, SHOWN, MOST = 1600, 56, 20
"""Pixels of a kept picture's longer side, and of a shown one; pictures of one entry."""


def keep_photo(desk: "Desk", image: QImage) -> str:
    """Keep a picture and return its content hash; without where and with what it was taken."""
    if max(image.width(), image.height()) > SIDE:
        mode = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, mode)
    packed = QByteArray()
    buffer = QBuffer(packed)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_RGB32).save(buffer, "JPG", 82)  # type: ignore[call-overload]
    return desk.keep_content(bytes(packed.data()))


class PhotoStrip(PictureStrip):
    """Small pictures by content hash, from this PC or, where a row names them, from the hub."""

    def __init__(
        self, desk: "Desk", photos: Sequence[str], table: str = "", row_id: str = "", parent: QWidget | None = None
    ) -> None:
        load = partial(desk.picture, table, row_id)
        super().__init__(load, [reference(photo) for photo in photos], size=SHOWN, most=MOST, parent=parent)


class PhotoField(QWidget):
    """Pictures added by button or drop; `photos()` are their content hashes."""

    changed = Signal()

    def __init__(self, desk: "Desk", *, most: int = MOST, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._most, self._photos = desk, most, list[str]()
        self.setAcceptDrops(True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self.button = Button("Add photos…", self._choose, icon="image")
        self._row.addWidget(self.button)
        self._strip = PhotoStrip(desk, ())
        self._row.addWidget(self._strip, 1)

    def photos(self) -> tuple[str, ...]:
        """The content hashes, in the order in which they were added."""
        return tuple(self._photos)

    def add(self, image: QImage) -> None:
        """Add a picture; one that cannot be read, or is there already, is passed by."""
        if image.isNull() or len(self._photos) >= self._most:
            return
        content_hash = keep_photo(self._desk, image)
        if content_hash not in self._photos:
            self.set_photos((*self._photos, content_hash))

    def set_photos(self, photos: Sequence[str]) -> None:
        """Show these, which are kept already."""
        self._photos = list(photos)
        fresh = PhotoStrip(self._desk, self._photos)
        self._row.replaceWidget(self._strip, fresh)
        self._strip.deleteLater()
        self._strip = fresh
        self.changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            self.add(QImage(url.toLocalFile()))

    def _choose(self) -> None:
        title, kinds = tr("Add photos"), tr("Pictures") + " (*.jpg *.jpeg *.png *.webp *.bmp)"
        files, _ = QFileDialog.getOpenFileNames(self, title, "", kinds)
        for file in files:
            self.add(QImage(file))

"""Pictures that prove something: made small, kept on this PC under their SHA-256, named by it in commands."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

SIDE, SHOWN, MOST = 1600, 56, 20
"""Pixels of a kept picture's longer side, and of a shown one; pictures of one entry."""


def key_of(content_hash: str) -> str:
    """Where a picture lies among what this PC keeps (encrypted)."""
    return f"photo/{content_hash}"


def keep_photo(desk: "Desk", image: QImage) -> str:
    """Keep a picture and return its content hash; without where and with what it was taken."""
    if max(image.width(), image.height()) > SIDE:
        mode = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, mode)
    packed = QByteArray()
    buffer = QBuffer(packed)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_RGB32).save(buffer, "JPG", 82)  # type: ignore[call-overload]
    content = bytes(packed.data())
    content_hash = hashlib.sha256(content).hexdigest()
    desk.save_draft(key_of(content_hash), content)
    return content_hash


class PhotoStrip(QWidget):
    """Small pictures by content hash; one that is not on this PC says so."""

    def __init__(self, desk: "Desk", photos: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        missing = 0
        for content_hash in photos:
            content = desk.draft(key_of(content_hash))
            pixmap = QPixmap()
            if content is None or not pixmap.loadFromData(content):
                missing += 1
                continue
            shown = QLabel()
            mode = Qt.TransformationMode.SmoothTransformation
            shown.setPixmap(pixmap.scaled(SHOWN, SHOWN, Qt.AspectRatioMode.KeepAspectRatio, mode))
            shown.setAccessibleName(tr("Photo"))
            row.addWidget(shown)
        if missing:
            row.addWidget(Label(lambda: tr("{n} photos are on the PC that took them", n=missing), "small"))
        row.addStretch(1)


class PhotoField(QWidget):
    """Pictures added by button or drop; `photos()` are their content hashes."""

    changed = Signal()

    def __init__(self, desk: "Desk", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._photos = desk, list[str]()
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
        if image.isNull() or len(self._photos) >= MOST:
            return
        content_hash = keep_photo(self._desk, image)
        if content_hash not in self._photos:
            self._photos.append(content_hash)
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

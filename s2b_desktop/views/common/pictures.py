"""Pictures in a row of tiles that open large: a soft tile with an icon stands where one is not here yet."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QDialog, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import color
from s2b_desktop.views.common.tips import plain_tip

SMALL, LARGE = 256, 1600
"""Pixels that are asked for of a tile's picture, and of one that is opened."""
RADIUS = 8


class Wanted(Protocol):
    """A picture on its way."""

    def cancel(self) -> None: ...


Load = Callable[[str, int, Callable[[bytes | None], None]], Wanted]
"""Asks for a picture by how a record names it, of at most so many pixels; the bytes come later, None for none."""
Change = Callable[[tuple[str, ...]], None]
"""Takes the names of pictures in another order, or without some."""


def pixmap_of(content: bytes | None) -> QPixmap | None:
    """What can be shown of the bytes of a picture."""
    pixmap = QPixmap()
    return pixmap if content and pixmap.loadFromData(content) else None


def paint_picture(painter: QPainter, pixmap: QPixmap, tile: QRect, radius: int = 6) -> None:
    """The middle of a picture, filling a rounded tile."""
    ratio = painter.device().devicePixelRatio()
    size = QSize(round(tile.width() * ratio), round(tile.height() * ratio))
    mode = Qt.TransformationMode.SmoothTransformation
    fitted = pixmap.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, mode)
    part = QRect((fitted.width() - size.width()) // 2, (fitted.height() - size.height()) // 2, *size.toTuple())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(tile, radius, radius)
    painter.setClipPath(path)
    painter.drawPixmap(tile, fitted, part)
    painter.restore()


class PictureTile(Retranslated, QAbstractButton):
    """One picture; a click, Enter or Space opens it. `name` is spoken."""

    def __init__(self, load: Load | None, named: str, size: int, name: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(size, size)
        self._words, self._named = name, named
        self.retranslate()
        self.pixmap: QPixmap | None = None
        self.setEnabled(load is not None)
        if load is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            wanted = load(named, SMALL, self._show)
            self.destroyed.connect(wanted.cancel)

    def retranslate(self) -> None:
        name, named = words(self._words), self._named
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(named if "://" in named or "." in named else name))

    def _show(self, content: bytes | None) -> None:
        self.pixmap = pixmap_of(content)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tile = self.rect().adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("neutral-soft"))
        painter.drawRoundedRect(tile, RADIUS, RADIUS)
        if self.pixmap is not None:
            paint_picture(painter, self.pixmap, tile, RADIUS)
        else:
            inset = round(tile.width() * 0.32)
            paint_icon(painter, "image", tile.adjusted(inset, inset, -inset, -inset), "muted")
        if self.hasFocus():
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tile, RADIUS, RADIUS)
        painter.end()


class PictureStrip(QWidget):
    """The first `most` pictures of something; with `change` they can be put in order and taken out where they open."""

    def __init__(
        self,
        load: Load | None,
        named: Sequence[str],
        *,
        size: int = 72,
        most: int = 4,
        change: Change | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._load, self._named, self._change = load, tuple(named), change
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.tiles: list[PictureTile] = []
        for at, each in enumerate(self._named[:most]):
            tile = PictureTile(load, each, size, partial(self._name, at))
            tile.clicked.connect(partial(self.open, at))
            self.tiles.append(tile)
            row.addWidget(tile)
        left = len(self._named) - most
        if left > 0:
            row.addWidget(Label(lambda: tr("{n} more", n=left), "small"))
        row.addStretch(1)

    def _name(self, at: int) -> str:
        return tr("Picture {n} of {all}", n=at + 1, all=len(self._named))

    def open(self, at: int) -> None:
        """Show one large; the arrow keys go on from there."""
        if self._load is not None:
            viewer = PictureViewer(self._load, self._named, at, self._change, self.window())
            open_prompt(viewer)


class PictureViewer(QDialog):
    """Pictures one by one, as large as the window has room."""

    def __init__(
        self,
        load: Load,
        named: Sequence[str],
        at: int,
        change: Change | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._load, self._named, self.at, self._change = load, tuple(named), at, change
        self._wanted: Wanted | None = None
        self._pixmap: QPixmap | None = None
        self.resize(820, 680)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        self.shown = QLabel()
        self.shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        column.addWidget(self.shown, 1)
        foot = QHBoxLayout()
        self.back = Button("", lambda: self.go(-1), icon="chevron-left", tip="Previous picture", shortcut="Left")
        self.on = Button("", lambda: self.go(1), icon="chevron-right", tip="Next picture", shortcut="Right")
        foot.addWidget(self.back)
        foot.addWidget(Label(self._place, "small"), 0, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.on)
        foot.addStretch(1)
        self.first = Button("Make it the first", self.lead, icon="star", shortcut="Home", tip="Lists show the first")
        self.remove = Button("Take out", self.take_out, icon="trash", shortcut="Delete", tip="Take this picture out")
        for button in (self.first, self.remove):
            button.setVisible(change is not None)
            foot.addWidget(button)
        foot.addWidget(Button("Close", self.reject))
        column.addLayout(foot)
        self.finished.connect(lambda _result: self._stop())
        self.go(0)

    def go(self, step: int) -> None:
        """Show another one."""
        self.at = min(max(self.at + step, 0), len(self._named) - 1)
        self.back.setEnabled(self.at > 0)
        self.on.setEnabled(self.at < len(self._named) - 1)
        self.first.setEnabled(self.at > 0)
        self.setWindowTitle(self._place())
        self.shown.setAccessibleName(self._place())
        for label in self.findChildren(Label):
            label.retranslate()
        self._stop()
        self.shown.setText(tr("The picture is on its way"))
        self._wanted = self._load(self._named[self.at], LARGE, self._show)

    def lead(self) -> None:
        """Put the picture that is shown before all others."""
        self._say((self._named[self.at], *self._others()))

    def take_out(self) -> None:
        """Take the picture that is shown out."""
        self._say(self._others())

    def _others(self) -> tuple[str, ...]:
        return (*self._named[: self.at], *self._named[self.at + 1 :])

    def _say(self, names: tuple[str, ...]) -> None:
        if self._change is not None:
            self.accept()
            self._change(names)

    def _place(self) -> str:
        return tr("Picture {n} of {all}", n=self.at + 1, all=len(self._named))

    def _stop(self) -> None:
        if self._wanted is not None:
            self._wanted.cancel()
            self._wanted = None

    def _show(self, content: bytes | None) -> None:
        self._pixmap = pixmap_of(content)
        if self._pixmap is None:
            self.shown.setText(tr("This picture is not here, and cannot be had now."))
        else:
            mode = Qt.TransformationMode.SmoothTransformation
            self.shown.setPixmap(self._pixmap.scaled(self.shown.size(), Qt.AspectRatioMode.KeepAspectRatio, mode))

"""The product's mark."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.mark import SIZES, Mark, mark_icon, mark_image


def test_the_icon_of_windows_is_drawn_for_every_size(qtbot: QtBot) -> None:
    icon = mark_icon()
    assert {size.width() for size in icon.availableSizes()} == {*SIZES}
    for size in SIZES:
        image = icon.pixmap(QSize(size, size), 1.0).toImage()
        assert image.pixelColor(0, 0).alpha() < 128, "round corners"
        assert image.pixelColor(size // 2, size - 2) == image.pixelColor(size // 2, 1), "one ground"
        inside = {image.pixelColor(x, y).name() for x in range(size) for y in range(size)}
        assert "#ffffff" in inside, size


def test_the_mark_beside_a_title_is_the_same_picture(qtbot: QtBot) -> None:
    mark = Mark()
    qtbot.addWidget(mark)
    mark.resize(mark.sizeHint())
    shown, made = mark.grab().toImage(), mark_image(mark.width())
    middle = shown.width() // 2
    assert QColor(shown.pixel(middle, 2)) == QColor(made.pixel(middle, 2))
    assert QColor(shown.pixel(middle, middle)) == QColor(made.pixel(middle, middle))

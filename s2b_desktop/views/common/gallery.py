"""Pictures of every shared widget: `python -m s2b_desktop.views.common.gallery --out DIR`.

Writes `widgets-<theme>-<lang>-N.png`, `page-<theme>-<lang>.png`, the page with its inspector and at its
smallest. On a machine without a screen set QT_QPA_PLATFORM=offscreen.
"""

import argparse
import os
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from s2b_desktop.text import LANGUAGES, set_language
from s2b_desktop.views.common.gallery_page import example
from s2b_desktop.views.common.gallery_sheets import SHEETS
from s2b_desktop.views.common.palette import Palette
from s2b_desktop.views.common.picker import ProductPicker
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import SCHEMES, Theme


def shoot(app: QApplication, widget: QWidget, file: Path) -> None:
    """Show a widget, bring it into the state that its names ask for, and save its picture."""
    widget.show()
    widget.activateWindow()
    app.processEvents()
    _stage(app, widget)
    app.processEvents()
    widget.grab().save(str(file))
    widget.hide()
    widget.deleteLater()


def _stage(app: QApplication, widget: QWidget) -> None:
    focused = widget.findChild(QWidget, "focus")
    if focused is not None:
        focused.setFocus(Qt.FocusReason.TabFocusReason)
    scrolled = widget.findChild(DataTable, "scrolled")
    if scrolled is not None:
        scrolled.view.horizontalScrollBar().setValue(90)
    picker = widget.findChild(ProductPicker, "picker")
    if picker is not None:
        picker.setFocus(Qt.FocusReason.TabFocusReason)
        picker.setText("nfsq")
        picker.search_now()
    palette = widget.findChild(Palette, "palette")
    if palette is not None:
        palette.setFocus(Qt.FocusReason.ShortcutFocusReason)


def render(app: QApplication, out: Path) -> list[Path]:
    """Write every picture into `out` and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for scheme in SCHEMES:
        Theme.apply(app, scheme)
        for lang in LANGUAGES:
            set_language(lang)
            for number, make in enumerate(SHEETS, 1):
                sheet = make()
                sheet.resize(1360, sheet.sizeHint().height())
                written.append(out / f"widgets-{scheme}-{lang}-{number}.png")
                shoot(app, sheet, written[-1])
            for name, inspector, size in (
                ("page", False, (1360, 820)),
                ("page-inspector", True, (1360, 820)),
                ("page-small", True, (1024, 700)),
            ):
                shell = example(inspector=inspector)
                shell.resize(*size)
                written.append(out / f"{name}-{scheme}-{lang}.png")
                shoot(app, shell, written[-1])
    return written


def main() -> int:
    parser = argparse.ArgumentParser(description="Render the shared widgets to pictures.")
    parser.add_argument("--out", type=Path, default=Path("gallery-out"), metavar="DIR")
    options = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") and sys.platform == "linux":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    for file in render(app, options.out):
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())

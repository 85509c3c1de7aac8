"""Look at a paper before it is printed or saved as PDF."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtPrintSupport import QPrinterInfo
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.printing.sheet import POINTS_PER_MM, Sheet, count_pages, pictures, print_on, save_pdf

Choice = tuple[str, Text, Callable[[], Sheet]]
PREVIEW = QSize(300, 400)
MOST_COPIES = 200


class PrintPrompt(Confirm):
    """Offers papers (key, name, how it is made). `told` says what became of it; a printer is not needed.

    `printers` are the names that this PC knows; asked of the system where not given.
    """

    told = Signal(str, str)

    def __init__(
        self, choices: Sequence[Choice], *, printers: Sequence[str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__("Print", "", "Print", keep="Close", parent=parent)
        self._make = {key: make for key, _, make in choices}
        self._sheet: Sheet | None = None
        self._pages = 0
        self.what = ComboBox([(key, name) for key, name, _ in choices])
        self.what.value_changed.connect(lambda _key: self._show())
        known = list(QPrinterInfo.availablePrinterNames()) if printers is None else list(printers)
        self.printer = ComboBox([(name, partial(str, name)) for name in known])
        default = QPrinterInfo.defaultPrinterName()
        if default in known:
            self.printer.set_value(default)
        self.copies = QuantityField(minimum=1, maximum=MOST_COPIES)
        self.copies.set_value(1)
        self.copies.value_changed.connect(lambda _n: self._count())
        self.none = Banner("warn", "No printer is set up on this PC. Save a PDF and print it where there is one.")
        self.none.setVisible(not known)
        self.problem = Banner("bad", "", closable=True)
        self.problem.hide()
        self.save = Button("Save as PDF…", self._ask_pdf, icon="download", shortcut="Ctrl+S")
        self.preview = QLabel()
        self.preview.setFixedSize(PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages = Label("", "muted")
        self.verb.setEnabled(bool(known))
        self.setMinimumWidth(440)
        first = QHBoxLayout()
        first.setSpacing(12)
        first.addWidget(FormRow("Paper", self.what), 3)
        first.addWidget(FormRow("Copies", self.copies), 1)
        self.middle.addLayout(first)
        row = FormRow("Printer", self.printer)
        row.setVisible(bool(known))
        self.middle.addWidget(row)
        self.middle.addWidget(self.none)
        self.middle.addWidget(self.problem)
        shown = QHBoxLayout()
        shown.addStretch(1)
        frame = QFrame()
        frame.setProperty("surface", "card")
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.addWidget(self.preview)
        shown.addWidget(frame)
        shown.addStretch(1)
        self.middle.addLayout(shown)
        below = QHBoxLayout()
        below.addWidget(self.pages, 1)
        below.addWidget(self.save)
        self.middle.addLayout(below)
        self._show()
        self.save.setFocus()

    def _show(self) -> None:
        self.problem.hide()
        sheet = self._make[str(self.what.value())]()
        self._sheet = sheet
        if not sheet.papers:
            self.preview.setText(tr("There is nothing to print."))
            return
        side = min(PREVIEW.width() / sheet.size[0], PREVIEW.height() / sheet.size[1])
        ratio = self.devicePixelRatioF()
        dpi = math.floor(side * ratio * 72 / POINTS_PER_MM)
        [first] = pictures(sheet, dpi, most=1)
        pixmap = QPixmap.fromImage(first)
        pixmap.setDevicePixelRatio(ratio)
        self.preview.setPixmap(pixmap)
        self.preview.setStyleSheet("background: white")
        self.preview.setAccessibleName(sheet.title)
        self._pages = count_pages(sheet)
        self._count()

    def _count(self) -> None:
        n, wrong = self._pages * (self.copies.value() or 0), self.copies.value() is None or bool(self.copies.error())
        self.pages.set_words(lambda: tr("{n} pages", n=n))
        self.save.setEnabled(not wrong)
        self.verb.setEnabled(not wrong and self.printer.value() is not None)

    def accept(self) -> None:
        name = str(self.printer.value() or "")
        if self._sheet is None or not name:
            return
        try:
            n = print_on(self._sheet.times(self.copies.value() or 1), name)
        except OSError:
            self._complain(
                lambda: tr("{printer} took no pages. Look at the printer, or save a PDF instead.", printer=name)
            )
            return
        self.told.emit(tr("{n} pages sent to {printer}", n=n, printer=name), "ok")
        super().accept()

    def _ask_pdf(self) -> None:
        if self._sheet is not None:
            chosen, _ = QFileDialog.getSaveFileName(self, tr("Save as PDF…"), f"{self._sheet.title}.pdf", "PDF (*.pdf)")
            if chosen:
                self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """Write what is shown as a PDF."""
        if self._sheet is None:
            return
        try:
            n = save_pdf(self._sheet.times(self.copies.value() or 1), path)
        except OSError:
            self._complain("The file could not be written. Close it in other programs, or choose another place.")
            return
        self.told.emit(tr("{n} pages written to {file}", n=n, file=path.name), "ok")
        super().accept()

    def _complain(self, said: Text) -> None:
        self.problem.set_message("bad", said)
        self.problem.show()

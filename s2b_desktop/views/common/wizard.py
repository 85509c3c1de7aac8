"""Steps one after another, with where one is shown at the top."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from s2b_desktop.text import labelled, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.theme import color, interface_font


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """A step's name, its widget, when one may go on, and what the button that goes on says."""

    title: Text
    widget: QWidget
    valid: Callable[[], bool] = _always
    next_text: Text = ""


class StepHeader(Retranslated, QWidget):
    """Numbered steps on a line: done, here, to come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: list[Text] = []
        self._here = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_steps(self, titles: list[Text], here: int) -> None:
        self._titles, self._here = titles, here
        self.retranslate()

    def retranslate(self) -> None:
        if self._titles:
            title = words(self._titles[self._here])
            place = tr("Step {n} of {total}", n=self._here + 1, total=len(self._titles))
            self.setAccessibleName(labelled(str(place), title))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0
        for place, source in enumerate(self._titles):
            x = self._draw_step(painter, x, place, words(source))
            if place + 1 < len(self._titles):
                painter.setPen(QPen(color("accent" if place < self._here else "border"), 2))
                painter.drawLine(x + 10, 16, x + 34, 16)
                x += 44
        painter.end()

    def _draw_step(self, painter: QPainter, x: int, place: int, title: str) -> int:
        done, here = place < self._here, place == self._here
        disc = QRectF(x + 0.5, 4.5, 23, 23)
        painter.setPen(Qt.PenStyle.NoPen if here else QPen(color("accent" if done else "field-border"), 1))
        painter.setBrush(color("accent" if here else "accent-soft" if done else "surface"))
        painter.drawEllipse(disc)
        if done:
            paint_icon(painter, "check", disc.adjusted(5, 5, -5, -5), "accent")
        else:
            painter.setFont(interface_font(12, QFont.Weight.DemiBold))
            painter.setPen(color("on-accent" if here else "muted"))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(place + 1))
        font = interface_font(13, QFont.Weight.DemiBold if here else QFont.Weight.Normal)
        wide = QFontMetrics(font).horizontalAdvance(title)
        painter.setFont(font)
        painter.setPen(color("text" if here else "muted"))
        painter.drawText(QRect(x + 32, 0, wide + 2, 32), Qt.AlignmentFlag.AlignVCenter, title)
        return x + 32 + wide


class StepWizard(QWidget):
    """Back, next and cancel under the steps. A step tells `step_changed()` when its validity may differ."""

    moved = Signal(int)
    finished = Signal()
    cancelled = Signal()

    def __init__(self, *, finish_text: Text = "Finish", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[Step] = []
        self._finish = finish_text
        self._header = StepHeader()
        self._stack = QStackedWidget()
        self.cancel = Button("Cancel", self.cancelled.emit, variant="quiet")
        self.back = Button("Back", self.go_back, shortcut="Alt+Left", icon="arrow-left")
        self.next = Button("Next", self.go_next, shortcut="Ctrl+Return", variant="primary")
        self.footer = QHBoxLayout()
        self.footer.setSpacing(8)
        self.footer.addWidget(self.cancel)
        self.footer.addStretch(1)
        self.footer.addWidget(self.back)
        self.footer.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self._header)
        column.addWidget(self._stack, 1)
        column.addLayout(self.footer)

    def add_step(
        self, title: Text, widget: QWidget, valid: Callable[[], bool] = _always, *, next_text: Text = ""
    ) -> None:
        """Append a step. `next_text` names what going on from it does ("Import 1,204 rows")."""
        self._steps.append(Step(title, widget, valid, next_text))
        self._stack.addWidget(widget)
        self._show()

    def current(self) -> int:
        return self._stack.currentIndex()

    def go_to(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self._show()
        self.moved.emit(place)

    def go_back(self) -> None:
        if self.current() > 0:
            self.go_to(self.current() - 1)

    def go_next(self) -> None:
        """Go on if the step is valid; from the last one, `finished`."""
        if not self._steps or not self._steps[self.current()].valid():
            return
        if self.current() + 1 < len(self._steps):
            self.go_to(self.current() + 1)
        else:
            self.finished.emit()

    def step_changed(self) -> None:
        """Ask the step again whether one may go on."""
        self._show()

    def _show(self) -> None:
        place = self.current()
        step = self._steps[place]
        self._header.set_steps([step.title for step in self._steps], place)
        self.back.setVisible(place > 0)
        last = place + 1 == len(self._steps)
        self.next.set_words(step.next_text or (self._finish if last else "Next"))
        self.next.setEnabled(step.valid())

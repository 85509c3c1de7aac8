"""What an empty page says: the first step."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.glyph import IconDisc
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text


class EmptyState(QWidget):
    """Icon, title, one sentence and the button that takes the first step."""

    def __init__(
        self,
        icon: str,
        title: Text,
        sentence: Text = "",
        *,
        action: Text = "",
        callback: Callable[[], object] | None = None,
        shortcut: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(IconDisc(icon), 0, centre)
        column.addSpacing(8)
        column.addWidget(Label(title, "subtitle"), 0, centre)
        told = Label(sentence, "muted", wrap=True)
        told.setAlignment(centre)
        column.addWidget(told)
        told.setVisible(bool(sentence))
        self.action: Button | None = None
        if action and callback is not None:
            column.addSpacing(8)
            row = QHBoxLayout()
            self.action = Button(action, callback, shortcut=shortcut, show_key=bool(shortcut))
            row.addStretch()
            row.addWidget(self.action)
            row.addStretch()
            column.addLayout(row)
        column.addStretch(3)

"""One command beside the queue: what it was, why it is here, what can be done."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import price_changes, state_text
from s2b_desktop.models.status import QueueItem
from s2b_desktop.text import moment, unit_price
from s2b_desktop.views.common.banner import Banner, Kind
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.chips import Flow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.queue.items import Action, Known, Titles, actions, called, dependents, technical, title_of, why

_WORDS: dict[Action, tuple[str, str, str]] = {
    "retry": ("Try now", "refresh", "The line is tried at once."),
    "edit": ("Edit and send again", "edit", "Opens what you entered, as you entered it."),
    "again": ("Send again", "refresh", "Sends it as you entered it, after what it builds on."),
    "check": ("Check the discrepancy", "scale", "Shows what does not fit the books."),
    "accept": ("Accept and send again", "check", "Sends the same order at the new prices."),
    "dismiss": ("Take off the list", "x", "The entry leaves this list; nothing is sent."),
}
_BANNERS: dict[str, Kind] = {"rejected": "bad", "confirm": "warn", "exception": "warn"}


class QueuePanel(QWidget):
    """Shows `item`, with the commands `known` beside it, what goods are called, and the lines that were `entered`;
    `act(action, item)` does what a button says, `copy(text)` takes the technical ids."""

    def __init__(
        self,
        item: QueueItem,
        who: str,
        known: Known,
        titles: Titles,
        entered: Sequence[str],
        act: Callable[[Action, QueueItem], object],
        copy: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.buttons: dict[Action, Button] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 20)
        column.setSpacing(12)
        column.addWidget(Label(lambda: title_of(item), "strong", wrap=True))
        head = QHBoxLayout()
        head.setSpacing(10)
        state, tone = state_text("queue", item.state)
        head.addWidget(StatePill(lambda: state_text("queue", item.state)[0], tone))
        del state
        told = Label(lambda: f"{moment(item.time)} · {who}" if who else moment(item.time), "muted")
        head.addWidget(told, 1)
        column.addLayout(head)
        if why(item, known, titles) and item.code != "price_changed":
            column.addWidget(Banner(_BANNERS.get(item.state, "info"), lambda: why(item, known, titles)))
        if item.code == "price_changed":
            column.addWidget(Banner("warn", "The price changed since you looked. Nothing was ordered yet."))
            column.addWidget(_prices(item, titles))
        flow = Flow(spacing=8)
        for place, action in enumerate(actions(item)):
            text, icon, tip = _WORDS[action]
            button = Button(
                text,
                lambda action=action: act(action, item),  # type: ignore[misc]
                icon=icon,
                tip=tip,
                variant="primary" if place == 0 and action != "retry" else "secondary",
            )
            self.buttons[action] = button
            flow.addWidget(button)
        if self.buttons:
            column.addLayout(flow)
        if entered:
            column.addWidget(Label("What you entered", "small"))
            column.addWidget(Label(lambda: "\n".join(entered), wrap=True))
        bundle = dependents(item, known)
        if bundle:
            column.addWidget(Label("What builds on it", "small"))
            column.addWidget(Label(lambda: "\n".join(title_of(other) for other in bundle), wrap=True))
        column.addStretch(1)
        column.addWidget(Label("For support", "small"))
        facts = Label(lambda: technical(item), "small", wrap=True)
        facts.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column.addWidget(facts)
        row = QHBoxLayout()
        row.addWidget(Button("Copy", lambda: copy(technical(item)), icon="copy", variant="quiet"))
        row.addStretch(1)
        column.addLayout(row)


def _prices(item: QueueItem, titles: Titles) -> QFrame:
    """Old and new price of every good that changed."""
    frame = QFrame()
    frame.setProperty("surface", "card")
    grid = QGridLayout(frame)
    grid.setContentsMargins(14, 10, 14, 10)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    heads: tuple[tuple[Text, int], ...] = (("Goods", 0), ("You saw", 1), ("Price now", 2))
    right = Qt.AlignmentFlag.AlignRight
    for title, at in heads:
        grid.addWidget(Label(title, "small"), 0, at, right if at else Qt.AlignmentFlag.AlignLeft)
    for row, (sku, seen, now) in enumerate(price_changes(item.params), 1):
        old = Label(lambda seen=seen: unit_price(seen), "muted")  # type: ignore[misc]
        font = old.font()
        font.setStrikeOut(True)
        old.setFont(font)
        grid.addWidget(Label(partial(called, sku, titles), wrap=True), row, 0)
        grid.addWidget(old, row, 1, right)
        grid.addWidget(Label(lambda now=now: unit_price(now), "strong"), row, 2, right)  # type: ignore[misc]
    return frame

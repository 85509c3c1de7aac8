"""What narrows the list: a button for each attribute of the category, with its values and how many goods have them."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from s2b_desktop.models.queries.facets import Choice, Facet, Value
from s2b_desktop.text import count, labelled, language, listed, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.chips import Flow
from s2b_desktop.views.common.menus import drop

_SAID = 2
"""Chosen values that a button says in full."""


class FacetBar(QWidget):
    """`changed()` when something was chosen or left; `choices` are what is chosen by key of the facet."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facets: tuple[Facet, ...] = ()
        self._chosen: dict[str, dict[str, Value]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._flow = Flow(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.buttons: dict[str, Button] = {}
        self.hide()

    @property
    def choices(self) -> dict[str, Choice]:
        """What is chosen, by key."""
        return {
            key: Choice(self._names[key], tuple(text for value in values.values() for text in value.texts))
            for key, values in self._chosen.items()
            if values
        }

    def clear(self) -> None:
        """Choose nothing, and show nothing until there is something to choose again."""
        self._chosen.clear()
        self.show_facets(())

    def show_facets(self, found: Sequence[Facet]) -> None:
        """Offer these; what was chosen stays chosen."""
        self._facets = tuple(found)
        self._names |= {facet.key: facet.names for facet in found}
        self._build()

    def menu(self, key: str) -> QMenu:
        """The values of one facet; a press chooses a value or leaves it."""
        facet = next(f for f in self._facets if f.key == key)
        menu = QMenu(self)
        kept = self._chosen.get(key, {})
        values = {value.label: value for value in facet.values}
        gone = [value for label, value in kept.items() if label not in values]
        for value in [*facet.values, *gone]:
            n = "" if value in gone else f"\t{count(value.count)}"
            action = QAction(value.label.replace("&", "&&") + n, menu)
            action.setCheckable(True)
            action.setChecked(value.label in kept)
            action.triggered.connect(partial(self._toggle, key, value))
            menu.addAction(action)
        return menu

    def _toggle(self, key: str, value: Value) -> None:
        kept = self._chosen.setdefault(key, {})
        if kept.pop(value.label, None) is None:
            kept[value.label] = value
        self._build()
        self.changed.emit()

    def _open(self, key: str) -> None:
        drop(self.menu(key), self.buttons[key])

    def _leave_all(self) -> None:
        self._chosen.clear()
        self._build()
        self.changed.emit()

    def _said(self, facet: Facet) -> str:
        name = facet.name_en if language() == "en" and facet.name_en else facet.name_zh
        kept = list(self._chosen.get(facet.key, ()))
        if not kept:
            return name
        more = f" +{len(kept) - _SAID}" if len(kept) > _SAID else ""
        return labelled(name, listed(kept[:_SAID]) + more)

    def _build(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = {}
        for facet in self._facets:
            button = Button(
                partial(self._said, facet),
                partial(self._open, facet.key),
                icon="check" if self._chosen.get(facet.key) else "filter",
                tip=partial(tr, "Show only goods with certain values"),
            )
            self.buttons[facet.key] = button
            self._flow.addWidget(button)
            button.show()
        if any(self._chosen.values()):
            leave = Button("Clear filters", self._leave_all, icon="x")
            self._flow.addWidget(leave)
            leave.show()
        self.setVisible(bool(self._facets))
        self.updateGeometry()

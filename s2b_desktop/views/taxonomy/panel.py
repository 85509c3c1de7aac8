"""One category: its names, what it asks of its goods, and what it inherits."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.models.categories import Asked, CategoryDetail
from s2b_desktop.text import language, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.taxonomy.prompts import FILTERS, type_name
from s2b_domain.commands.categories import CategoryEntry
from s2b_domain.rules.stock import Tracking

Find = Callable[[str, int], Sequence[ProductRow]]


class CategoryPanel(QFrame):
    """`saved(entry)`; of an attribute: `edited(id)`, `left(id)`, `used(id)` for one that exists, `created()`."""

    saved = Signal(object)
    edited = Signal(str)
    left = Signal(str)
    used = Signal(str)
    created = Signal()

    def __init__(self, find: Find, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.detail: CategoryDetail | None = None
        self._asked: dict[str, Asked] = {}
        self._sent: CategoryEntry | None = None
        self.path = Label("", "muted", wrap=True)
        form = self.form = Form()
        self.zh, self.en, self.papers = QLineEdit(), QLineEdit(), QLineEdit()
        self.zh.setMaxLength(200)
        self.en.setMaxLength(200)
        self.tracking: ComboBox = ComboBox(
            [
                (Tracking.NONE, "As the category above"),
                (Tracking.LOT, "Lot"),
                (Tracking.EXPIRY, "Lot and expiry date"),
            ]
        )
        form.add_pair(("zh", FormRow("Chinese name", self.zh)), ("en", FormRow("English name", self.en)))
        self.papers_row = FormRow("Papers per product", self.papers, hint=self._papers_above)
        form.add_pair(("tracking", FormRow("A receipt asks for", self.tracking)), ("papers", self.papers_row))
        self.save_button = Button("Save", self.send, icon="check", variant="primary", shortcut="Ctrl+S")
        self.table: DataTable[Asked] = DataTable(self._columns(), self._rows, name="Attributes", toolbar=False)
        self.table.set_empty(
            EmptyState("tag", "No attributes yet", "Add one, or ask for it further up: children inherit.")
        )
        self.table.activated.connect(lambda id_: self.edited.emit(str(id_)))
        self.table.selection_changed.connect(lambda _ids: self._say_buttons())
        self.picker = ProductPicker(find, placeholder="Add an attribute by its name", limit=20)
        self.picker.picked.connect(lambda id_: self.used.emit(str(id_)))
        self.create_button = Button("New attribute", self.created.emit, icon="plus")
        self.edit_button = Button("Edit", self._edit, icon="edit", tip="Edit the attribute")
        self.leave_button = Button("Remove", self._leave, icon="x")

        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 16)
        column.setSpacing(10)
        column.addWidget(self.path)
        column.addWidget(form)
        foot = QHBoxLayout()
        foot.addWidget(self.save_button)
        foot.addStretch(1)
        column.addLayout(foot)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label("Attributes", "subtitle"), 1)
        head.addWidget(self.edit_button)
        head.addWidget(self.leave_button)
        head.addWidget(self.create_button)
        column.addLayout(head)
        column.addWidget(self.picker)
        column.addWidget(self.table, 1)

    def show_detail(self, detail: CategoryDetail) -> None:
        """Show a category; what somebody is writing stays if it is the same one and nothing came from elsewhere."""
        before = self.detail
        self.detail = detail
        node = detail.category
        if before is None or before.category != node:
            self.zh.setText(node.name_zh)
            self.en.setText(node.name_en)
            self.tracking.set_value(node.tracking)
            self.papers.setText("; ".join(node.papers))
        self.form.errors({})
        self.papers_row.set_hint(self._papers_above)
        line = detail.line
        self.path.set_words(
            lambda: (
                " › ".join(c.name_en if language() == "en" else c.name_zh for c in line)
                + "   ·   "
                + tr("{n} goods in it", n=detail.goods)
            )
        )
        self._asked = {a.attribute.id: a for a in detail.asked}
        self.table.set_ids(list(self._asked))
        self._say_buttons()

    def entry(self) -> CategoryEntry:
        """The category as it was written, with the attributes it has."""
        assert self.detail is not None
        node = self.detail.category
        papers = [p.strip()[:200] for p in self.papers.text().replace("；", ";").split(";") if p.strip()]
        tracking = self.tracking.value()
        return CategoryEntry(
            id=node.id,
            parent_id=node.parent_id,
            name_zh=self.zh.text().strip(),
            name_en=self.en.text().strip(),
            position=node.position,
            attributes=node.attributes,
            without=node.without,
            papers=tuple(dict.fromkeys(papers))[:50],
            tracking=tracking if isinstance(tracking, Tracking) else Tracking.NONE,
        )

    def send(self) -> None:
        if self.detail is None:
            return
        entry = self.entry()
        if not self.form.errors({} if entry.name_zh or entry.name_en else {"zh": "Give it a name"}):
            self._sent = entry
            self.saved.emit(entry)

    def unsaved(self) -> CategoryEntry | None:
        """What somebody wrote and did not save; None if there is nothing that could be saved."""
        if self.detail is None:
            return None
        entry, node = self.entry(), self.detail.category
        same = all(getattr(entry, field) == getattr(node, field) for field in entry.__struct_fields__)
        return None if same or entry == self._sent or not (entry.name_zh or entry.name_en) else entry

    def asked(self, attribute_id: str) -> Asked | None:
        return self._asked.get(attribute_id)

    def _papers_above(self) -> str:
        above = self.detail.papers_above if self.detail else ()
        inherited = tr("From above: {papers}", papers="; ".join(above)) if above else ""
        return inherited or tr("With ; between them")

    def _rows(self, ids: Sequence[RowId]) -> list[Asked]:
        return [self._asked[str(i)] for i in ids]

    def _columns(self) -> list[Column[Asked]]:
        filters = dict(FILTERS)
        return [
            Column(
                "name", "Attribute", lambda a: self._name(a.attribute.name_zh, a.attribute.name_en), 150, stretch=True
            ),
            Column("type", "Type", lambda a: self._type(a), 170),
            Column("required", "Required", lambda a: tr("yes") if a.effective.use.required else "", 70),
            Column("used", "Used as", lambda a: tr("Spec") if a.effective.use.spec else tr("Parameter"), 90, rank=2),
            Column("filter", "Filter", lambda a: tr(filters[a.effective.use.filterable]), 90, rank=3),
            Column(
                "from",
                "Comes from",
                self._from,
                130,
                "state",
                tone=lambda a: "warn" if a.without else "neutral" if a.inherited else "accent",
                rank=1,
            ),
        ]

    def _name(self, zh: str, en: str) -> str:
        return en if language() == "en" else zh

    def _type(self, asked: Asked) -> str:
        attribute = asked.attribute
        said = type_name(attribute.type)
        if attribute.unit:
            return f"{said} ({attribute.unit})"
        return f"{said} ({len(attribute.options)})" if attribute.options else said

    def _from(self, asked: Asked) -> str:
        if asked.without:
            return tr("Does not apply")
        if not asked.inherited:
            return tr("Here")
        node = next((c for c in self.detail.line if c.id == asked.effective.from_id), None) if self.detail else None
        return self._name(node.name_zh, node.name_en) if node else ""

    def _selected(self) -> Asked | None:
        ids = self.table.selected_ids()
        return self._asked.get(str(ids[0])) if len(ids) == 1 else None

    def _edit(self) -> None:
        chosen = self._selected()
        if chosen is not None:
            self.edited.emit(chosen.attribute.id)

    def _leave(self) -> None:
        chosen = self._selected()
        if chosen is not None:
            self.left.emit(chosen.attribute.id)

    def _say_buttons(self) -> None:
        chosen = self._selected()
        self.edit_button.setEnabled(chosen is not None and not chosen.without)
        self.leave_button.setEnabled(chosen is not None)
        if chosen is None or not (chosen.inherited or chosen.without):
            self.leave_button.set_words("Remove")
        else:
            self.leave_button.set_words("Applies again" if chosen.without else "Does not apply here")

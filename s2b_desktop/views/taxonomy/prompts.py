"""Questions of the tree editor: an attribute, a name, and where something goes."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from s2b_desktop.models.categories import Forest
from s2b_desktop.text import language, tr
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.taxonomy.picker import CategoryPicker
from s2b_domain.commands.categories import AttributeEntry
from s2b_domain.records.catalog import Attribute
from s2b_domain.rules.attributes import LISTED, MOST_OPTIONS, AttributeType, Filter, Option, Use

TYPES: Sequence[tuple[AttributeType, str]] = (
    (AttributeType.TEXT, "Text"),
    (AttributeType.NUMBER, "A number"),
    (AttributeType.ENUM, "One of a list"),
    (AttributeType.MULTI_ENUM, "Several of a list"),
    (AttributeType.BOOLEAN, "Yes or no"),
    (AttributeType.DATE, "Date"),
    (AttributeType.FILE, "File"),
)
FILTERS: Sequence[tuple[Filter, str]] = (
    (Filter.NONE, "No filter"),
    (Filter.KEYWORD, "By value"),
    (Filter.RANGE, "By range"),
)


def type_name(kind: AttributeType) -> str:
    """What a type is called."""
    return tr(dict(TYPES)[kind])


class NamePrompt(Confirm):
    """The two names of a new category; one of them suffices. `below`: it may also go to the top of the tree."""

    def __init__(self, title: Text, told: Text, *, below: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(title, told, "Add", parent=parent)
        self.form = Form()
        self.zh, self.en = QLineEdit(), QLineEdit()
        for field in (self.zh, self.en):
            field.setMaxLength(200)
        self.form.add("zh", "Chinese name", self.zh)
        self.form.add("en", "English name", self.en, optional=True)
        self.middle.addWidget(self.form)
        self.top = CheckBox("At the top of the tree instead")
        self.top.setVisible(below)
        self.middle.addWidget(self.top)
        self.zh.setFocus()

    def names(self) -> tuple[str, str]:
        zh, en = self.zh.text().strip(), self.en.text().strip()
        return zh or en, en or zh

    def accept(self) -> None:
        if not self.form.errors({} if any(self.names()) else {"zh": "Give it a name"}):
            super().accept()


class TargetPrompt(Confirm):
    """Where something goes: `target` is a category, or "" where a person chose what `instead` offers."""

    def __init__(
        self,
        title: Text,
        told: Text,
        verb: Text,
        forest: Forest,
        *,
        barred: frozenset[str],
        instead: Text = "",
        danger: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, told, verb, tone="danger" if danger else "plain", parent=parent)
        self.target: str | None = None
        self.picker = CategoryPicker(forest, barred=barred)
        self.picker.picked.connect(self._picked)
        self.row = FormRow("Category", self.picker)
        self.middle.addWidget(self.row)
        self.chosen = Label("", "muted", wrap=True)
        self.middle.addWidget(self.chosen)
        self.instead = CheckBox(instead)
        self.instead.setVisible(bool(instead))
        self.instead.toggled.connect(self._turned)
        self.middle.addWidget(self.instead)
        self.verb.setEnabled(False)
        self.picker.setFocus()

    def accept(self) -> None:
        if self.target is not None:
            super().accept()

    def choose(self, category_id: str) -> None:
        """As if it had been picked."""
        self._picked(category_id)

    def _picked(self, id_: object) -> None:
        self.instead.setChecked(False)
        self.target = str(id_)
        target = self.target
        self.chosen.set_words(lambda: self.picker.forest.path(target, language() == "en"))
        self.verb.setEnabled(True)

    def _turned(self, on: bool) -> None:
        if on:
            self.target = ""
            self.chosen.set_words("")
        self.picker.setEnabled(not on)
        self.verb.setEnabled(on or bool(self.target))


class AttributePrompt(Confirm):
    """An attribute and how this category uses it. `shared` says how many categories see a change of it."""

    def __init__(
        self,
        attribute: Attribute | None,
        use: Use,
        shared: int,
        entered: AttributeEntry | None = None,
        *,
        new_id: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Attribute" if attribute else "New attribute",
            (lambda: tr("{n} categories ask for it; a change of its name, type or values reaches all.", n=shared))
            if shared > 1
            else "",
            "Save" if attribute else "Add",
            parent=parent,
        )
        self._id = attribute.id if attribute else new_id
        self._before = attribute
        self.setMinimumWidth(560)
        form = self.form = Form()
        self.zh, self.en = QLineEdit(), QLineEdit()
        self.kind: ComboBox = ComboBox(TYPES)
        self.unit = QLineEdit()
        self.values = QPlainTextEdit()
        self.values.setTabChangesFocus(True)
        self.values.setFixedHeight(110)
        self.strict = CheckBox("Refuse other values")
        self.hint_zh, self.hint_en = QLineEdit(), QLineEdit()
        self.required = CheckBox("Required")
        self.spec: ComboBox = ComboBox([(False, "Parameter of the product"), (True, "Spec that makes SKUs")])
        self.filter: ComboBox = ComboBox(FILTERS)
        form.add_pair(("zh", FormRow("Chinese name", self.zh)), ("en", FormRow("English name", self.en)))
        form.add_pair(("kind", FormRow("Type", self.kind)), ("unit", FormRow("Unit", self.unit)))
        form.add("values", "Values", self.values, hint="One a line: 红色 | Red")
        self.middle.addWidget(form)
        self.middle.addWidget(self.strict)
        more = Form()
        more.add_pair(
            ("hint_zh", FormRow("Explanation in Chinese", self.hint_zh, optional=True)),
            ("hint_en", FormRow("Explanation in English", self.hint_en, optional=True)),
        )
        more.add_pair(("spec", FormRow("Used as", self.spec)), ("filter", FormRow("Filter for merchants", self.filter)))
        self.middle.addWidget(more)
        line = QHBoxLayout()
        line.addWidget(self.required)
        line.addStretch(1)
        self.middle.addLayout(line)
        for field, most in (
            (self.zh, 200),
            (self.en, 200),
            (self.unit, 50),
            (self.hint_zh, 1000),
            (self.hint_en, 1000),
        ):
            field.setMaxLength(most)
        self.kind.set_value(AttributeType.TEXT)
        if shown := entered or attribute:
            self._fill(shown)
        self.required.setChecked(use.required)
        self.spec.set_value(use.spec)
        self.filter.set_value(use.filterable)
        self.kind.value_changed.connect(lambda _: self._show())
        self._show()
        self.zh.setFocus()

    def _fill(self, attribute: Attribute | AttributeEntry) -> None:
        self.zh.setText(attribute.name_zh)
        self.en.setText(attribute.name_en)
        self.kind.set_value(attribute.type)
        self.unit.setText(attribute.unit)
        self.values.setPlainText("\n".join(f"{o.zh} | {o.en}" if o.zh != o.en else o.zh for o in attribute.options))
        self.strict.setChecked(attribute.strict)
        self.hint_zh.setText(attribute.hint_zh)
        self.hint_en.setText(attribute.hint_en)
        for field in (self.hint_zh, self.hint_en):
            field.setCursorPosition(0)

    def _show(self) -> None:
        kind = self.kind.value()
        self.form.row("unit").field.setEnabled(kind is AttributeType.NUMBER)
        for widget in (self.form.row("values"), self.strict):
            widget.setVisible(kind in LISTED)

    def options(self) -> tuple[Option, ...]:
        """The values as they stand, each once."""
        found: dict[Option, None] = {}
        for line in self.values.toPlainText().splitlines():
            zh, _, en = (part.strip()[:200] for part in line.partition("|"))
            if zh or en:
                found[Option(zh or en, en or zh)] = None
        return tuple(found)

    def entry(self) -> AttributeEntry:
        """The attribute as it was written."""
        zh, en = self.zh.text().strip(), self.en.text().strip()
        kind = cast(AttributeType, self.kind.value())
        return AttributeEntry(
            id=self._id,
            name_zh=zh or en,
            name_en=en or zh,
            type=kind,
            unit=self.unit.text().strip() if kind is AttributeType.NUMBER else "",
            options=self.options() if kind in LISTED else (),
            strict=self.strict.isChecked() and kind in LISTED,
            hint_zh=self.hint_zh.text().strip(),
            hint_en=self.hint_en.text().strip(),
        )

    def changed(self) -> bool:
        """Whether the shared attribute itself is another than before."""
        entry, before = self.entry(), self._before
        return before is None or any(getattr(entry, f) != getattr(before, f) for f in entry.__struct_fields__)

    def use(self) -> Use:
        """How the category uses it."""
        return Use(self._id, self.required.isChecked(), bool(self.spec.value()), cast(Filter, self.filter.value()))

    def accept(self) -> None:
        wrong: dict[str, Text] = {}
        if not (self.zh.text().strip() or self.en.text().strip()):
            wrong["zh"] = "Give it a name"
        listed = self.kind.value() in LISTED
        if listed and not self.options():
            wrong["values"] = "Write at least one value"
        elif listed and len(self.options()) > MOST_OPTIONS:
            wrong["values"] = "At most 1,000 values"
        if not self.form.errors(wrong):
            super().accept()

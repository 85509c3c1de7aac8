"""分类管理: the platform's tree, and what each category asks of its goods."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.categories import (
    Asked,
    CategoryDetail,
    Forest,
    attributes_like,
    category_detail,
    forest,
    goods_below,
    uses_of,
    whole_tree,
)
from s2b_desktop.models.status import Changes
from s2b_desktop.text import count, language, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.picker import ProductRow
from s2b_desktop.views.common.sending import nothing
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.taxonomy.importing import TaxonomyImport, counted
from s2b_desktop.views.taxonomy.panel import CategoryPanel
from s2b_desktop.views.taxonomy.picker import CategoryPicker
from s2b_desktop.views.taxonomy.prompts import AttributePrompt, NamePrompt, TargetPrompt, type_name
from s2b_desktop.views.taxonomy.tree import ForestTree
from s2b_domain.commands.categories import (
    MAX_MOVED,
    ArrangeCategories,
    AttributeEntry,
    CategoryEntry,
    MoveGoods,
    RestoreCategory,
    RetireCategory,
    SaveAttributes,
    SaveCategories,
)
from s2b_domain.commands.command import Command
from s2b_domain.records.catalog import Category
from s2b_domain.rules.attributes import Filter, Use
from s2b_domain.taxonomy import sheet
from s2b_domain.taxonomy.plan import Plan

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TABLES = frozenset({"category", "attribute"})
_UNSAID = Use("")
_ENTRY = CategoryEntry.__struct_fields__


def entry_of(row: Category) -> CategoryEntry:
    """A category as the command takes it."""
    return CategoryEntry(**{field: getattr(row, field) for field in _ENTRY})


class TaxonomyPage(Page):
    """`show_item` takes a category's id, or a refused command of the queue."""

    key = "taxonomy"
    icon = "list-tree"
    title = "Category tree"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk = desk
        self._wanted = ""
        self.add_action("Export", self._ask_export, icon="download")
        self.import_button = self.add_action("Import", self._ask_import, icon="upload")
        self.add_action("Add a category", self.add_below, "Ctrl+N", primary=True)
        self.picker = CategoryPicker(Forest(()))
        self.picker.picked.connect(lambda id_: self.open(str(id_)))
        self.tree = ForestTree()
        self.tree.chosen.connect(self._show)
        self.retired = CheckBox("Show retired ones")
        self.retired.toggled.connect(lambda _: self._fill())
        self.up = Button("", lambda: self.shift(-1), icon="chevron-up", tip="Further up", shortcut="Alt+Up")
        self.down = Button("", lambda: self.shift(1), icon="chevron-down", tip="Further down", shortcut="Alt+Down")
        self.move_button = Button(
            "Move elsewhere", self.move_node, tip="Move below another category", shortcut="Ctrl+M"
        )
        self.retire_button = Button("Retire or merge", self.retire, shortcut="Ctrl+Del")
        self.banner = Banner("info", "")
        self.banner.hide()
        self.panel = CategoryPanel(self._find_attributes)
        self.panel.saved.connect(lambda entry: self._save(entry))
        self.panel.edited.connect(self._edit)
        self.panel.left.connect(self._leave)
        self.panel.used.connect(self._use)
        self.panel.created.connect(self._create)
        self.panel.hide()
        self.nothing = EmptyState(
            "list-tree", "Choose a category", "Its names and what it asks of goods show here. An import brings many."
        )
        self.body.addWidget(self.banner)
        self.body.addWidget(self._arrange(), 1)
        self.setFocusProxy(self.tree)
        desk.changed.connect(self._changed)
        self.refresh()

    def _arrange(self) -> QWidget:
        left = QFrame()
        left.setProperty("surface", "card")
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.picker)
        column.addWidget(self.tree, 1)
        line = QHBoxLayout()
        line.setSpacing(6)
        for button in (self.up, self.down, self.move_button, self.retire_button):
            line.addWidget(button)
        line.addStretch(1)
        column.addLayout(line)
        column.addWidget(self.retired)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(left)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel, 1)
        column.addWidget(self.nothing, 1)
        both.addWidget(right)
        both.setSizes([360, 700])
        both.setChildrenCollapsible(False)
        both.setHandleWidth(12)
        return both

    # what is shown

    def refresh(self) -> None:
        self._desk.fetch(forest, done=self._take)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, SaveCategories) and message.entries:
            message = message.entries[0].id
        if isinstance(message, str):
            self.open(message)

    def open(self, category_id: str) -> None:
        """Show a category as soon as it is there."""
        self._wanted = category_id
        if category_id in self.tree.forest_model.forest.nodes:
            self._wanted = ""
            self.tree.choose(category_id)
            self._show(category_id)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "tree"):
            self.tree.viewport().update()

    def _take(self, found: Forest) -> None:
        self.picker.forest = found
        self._fill(found)
        living = sum(not n.retired for n in found.nodes.values())
        leaves = sum(not n.retired and not found.below(n.id) for n in found.nodes.values())
        self.set_facts(lambda: tr("{all} categories, {leaves} at the ends", all=count(living), leaves=count(leaves)))
        if self._wanted:
            self.open(self._wanted)
        else:
            self._show(self.tree.current_key())

    def _fill(self, found: Forest | None = None) -> None:
        self.tree.set_forest(found or self.tree.forest_model.forest, retired=self.retired.isChecked())
        self._say_buttons()

    def _show(self, category_id: str) -> None:
        before, written = self.panel.detail, self.panel.unsaved()
        if before is not None and written is not None and category_id != before.category.id:
            self._ask_to_save(before, written)
        detail = self._desk.read(category_detail, category_id)
        self.panel.setVisible(detail is not None)
        self.nothing.setVisible(detail is None)
        if detail is not None:
            self.panel.show_detail(detail)
        self._say_buttons()

    def _ask_to_save(self, before: CategoryDetail, written: CategoryEntry) -> None:
        """Somebody went on to another category before saving."""
        path = self.picker.forest.path(before.category.id, language() == "en")
        prompt = Confirm(
            "Save what you wrote?",
            lambda: tr("{path} was changed and not saved yet.", path=path),
            "Save",
            keep="Leave as it was",
            parent=self,
        )
        open_prompt(prompt, lambda: self._save(written, before))

    def _detail(self) -> CategoryDetail | None:
        key = self.tree.current_key()
        return self._desk.read(category_detail, key) if key else None

    def _say_buttons(self) -> None:
        node = self.tree.forest_model.forest.nodes.get(self.tree.current_key())
        for button in (self.up, self.down, self.move_button):
            button.setEnabled(node is not None and not node.retired)
        self.retire_button.setEnabled(node is not None)
        self.retire_button.set_words("Bring back" if node is not None and node.retired else "Retire or merge")

    def _changed(self, changes: Changes) -> None:
        if self.isVisible() and changes.tables & TABLES and changes.initiator is not self:
            self.refresh()

    # the tree

    def add_below(self) -> None:
        """A new category below the chosen one, or at the top."""
        nodes = self.tree.forest_model.forest
        parent = self.tree.current_key()
        self._ask_name("" if parent in nodes.nodes and nodes.nodes[parent].retired else parent)

    def _ask_name(self, parent: str, zh: str = "", en: str = "") -> None:
        path = self.tree.forest_model.forest.path(parent, language() == "en")
        told: Text = (lambda: tr("Below {path}", path=path)) if parent else "At the top of the tree"
        prompt = NamePrompt("Add a category", told, below=bool(parent), parent=self)
        prompt.zh.setText(zh)
        prompt.en.setText(en)
        open_prompt(prompt, lambda: self._add("" if prompt.top.isChecked() else parent, *prompt.names()))

    def _add(self, parent: str, zh: str, en: str) -> None:
        nodes, id_ = self.tree.forest_model.forest, self._desk.new_id()
        at = 1 + max((nodes.nodes[i].position for i in nodes.children.get(parent, ())), default=-1)
        entry = CategoryEntry(id=id_, parent_id=parent, name_zh=zh, name_en=en, position=at)
        self._wanted = id_
        again = partial(self._ask_name, parent, zh, en)
        self._send(SaveCategories(entries=(entry,)), "Category added", RetireCategory(id=id_), again)

    def shift(self, by: int) -> None:
        """Move the chosen one among its siblings."""
        nodes, key = self.tree.forest_model.forest, self.tree.current_key()
        node = nodes.nodes.get(key)
        if node is None or node.retired:
            return
        parent = node.parent_id if node.parent_id in nodes.nodes else ""
        siblings = nodes.below(parent)
        at = siblings.index(key)
        if not 0 <= at + by < len(siblings):
            return
        after = [i for i in siblings if i != key]
        after.insert(at + by, key)
        self._send(
            ArrangeCategories(parent_id=parent, ids=tuple(after)),
            "Moved",
            ArrangeCategories(parent_id=parent, ids=tuple(siblings)),
        )

    def move_node(self) -> None:
        """Ask where the chosen one goes."""
        nodes, key = self.tree.forest_model.forest, self.tree.current_key()
        node = nodes.nodes.get(key)
        if node is None:
            return
        prompt = TargetPrompt(
            "Move the category",
            lambda: tr(
                "{path} goes below another one, with all that is under it.", path=nodes.path(key, language() == "en")
            ),
            "Move here",
            nodes,
            barred=frozenset(nodes.all_below(key)),
            instead="To the top of the tree",
            parent=self,
        )
        open_prompt(prompt, lambda: self._move(node.id, prompt.target or ""))

    def _move(self, key: str, target: str) -> None:
        nodes = self.tree.forest_model.forest
        node = nodes.nodes.get(key)
        if node is None:
            return
        before = nodes.below(node.parent_id if node.parent_id in nodes.nodes else "")
        self._wanted = key
        self._send(
            ArrangeCategories(parent_id=target, ids=(*(i for i in nodes.below(target) if i != key), key)),
            "Moved",
            ArrangeCategories(parent_id=node.parent_id, ids=tuple(before)),
        )

    def retire(self) -> None:
        """Retire the chosen one; where it is used, ask where its goods and children go. A retired one comes back."""
        nodes, detail = self.tree.forest_model.forest, self._detail()
        if detail is None:
            return
        key = detail.category.id
        if detail.category.retired:
            self._send(RestoreCategory(id=key), "Brought back")
            return
        below, path = nodes.below(key), nodes.path(key, language() == "en")
        if not below and not detail.goods:
            told = partial(tr, "{path} takes no more goods.", path=path)
            plain = Confirm("Retire this category?", told, "Retire", parent=self)
            open_prompt(plain, lambda: self._retire(detail, [key]))
            return
        branch = [i for i in nodes.all_below(key) if not nodes.nodes[i].retired]
        empty = not self._desk.read(goods_below, branch)
        prompt = TargetPrompt(
            "Where do its goods go?",
            lambda: tr(
                "{path} has {goods} goods and {children} categories below it. They move to the one you choose; "
                "this cannot be undone in one step.",
                path=path,
                goods=count(detail.goods),
                children=len(below),
            ),
            "Move and retire",
            nodes,
            barred=frozenset(nodes.all_below(key)),
            instead=(lambda: tr("Retire the {n} below it too: no goods are in them", n=count(len(branch) - 1)))
            if empty
            else "",
            danger=True,
            parent=self,
        )
        open_prompt(
            prompt, lambda: self._merge(detail, prompt.target) if prompt.target else self._retire(detail, branch)
        )

    def _retire(self, detail: CategoryDetail, branch: Sequence[str]) -> None:
        """Retire it with all of its branch, in which no goods are."""
        self._wanted = detail.category.parent_id
        away, back = [RetireCategory(id=i) for i in reversed(branch)], [RestoreCategory(id=i) for i in branch]
        if len(branch) == 1:
            self._send(away[0], "Retired", back[0])
        else:
            self._send_many(away, "Retired", undo=back)

    def _merge(self, detail: CategoryDetail, target: str) -> None:
        key = detail.category.id
        portions = [MoveGoods(id=key, to_id=target)] * (detail.goods // MAX_MOVED)
        self._wanted = target
        self._send_all([*portions, RetireCategory(id=key, successor_id=target)], "Moved and retired")

    # what it asks for

    def _save(self, entry: CategoryEntry, detail: CategoryDetail | None = None) -> None:
        detail = detail or self.panel.detail
        undo = SaveCategories(entries=(entry_of(detail.category),)) if detail else None
        self._send(SaveCategories(entries=(entry,)), "Saved", undo)

    def _find_attributes(self, query: str, limit: int) -> Sequence[ProductRow]:
        english = language() == "en"
        return [
            ProductRow(a.id, a.name_en if english else a.name_zh, self._told(a.options, english), "", type_name(a.type))
            for a in self._desk.read(attributes_like, query, limit)
        ]

    def _told(self, options: Sequence[object], english: bool) -> str:
        names = [getattr(o, "en" if english else "zh") for o in options[:6]]
        return " / ".join(names) + (" …" if len(options) > len(names) else "")

    def _use(self, attribute_id: str) -> None:
        detail = self.panel.detail
        if detail is None:
            return
        known = self.panel.asked(attribute_id)
        if known is not None and not known.without:
            self.panel.table.select(attribute_id)
            return
        self._save_use(detail, Use(attribute_id, False, False, Filter.NONE))

    def _save_use(
        self, detail: CategoryDetail, use: Use, *first: Command, again: Callable[[], object] = nothing
    ) -> None:
        """This category's own use of an attribute; one that says what is inherited anyway is not kept."""
        node = detail.category
        uses = list(node.attributes)
        places = [n for n, u in enumerate(uses) if u.attribute_id == use.attribute_id]
        if places:
            uses[places[0]] = use
        else:
            uses.append(use)
        without = tuple(i for i in node.without if i != use.attribute_id)
        entry = msgspec.structs.replace(entry_of(node), attributes=tuple(uses), without=without)
        self._send_all([*first, SaveCategories(entries=(entry,))], "Saved", again)

    def _create(self) -> None:
        if self.panel.detail is not None:
            self._ask_new(self.panel.detail)

    def _ask_new(self, detail: CategoryDetail, entered: AttributeEntry | None = None, use: Use = _UNSAID) -> None:
        """Ask for an attribute that there is not yet; `entered` was not taken before."""
        new_id = entered.id if entered else self._desk.new_id()
        prompt = AttributePrompt(None, use, 0, entered, new_id=new_id, parent=self)

        def go() -> None:
            entry, use = prompt.entry(), prompt.use()
            again = partial(self._ask_new, detail, entry, use)
            self._save_use(detail, use, SaveAttributes(entries=(entry,)), again=again)

        open_prompt(prompt, go)

    def _edit(self, attribute_id: str) -> None:
        detail, asked = self.panel.detail, self.panel.asked(attribute_id)
        if detail is not None and asked is not None and not asked.without:
            self._ask_change(detail, asked, asked.effective.use)

    def _ask_change(
        self, detail: CategoryDetail, asked: Asked, use: Use, entered: AttributeEntry | None = None
    ) -> None:
        """Ask for an attribute as it should be, and how it is used; `entered` was not taken before."""
        shared = self._desk.read(uses_of, asked.attribute.id)
        prompt = AttributePrompt(asked.attribute, use, shared, entered, parent=self)

        def go() -> None:
            entry, use = prompt.entry(), prompt.use()
            again = partial(self._ask_change, detail, asked, use, entry)
            first = [SaveAttributes(entries=(entry,))] if prompt.changed() else []
            if use != asked.effective.use:
                self._save_use(detail, use, *first, again=again)
            elif first:
                self._send_all(first, "Saved", again)

        open_prompt(prompt, go)

    def _leave(self, attribute_id: str) -> None:
        """Own ones are removed; inherited ones do not apply here, or apply again."""
        detail, asked = self.panel.detail, self.panel.asked(attribute_id)
        if detail is None or asked is None:
            return
        entry = self._left(detail, asked)
        undo = SaveCategories(entries=(entry_of(detail.category),))
        self._send(SaveCategories(entries=(entry,)), "Saved", undo)

    def _left(self, detail: CategoryDetail, asked: Asked) -> CategoryEntry:
        id_, node = asked.attribute.id, entry_of(detail.category)
        if asked.without:
            return msgspec.structs.replace(node, without=tuple(i for i in node.without if i != id_))
        if asked.inherited:
            return msgspec.structs.replace(node, without=(*node.without, id_))
        return msgspec.structs.replace(node, attributes=tuple(u for u in node.attributes if u.attribute_id != id_))

    # in and out

    def _ask_import(self) -> None:
        dialog = TaxonomyImport(self._desk, self)
        open_prompt(dialog, lambda: self._import(dialog.plan) if dialog.plan is not None else None)

    def _import(self, plan: Plan) -> None:
        self._send_many(plan.commands(), lambda: counted(plan), meanwhile="Importing …")

    def _settled(self) -> None:
        self.import_button.setEnabled(True)
        self.banner.hide()
        self.refresh()

    def _ask_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Export"), tr("Category tree") + ".csv", "CSV (*.csv)")
        if name:
            self.export(Path(name))

    def export(self, path: Path) -> None:
        """Write the tree as a CSV that can be imported again."""
        english = language() == "en"

        def write(tree: tuple[list, list]) -> None:  # type: ignore[type-arg]
            self._desk.run(
                lambda _told: sheet.write_csv(path, *tree, english=english),
                done=lambda n: self._say(lambda: tr("{n} rows written", n=n)),
                failed=self._refused,
            )

        self._desk.fetch(whole_tree, done=write, failed=self._refused)

    def _send(
        self, message: Command, said: Text, undo: Command | None = None, again: Callable[[], object] = nothing
    ) -> None:
        def done(_seq: int) -> None:
            self.refresh()
            back = None if undo is None else partial(self._send, undo, "Undone")
            ToastArea.of(self).show_toast(said, callback=back)

        self._submit(message, done, again)

    def _send_all(self, messages: Sequence[Command], said: Text, again: Callable[[], object] = nothing) -> None:
        first, *rest = messages
        if rest:
            self._submit(first, lambda _seq: self._send_all(rest, said, again), again)
        else:
            self._send(first, said, again=again)

    def _submit(self, message: Command, done: Callable[[int], None], again: Callable[[], object]) -> None:
        self._desk.submit(message, done=done, failed=partial(self._not_taken, again), initiator=self)

    def _not_taken(self, again: Callable[[], object], error: Exception) -> None:
        self._wanted = ""
        self._refused(error)
        again()

    def _send_many(
        self, messages: Sequence[Command], said: Text, *, meanwhile: Text = "Saving …", undo: Sequence[Command] = ()
    ) -> None:
        """Many at once, in the background."""

        def done(_n: int) -> None:
            self._settled()
            back = (lambda: self._send_many(undo, "Undone")) if undo else None
            ToastArea.of(self).show_toast(said, callback=back)

        self.import_button.setEnabled(False)
        self.banner.set_message("info", meanwhile)
        self.banner.show()
        self._desk.submit_many(messages, import_id=self._desk.new_id(), done=done, failed=self._refused)

    def _say(self, said: Text) -> None:
        ToastArea.of(self).show_toast(said)

    def _refused(self, error: Exception) -> None:
        self._settled()
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")

"""A taxonomy from elsewhere: what it would change, before it does."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QWidget

from s2b_desktop.intake_text import refusal_text
from s2b_desktop.messages import failure_text
from s2b_desktop.models.categories import whole_tree
from s2b_desktop.text import count, labelled, language, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.label import Label
from s2b_domain.commands.categories import CategoryEntry
from s2b_domain.intake.refusal import Refused
from s2b_domain.taxonomy import sheet, shopify
from s2b_domain.taxonomy.plan import Plan, compare

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

_LISTED = 300


class TaxonomyImport(Confirm):
    """Chooses a source and shows the plan; `plan` is what was agreed to."""

    def __init__(self, desk: "Desk", parent: QWidget | None = None) -> None:
        super().__init__(
            "Import a category tree",
            "A sheet with category paths, or the folder of Shopify's published taxonomy. "
            "Nothing changes before you have seen what would.",
            "Import",
            parent=parent,
        )
        self._desk = desk
        self.plan: Plan | None = None
        self.setMinimumWidth(600)
        line = QHBoxLayout()
        line.setSpacing(8)
        self.sheet_button = Button("Choose a sheet", self._ask_sheet, icon="file-spreadsheet")
        self.folder_button = Button("Choose Shopify's folder", self._ask_folder, icon="folder")
        line.addWidget(self.sheet_button)
        line.addWidget(self.folder_button)
        line.addStretch(1)
        self.middle.addLayout(line)
        self.banner = Banner("info", "")
        self.banner.hide()
        self.middle.addWidget(self.banner)
        self.counts = Label("", wrap=True)
        self.middle.addWidget(self.counts)
        self.listing = QPlainTextEdit()
        self.listing.setReadOnly(True)
        self.listing.setFixedHeight(220)
        self.listing.setAccessibleName(tr("What would change"))
        self.listing.hide()
        self.middle.addWidget(self.listing)
        self.verb.setEnabled(False)

    def read(self, source: Path) -> None:
        """Read a folder or a sheet in the background and show what it would change."""
        self.plan = None
        self.verb.setEnabled(False)
        self._choosing(False)
        self.banner.set_message("info", "Reading …")
        self.banner.show()
        self._desk.fetch(whole_tree, done=partial(self._compare, source), failed=self._failed)

    def _compare(self, source: Path, tree: tuple[list, list]) -> None:  # type: ignore[type-arg]
        def work(_told: object) -> Plan:
            draft = shopify.read(source) if source.is_dir() else sheet.read(source, *tree)
            return compare(draft, *tree)

        self._desk.run(work, done=self._show_plan, failed=self._failed)

    def _show_plan(self, plan: Plan) -> None:
        self.plan = plan
        self._choosing(True)
        self.banner.setVisible(plan.empty)
        if plan.empty:
            self.banner.set_message("ok", "The tree is like this already. There is nothing to import.")
        self.counts.set_words(lambda: counted(plan))
        self.listing.setPlainText("\n".join(lines_of(plan)))
        self.listing.setVisible(not plan.empty)
        self.verb.setEnabled(not plan.empty)

    def _failed(self, error: Exception) -> None:
        self._choosing(True)
        said: Callable[[], str] = lambda: refusal_text(error) if isinstance(error, Refused) else failure_text(error)  # noqa: E731
        self.banner.set_message("bad", said)
        self.banner.show()

    def _choosing(self, on: bool) -> None:
        self.sheet_button.setEnabled(on)
        self.folder_button.setEnabled(on)

    def _ask_sheet(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Choose a sheet"), "", f"{tr('Spreadsheets')} (*.csv *.xlsx *.xls *.xlsb *.ods *.tsv *.txt)"
        )
        if name:
            self.read(Path(name))

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Choose Shopify's folder"))
        if name:
            self.read(Path(name))


def counted(plan: Plan) -> str:
    """A plan in two sentences."""
    categories = tr(
        "Categories: {new} new, {changed} changed, {moved} moved, {unchanged} unchanged; "
        "{absent} are not in it and stay.",
        new=count(len(plan.new)),
        changed=count(len(plan.changed)),
        moved=count(len(plan.moved)),
        unchanged=count(plan.unchanged),
        absent=count(len(plan.absent)),
    )
    attributes = tr(
        "Attributes: {new} new, {changed} changed, {unchanged} unchanged.",
        new=count(len(plan.attributes_new)),
        changed=count(len(plan.attributes_changed)),
        unchanged=count(plan.attributes_unchanged),
    )
    return f"{categories}\n{attributes}"


def lines_of(plan: Plan) -> list[str]:
    """The first changes, one a line."""
    english = language() == "en"

    def name(row: CategoryEntry) -> str:
        return row.name_en if english else row.name_zh

    found = []
    for old, entry in (*plan.moved, *plan.changed):
        before = old.name_en if english else old.name_zh
        what = tr("moved") if entry.parent_id != old.parent_id else tr("changed")
        found.append(labelled(what, before) + (f" → {name(entry)}" if before != name(entry) else ""))
        if len(found) == _LISTED:
            break
    found += [labelled(tr("new"), name(entry)) for entry in plan.new[: _LISTED - len(found)]]
    rest = len(plan.order) - len(found)
    return [*found, tr("and {n} more", n=rest)] if rest > 0 else found

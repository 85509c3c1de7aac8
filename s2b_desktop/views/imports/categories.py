"""The supplier's own categories and what they mean on the platform: proposed, corrected, and remembered. Goods of no
category are placed by their names."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.categories import LEVEL, Forest
from s2b_desktop.models.category_matching import LEAST, Unplaced, unplaced
from s2b_desktop.text import count, language, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.imports.preview import PreviewStep
from s2b_desktop.views.taxonomy.picker import CategoryPicker
from s2b_domain.access import Permission
from s2b_domain.commands.categories import ChooseCategories
from s2b_domain.intake.examination import Examination

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class CategoryPrompt(Confirm):
    """`choices` are the texts with the category of each that has one."""

    def __init__(self, forest: Forest, found: Sequence[Unplaced], parent: QWidget | None = None) -> None:
        super().__init__(
            "Where your goods belong here",
            "Each category is proposed from its name and a product in it, or from the names of goods that have none. "
            "Choose a row to set another. Your categories are remembered for your next files; what stays open is "
            "placed by the platform.",
            "Use these categories",
            parent=parent,
        )
        self.setMinimumWidth(820)
        self._forest, self._found = forest, list(found)
        self._ids = [f.proposal.category_id if f.proposal and f.proposal.confidence >= LEAST else "" for f in found]
        self._own: set[int] = set()
        self.table: DataTable[int] = DataTable(
            [
                Column("text", "Your category", lambda at: self._found[at].text or tr("none, by name"), 180),
                Column("goods", "Goods", lambda at: count(self._found[at].goods), 70, kind="money"),
                Column("example", "For example", lambda at: self._found[at].example, 170),
                Column("category", "Category on the platform", self._path, 220, stretch=True),
                Column("sure", "How sure", self._sure, 120, kind="state", tone=self._tone),
            ],
            lambda ids: [int(id_) for id_ in ids],
            name="Your categories",
            toolbar=False,
        )
        self.table.setMinimumHeight(300)
        self.table.set_density("compact")
        self.table.set_ids(range(len(self._found)))
        self.middle.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.picker = CategoryPicker(forest)
        self.picker.picked.connect(lambda id_: self.set_category(str(id_)))
        self.leave = Button("Leave open", lambda: self.set_category(""), icon="x")
        row.addWidget(self.picker, 1)
        row.addWidget(self.leave)
        self.middle.addLayout(row)
        self.table.select(0)
        self._tell()

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """(text, category) of those that are placed."""
        return tuple((f.text, id_) for f, id_ in zip(self._found, self._ids, strict=True) if id_ and f.text)

    @property
    def places(self) -> dict[str, str]:
        """Title -> category in words, of the goods without a category that are placed."""
        placed = ((f, id_) for f, id_ in zip(self._found, self._ids, strict=True) if id_)
        return {title: self._forest.path(id_, english=False) for f, id_ in placed for title in f.titles}

    def set_category(self, category_id: str) -> None:
        """Place the rows that are chosen in the table; "" leaves them open."""
        for rowid in self._rows():
            self._ids[int(rowid)] = category_id
            self._own.add(int(rowid))
        self.table.refresh()
        self._tell()

    def _rows(self) -> Sequence[RowId]:
        chosen = self.table.selected_ids()
        current = self.table.current_id()
        return chosen or ([current] if current is not None else [])

    def _tell(self) -> None:
        self.verb.setEnabled(any(self._ids))

    def _path(self, at: int) -> str:
        path = self._forest.path(self._ids[at], language() == "en").split(LEVEL)
        return " › ".join(path[-2:]) if self._ids[at] else tr("open")

    def _sure(self, at: int) -> str:
        proposal = self._found[at].proposal
        if at in self._own:
            return tr("your choice")
        if proposal is None or not self._ids[at]:
            return tr("no proposal")
        return tr("sure") if proposal.sure else tr("please look")

    def _tone(self, at: int) -> Tone:
        proposal = self._found[at].proposal
        sure = at in self._own or (proposal is not None and proposal.sure)
        return "neutral" if not self._ids[at] else "ok" if sure else "warn"


class Matching(QObject):
    """Looks in every dry run for categories that say nothing to the platform, and asks what they mean when the user
    wishes; `again` checks anew."""

    def __init__(
        self, desk: "Desk", step: PreviewStep, again: Callable[[], None], say: Callable[[Text, Tone], None]
    ) -> None:
        super().__init__(step)
        self._desk, self._step, self._again, self._say = desk, step, again, say
        self._examination: Examination | None = None
        self._found: tuple[Forest, tuple[Unplaced, ...]] = (Forest(()), ())
        self._places: tuple[str, dict[str, str]] = ("", {})
        self.prompt: CategoryPrompt | None = None
        step.match.connect(self.ask)

    def places(self, file: str) -> Mapping[str, str]:
        """What was confirmed for the goods of a file that it puts into no category: title -> category in words."""
        return self._places[1] if self._places[0] == file else {}

    def look(self, examination: Examination) -> None:
        """Look in the background."""
        self._examination = examination
        if self._desk.actor.may(Permission.GOODS_EDIT):
            supplier = self._desk.actor.organisation_id
            self._desk.fetch(unplaced, supplier, examination, done=partial(self._take, examination))

    def _take(self, examination: Examination, found: tuple[Forest, tuple[Unplaced, ...]]) -> None:
        if examination is self._examination:
            self._found = found
            nameless = sum(each.goods for each in found[1] if not each.text)
            self._step.show_unplaced(sum(bool(each.text) for each in found[1]), nameless)

    def ask(self) -> None:
        """Ask what the categories mean."""
        self.prompt = CategoryPrompt(*self._found, parent=self._step.window())
        open_prompt(self.prompt, self._remember)

    def _remember(self) -> None:
        if self.prompt is None or self._examination is None:
            return
        file = self._examination.file
        self._places = (file, {**self.places(file), **self.prompt.places})
        if not self.prompt.choices:
            self._again()
            return
        self._desk.submit(
            ChooseCategories(choices=self.prompt.choices),
            done=lambda _seq: self._again(),
            failed=lambda error: self._say(lambda: failure_text(error), "bad"),
        )

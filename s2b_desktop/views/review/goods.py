"""商品审核: new products and changes of those on sale, one by one or many at once."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.categories import LEVEL, Forest, proposer
from s2b_desktop.models.queries.review import (
    ReviewDetail,
    ReviewKind,
    ReviewRow,
    review_counts,
    review_detail,
    review_ids,
    review_rows,
)
from s2b_desktop.models.status import Changes
from s2b_desktop.text import ago, count, language, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.pictures import Load
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.sending import send_all
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.review.content import ContentView, head_line
from s2b_desktop.views.review.keys import add_keys
from s2b_desktop.views.taxonomy.picker import CategoryPicker
from s2b_domain.commands.goods import ReviewGoods
from s2b_domain.taxonomy.proposal import Proposal, Proposer

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

CARDS = ("product", "revision", "no_category")
BATCH = 200
"""Decisions that one command carries."""
TABLES = frozenset({"product", "revision", "sku", "price", "category", "organisation"})
REASONS = ("Title and brand differ", "A picture is missing", "Wrong category", "Advertising claims not allowed")


LEAST = 25
"""Below this confidence nothing is proposed."""


def path_in(forest: Forest, category_id: str) -> str:
    """The path of a category in the user's language; "" if there is none."""
    return forest.path(category_id, language() == "en")


class ReviewPanel(QWidget):
    """One thing to decide: its content, its category, and the decision. `category_id` is what was chosen."""

    def __init__(
        self,
        detail: ReviewDetail,
        forest: Forest,
        proposes: Proposer | None,
        approve: Callable[[], object],
        reject: Callable[[], object],
        pictures: Callable[[str, str], Load] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.detail, self.category_id = detail, ""
        self._forest = forest
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 20)
        column.setSpacing(14)
        column.addLayout(head_line(detail))
        if not detail.after.category_id:
            column.addWidget(Banner("warn", "No category fits what the supplier wrote. Set one before approving."))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.approve = Button("Approve", approve, icon="check", variant="primary", tip="Approve  (A)")
        self.reject = Button("Reject", reject, icon="x", tip="Reject  (R)")
        foot.addWidget(self.approve)
        foot.addWidget(self.reject)
        foot.addStretch(1)
        column.addLayout(foot)
        self.content = ContentView(detail, path_in(forest, detail.after.category_id), pictures)
        column.addWidget(self.content)
        column.addWidget(Label("Set another category", "strong"))
        self.proposals: list[Button] = []
        for proposal in proposes.propose(detail.after.title, detail.after.category_text) if proposes else ():
            if proposal.category_id != detail.after.category_id and proposal.confidence >= LEAST:
                column.addWidget(self._offer(proposal))
        self.picker = CategoryPicker(forest)
        self.picker.picked.connect(self._picked)
        self.chosen = Label("", "muted", wrap=True)
        column.addWidget(self.picker)
        column.addWidget(self.chosen)
        column.addStretch(1)

    def _picked(self, category_id: object) -> None:
        self.category_id = str(category_id)
        path = path_in(self._forest, self.category_id)
        self.chosen.set_words(lambda: tr("Approving sets: {path}", path=path))

    def _offer(self, proposal: Proposal) -> Button:
        path = path_in(self._forest, proposal.category_id)
        said = " › ".join(path.split(LEVEL)[-2:])
        button = Button(
            lambda: f"{said}  {proposal.confidence}%",
            lambda: self._picked(proposal.category_id),
            icon="tag",
            tip=lambda: tr("Proposed from its title and the supplier's category: {path}", path=path),
        )
        self.proposals.append(button)
        return button


class GoodsReviewPage(Page):
    """`show_item` takes the key of a card, or the id of a product or revision."""

    key = "review"
    icon = "clipboard-check"
    title = "Goods review"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk = desk
        self._open = ""
        self._loading = Reading(desk)
        self._forest = Forest(())
        self._proposer: Proposer | None = None
        self.reject_button = self.add_action("Reject", self.reject, icon="x", key="R")
        self.approve_button = self.add_action("Approve", self.approve, "Ctrl+Return", primary=True, key="A")
        self.set_cards(
            [
                FactCard("product", "New goods", checkable=True),
                FactCard("revision", "Changed goods", checkable=True),
                FactCard("no_category", "Without category", checkable=True),
            ]
        )
        self.card_toggled.connect(lambda _key, _on: self._load())
        self.table: DataTable[ReviewRow] = DataTable(
            self._columns(), self._fetch, name="Goods review", search="Title, brand or supplier"
        )
        self.table.set_empty(
            EmptyState("clipboard-check", "Nothing to review", "New and changed goods show here by themselves.")
        )
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._moved)
        self.table.selection_changed.connect(lambda _ids: self._say_buttons())
        self.inspector.closed.connect(self._forget)
        self.keys = add_keys(self, self.table, self.approve, self.reject)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.set_facts("A approves, R rejects, J and K move")
        desk.changed.connect(self._changed)
        self.refresh()

    def _take_tree(self, found: tuple[Forest, Proposer]) -> None:
        """The tree has come: names and proposals show in the list and in what is open."""
        self._forest, self._proposer = found
        self.table.refresh()
        panel = self.panel()
        if panel is not None and not panel.category_id:
            self._show_row(panel.detail.row.id)

    def refresh(self) -> None:
        if self._proposer is None:
            self._desk.fetch(proposer, "", done=self._take_tree)
        counts = self._desk.read(review_counts)
        oldest, lost = counts.oldest, counts.no_category
        since: Text = "" if oldest is None else lambda: tr("Oldest {time}", time=ago(oldest, self._desk.now()))
        self.card("product").set_fact(count(counts.products), since)
        self.card("revision").set_fact(count(counts.revisions), "On sale with their old content")
        self.card("no_category").set_fact(count(lost), "Set one while approving", tone="warn" if lost else "neutral")
        self._load()

    def show_item(self, what: object) -> None:
        if what in CARDS:
            self.card(str(what)).setChecked(True)
        elif isinstance(what, str):
            self._open = what
            self._show_row(what)
            self._load()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "keys"):
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def panel(self) -> ReviewPanel | None:
        """What the inspector shows now."""
        content = self.inspector.content()
        return content if isinstance(content, ReviewPanel) else None

    # the list

    def _columns(self) -> list[Column[ReviewRow]]:
        return [
            Column("title", "Title", lambda row: row.title, 300, stretch=True),
            Column(
                "kind",
                "Kind",
                lambda row: tr("New") if row.kind is ReviewKind.PRODUCT else tr("Changed"),
                88,
                "state",
                tone=lambda row: "accent" if row.kind is ReviewKind.PRODUCT else "warn",
                fits=lambda: [tr("New"), tr("Changed")],
            ),
            Column("brand", "Brand", lambda row: row.brand, 110, rank=3),
            Column(
                "category",
                "Category",
                lambda row: path_in(self._forest, row.category_id).rpartition(LEVEL)[2] or row.category_text,
                140,
                problem=lambda row: "" if row.category_id else tr("No category fits"),
            ),
            Column("supplier", "Supplier", lambda row: row.supplier, 140, rank=1),
            Column("submitted", "Submitted", lambda row: ago(row.submitted_at, self._desk.now()), 120, rank=2),
        ]

    def _fetch(self, ids: Sequence[RowId]) -> list[ReviewRow]:
        found = {row.id: row for row in self._rows_of(ids)}
        return [found.get(str(i)) or _decided(str(i)) for i in ids]

    def _rows_of(self, ids: Sequence[RowId]) -> list[ReviewRow]:
        return self._desk.read(review_rows, [str(i) for i in ids])

    def _load(self) -> None:
        """Ask for the list; thousands may wait after a large import."""
        shown = next(iter(self.checked_cards()), "")
        text = self.table.search_field.text().strip()
        self._loading.fetch(review_ids, shown, text, done=self._show_ids)

    def _show_ids(self, ids: list[str]) -> None:
        opened = self._open  # setting the rows speaks of the current one meanwhile
        self.table.set_ids(ids)
        self._say_buttons()
        if opened:
            if self.table.current_id() != opened:
                self.table.select(opened)
            self._show_row(opened)

    def _say_buttons(self) -> None:
        n = len(self._chosen_ids())
        self.approve_button.setEnabled(bool(n))
        self.reject_button.setEnabled(bool(n))
        self.approve_button.set_words((lambda: tr("Approve {n}", n=n)) if n > 1 else "Approve")
        self.reject_button.set_words((lambda: tr("Reject {n}", n=n)) if n > 1 else "Reject")

    def _changed(self, changes: Changes) -> None:
        if self.isVisible() and changes.tables & TABLES:
            self.refresh()

    # one of them

    def _moved(self, row_id: object) -> None:
        self._say_buttons()
        if self.inspector.is_open() and isinstance(row_id, str):
            self._show_row(row_id)

    def _show_row(self, row_id: RowId) -> None:
        rows = self._rows_of([row_id])
        detail = self._desk.read(review_detail, rows[0]) if rows else None
        if detail is None:
            self.inspector.close_panel()
            return
        before = self.panel()
        if before is not None and before.detail.row == detail.row:
            return
        self._open = detail.row.id
        panel = ReviewPanel(detail, self._forest, self._proposer, self.approve, self.reject, self._load_of)
        self.inspector.open_panel(panel, lambda: detail.row.title)

    def _load_of(self, table: str, row_id: str) -> Load:
        return partial(self._desk.picture, table, row_id)

    def _forget(self) -> None:
        self._open = ""

    # deciding

    def _chosen_ids(self) -> list[str]:
        """The selected rows; else the current one; else what the inspector shows."""
        ids = [str(i) for i in self.table.selected_ids()]
        current = self.table.current_id()
        return ids or ([str(current)] if current is not None else [self._open] if self._open else [])

    def _chosen(self) -> list[ReviewRow]:
        """The chosen rows as they were read, for a decision holds only for that version."""
        panel, model = self.panel(), self.table.model
        found: list[ReviewRow] = []
        for id_ in self._chosen_ids():
            if panel is not None and panel.detail.row.id == id_:
                found.append(panel.detail.row)
            elif (place := model.row_of(id_)) >= 0 and (row := model.row(place)).version:
                found.append(row)
        return found

    def approve(self) -> None:
        """Approve what is selected, as it was read."""
        rows = self._chosen()
        if len(rows) > 1:
            told = "They go on sale at once, with the content shown here."
            prompt = Confirm(partial(tr, "Approve {n} goods?", n=len(rows)), told, "Approve", parent=self)
            open_prompt(prompt, lambda: self._send(rows, approve=True))
            return
        panel = self.panel()
        category = panel.category_id if panel and rows and panel.detail.row.id == rows[0].id else ""
        self._send(rows, approve=True, category_id=category)

    def reject(self) -> None:
        """Reject what is selected, with one reason for all."""
        rows = self._chosen()
        if not rows:
            return
        title: Text = "Reject this?" if len(rows) == 1 else lambda: tr("Reject {n} goods?", n=len(rows))
        told = "The supplier reads your reason and can submit again. What is on sale stays as it is."
        prompt = ReasonPrompt(title, told, "Reject", REASONS, parent=self)
        open_prompt(prompt, lambda: self._send(rows, approve=False, reasons=(prompt.reason(),)))

    def _send(
        self, rows: list[ReviewRow], *, approve: bool, reasons: tuple[str, ...] = (), category_id: str = ""
    ) -> None:
        if not rows:
            return
        following, opened = self._following(rows), self._open
        self._open = following if self.inspector.is_open() else ""
        messages = [
            ReviewGoods(
                products=tuple((r.id, r.version) for r in batch if r.kind is ReviewKind.PRODUCT),
                revisions=tuple((r.id, r.version) for r in batch if r.kind is ReviewKind.REVISION),
                approve=approve,
                reasons=reasons,
                category_id=category_id,
            )
            for batch in (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))
        ]
        said = partial(tr, "{n} goods approved" if approve else "{n} goods rejected", n=len(rows))
        send_all(self._desk, self, messages, said, then=self._sent, refused=partial(self._refused, opened))

    def _following(self, rows: list[ReviewRow]) -> str:
        """The row to go on with: the next one that is not being decided."""
        ids, decided = [str(i) for i in self.table.model.ids()], {row.id for row in rows}
        after = ids[max((ids.index(i) for i in decided if i in ids), default=0) :] + ids
        return next((i for i in after if i not in decided), "")

    def _sent(self) -> None:
        self.refresh()
        if not self._open:
            self.inspector.close_panel()

    def _refused(self, opened: str) -> None:
        self._open = opened
        self.refresh()


def _decided(id_: str) -> ReviewRow:
    """An empty line for what was decided since the list was made; the next one does not have it."""
    kind = ReviewKind.PRODUCT
    return ReviewRow(
        id=id_,
        kind=kind,
        version=0,
        title="",
        brand="",
        supplier="",
        category_text="",
        category_id="-",
        submitted_at=0,
    )

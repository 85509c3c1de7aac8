"""Many pictures made ready for goods, from files or web addresses: how far it is, the way out, and every one that could
not be had."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.exports import write_table
from s2b_desktop.models.queries.pictured import Pictured, addressed, fetched_lines
from s2b_desktop.text import count, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Notice, open_prompt
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.common.table import DataTable
from s2b_domain.commands.goods_lines import GoodsLine
from s2b_domain.rules.blobs import is_address

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class Unfetched(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that could not be had, one of the goods that name it, and the code that says why. `source` is its web
    address, or the name of its file."""

    code: str
    title: str
    source: str
    why: str


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """How such work is spoken of; `{n}` are those that could not be had."""

    doing: str
    doing_though: str
    failed: str
    remedy: str
    source: str
    report: str


FETCHED = Wording(
    doing="Fetching pictures",
    doing_though="Fetching pictures, {n} not to be had",
    failed="{n} pictures could not be fetched",
    remedy="Their addresses stay with the goods: mend them in the goods or in your sheet, then fetch again.",
    source="Web address",
    report="Pictures that could not be fetched",
)
FILES = Wording(
    doing="Adding pictures",
    doing_though="Adding pictures, {n} cannot be read",
    failed="{n} pictures could not be added",
    remedy="Mend or replace these files, then add them again. The others are there.",
    source="File",
    report="Pictures that could not be added",
)


class PictureReport(Notice):
    """Every picture that could not be had: to be copied, or saved as a sheet."""

    def __init__(self, desk: "Desk", words: Wording, wrong: Sequence[Unfetched], parent: QWidget | None = None) -> None:
        super().__init__(lambda: tr(words.failed, n=len(wrong)), words.remedy, "Close", parent=parent)
        self.setMinimumSize(1000, 480)
        self._desk, self._words, self._wrong = desk, words, wrong
        self.table: DataTable[Unfetched] = DataTable(
            [
                Column("code", "SKU code", lambda each: each.code, 120),
                Column("title", "Product name", lambda each: each.title, 160),
                Column("source", words.source, lambda each: each.source, 220, stretch=True),
                Column("why", "Why", lambda each: problem_text(each.why), 380),
            ],
            self._rows,
            name=words.report,
            exportable=True,
        )
        self.table.search_field.hide()
        self.table.set_density("compact")
        self.table.set_ids(range(len(wrong)))
        self.table.export_requested.connect(self._ask_export)
        self.middle.addWidget(self.table, 1)
        self.told = Label("", "small", wrap=True)
        self.middle.addWidget(self.told)

    def _rows(self, ids: Sequence[RowId]) -> list[Unfetched]:
        return [self._wrong[int(at)] for at in ids]

    def _ask_export(self) -> None:
        name = tr(self._words.report) + ".xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export to Excel"), name, "Excel (*.xlsx)")
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write the list as a sheet."""
        heads = [tr(head) for head in ("SKU code", "Product name", self._words.source, "Why")]
        rows = [(each.code, each.title, each.source, problem_text(each.why)) for each in self._wrong]
        self._desk.run(
            lambda _progress: write_table(path, heads, rows),
            done=partial(self._written, path.name),
            failed=self._not_written,
        )

    def _written(self, file: str, n: int) -> None:
        self.told.set_words(lambda: tr("{n} rows written to {file}", n=n, file=file))

    def _not_written(self, _error: Exception) -> None:
        self.told.set_words("The file could not be written. Close it in other programs, or choose another place.")


class PictureWork(QObject):
    """One piece of work at a time, told on top of a page."""

    def __init__(self, page: Page, desk: "Desk", words: Wording) -> None:
        super().__init__(page)
        self._page, self._desk, self._words = page, desk, words
        self._began, self._total = 0.0, 0
        self.stopped = False
        self.wrong: Sequence[Unfetched] = ()
        self.strip: ProgressStrip | None = None
        self.banner: Banner | None = None
        self.report: PictureReport | None = None

    def begin(self, total: int) -> bool:
        """Show that so many are made ready; False while others are."""
        if self.strip is not None:
            self.strip.show()
            return False
        self._drop_banner()
        self.stopped, self._began, self._total = False, monotonic(), total
        strip = self.strip = ProgressStrip(self._words.doing)
        strip.cancelled.connect(self._stop)
        strip.set_progress(0, total, 0)
        self._page.body.insertWidget(0, strip)
        return True

    def tell(self, done: int, wrong: int) -> None:
        """How many are done, and how many of them could not be had."""
        if self.strip is None:
            return
        self.strip.set_progress(done, self._total, int((monotonic() - self._began) * 1000))
        if wrong and not self.stopped:
            self.strip.set_text(lambda: tr(self._words.doing_though, n=count(wrong)))

    def end(self, wrong: Sequence[Unfetched] = ()) -> None:
        """It is over; what could not be had is offered as a list."""
        self.wrong = wrong
        if self.strip is not None:
            self.strip.hide()
            self.strip.deleteLater()
            self.strip = None
        if wrong:
            self.banner = Banner(
                "bad",
                lambda: tr(self._words.failed, n=len(wrong)),
                action="Show them",
                callback=self._show,
                closable=True,
            )
            self.banner.closed.connect(self._drop_banner)
            self._page.body.insertWidget(0, self.banner)

    def _stop(self) -> None:
        self.stopped = True
        if self.strip is not None:
            self.strip.set_text("Stopping after this picture")

    def _drop_banner(self) -> None:
        if self.banner is not None:
            self.banner.hide()
            self.banner.deleteLater()
            self.banner = None

    def _show(self) -> None:
        self.report = PictureReport(self._desk, self._words, self.wrong, parent=self._page.window())
        open_prompt(self.report)


class PictureFetch(PictureWork):
    """Brings pictures from web addresses. `submit(goods, lines)` gets what was brought, also what came before it was
    stopped; `say` tells what needs no place of its own."""

    def __init__(
        self,
        page: Page,
        desk: "Desk",
        submit: Callable[[list[Pictured], list[GoodsLine]], None],
        say: Callable[..., None],
    ) -> None:
        super().__init__(page, desk, FETCHED)
        self._submit, self._say = submit, say

    def look(self) -> None:
        """Bring the pictures that goods name by web addresses, so that they are seen without a line too."""
        if self.strip is not None:
            self.strip.show()
            return
        self._desk.fetch(addressed, self._desk.actor.organisation_id, done=self._bring)

    def _bring(self, goods: list[Pictured]) -> None:
        addresses = list(dict.fromkeys(name for each in goods for name in each.images if is_address(name)))
        if not addresses:
            self._say("No goods name a picture by a web address", "neutral")
        elif self.begin(len(addresses)):
            self._desk.fetch_pictures(
                addresses,
                done=self._done,
                failed=self._failed,
                brought=lambda kept, wrong: self.tell(kept + wrong, wrong),
                stopped=lambda: self.stopped,
            )

    def _done(self, kept: dict[str, str], wrong: dict[str, str]) -> None:
        # Somebody may have changed the goods meanwhile.
        now = self._desk.read(addressed, self._desk.actor.organisation_id)
        self.end([
            Unfetched(code=each.code, title=each.title, source=name, why=wrong[name])
            for each in now
            for name in each.images
            if name in wrong
        ])  # fmt: skip
        lines = fetched_lines(now, kept)
        if lines:
            self._submit(now, lines)
        elif self.stopped:
            self._say("Stopped. The goods are as they were.", "neutral")

    def _failed(self, error: Exception) -> None:
        self.end()
        self._desk.trouble.emit(error)

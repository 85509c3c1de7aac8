"""Pictures at web addresses brought for goods: how far it is, the way out, and every one that could not be had."""

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
    """A picture that could not be had, one of the goods that name it, and the code that says why."""

    code: str
    title: str
    address: str
    why: str


class FetchReport(Notice):
    """Every picture that could not be had: to be copied, or saved as a sheet."""

    def __init__(self, desk: "Desk", wrong: Sequence[Unfetched], parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("{n} pictures could not be fetched", n=len(wrong)),
            "Their addresses stay with the goods: mend them in the goods or in your sheet, then fetch again.",
            "Close",
            parent=parent,
        )
        self.setMinimumSize(1000, 480)
        self._desk, self._wrong = desk, wrong
        self.table: DataTable[Unfetched] = DataTable(
            [
                Column("code", "SKU code", lambda each: each.code, 120),
                Column("title", "Product name", lambda each: each.title, 160),
                Column("address", "Web address", lambda each: each.address, 220, stretch=True),
                Column("why", "Why", lambda each: problem_text(each.why), 380),
            ],
            self._rows,
            name="Pictures that could not be fetched",
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
        name = tr("Pictures that could not be fetched") + ".xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export to Excel"), name, "Excel (*.xlsx)")
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write the list as a sheet."""
        heads = [tr(head) for head in ("SKU code", "Product name", "Web address", "Why")]
        rows = [(each.code, each.title, each.address, problem_text(each.why)) for each in self._wrong]
        self._desk.run(
            lambda _progress: write_table(path, heads, rows),
            done=partial(self._written, path.name),
            failed=self._not_written,
        )

    def _written(self, file: str, n: int) -> None:
        self.told.set_words(lambda: tr("{n} rows written to {file}", n=n, file=file))

    def _not_written(self, _error: Exception) -> None:
        self.told.set_words("The file could not be written. Close it in other programs, or choose another place.")


class PictureFetch(QObject):
    """One fetch at a time, told on top of a page. `submit(goods, lines)` gets what was brought, also what came before
    it was stopped; `say` tells what needs no place of its own."""

    def __init__(
        self,
        page: Page,
        desk: "Desk",
        submit: Callable[[list[Pictured], list[GoodsLine]], None],
        say: Callable[..., None],
    ) -> None:
        super().__init__(page)
        self._page, self._desk, self._submit, self._say = page, desk, submit, say
        self._stopped = False
        self.strip: ProgressStrip | None = None
        self.banner: Banner | None = None
        self.report: FetchReport | None = None

    def begin(self) -> None:
        """Bring the pictures that goods name by web addresses, so that they are seen without a line too."""
        if self.strip is not None:
            self.strip.show()
            return
        self._desk.fetch(addressed, self._desk.actor.organisation_id, done=self._bring)

    def _bring(self, goods: list[Pictured]) -> None:
        addresses = list(dict.fromkeys(name for each in goods for name in each.images if is_address(name)))
        if not addresses:
            self._say("No goods name a picture by a web address", "neutral")
            return
        if self.strip is not None:
            return
        self._drop_banner()
        self._stopped, began = False, monotonic()
        strip = self.strip = ProgressStrip("Fetching pictures")
        strip.cancelled.connect(self._stop)
        strip.set_progress(0, len(addresses), 0)
        self._page.body.insertWidget(0, strip)

        def brought(kept: int, wrong: int) -> None:
            strip.set_progress(kept + wrong, len(addresses), int((monotonic() - began) * 1000))
            if wrong and not self._stopped:
                strip.set_text(lambda: tr("Fetching pictures, {n} not to be had", n=count(wrong)))

        self._desk.fetch_pictures(
            addresses, done=self._done, failed=self._failed, brought=brought, stopped=lambda: self._stopped
        )

    def _stop(self) -> None:
        self._stopped = True
        if self.strip is not None:
            self.strip.set_text("Stopping after this picture")

    def _drop_strip(self) -> None:
        if self.strip is not None:
            self.strip.hide()
            self.strip.deleteLater()
            self.strip = None

    def _drop_banner(self) -> None:
        if self.banner is not None:
            self.banner.hide()
            self.banner.deleteLater()
            self.banner = None

    def _done(self, kept: dict[str, str], wrong: dict[str, str]) -> None:
        self._drop_strip()
        # Somebody may have changed the goods meanwhile.
        now = self._desk.read(addressed, self._desk.actor.organisation_id)
        if wrong:
            self._tell([
                Unfetched(code=each.code, title=each.title, address=name, why=wrong[name])
                for each in now
                for name in each.images
                if name in wrong
            ])  # fmt: skip
        lines = fetched_lines(now, kept)
        if lines:
            self._submit(now, lines)
        elif self._stopped:
            self._say("Stopped. The goods are as they were.", "neutral")

    def _failed(self, error: Exception) -> None:
        self._drop_strip()
        self._desk.trouble.emit(error)

    def _tell(self, wrong: list[Unfetched]) -> None:
        if not wrong:
            return
        self.banner = Banner(
            "bad",
            lambda: tr("{n} pictures could not be fetched", n=len(wrong)),
            action="Show them",
            callback=partial(self._show, wrong),
            closable=True,
        )
        self.banner.closed.connect(self._drop_banner)
        self._page.body.insertWidget(0, self.banner)

    def _show(self, wrong: list[Unfetched]) -> None:
        self.report = FetchReport(self._desk, wrong, parent=self._page.window())
        open_prompt(self.report)

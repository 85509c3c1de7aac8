"""Sheets that the import gives away: the template to fill in, and the wrong rows with their reasons."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QWidget

from s2b_desktop.intake_text import issue_text
from s2b_desktop.models.queries.categories import template_of
from s2b_desktop.text import language, tr
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.imports.lately import Say
from s2b_desktop.views.imports.template import write_template
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.report import write_report

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

_KIND = "Excel (*.xlsx)"


class Papers:
    """Asks where a sheet shall lie, writes it in the background, and says so."""

    def __init__(self, desk: "Desk", page: QWidget, say: Say) -> None:
        self._desk, self._page, self._say = desk, page, say

    def ask_template(self, category_id: str) -> None:
        """Ask where the template shall be saved."""
        path = self._ask(tr("Download the template"), tr("Goods template") + ".xlsx")
        if path:
            self.save_template(path, category_id)

    def save_template(self, path: Path, category_id: str) -> None:
        """Write the sheet to fill in, with a column for each attribute of the category, if there is one."""
        english = language() == "en"
        paths, asked = self._desk.read(template_of, category_id, english)
        self._write(
            lambda _progress: write_template(path, english=english, categories=paths, asked=asked),
            lambda _none: lambda: tr("Template saved as {file}", file=path.name),
        )

    def ask_report(self, examination: Examination, stem: str) -> None:
        """Ask where the wrong rows shall be saved."""
        path = self._ask(tr("Save the wrong rows"), f"{stem}-{tr('wrong rows')}.xlsx")
        if path:
            self.save_report(path, examination)

    def save_report(self, path: Path, examination: Examination) -> None:
        """Write the wrong rows with their reasons."""
        self._write(
            lambda _progress: write_report(
                examination, path, text=issue_text, reason=tr("Reason"), row=tr("Row"), sheet=tr("Wrong rows")
            ),
            lambda n: lambda: tr("{n} wrong rows saved as {file}", n=n, file=path.name),
        )

    def _ask(self, title: str, name: str) -> Path | None:
        wanted, _ = QFileDialog.getSaveFileName(self._page.window(), title, name, _KIND)
        return Path(wanted) if wanted else None

    def _write(self, work: Callable[[Any], Any], said: Callable[[Any], Text]) -> None:
        self._desk.run(
            work,
            done=lambda result: self._say(said(result), "ok"),
            failed=lambda _error: self._say("The file could not be written. Choose another place.", "bad"),
        )

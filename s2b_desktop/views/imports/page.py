"""Goods from somebody's spreadsheet: choose, recognise, look at the dry run, import."""

import gc
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QTemporaryDir, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from s2b_desktop.intake_text import refusal_text
from s2b_desktop.messages import problem_text
from s2b_desktop.models.categories import forest, schema_named
from s2b_desktop.models.goods_import import Effects, effects, goods_by_code, holders, look_through
from s2b_desktop.models.import_run import ImportRun
from s2b_desktop.models.queries.goods import Shown
from s2b_desktop.models.workbook_pictures import WorkbookPictures
from s2b_desktop.text import count, labelled, language, tr
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.common.wizard import StepWizard
from s2b_desktop.views.imports.categories import Matching
from s2b_desktop.views.imports.choose import ChooseStep
from s2b_desktop.views.imports.job import Ended, ImportJob
from s2b_desktop.views.imports.lately import Lately, problem_of
from s2b_desktop.views.imports.layouts import Layouts
from s2b_desktop.views.imports.papers import Papers
from s2b_desktop.views.imports.preview import PreviewStep
from s2b_desktop.views.imports.recognise import RecogniseStep
from s2b_desktop.views.imports.result import ResultStep
from s2b_desktop.views.imports.rows import Preview
from s2b_domain.access import Permission
from s2b_domain.intake.examination import Examination, peek
from s2b_domain.intake.fitting import Fitting
from s2b_domain.intake.goods import GoodsRow
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.survey import Guess, Survey, chosen, guess

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

CHOOSE, RECOGNISE, PREVIEW, RESULT = range(4)
_OPEN_ANYWAY = ("no_columns",)


class ImportPage(Page):
    """`show_item` takes the path of a file."""

    key = "import"
    icon = "upload"
    title = "Import goods"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._folder: QTemporaryDir | None = None
        self._path: Path | None = None
        self._survey: Survey | None = None
        self._guess: Guess | None = None
        self._chosen_header: int | None = None
        self._policy = Policy()
        self._pictures = WorkbookPictures()
        self._preview: Preview | None = None
        self._examined: tuple[object, ...] | None = None
        self._work: Any = None
        self._began = 0.0
        self._imported: Examination | None = None
        self.job = ImportJob(desk, self)

        as_stock = self._open_as_stock if desk.actor.may(Permission.STOCK_EDIT) else None
        self.choose, self.recognise = ChooseStep(desk.now()), RecogniseStep(as_stock)
        self.preview, self.result = PreviewStep(desk.run), ResultStep()
        self._layouts, self.papers = Layouts(desk), Papers(desk, self, self._say)
        self.lately = Lately(desk, self.choose, self.job, self._say)
        self.matching = Matching(desk, self.preview, self._check, self._say)
        self.wizard = StepWizard(finish_text="Done")
        self.wizard.add_step("Choose a file", self.choose, lambda: self._survey is not None)
        self.wizard.add_step("Columns", self.recognise, self._may_check, next_text="Check the rows")
        self.wizard.add_step("Check", self.preview, self._may_import, next_text=self._import_text)
        self.wizard.add_step("Result", self.result, lambda: not self.job.running)
        self.wizard.moved.connect(self._moved)
        self.wizard.cancelled.connect(self.start_over)
        self.wizard.finished.connect(self.start_over)
        self.body.addWidget(self.wizard, 1)

        self.choose.chosen.connect(self.open_file)
        self.choose.pasted.connect(self._pasted)
        self.choose.browse.connect(self._browse)
        self.choose.template.connect(lambda: self.papers.ask_template(self.choose.category_id))
        self.recognise.sheet_chosen.connect(self._sheet_chosen)
        self.recognise.header_chosen.connect(self._header_chosen)
        self.recognise.changed.connect(self.wizard.step_changed)
        self.preview.edited.connect(self.wizard.step_changed)
        self.preview.report.connect(self._ask_report)
        self.preview.policy.connect(self._decide)
        self.preview.cancelled.connect(self._stop_checking)
        self.result.again.connect(self.start_over)
        self.result.goods.connect(lambda: navigate("goods", Shown.REVIEW))
        self.result.report.connect(self._ask_report)
        self.result.cancelled.connect(self.job.stop)
        self.result.sent_back.connect(self._in_background)
        self.lately.resumed.connect(self._resume)
        self.job.progressed.connect(self._progressed)
        self.job.ended.connect(self._ended)
        self.destroyed.connect(lambda: gc.unfreeze())
        self.lately.refresh()
        self._dress()
        desk.fetch(forest, done=self.choose.set_forest)

    def show_item(self, what: object) -> None:
        if isinstance(what, str | Path) and what and not self.job.running:
            self.open_file(Path(what))

    def refresh(self) -> None:
        self.lately.refresh()

    def start_over(self) -> None:
        """Back to the first step; an import that is under way goes on."""
        if self.job.running:
            self._in_background()
            return
        self._cancel_work()
        gc.unfreeze()
        self._path = self._survey = self._guess = self._preview = self._examined = None
        self._policy = Policy()
        self.choose.show_problem("")
        self.set_facts("")
        self.wizard.go_to(CHOOSE)

    # choosing

    def open_file(self, path: Path) -> None:
        """Have a first look at a file and go on to its columns, or say why not."""
        self._cancel_work()
        gc.unfreeze()
        self.choose.show_problem("")
        self._path, self._chosen_header, self._preview = path, None, None
        self._policy, self._pictures = Policy(), WorkbookPictures()
        self._work = self._desk.run(
            lambda progress: peek(path, cancelled=lambda: progress.cancelled),
            done=self._surveyed,
            failed=self._refused_file,
        )

    def _open_as_stock(self) -> None:
        """The sheet only says how many there are of what: show on the stock page what it would change."""
        path = self._path
        self.start_over()
        self._navigate("stock", path)

    def _surveyed(self, survey: Survey) -> None:
        self._work = None
        note: Text = ""
        try:
            found = chosen(survey)
        except Refused as refused:
            if refused.code not in _OPEN_ANYWAY:
                self._refused_file(refused)
                return
            found, note = survey.guesses[0], partial(refusal_text, refused)
        self._survey = survey
        self._show_guess(found, note)
        name = self._path.name if self._path else ""
        self.set_facts(partial(str, name))
        QTimer.singleShot(0, self, partial(self.wizard.go_to, RECOGNISE))

    def _refused_file(self, error: Exception) -> None:
        self._work = None
        refused = error if isinstance(error, Refused) else Refused("internal")
        name = self._path.name if self._path else ""
        self.choose.show_problem(lambda: labelled(name, refusal_text(refused)) if name else refusal_text(refused))
        self.wizard.go_to(CHOOSE)

    def _browse(self) -> None:
        kinds = "*.xlsx *.xlsm *.xls *.xlsb *.ods *.csv *.tsv *.txt"
        wanted, _ = QFileDialog.getOpenFileName(
            self.window(), tr("Choose a file"), "", f"{tr('Spreadsheets')} ({kinds});;{tr('All files')} (*)"
        )
        if wanted:
            self.open_file(Path(wanted))

    def _pasted(self, text: str) -> None:
        """Rows from the clipboard are a file like any other."""
        if self._folder is None:
            self._folder = QTemporaryDir()
        path = Path(self._folder.path()) / (tr("Pasted rows") + ".txt")
        path.write_text(text, encoding="utf-8", newline="")
        self.open_file(path)

    # recognising

    def _show_guess(self, found: Guess, note: Text = "") -> None:
        self._guess = found
        assert self._survey is not None
        self.recognise.show_survey(self._survey, found, self._layouts.columns(found), note)

    def _sheet_chosen(self, number: int) -> None:
        if self._survey is not None:
            self._chosen_header = self._preview = None
            self._show_guess(self._survey.guesses[number])

    def _header_chosen(self, row: int) -> None:
        if self._survey is not None and self._guess is not None:
            self._chosen_header, self._preview = row, None
            was = self._guess
            found = guess(was.sheet, self._survey.info.sheets[was.sheet], row, was.area, was.transposed)
            self._show_guess(msgspec.structs.replace(found, number=was.number))

    def _may_check(self) -> bool:
        missing = self.recognise.missing()
        self.recognise.say_missing(missing)
        return self._survey is not None and not missing

    # checking

    def _moved(self, step: int) -> None:
        if step == PREVIEW:
            self._policy = self.recognise.policy(self._policy)
            if self._examined != self._question():
                self._check()
        elif step == RESULT:
            self._go()
        self._dress()

    def _dress(self) -> None:
        """The first and the last step go on by themselves."""
        step = self.wizard.current()
        self.wizard.next.setVisible(step in (RECOGNISE, PREVIEW))
        self.wizard.back.setVisible(step in (RECOGNISE, PREVIEW))
        self.wizard.cancel.setVisible(step in (RECOGNISE, PREVIEW))

    def _question(self) -> tuple[object, ...]:
        """What the dry run depends on."""
        sheet = self._guess.number if self._guess else 0
        return self._path, sheet, self._chosen_header, self.recognise.columns(), self._policy

    def _check(self) -> None:
        """Read and check every row against what is there, on a thread of its own."""
        path, found, columns = self._path, self._guess, self.recognise.columns()
        if path is None or found is None:
            return
        self._cancel_work()
        edits = self._preview.run.edits_by_row() if self._preview is not None else {}
        self._preview, self._examined = None, None
        question = self._question()
        supplier, policy, header = self._desk.actor.organisation_id, self._policy, self._chosen_header
        english, pictures = language() == "en", self._pictures
        places = self.matching.places(str(path))
        fitting = Fitting(
            lambda text: self._desk.read(schema_named, supplier, text),
            english,
            places,
            lambda codes: self._desk.read(holders, supplier, codes),
        )
        self.preview.wait()
        self._began = monotonic()

        def work(progress: Any) -> Preview:
            def report(rows: int, total: int) -> None:
                gc.freeze()  # to search so many rows for rubbish again and again would stop every thread
                progress.report(rows, total)

            looked = self._desk.read(
                look_through,
                supplier,
                path,
                mapping=columns,
                sheet=found.sheet,
                area=found.area,
                transposed=found.transposed,
                header_row=header,
                policy=policy,
                progress=report,
                cancelled=lambda: progress.cancelled,
                english=english,
                places=places,
                illustrate=pictures.name,
            )
            preview = Preview(*looked, self._existing, fitting=fitting)
            preview.run.edit_again(edits)
            gc.freeze()
            return preview

        def done(preview: Preview) -> None:
            self.preview.show_preview(preview, partial(shown, preview))

        def shown(preview: Preview) -> None:
            self._work, self._examined, self._preview = None, question, preview
            self.matching.look(preview.examination)
            self.wizard.step_changed()
            self._dress()

        def failed(error: Exception) -> None:
            self._work = None
            refused = error if isinstance(error, Refused) else Refused("internal")
            self.wizard.go_to(RECOGNISE)
            self.recognise.note.set_message("bad", partial(refusal_text, refused))
            self.recognise.note.show()

        self._work = self._desk.run(work, done=done, failed=failed, progress=self._checked)
        self.wizard.step_changed()
        self._dress()

    def _existing(self, codes: Sequence[str]) -> Mapping[str, GoodsRow]:
        return self._desk.read(goods_by_code, self._desk.actor.organisation_id, list(codes))

    def _checked(self, rows: int, total: int | None) -> None:
        self.preview.strip.set_progress(rows, total, int((monotonic() - self._began) * 1000))

    def _stop_checking(self) -> None:
        self._cancel_work()
        self.wizard.go_to(RECOGNISE)

    def _decide(self, name: str, value: str) -> None:
        """Look again with one rule changed; what was edited by hand stays."""
        self._policy = msgspec.convert({**msgspec.structs.asdict(self._policy), name: value}, Policy)
        self._check()

    def _may_import(self) -> bool:
        return self._preview is not None and self._rows_to_import() > 0 and not self.preview.working()

    def _rows_to_import(self) -> int:
        if self._preview is None:
            return 0
        new, changed = self._preview.examination.accepted
        return len(new) + len(changed)

    def _import_text(self) -> str:
        n = self._rows_to_import()
        return tr("Import {n} rows", n=n) if n else tr("Nothing to import")

    # importing

    def _go(self) -> None:
        preview = self._preview
        if preview is None or self.job.running:
            return
        examination, import_id = preview.examination, self._desk.new_id()
        self._began = monotonic()
        self.result.show_progress()
        if self._guess is not None:
            self._layouts.keep(self._guess, examination.columns)
        self._imported = examination
        self.job.start(import_id, Path(examination.file).name, examination, self._pictures)

    def _progressed(self, done: int, total: int) -> None:
        if self.result.strip is not None:
            self.result.strip.set_progress(done, total, int((monotonic() - self._began) * 1000))

    def _ended(self, ended: Ended) -> None:
        """Say honestly how much was imported, however it ended."""
        if ended.saved and self._imported is not None:
            self.lately.note(ended.run.import_id, self._imported.file)
        n, total, examination = len(ended.saved), ended.total, self._imported
        if ended.error is not None:
            code, params = problem_of(ended.error)
            self._say(lambda: problem_text(code, params), "bad")
        elif ended.stopped:
            self._say("Stopped. What was saved stays saved.", "neutral")
        else:
            self._say(lambda: tr("{n} rows imported", n=n))
        self.lately.refresh()
        if examination is None:  # it was begun before a restart
            self.wizard.go_to(CHOOSE)
            return

        def work(_told: object) -> tuple[Effects, int]:
            new, changed = examination.accepted
            asked = total or len(new) + len(changed)
            if n != asked:
                new = [goods for goods in new if goods.sku_code in ended.saved]
                changed = [change for change in changed if change.goods.sku_code in ended.saved]
            return effects(new, changed), asked

        def done(found: tuple[Effects, int]) -> None:
            came, asked = found
            title: Text = "" if n == asked else lambda: tr("{n} of {total} rows imported", n=n, total=count(asked))
            self._summarise(examination, came, n, title)

        self._desk.run(work, done=done)

    def _resume(self, run: ImportRun) -> None:
        """Go on with what a restart interrupted."""
        if not self.job.running:
            self._began, self._imported = monotonic(), None
            self.wizard.go_to(RESULT)
            self.result.show_progress()
            self._dress()
            self.job.resume(run)

    def _summarise(self, examination: Examination, found: Effects, rows: int, title: Text = "") -> None:
        plan = examination.plan
        self.result.show_summary(
            found,
            unchanged=len(plan.unchanged) + len(plan.skipped),
            wrong=len(plan.wrong),
            rows=rows,
            offline=not self._desk.status().online,
            title=title,
        )
        self._dress()

    def _in_background(self) -> None:
        self._say("The import goes on. You are told when it is done.", "neutral")
        self._navigate("goods", None)

    def _ask_report(self) -> None:
        if self._preview is not None:
            self.papers.ask_report(self._preview.examination, self._path.stem if self._path else "")

    def _cancel_work(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _say(self, said: Text, tone: Tone = "ok") -> None:
        ToastArea.of(self).show_toast(said, tone=tone)

"""Pictures for goods: dropped, chosen, or a whole folder, told apart by name and shown before anything happens."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from s2b_desktop.models.pictures import SUFFIXES
from s2b_desktop.models.queries.pictured import Pictured, awaited, codes, lines_back, picture_lines, pictured
from s2b_desktop.text import listed, tr
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.goods.fetching import FILES, PictureFetch, PictureWork, Unfetched
from s2b_domain.commands.goods_lines import GoodsLine
from s2b_domain.rules.picture_names import match

if TYPE_CHECKING:
    from s2b_desktop.background import Progress
    from s2b_desktop.tasks import Desk

MOST_FILES = 20_000
SHOWN = 8
"""Names of files without goods that are told."""


def pictures_in(data: QMimeData) -> list[Path]:
    """The files and folders on this PC that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def found_files(chosen: Sequence[Path]) -> list[Path]:
    """The pictures among files and in folders, by name."""
    files: list[Path] = []
    for path in chosen:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        files += [p for p in inside if p.suffix.lower() in SUFFIXES and not p.name.startswith(".") and p.is_file()]
    return list(dict.fromkeys(files))[:MOST_FILES]


class PicturePrompt(Confirm):
    """Which pictures go to which goods, and which to none."""

    def __init__(
        self,
        goods: Sequence[Pictured],
        by_code: Mapping[str, Sequence[Path]],
        left: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        n = sum(len(files) for files in by_code.values())
        super().__init__(
            lambda: tr("Add {n} pictures to {goods} goods", n=n, goods=len(goods)),
            "They are made smaller, and nothing of the camera or the place stays in them. "
            "Merchants see them when the platform has approved them.",
            "Add pictures",
            parent=parent,
        )
        self.setMinimumWidth(640)
        self._goods, self._files = list(goods), by_code
        self.table: DataTable[int] = DataTable(
            [
                Column("code", "SKU code", lambda at: self._goods[at].code, 130),
                Column("title", "Product name", lambda at: self._goods[at].title, 200, stretch=True),
                Column("files", "Pictures", lambda at: listed(p.name for p in self._of(at)), 220),
            ],
            self._rows,
            name="Pictures and their goods",
            toolbar=False,
        )
        self.table.setMinimumHeight(240)
        self.table.set_density("compact")
        self.table.set_ids(range(len(self._goods)))
        self.middle.addWidget(self.table, 1)
        names = listed(left[:SHOWN]) + ("…" if len(left) > SHOWN else "")
        self.left = Label(
            lambda: tr("{n} pictures fit no SKU code and are left out: {names}", n=len(left), names=names),
            "small",
            wrap=True,
        )
        self.left.setVisible(bool(left))
        self.middle.addWidget(self.left)

    def _of(self, at: int) -> Sequence[Path]:
        return self._files.get(self._goods[at].code, ())

    @staticmethod
    def _rows(ids: Sequence[RowId]) -> list[int]:
        return [int(i) for i in ids]


class PictureEntry:
    """From files to commands, for a page: `submit(lines, told)` sends them, `say` tells how it went."""

    def __init__(
        self,
        page: Page,
        desk: "Desk",
        submit: Callable[[list[GoodsLine], Callable[[], None]], None],
        say: Callable[..., None],
    ) -> None:
        self._page, self._desk, self._submit, self._say = page, desk, submit, say
        self.fetching = PictureFetch(
            page, desk, lambda goods, lines: submit(lines, partial(self._told, goods, lines)), say
        )
        self.keeping = PictureWork(page, desk, FILES)
        self.prompt: PicturePrompt | None = None

    def ask(self) -> None:
        """Files or a folder."""
        menu = QMenu(self._page)
        menu.addAction(tr("Choose pictures…"), self._choose_files)
        menu.addAction(tr("Choose a folder of pictures…"), self._choose_folder)
        menu.addSeparator()
        menu.addAction(tr("Fetch pictures from their web addresses"), self.fetching.look)
        drop(menu)

    def _choose_files(self) -> None:
        kinds = tr("Pictures") + " (" + " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES)) + ")"
        files, _ = QFileDialog.getOpenFileNames(self._page.window(), tr("Add pictures"), "", kinds)
        self.take([Path(file) for file in files])

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._page.window(), tr("Add pictures"))
        if folder:
            self.take([Path(folder)])

    def take(self, chosen: Sequence[Path], code: str = "") -> None:
        """Look for the goods that files mean, or take all for one SKU, and ask before anything is added."""
        if not chosen:
            return
        supplier = self._desk.actor.organisation_id
        one = [code] if code else None

        def look(_told: "Progress") -> tuple[list[Pictured], dict[str, list[Path]], list[str]]:
            files = found_files(chosen)
            if one is not None:
                by_code = {one[0]: files}
                left: tuple[str, ...] = ()
            else:
                # Files of one name in several folders stay apart by their whole path.
                matched = match([str(f) for f in files], self._desk.read(codes, supplier))
                by_code = {c: [Path(n) for n in names] for c, names in matched.by_code.items()}
                waiting = self._desk.read(awaited, supplier) if matched.left else {}
                left = tuple(name for name in matched.left if Path(name).name.casefold() not in waiting)
                for file in map(Path, matched.left):
                    for each in waiting.get(file.name.casefold(), ()):
                        by_code.setdefault(each, []).append(file)
            goods = self._desk.read(pictured, supplier, list(by_code))
            return goods, by_code, [Path(name).name for name in left]

        self._desk.run(look, done=lambda found: self._found(*found), failed=self._failed)

    def _found(self, goods: list[Pictured], by_code: dict[str, list[Path]], left: list[str]) -> None:
        goods = [each for each in goods if by_code.get(each.code)]
        if not goods:
            told = "No picture fits a SKU code or a name in your sheet. Name files like the code: ABC.jpg, ABC-1.jpg."
            self._say(told, "warn")
            return
        self.prompt = PicturePrompt(goods, by_code, left, parent=self._page.window())
        open_prompt(self.prompt, partial(self._keep, goods, by_code))

    def _keep(self, goods: list[Pictured], by_code: dict[str, list[Path]]) -> None:
        files = [file for names in by_code.values() for file in names]
        if not self.keeping.begin(len(files)):
            self._say("Other pictures are being added. Add these when they are done.", "neutral")
            return

        def kept(names: dict[Path, str], wrong: dict[Path, str]) -> None:
            self.keeping.end([
                Unfetched(code=each.code, title=each.title, source=file.name, why=wrong[file])
                for each in goods
                for file in by_code[each.code]
                if file in wrong
            ])  # fmt: skip
            added = {code: [names[f] for f in paths if f in names] for code, paths in by_code.items()}
            lines = picture_lines(goods, added, {file.name.casefold(): name for file, name in names.items()})
            if lines:
                self._submit(lines, partial(self._told, goods, lines))
            elif self.keeping.stopped:
                self._say("Stopped. The goods are as they were.", "neutral")
            elif not wrong:
                self._say("The goods have these pictures already", "neutral")

        self._desk.keep_pictures(files, done=kept, brought=self.keeping.tell, stopped=lambda: self.keeping.stopped)

    def arrange(self, code: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Give the product of a SKU its pictures in another order, or without some."""

        def told() -> None:
            back = [GoodsLine(row=1, code=code, images=before)]
            self._say(
                "The pictures wait for review as they are now",
                "ok",
                undo=lambda: self._submit(back, lambda: self._say("The pictures are as they were", "ok")),
            )

        self._submit([GoodsLine(row=1, code=code, images=after)], told)

    def _told(self, goods: list[Pictured], lines: list[GoodsLine]) -> None:
        n = len(lines)
        back = lines_back(goods, lines)
        gone: Text = "The pictures are taken away again"
        tone: Tone = "ok"
        self._say(
            lambda: tr("{n} goods have new pictures", n=n),
            tone,
            undo=lambda: self._submit(back, lambda: self._say(gone, tone)),
        )

    def _failed(self, _error: Exception) -> None:
        self._say("The pictures could not be read.", "bad")

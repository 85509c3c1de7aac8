"""An import that is cut short goes on after a restart with exactly what was not saved, and is taken back later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.outbox import DraftGone
from s2b_desktop.models.queries.imports import ImportEntry, import_history
from s2b_desktop.models.workspace import PLAIN, Workspace
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.imports.history import Interrupted
from s2b_desktop.views.imports.page import CHOOSE, ImportPage
from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.imports import UndoImport
from s2b_domain.records.catalog import Price, Sku
from tests.models.conftest import desktop  # noqa: F401  (the fixture that opens profiles)
from tests.views import world
from tests.views.desk import FakeDesk, settle
from tests.views.imports.test_import_page import carry_out, check, recognise, sheet  # noqa: F401


@pytest.fixture
def made(qtbot: QtBot, supplier: FakeDesk) -> Callable[[], ImportPage]:
    def make() -> ImportPage:
        page = ImportPage(supplier, lambda _key, _what: None)
        page.resize(1160, 760)
        qtbot.addWidget(page)
        page.show()
        page.refresh()
        return page

    return make


def buttons(page: ImportPage, text: str) -> list[Button]:
    return [b for b in page.choose.findChildren(Button) if b.text() == text and not b.isHidden()]


def crash_after(supplier: FakeDesk, monkeypatch: pytest.MonkeyPatch, commands: int) -> None:
    """Let the next bulk submission save some commands and then never be heard of again."""

    def cut(messages: Any, **more: Any) -> Any:
        monkeypatch.undo()
        keys = more["instead_of"]
        more |= {"done": lambda _n: None, "instead_of": keys[:commands]}
        return supplier.submit_many(messages[:commands], **more)

    monkeypatch.setattr(supplier, "submit_many", cut)


def test_a_restart_offers_what_was_not_saved(
    qtbot: QtBot,
    made: Callable[[], ImportPage],
    supplier: FakeDesk,
    sheet: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = made()
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    monkeypatch.setattr("s2b_desktop.models.goods_import.MAX_LINES", 1)
    crash_after(supplier, monkeypatch, 2)
    page.wizard.next.click()
    qtbot.waitUntil(lambda: len(supplier.submitted) == 2, timeout=20_000)
    page.hide()

    page = made()
    settle(qtbot, supplier)
    [banner] = [b for b in page.choose.findChildren(Interrupted) if not b.isHidden()]
    assert "2 / 3" in banner.text()
    buttons(page, "继续保存其余的行")[0].click()
    qtbot.waitUntil(lambda: page.wizard.current() == CHOOSE and not page.job.running, timeout=20_000)
    codes = [line.code for message in supplier.submitted if isinstance(message, ImportGoods) for line in message.lines]
    assert codes == ["000001", "N-1", "N-4"], "each row once"
    assert supplier.drafts("import/run") == supplier.drafts("import/part") == {}
    settle(qtbot, supplier)
    assert not [b for b in page.choose.findChildren(Interrupted) if not b.isHidden()]


def test_the_rest_is_left_out_on_request(
    qtbot: QtBot,
    made: Callable[[], ImportPage],
    supplier: FakeDesk,
    sheet: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = made()
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    crash_after(supplier, monkeypatch, 0)
    page.wizard.next.click()
    qtbot.waitUntil(lambda: bool(supplier.drafts("import/part")), timeout=20_000)
    page = made()
    settle(qtbot, supplier)
    buttons(page, "放弃其余的行")[0].click()
    qtbot.waitUntil(lambda: not supplier.drafts("import/run"))
    assert supplier.drafts("import/part") == {}
    assert supplier.submitted == []


def test_an_import_is_taken_back_and_says_what_stayed(
    qtbot: QtBot,
    made: Callable[[], ImportPage],
    supplier: FakeDesk,
    sheet: Path,  # noqa: F811
) -> None:
    supplier.go_offline()
    page = made()
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    carry_out(qtbot, page)
    edited = ImportGoods(lines=(GoodsLine(row=1, code="N-1", supply_price=99_000),))
    supplier.submit(edited)
    page.result.again.emit()
    settle(qtbot, supplier)
    assert len(buttons(page, "撤销导入")) == 1
    [entry] = _entries(page)
    assert (entry.file, entry.who, entry.new, entry.changed, entry.wrong) == ("报价.csv", "顾恒", 2, 1, 3)
    page.lately.take_back(entry)
    qtbot.waitUntil(lambda: bool(_entries(page)[0].undone_at), timeout=20_000)
    assert isinstance(supplier.submitted[-1], UndoImport)
    assert _entries(page)[0].kept == ("N-1",)
    [water] = supplier.store.find(Sku, code="000001")
    assert supplier.store.find(Price, sku_id=water.id)[0].supply_price == 265_000
    assert supplier.store.find(Sku, code="N-4") == []
    qtbot.waitUntil(lambda: not buttons(page, "撤销导入"))


def _entries(page: ImportPage) -> list[ImportEntry]:
    return page._desk.read(import_history, world.SUPPLIER.organisation_id)


def test_a_command_and_its_draft_change_places_at_once(desktop: Callable[..., Workspace]) -> None:  # noqa: F811
    workspace = desktop(world.SUPPLIER)
    message = ImportGoods(lines=(GoodsLine(row=1, code="000001", supply_price=1),))
    workspace.save_drafts({"import/part/x/000001": b"1", "import/part/x/000002": b"2"})
    workspace.append([message], PLAIN, ["import/part/x/000001"])
    assert workspace.draft_keys("import/part/") == ["import/part/x/000002"]
    with pytest.raises(DraftGone):
        workspace.append([message, message], PLAIN, ["import/part/x/000002", "import/part/x/000001"])
    assert workspace.outbox.last_seq() == 1
    assert workspace.draft_keys("import/part/") == ["import/part/x/000002"]

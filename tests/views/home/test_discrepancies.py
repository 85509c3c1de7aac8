"""Facts that contradict the books are seen, and closed with a note."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import ReasonPrompt
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.home.discrepancies import DiscrepanciesPage
from s2b_domain.commands.discrepancies import CloseDiscrepancy
from s2b_domain.errors import Refused
from s2b_domain.records.stock import Discrepancy
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer, give_reason


def test_one_is_closed_with_a_note_and_only_once(supplier: FakeDesk, qtbot: QtBot) -> None:
    desk = supplier
    row = Discrepancy(
        id="9" * 32,
        organisation_id=desk.actor.organisation_id,
        code="oversold",
        document_id="8" * 32,
        details={"short": 3},
        at=desk.now(),
    )
    desk.store.insert(Discrepancy, [row])
    asked: list[str] = []
    page = DiscrepanciesPage(desk, lambda key, what: asked.append(key))
    qtbot.addWidget(page)
    page.show()
    page.show_item(row.id)
    [close] = [b for b in page.inspector.findChildren(Button) if b.text() == "填写说明并处理"]
    close.click()
    answer(ReasonPrompt, lambda asked: asked.reject())
    assert page.card("open").accessibleName()
    assert [state(page)] == ["待核对"]
    close.click()
    give_reason("已重新盘点")
    qtbot.waitUntil(lambda: state(page) == "已处理")
    with pytest.raises(Refused, match="already_closed"):
        desk.check(CloseDiscrepancy(discrepancy_id=row.id, note="again"))
    page.show_item(row.id)
    assert "已重新盘点" in [label.text() for label in page.inspector.findChildren(Label)]


def state(page: DiscrepanciesPage) -> str:
    return page.table.model.texts(0)[1]

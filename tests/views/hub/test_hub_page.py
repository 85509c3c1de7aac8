"""The operator's page: true when there is a line, honest when there is none, and able to do what can be done."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from pytestqt.qtbot import QtBot

from s2b_desktop.command_text import command_words
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.hub.page import HubPage
from s2b_domain.wire import AskHub
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer, give_reason

DeskOf = Callable[..., FakeDesk]


def opened(desk: FakeDesk, qtbot: QtBot) -> HubPage:
    page = HubPage(desk, lambda _key, _item: None)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    return page


def test_what_must_be_settled_is_listed_and_can_be(desk_of: DeskOf, qtbot: QtBot) -> None:
    desk = desk_of(world.ADMIN)
    page = opened(desk, qtbot)
    assert page.table.model.ids()[:3] == ["D3/17", "D2/40", "D5/2"]
    letter = desk.hub_state.letters[0]
    desk.hub_state = msgspec.structs.replace(desk.hub_state, letters=desk.hub_state.letters[1:])
    page._act("retry", letter)
    assert desk.asked[-1] == AskHub(action="retry", place="D3/17")
    assert page.table.model.ids()[:2] == ["D2/40", "D5/2"]
    page._dismiss(desk.hub_state.letters[0])
    answer(Confirm, lambda asked: asked.accept())
    assert desk.asked[-1] == AskHub(action="dismiss", place="D2/40")


def test_without_a_line_the_last_answer_is_shown_with_its_time(desk_of: DeskOf, qtbot: QtBot) -> None:
    desk = desk_of(world.ADMIN)
    opened(desk, qtbot)
    desk.go_offline()
    page = opened(desk, qtbot)
    assert page.banner.isVisible()
    assert "0.1.0" in page._facts.text()
    assert len(page.table.model.ids()) == 4


def test_a_recovery_under_way_can_be_ended(desk_of: DeskOf, qtbot: QtBot) -> None:
    desk = desk_of(world.ADMIN)
    desk.hub_state = msgspec.structs.replace(
        desk.hub_state, recovering_until=world.NOW + 600_000, reported=9, missing=2
    )
    page = opened(desk, qtbot)
    assert page.finish.isVisible()
    desk.hub_state = world.hub_state()
    page.finish.click()
    answer(Confirm, lambda asked: asked.accept())
    assert desk.asked[-1] == AskHub(action="finish")
    assert not page.finish.isVisible()


def test_what_a_revoked_pc_left_can_be_released_or_set_aside(desk_of: DeskOf, qtbot: QtBot) -> None:
    desk = desk_of(world.ADMIN)
    page = opened(desk, qtbot)
    (held,) = desk.hub_state.held
    assert page.table.model.ids()[-1] == held.command_id
    page._show_row(held.command_id)
    assert "客人不要了" in command_words(held.command, held.payload)
    page._release(held)
    assert desk.asked[-1] == AskHub(action="release", place=held.command_id)
    page._discard(held)
    answer(ReasonPrompt, lambda asked: asked.reject())
    assert desk.asked[-1].action == "release"
    page._discard(held)
    give_reason("entered again")
    assert desk.asked[-1] == AskHub(action="discard", place=held.command_id, reason="entered again")


def test_entries_are_told_in_peoples_words(desk_of: DeskOf, qtbot: QtBot) -> None:
    assert "order.place" not in command_words("order.place@9", b"\x80")
    assert command_words("order.place@1", b"")

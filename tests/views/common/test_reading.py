"""What a page reads again and again: the newest counts, and a long one is read once more rather than beside itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.background import Background, Handle
from s2b_desktop.tasks import Desk
from s2b_desktop.views.common.reading import LongReading, Reading


class Readers(Background):
    """As much of a desk as reading needs: two threads."""

    def __init__(self) -> None:
        super().__init__(None, read=2)

    def fetch(self, query: Callable[..., Any], *args: Any, done: Callable[[Any], None]) -> Handle:
        return self.run("read", partial(query, *args), done)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Readers()
    yield cast(Desk, made)
    made.close()
    made.deleteLater()


def held(event: threading.Event, answer: int) -> int:
    event.wait(10)
    return answer


def test_an_answer_that_was_overtaken_is_never_shown(qtbot: QtBot, desk: Desk) -> None:
    reading, shown, older, newer = Reading(desk), list[int](), threading.Event(), threading.Event()
    reading.fetch(held, older, 1, done=shown.append)
    reading.fetch(held, newer, 2, done=shown.append)
    assert reading.busy
    newer.set()
    qtbot.waitUntil(lambda: not reading.busy)
    older.set()
    reading.fetch(int, "3", done=shown.append)
    qtbot.waitUntil(lambda: 3 in shown)
    assert shown == [2, 3]


def test_a_long_one_is_read_once_more_for_all_who_asked_meanwhile(qtbot: QtBot, desk: Desk) -> None:
    reading, shown, first = LongReading(desk), list[int](), threading.Event()
    reading.fetch(held, first, 1, done=shown.append)
    for n in (2, 3, 4):
        reading.fetch(int, n, done=shown.append)
    first.set()
    qtbot.waitUntil(lambda: 4 in shown)
    assert (shown, reading.busy) == ([1, 4], False)


@pytest.mark.parametrize("kind", [Reading, LongReading])
def test_one_that_failed_is_not_waited_for(qtbot: QtBot, desk: Desk, kind: type[Reading]) -> None:
    reading, shown = kind(desk), list[int]()
    reading.fetch(int, "no number", done=shown.append)
    qtbot.waitUntil(lambda: not reading.busy)
    reading.fetch(int, "1", done=shown.append)
    qtbot.waitUntil(lambda: bool(shown))

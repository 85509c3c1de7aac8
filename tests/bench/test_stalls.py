"""A main thread that does not answer is noticed, with where it was."""

from __future__ import annotations

import time

from pytestqt.qtbot import QtBot

from bench.stalls import StallWatch


def test_a_stalled_main_thread_is_noticed(qtbot: QtBot) -> None:
    watch = StallWatch(limit=0.02)
    qtbot.waitUntil(lambda: watch._seen > 0)
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        pass
    qtbot.waitUntil(lambda: bool(watch.found))
    watch.close()
    watch.deleteLater()
    seconds, where = max(watch.found)
    assert seconds > 0.1
    assert "test_a_stalled_main_thread_is_noticed" in where

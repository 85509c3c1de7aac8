"""A second start on the same profile: it raises the first, or says clearly that it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.processes import environment
from tests.journeys.conftest import PATIENCE, Desktops, Hub, Profiles

ANSWER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from s2b_desktop.__main__ import main

def close():
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        print(box.windowTitle(), box.text(), sep="|")
        box.accept()

app = QApplication([])
timer = QTimer(interval=20)
timer.timeout.connect(close)
timer.start()
sys.exit(main(sys.argv[1:]))
"""
"""The real start, with somebody who reads the message box and closes it."""


def start_again(profile: Path, language: str) -> subprocess.CompletedProcess[str]:
    """Start the program on a profile and wait until it ends."""
    return subprocess.run(
        [sys.executable, "-c", ANSWER, "--profile", str(profile), "--lang", language],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONUTF8="1"),
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.timeout(240)
def test_a_second_start(hub: Hub, profile_of: Profiles, desktop_at: Desktops) -> None:
    desktop = desktop_at(profile_of("chenguang", "shop"))
    desktop.enter()
    desktop.play("window.synced")
    hub.stop()
    [number] = desktop.play("work.order")["numbers"]
    desktop.play("entry.minimize")
    assert desktop.play("entry.raised")["minimized"]

    second = start_again(desktop.profile, "en")
    assert (second.returncode, second.stdout) == (0, ""), second.stderr
    assert not desktop.play("entry.raised")["minimized"], "the first window did not come"

    os.kill(desktop.pid, signal.SIGSTOP)
    try:
        frozen = {language: start_again(desktop.profile, language) for language in ("zh_CN", "en")}
    finally:
        os.kill(desktop.pid, signal.SIGCONT)
    assert [found.returncode for found in frozen.values()] == [1, 1]
    assert "没有响应" in frozen["zh_CN"].stdout
    assert "does not answer" in frozen["en"].stdout
    assert "does not answer" in frozen["en"].stderr, "also for whoever starts it from a terminal"

    shown = desktop.play("work.orders")
    assert set(shown["orders"]) == {number}
    hub.start()
    desktop.play("window.synced")
    desktop.close()
    assert hub.copies() == {number: 1}

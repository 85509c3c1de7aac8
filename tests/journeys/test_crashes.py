"""kill -9, of the desktop and of the hub: nothing that was answered is lost, nothing is done twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.processes import PASSWORD, StepFailed, environment
from tests.journeys.conftest import PATIENCE, Desktop, Desktops, Hub, Profiles


def lines(path: Path) -> list[str]:
    """The complete lines of a file that is being written."""
    text = path.read_text("utf-8") if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something that another process does."""
    waited, end = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        waited.wait(0.005)


def work_until_killed(desktop: Desktop, told: Path, more: int) -> None:
    """Order without a pause, and kill -9 right after the `more`-th "saved"."""
    before = len(lines(told))
    playing = threading.Thread(target=_play, args=(desktop, told))
    playing.start()
    until(lambda: len(lines(told)) >= before + more, f"{more} orders saved")
    desktop.kill()
    playing.join()


def _play(desktop: Desktop, told: Path) -> None:
    try:
        desktop.play("work.order_for_ever", told_in=str(told))
    except (StepFailed, ValueError):
        return  # it was killed


@pytest.mark.timeout(300)
def test_a_desktop_killed_right_after_saved(
    hub: Hub, profile_of: Profiles, desktop_at: Desktops, tmp_path: Path
) -> None:
    desktop = desktop_at(profile_of("chenguang", "shop"))
    told = tmp_path / "told"
    desktop.enter()
    desktop.play("window.synced")
    work_until_killed(desktop, told, 1)
    desktop.enter()
    work_until_killed(desktop, told, 5)
    hub.stop()
    desktop.enter()
    work_until_killed(desktop, told, 3)
    hub.start()
    desktop.enter()
    line = desktop.play("window.synced")
    shown = desktop.play("work.orders")
    desktop.close()
    saved, books = lines(told), hub.copies()
    assert len(saved) == len(set(saved)) >= 9
    assert set(saved) <= set(books), "saved, and lost"
    assert set(books.values()) == {1}, "done twice"
    assert set(shown["orders"]) == set(books)
    assert (line["waiting"], line["attention"]) == (0, 0)
    decided = hub.rows("SELECT count(*), count(DISTINCT command_id) FROM ledger WHERE kind = 'accepted'")
    [(placed, distinct)] = decided
    assert placed == distinct


@pytest.mark.timeout(300)
def test_a_hub_killed_under_load(hub: Hub, tmp_path: Path) -> None:
    certificate, told = tmp_path / "certificate.pem", tmp_path / "told"
    certificate.write_text(hub.certificate)
    desks, each = 4, 60
    command = [sys.executable, "-m", "tests.journeys.pushers", hub.address, str(certificate), str(told)]
    options = ["chenguang", PASSWORD, str(desks), str(each)]
    before = {id_ for (id_,) in hub.rows("SELECT command_id FROM ledger WHERE command_id IS NOT NULL")}
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, env=environment()) as pushers:
        try:
            for answered in (5, 60, 140):
                until(lambda answered=answered: len(lines(told)) >= answered, f"{answered} answers")  # type: ignore[misc]
                hub.kill()
                hub.start()
            out, _ = pushers.communicate(timeout=PATIENCE)
        finally:
            pushers.kill()
    assert pushers.returncode == 0
    asked = set(json.loads(out))
    answers = set(lines(told))
    ledger = [id_ for (id_,) in hub.rows("SELECT command_id FROM ledger WHERE command_id IS NOT NULL")]
    decided = set(ledger) - before
    assert answers <= decided, "answered, and lost"
    assert decided == asked
    assert len(ledger) == len(set(ledger)), "decided twice"
    books = hub.copies()
    assert len(books) == desks * each
    assert set(books.values()) == {1}, "booked twice"
    assert hub.rows("SELECT count(*) FROM order_line") == [(desks * each,)]
    assert hub.rows("PRAGMA integrity_check") == [("ok",)]

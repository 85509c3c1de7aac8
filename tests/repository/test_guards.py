"""Each guard of `tests/guards.py` is seen to fail on a test that deserves it, and to leave a decent one alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CASES = """
import socket
import threading
import warnings
from pathlib import Path

import keyring
import pytest
from PySide6.QtCore import QThread, QTimer, qWarning
from PySide6.QtWidgets import QWidget

kept = []


def test_clean_passes(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QTimer(widget).start(1000)
    QWidget().show()
    threading.Thread(target=lambda: None).start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    keyring.set_password("service", "name", "word")
    Path.home().joinpath("note").write_text("here")


def test_home_and_keyring_are_fresh_passes():
    assert keyring.get_password("service", "name") is None
    assert list(Path.home().glob("note")) == []


def test_connection_fails():
    with socket.socket() as opened:
        opened.connect(("192.0.2.1", 80))


def test_swallowed_connection_errors():
    with pytest.raises(RuntimeError):
        socket.create_connection(("192.0.2.1", 80))


def test_swallowed_datagram_errors():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened, pytest.raises(RuntimeError):
        opened.sendto(b"x", ("192.0.2.1", 53))


def test_swallowed_lookup_errors():
    with pytest.raises(RuntimeError):
        socket.getaddrinfo("example.org", 443)


def test_thread_errors():
    kept.append(threading.Event())
    threading.Thread(target=kept[-1].wait, daemon=True).start()


def test_widget_errors(qtbot):
    kept.append(QWidget())


def test_timer_errors(qtbot):
    kept.append(QTimer())
    kept[-1].start(1000)


def test_qthread_errors(qtbot):
    kept.append(QThread())
    kept[-1].start()


def test_stop_qthread_passes(qtbot):
    kept[-1].quit()
    kept[-1].wait()


def test_warning_fails():
    warnings.warn("noise", stacklevel=1)


def test_qt_warning_fails(qtbot):
    qWarning("noise")


def test_thread_exception_fails():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
"""


def outcomes(folder: Path) -> dict[str, set[str]]:
    """Outcomes by test of the cases above, run in `folder` under this repository's own conftest and settings."""
    tests = folder / "tests"
    tests.mkdir()
    for name in ("conftest.py", "guards.py"):
        shutil.copy(ROOT / "tests" / name, tests / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (tests / "test_cases.py").write_text(CASES)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    found: dict[str, set[str]] = {}
    for name, outcome in re.findall(r"test_cases\.py::test_(\w+) (PASSED|FAILED|ERROR)", done.stdout):
        found.setdefault(name, set()).add(outcome)
    assert found, done.stdout + done.stderr
    return found


def test_each_guard_fails_once(tmp_path: Path) -> None:
    endings = {"passes": {"PASSED"}, "fails": {"FAILED"}, "errors": {"PASSED", "ERROR"}}
    expected = {name: endings[name.rpartition("_")[2]] for name in re.findall(r"def test_(\w+)\(", CASES)}
    assert outcomes(tmp_path) == expected

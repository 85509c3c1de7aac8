"""`dev.py` as a fresh or half-made machine meets it; nothing is installed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dev


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment yet to be made, from a lock of its own."""
    folder = tmp_path / ".venv"
    monkeypatch.setattr(dev, "VENV", folder)
    monkeypatch.setattr(dev, "STAMP", folder / "lock.sha256")
    monkeypatch.setattr(dev, "PYTHON", folder / "python")
    monkeypatch.setattr(dev, "LOCK", tmp_path / "requirements.lock")
    dev.LOCK.write_text("one==1\n")
    return folder


class Machine:
    """Stands for the processes that dev.py starts: keeps their commands; `codes` are what they end with."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.interrupted_at = ""
        self.codes: dict[str, int] = {}

    def run(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        line = " ".join(command)
        if self.interrupted_at and self.interrupted_at in line:
            raise KeyboardInterrupt
        if " venv " in line:
            dev.VENV.mkdir()
            dev.PYTHON.touch()
        code = next((code for part, code in self.codes.items() if part in line), 0)
        return subprocess.CompletedProcess(command, code, stdout="said", stderr="")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(subprocess, "run", machine.run)
    return machine


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A Linux with everything there, where nothing may be installed."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(dev, "venv_is_current", lambda: True)
    monkeypatch.setattr(dev, "missing_libraries", lambda window: [])
    monkeypatch.setattr(dev, "missing_comforts", lambda tests: [])
    monkeypatch.setattr(dev, "apt_install", lambda packages: False)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return monkeypatch


def test_an_interrupted_environment_is_made_again(venv: Path, machine: Machine) -> None:
    machine.interrupted_at = "pip"
    with pytest.raises(KeyboardInterrupt):
        dev.make_venv()
    assert dev.PYTHON.exists()
    assert not dev.venv_is_current()
    machine.interrupted_at = ""
    dev.make_venv()
    assert dev.venv_is_current()


def test_a_failed_install_leaves_no_current_environment(venv: Path, machine: Machine) -> None:
    machine.codes["pip"] = 1
    with pytest.raises(dev.UnreadyError):
        dev.make_venv()
    assert not dev.venv_is_current()


def test_another_lock_makes_another_environment(venv: Path, machine: Machine) -> None:
    dev.make_venv()
    (venv / "leftover").touch()
    dev.LOCK.write_text("one==2\n")
    assert not dev.venv_is_current()
    dev.make_venv()
    assert dev.venv_is_current()
    assert not (venv / "leftover").exists()


def test_hashes_are_required(venv: Path, machine: Machine) -> None:
    dev.make_venv()
    assert machine.commands[-1][-3:] == ["--require-hashes", "-r", str(dev.LOCK)]


def test_what_qt_needs_is_named_with_the_command(linux: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    linux.setattr(dev, "missing_libraries", lambda window: ["libegl1", "libgl1"])
    assert dev.main(["test"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("sudo apt-get update && sudo apt-get install -y libegl1 libgl1")


def test_a_missing_font_stops_nothing(
    linux: pytest.MonkeyPatch, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    linux.setattr(dev, "missing_comforts", lambda tests: ["fonts-noto-cjk"])
    assert dev.main(["test"]) == 0
    assert "fonts-noto-cjk" in capsys.readouterr().err
    assert "pytest" in machine.commands[-1]


def test_a_machine_without_venv_is_told(linux: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    linux.setattr(dev, "venv_is_current", lambda: False)
    linux.setattr(dev, "has_venv_module", lambda: False)
    assert dev.main(["check"]) == 1
    assert "apt-get install -y python3-venv" in capsys.readouterr().err


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert dev.main(["demo"]) == 1
    assert "Python 3.11 or later" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], ["--headless", "--out", "demo-out"]),
        (["--out", "seen"], ["--headless", "--out", "seen"]),
        (["--headless", "--out=seen"], ["--headless", "--out=seen"]),
        (["--file", "goods.csv"], ["--headless", "--file", "goods.csv", "--out", "demo-out"]),
    ],
)
def test_the_demo_without_a_display(
    linux: pytest.MonkeyPatch, machine: Machine, given: list[str], passed: list[str]
) -> None:
    assert dev.main(["demo", *given]) == 0
    assert machine.commands[-1][-len(passed) - 2 :] == ["-m", "demo", *passed]


def test_the_demo_with_a_display_opens_a_window(linux: pytest.MonkeyPatch, machine: Machine) -> None:
    linux.setenv("DISPLAY", ":0")
    assert dev.main(["demo"]) == 0
    assert machine.commands[-1][-2:] == ["-m", "demo"]


def test_check_runs_every_tool_and_fails_on_one(
    linux: pytest.MonkeyPatch, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.codes["mypy"] = 1
    assert dev.main(["check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.endswith((": ok", ": failed"))] == [
        "ruff check: ok",
        "ruff format: ok",
        "mypy --strict: failed",
        "import contracts: ok",
    ]


def test_tests_run_on_two_cores_unless_told_otherwise(linux: pytest.MonkeyPatch, machine: Machine) -> None:
    dev.main(["test", "-q"])
    assert machine.commands[-1][-5:] == ["-n", "2", "--dist", "worksteal", "-q"]
    dev.main(["test", "-n0"])
    assert machine.commands[-1][-2:] == ["pytest", "-n0"]

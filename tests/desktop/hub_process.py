"""A real hub in a process of its own, with one supplier who has just been added."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "correct horse 42"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningHub:
    """Where it answers, what it shows, and its data."""

    address: str
    fingerprint: str
    data: Path
    process: subprocess.Popen[bytes]


def command_line(*arguments: str, password: str = "") -> str:
    """Run `s2b-hub`; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "s2b_hub", *arguments],
        cwd=ROOT,
        input=password.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode().strip()


def start_hub(folder: Path) -> RunningHub:
    """A fresh hub with the account "guheng" of 杭州恒丰食品, serving on a free loopback port."""
    data = folder / "hub"
    where = ("--data", str(data))
    command_line("init", *where, "--name", "S2B 平台", "--admin", "admin", "--password-file", "-", password=PASSWORD)
    organisation = command_line("org", "add", *where, "--kind", "supplier", "--name", "杭州恒丰食品")
    person = ("--org", organisation, "--role", "supplier_manager", "--login", "guheng", "--name", "顾恒")
    command_line("user", "add", *where, *person, "--password-file", "-", password=PASSWORD)
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "s2b_hub", "serve", *where, "--port", "0", "--ready-file", str(ready)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (ready.exists() and ready.read_text()):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError("the hub did not start")
        time.sleep(0.02)
    told = json.loads(ready.read_text())
    return RunningHub(told["address"], told["fingerprint"].replace(" ", ""), data, process)


def stop_hub(hub: RunningHub) -> None:
    """End it and wait."""
    hub.process.terminate()
    hub.process.wait(timeout=30)

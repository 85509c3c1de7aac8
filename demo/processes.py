"""The hub and the desktops of the demo, as processes that can be stopped, killed and started again."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "demo-1234"


class StepFailed(Exception):
    """A step was not what it should be."""


def environment(**changes: str) -> dict[str, str]:
    """The environment of the demo's processes."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **changes}


class HubProcess:
    """`s2b-hub` on a data folder and a loopback port that stays the same over restarts."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self.address = ""
        self.fingerprint = ""
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> str:
        """Run the hub's operations CLI and return what it printed; the password it may ask for is the demo's."""
        done = subprocess.run(
            [sys.executable, "-m", "s2b_hub", *arguments, "--data", str(self.data), "--password-file", "-"],
            input=PASSWORD.encode(),
            capture_output=True,
            env=environment(),
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise StepFailed(f"s2b-hub {' '.join(arguments[:2])}: {done.stderr.decode().strip()}")
        return done.stdout.decode()

    def start(self) -> None:
        """Serve; returns when the hub answers."""
        ready = self.data / "ready.json"
        ready.unlink(missing_ok=True)
        log = (self.data / "hub.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "s2b_hub", "serve", "--data", str(self.data)),
                    *("--port", str(self.port), "--ready-file", str(ready)),
                ],
                stdout=log,
                stderr=log,
                env=environment(),
            )
        waited = threading.Event()
        for _ in range(600):
            if ready.exists():
                break
            if self._process.poll() is not None:
                raise StepFailed(f"the hub did not start, see {self.data / 'hub.log'}")
            waited.wait(0.05)
        else:
            raise StepFailed("the hub did not start within 30 seconds")
        told = json.loads(ready.read_text())
        self.address, self.port, self.fingerprint = told["address"], told["port"], told["fingerprint"]

    def stop(self) -> None:
        """SIGTERM and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def kill(self) -> None:
        """kill -9: what it has answered must still be there."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """The id of the process that serves."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class DesktopProcess:
    """A desktop on a profile, with an actor inside that plays scenes on its real screens.

    Scenes go in as JSON lines and come back as `{"result": ...}` or `{"failed": "..."}`. `changes` are made to its
    environment.
    """

    module = "demo.actor"

    def __init__(self, name: str, profile: Path, log: Path, **changes: str) -> None:
        self.name = name
        self.profile = profile
        self.changes = changes
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()

    def start(self) -> None:
        """Start the process; the first scene waits until its window is there."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module, "--profile", str(self.profile)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(**self.changes),
            )
        self._answers = queue.Queue()
        threading.Thread(target=self._read, args=(self._process, self._answers), daemon=True).start()

    @staticmethod
    def _read(process: subprocess.Popen[bytes], answers: "queue.Queue[bytes]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            answers.put(line)
        answers.put(b"")

    def play(self, scene: str, seconds: float = 60, /, **arguments: Any) -> Mapping[str, Any]:
        """Play a scene and return what it found; StepFailed with its words when it went wrong."""
        assert self._process is not None
        assert self._process.stdin is not None
        request = json.dumps({"scene": scene, "arguments": arguments, "seconds": seconds})
        try:
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=seconds + 30)
        except (OSError, queue.Empty):
            line = b""
        if not line:
            raise StepFailed(f"{self.name}: no answer to {scene}, see {self._log}")
        answer = json.loads(line)
        if "failed" in answer:
            raise StepFailed(f"{self.name}: {scene}: {answer['failed']}")
        result: Mapping[str, Any] = answer["result"]
        return result

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9: what the screen called saved must still be there."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._close()

    def close(self) -> None:
        """Let the window close itself."""
        if self._process is None:
            return
        with contextlib.suppress(StepFailed):
            self.play("window.close", 20)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close()

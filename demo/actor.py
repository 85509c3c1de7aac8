"""A desktop that plays scenes: the real program, started as always, with a script on its standard input."""

import argparse
import importlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from bench.stalls import StallWatch
from demo.stage import Stage
from s2b_desktop.app import Program, run


class Actor(QObject):
    """Reads scenes from standard input on a thread of its own and plays them on the main one."""

    _asked = Signal(str)

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._program = program
        self.watch = StallWatch(parent=self)
        self._asked.connect(self._play)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._asked.emit(line)
        os._exit(0)  # whoever directs this is gone

    def _play(self, line: str) -> None:
        request = json.loads(line)
        module, _, scene = request["scene"].partition(".")
        before = len(self.watch.found)
        try:
            play = getattr(importlib.import_module(f"demo.scenes.{module}"), scene)
            result: dict[str, Any] = play(Stage(self._program, request["seconds"]), **request["arguments"]) or {}
            stalls = [(round(seconds * 1000), where) for seconds, where in self.watch.found[before:]]
            answer: dict[str, Any] = {"result": {**result, "stalls": stalls}}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, ensure_ascii=True), flush=True)


def main() -> int:
    """Start the program on a profile; the language is Chinese until a scene changes it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", type=Path, required=True)
    options = parser.parse_args()
    actors: list[Actor] = []
    return run(options.profile, "zh_CN", "light", lambda program: actors.append(Actor(program)))


if __name__ == "__main__":
    sys.exit(main())

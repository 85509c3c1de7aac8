#!/usr/bin/env python3
"""Everything a developer does with this repository, from nothing but Python 3.11: `python3 dev.py help`.

Standard library only. Each command first makes sure that the machine has what the command needs
(system packages, and `.venv/` exactly as `requirements.lock` says), then runs
in `.venv/` with this folder on its path.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "lock.sha256"  # written last: a venv without it was interrupted
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

# Debian's package -> the library that shows it is there
OFFSCREEN_LIBRARIES = {
    "libgl1": "libGL.so.1",
    "libegl1": "libEGL.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
}
WINDOW_LIBRARIES = {
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-render0": "libxcb-render.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-util1": "libxcb-util.so.1",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
}
TEST_PROGRAMS = {"dbus": "dbus-run-session", "gnome-keyring": "gnome-keyring-daemon"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
CHINESE_FONTS = ("*CJK*", "*SourceHan*", "Noto*SC*", "wqy-*", "*DroidSansFallback*")


class UnreadyError(Exception):
    """The machine lacks something that may not be installed from here; the text says what to run."""


# What the machine has


def has_display() -> bool:
    """Whether a window can be shown (always so on Windows and macOS)."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def has_library(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_chinese_font() -> bool:
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(next(folder.rglob(name), None) for folder in folders for name in CHINESE_FONTS)


def has_venv_module() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def missing_libraries(window: bool) -> list[str]:
    """Packages that Qt cannot start without."""
    wanted = OFFSCREEN_LIBRARIES | (WINDOW_LIBRARIES if window else {})
    return [package for package, soname in wanted.items() if not has_library(soname)]


def missing_comforts(tests: bool) -> list[str]:
    """Packages without which Chinese is drawn as boxes, or the test with a real keyring is skipped."""
    fonts = [] if has_chinese_font() else ["fonts-noto-cjk"]
    wanted = TEST_PROGRAMS if tests else {}
    return fonts + [package for package, program in wanted.items() if not shutil.which(program)]


# Making it ready


def apt_install(packages: Sequence[str]) -> bool:
    """Install Debian packages if this is root's Debian; whether they are there now."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    say(f"installing {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for action in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *action], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    if done.returncode:
        say(done.stderr.strip())
    return done.returncode == 0


def make_ready(*, qt: bool = False, window: bool = False, tests: bool = False) -> None:
    """Bring the machine and `.venv/` to what a command needs; quick and silent when all is there."""
    if sys.platform.startswith("linux"):
        needed = [] if venv_is_current() or has_venv_module() else ["python3-venv"]
        needed += missing_libraries(window) if qt else []
        comforts = missing_comforts(tests) if qt else []
        packages = needed + comforts
        if packages and not apt_install(packages):
            line = f"this machine lacks {' '.join(packages)}; run: {how_to_install(packages)}"
            if needed:
                raise UnreadyError(line)
            say(f"going on, but {line}")
    if not venv_is_current():
        make_venv()


def how_to_install(packages: Sequence[str]) -> str:
    if shutil.which("apt-get"):
        return f"sudo apt-get update && sudo apt-get install -y {' '.join(packages)}"
    return "your system's package manager (these are Debian's names)"


def lock_hash() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def venv_is_current() -> bool:
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == lock_hash()


def make_venv() -> None:
    """Make `.venv/` anew from the lock; the stamp comes last, so an interrupted one is made again."""
    say(f"making {VENV.name}/ from {LOCK.name} (once, about a minute)")
    if VENV.exists():
        STAMP.unlink(missing_ok=True)
        shutil.rmtree(VENV)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
    for step in ([sys.executable, "-m", "venv", str(VENV)], [*pip, "--require-hashes", "-r", str(LOCK)]):
        if subprocess.run(step, cwd=ROOT).returncode:
            raise UnreadyError(f"could not make {VENV.name}/: the message above says why; then run this again")
    STAMP.write_text(lock_hash())


# Running


def say(line: str) -> None:
    print(f"dev.py: {line}", file=sys.stderr, flush=True)


def python(
    *arguments: str, offscreen: bool = False, folder: Path | None = None, quiet: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `.venv`'s Python with this folder on its path; `quiet` keeps the output instead of showing it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    if offscreen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return subprocess.run(
        [str(PYTHON), "-P", *arguments],
        env=environment,
        cwd=folder,
        capture_output=quiet,
        text=True,
        encoding="utf-8",
    )


def given(arguments: Iterable[str], *options: str) -> bool:
    """Whether one of the options is among the arguments, as `-n 2`, `-n2` or `--out=DIR`."""
    return any(argument.startswith(options) for argument in arguments)


def demo(arguments: list[str]) -> int:
    """the main job from end to end: demo [--headless] [--out DIR] [--file PATH]"""
    if not has_display() and not given(arguments, "--headless"):
        arguments = ["--headless", *arguments]
    headless = given(arguments, "--headless")
    if headless and not given(arguments, "--out"):
        arguments = [*arguments, "--out", "demo-out"]
    make_ready(qt=True, window=not headless)
    return python("-m", "demo", *arguments, offscreen=headless).returncode


def test(arguments: list[str]) -> int:
    """the whole test suite on two cores: test [pytest's arguments]"""
    make_ready(qt=True, tests=True)
    if not given(arguments, "-n", "--numprocesses", "-p", "--pdb"):
        arguments = ["-n", "2", "--dist", "worksteal", *arguments]
    return python("-m", "pytest", *arguments, offscreen=True, folder=ROOT).returncode


def check(_: list[str]) -> int:
    """ruff, mypy and the import contracts, a line each"""
    make_ready()
    tools = {
        "ruff check": ["-m", "ruff", "check", "-q"],
        "ruff format": ["-m", "ruff", "format", "--check", "-q"],
        "mypy --strict": ["-m", "mypy", "--no-error-summary"],
        "import contracts": ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    }
    failures = 0
    for name, command in tools.items():
        done = python(*command, folder=ROOT, quiet=True)
        if done.returncode:
            failures += 1
            print(done.stdout.strip(), done.stderr.strip(), sep="\n")
        print(f"{name}: {'failed' if done.returncode else 'ok'}", flush=True)
    return 1 if failures else 0


def bench(arguments: list[str]) -> int:
    """measure against limits taken in the same run: bench [group] [--quick]"""
    make_ready(qt=True)
    return python("-m", "bench", *arguments, offscreen=True).returncode


def run(arguments: list[str]) -> int:
    """the desktop itself: run [s2b-desktop's arguments]"""
    if not has_display() and not arguments:
        raise UnreadyError("there is no display to open a window on; see the demo with: python3 dev.py demo")
    make_ready(qt=True, window=has_display())
    return python("-m", "s2b_desktop", *arguments).returncode


def gallery(arguments: list[str]) -> int:
    """every shared widget on one page: gallery [--out DIR]"""
    headless = not has_display()
    if headless and not given(arguments, "--out"):
        arguments = [*arguments, "--out", "gallery-out"]
    make_ready(qt=True, window=not headless)
    return python("-m", "s2b_desktop.views.common.gallery", *arguments, offscreen=headless).returncode


def simulate(arguments: list[str]) -> int:
    """desktops and a hub under lost messages and crashes: simulate [arguments]"""
    make_ready()
    return python("-m", "tests.simulation", *arguments).returncode


def mutate(arguments: list[str]) -> int:
    """remove every guard of the sync once, and see its test fail: mutate [WORDS] [--write]"""
    make_ready(qt=True, tests=True)
    return python("-m", "tests.mutation", *arguments, offscreen=True).returncode


def lock(arguments: list[str]) -> int:
    """write requirements.lock again from pyproject.toml: lock [--upgrade]"""
    make_ready()
    options = ["--universal", "--python-version", "3.11", "--extra", "dev", "--generate-hashes"]
    bare = ["--no-emit-index-url", "--no-annotate", "--custom-compile-command", "python3 dev.py lock"]
    command = [
        "-m",
        "uv",
        "pip",
        "compile",
        "-q",
        *options,
        *bare,
        *arguments,
        "-o",
        LOCK.name,
        "pyproject.toml",
    ]
    return python(*command, folder=ROOT).returncode


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    command.__name__: command for command in (demo, test, check, bench, run, gallery, simulate, mutate, lock)
}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - older ones must get this far to be told
        say(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")
        return 1
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a tool's ornaments on an old console
    if not arguments or arguments[0] not in COMMANDS:
        print("python3 dev.py COMMAND, where COMMAND is one of:")
        for name, command in COMMANDS.items():
            print(f"  {name:10}{command.__doc__}")
        return 0 if arguments in (["help"], ["-h"], ["--help"]) else 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except UnreadyError as lack:
        say(str(lack))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

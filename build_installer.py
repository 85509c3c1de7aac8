#!/usr/bin/env python3
"""Freeze the desktop into one folder, prove that the frozen program runs, and pack it: `python3 build_installer.py`.

Builds for the system it runs on, into `dist/`. The proof uses the frozen program alone, in a folder of its own and
without this checkout's Python: it must tell its version and read a CSV file and a workbook through its limited child.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import dev

NAME = "s2b-desktop"
ROOT = dev.ROOT
DIST, WORK = ROOT / "dist", ROOT / "build"
HEADER = ("商品名称", "货号", "条码", "供货价", "库存")
ROWS = (("保温杯 500ml", "CUP-500", "6901234567892", "39.90", "120"), ("雨伞", "UMB-1", "6901234567908", "25", "80"))

# the hub and its PostgreSQL, what only development needs, and what would bring GPL libraries along
EXCLUDED = (
    *("s2b_hub", "starlette", "uvicorn", "psycopg", "psycopg_binary"),
    *("tkinter", "pytest", "hypothesis", "setuptools"),
    *("readline", "_gdbm", "dbm.gnu"),
)
UNWANTED = (
    *("libreadline", "libgdbm", "Qt6Charts", "libQt6Charts", "Qt6DataVisualization", "libQt6DataVisualization"),
    *("libpq", "psycopg", "setuptools", "starlette", "uvicorn", "s2b_hub"),
)


class NotProvenError(Exception):
    """The frozen program did not do what it must."""


def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def icon() -> list[str]:
    """The options that give the program its mark, where programs carry one in themselves."""
    kind = {"win32": "ico", "darwin": "icns"}.get(sys.platform)
    if kind is None:
        return []
    from s2b_desktop.views.common.mark import mark_image  # noqa: PLC0415 - not there before dev.py made the environment

    WORK.mkdir(exist_ok=True)
    file = WORK / f"mark.{kind}"
    if not mark_image(256).save(str(file)):
        raise NotProvenError(f"{file} could not be written")
    return ["--icon", str(file)]


def freeze() -> Path:
    """Run PyInstaller; the path of the frozen program."""
    data = [f"{ROOT / 'resources'}{os.pathsep}resources", f"{ROOT / 'LICENSE'}{os.pathsep}."]
    options = [
        *("--noconfirm", "--clean", "--onedir", "--log-level", "WARN", "--name", NAME),
        *("--distpath", str(DIST), "--workpath", str(WORK), "--specpath", str(WORK), "--paths", str(ROOT)),
        *(part for package in ("s2b_domain", "s2b_desktop") for part in ("--collect-submodules", package)),
        *(part for module in EXCLUDED for part in ("--exclude-module", module)),
        *(part for pair in data for part in ("--add-data", pair)),
        *icon(),
    ]
    if sys.platform == "win32":  # a console program, else `import --json` and the reading child have no streams
        options += ["--hide-console", "hide-early"]
    if sys.platform == "darwin":
        options += ["--windowed"]
    done = dev.python("-m", "PyInstaller", *options, str(ROOT / "s2b_desktop" / "__main__.py"), folder=ROOT)
    if done.returncode:
        raise NotProvenError("PyInstaller failed: its messages above say why")
    if sys.platform == "darwin":
        return DIST / f"{NAME}.app" / "Contents" / "MacOS" / NAME
    return DIST / NAME / (f"{NAME}.exe" if sys.platform == "win32" else NAME)


def run_frozen(program: Path, folder: Path, *arguments: str) -> str:
    """What the frozen program prints, with nothing of this checkout in its environment."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR") if name in os.environ}
    home = {"HOME": str(folder), "USERPROFILE": str(folder), "APPDATA": str(folder), "LOCALAPPDATA": str(folder)}
    environment = {**kept, **home, "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [str(program), *arguments], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120
    )
    if done.returncode:
        raise NotProvenError(f"{NAME} {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def write_samples(folder: Path) -> list[str]:
    """A CSV file and a workbook with the same two rows; their names."""
    from openpyxl import Workbook  # noqa: PLC0415 - not there before dev.py made the environment

    lines = [",".join(row) for row in (HEADER, *ROWS)]
    (folder / "goods.csv").write_text("\n".join(lines) + "\n", "utf-8")
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in (HEADER, *ROWS):
        sheet.append(row)
    book.save(folder / "goods.xlsx")
    return ["goods.csv", "goods.xlsx"]


def prove(program: Path) -> None:
    """Raise NotProvenError unless the frozen program works and carries nothing that it must not."""
    carried = [path.name for path in program.parent.rglob("*") if path.name.startswith(UNWANTED)]
    if carried:
        raise NotProvenError(f"the bundle carries {', '.join(carried)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if version() not in (said := run_frozen(program, folder, "--version")):
            raise NotProvenError(f"--version says {said.strip()!r}, not {version()}")
        for sample in write_samples(folder):
            read = json.loads(run_frozen(program, folder, "import", sample, "--dry-run", "--json"))
            if read.get("rows") != len(ROWS) or read.get("wrong"):
                raise NotProvenError(f"import of {sample} read {read}")
            print(f"proved: {sample} read, {read['rows']} rows")


def pack(program: Path) -> Path:
    """The archive for this system, in `dist/`."""
    bundle = DIST / (f"{NAME}.app" if sys.platform == "darwin" else NAME)
    name = f"{NAME}-{version()}-{platform.system().lower()}-{platform.machine().lower()}"
    if sys.platform == "win32":
        return Path(shutil.make_archive(str(DIST / name), "zip", DIST, bundle.name))
    archive = DIST / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:  # keeps links and modes, which zip would lose
        packed.add(bundle, bundle.name)
    return archive


def megabytes(path: Path) -> str:
    files = path.rglob("*") if path.is_dir() else [path]
    return f"{sum(file.lstat().st_size for file in files if file.is_file()) / 1e6:.0f} MB"


def main() -> int:
    if not importlib.util.find_spec("PyInstaller"):
        dev.make_ready(qt=True)
        if sys.platform.startswith("linux") and not shutil.which("objdump"):
            dev.apt_install(["binutils"])
        return dev.python(__file__).returncode
    try:
        program = freeze()
        prove(program)
        archive = pack(program)
    except NotProvenError as problem:
        print(f"not built: {problem}", file=sys.stderr)
        return 1
    print(f"{program} ({megabytes(program.parent)})\n{archive} ({megabytes(archive)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench [GROUP ...] [--quick]`: one JSON object per line, see `figure.Figure`."""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from bench.figure import Figure
from bench.world import Stage

GROUPS = ("start", "intake", "search", "table", "sync", "hub", "merchant")
ROWS = 100_000


def main(arguments: Sequence[str]) -> int:
    """Run groups; each in a process of its own, so that none pays for another's memory."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure against limits taken in the same run.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"SKUs, {ROWS} unless told otherwise")
    parser.add_argument("--runs", type=int, default=3, help="runs behind each median")
    parser.add_argument("--folder", type=Path, help="keep what was made, and use what is there")
    options = parser.parse_args(arguments)
    unknown = sorted({*options.groups} - {*GROUPS})
    if unknown:
        parser.error(f"there is no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    rows = options.rows // 10 if options.quick else options.rows
    groups = options.groups or GROUPS
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody's desktop compiles itself at each start
    os.environ["PYTHON_KEYRING_BACKEND"] = "bench.keyring.FolderKeyring"
    with tempfile.TemporaryDirectory(prefix="s2b-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["S2B_BENCH_KEYRING"] = str(folder)
        if len(groups) == 1:
            run(groups[0], Stage(folder, rows, options.runs))
            return 0
        shared = ["--rows", str(rows), "--runs", str(options.runs), "--folder", str(folder)]
        codes = [
            subprocess.run([sys.executable, "-P", "-m", "bench", g, *shared], check=False).returncode for g in groups
        ]
    return max(codes)


def run(group: str, stage: Stage) -> None:
    """Print the figures of one group as they come."""
    figures: Callable[[Stage], Iterator[Figure]] = importlib.import_module(f"bench.{group}").figures
    for figure in figures(stage):
        print(msgspec.json.encode(figure).decode(), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

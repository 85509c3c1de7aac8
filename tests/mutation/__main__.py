"""Remove every guard of the sync once, in a copy, and see its test fail: `dev.py mutate [WORDS] [--write]`.

`--write` renews the table in docs/sync.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutation.guards import GUARDS, Guard
from tests.mutation.table import in_document, table

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("s2b_domain", "s2b_desktop", "s2b_hub", "demo", "tests", "resources", "pyproject.toml")
PATIENCE = 600
FAILED = 1
"""pytest's exit code when tests ran and some failed; others mean that nothing was proven."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py mutate", description=__doc__)
    parser.add_argument("words", nargs="*", help="only guards whose name has all of these words")
    parser.add_argument("--write", action="store_true", help="renew the table in docs/sync.md")
    options = parser.parse_args()
    chosen = [g for g in GUARDS if all(word in g.name for word in options.words)]
    if not chosen:
        parser.error(f"no guard's name has all of: {' '.join(options.words)}")
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in COPIED:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, copy / part)
        unsound = run(copy, *sorted({g.test for g in chosen}))
        if unsound:
            print("with every guard in place the tests must pass; they do not")
            return 1
        missed = [g for g in chosen if not caught(copy, g)]
    print(f"{len(chosen)} guards removed, {len(missed)} not noticed")
    if options.write and not missed and len(chosen) == len(GUARDS):
        document = ROOT / "docs" / "sync.md"
        document.write_text(in_document(document.read_text("utf-8"), table()), "utf-8")
    return 1 if missed else 0


def caught(copy: Path, guard: Guard) -> bool:
    """Whether its test fails without the guard."""
    file = copy / guard.file
    whole = file.read_text("utf-8")
    file.write_text(whole.replace(guard.source, guard.without), "utf-8")
    try:
        failed = run(copy, guard.test) == FAILED
    finally:
        file.write_text(whole, "utf-8")
    print(f"{'caught' if failed else 'MISSED'}: {guard.name} ({guard.test.rpartition('::')[2]})", flush=True)
    return failed


def run(copy: Path, *tests: str) -> int:
    """pytest's exit code."""
    command = [sys.executable, "-P", "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"}
    try:
        return subprocess.run(
            command, cwd=copy, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=PATIENCE
        ).returncode
    except subprocess.TimeoutExpired:
        return FAILED


if __name__ == "__main__":
    sys.exit(main())

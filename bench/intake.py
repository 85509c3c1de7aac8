"""A supplier's spreadsheet of 16 columns: from the file to rows that can be searched, the same file again, as many
other rows beside those that are there, and how the window answers meanwhile."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench import raw
from bench.figure import Figure, against, median, seconds, within
from bench.import_window import Answers
from bench.importer import Account
from bench.world import PASSWORD, Stage, pull
from s2b_desktop.models import rows
from s2b_desktop.models.profile import Profile
from s2b_desktop.sync.entry import unlock
from s2b_domain.records import RECORDS


def figures(stage: Stage) -> Iterator[Figure]:
    """The import into an empty catalog, with changes, of nothing new, of other goods, and in the window."""
    sheet, others, empty = stage.sheet(), stage.sheet(stage.count), _supplier(stage)
    done: list[tuple[Account, float, float, float]] = []
    again: list[Account] = []
    beside: list[Account] = []
    answers: list[Answers] = []
    for _ in range(stage.runs):
        reading = seconds(lambda: raw.read_sheet(sheet))
        profile = stage.fresh("import")
        shutil.copytree(empty, profile)
        account = _imported(profile, sheet)
        again.append(_imported(profile, sheet))
        storing, indexing = _bare(stage, profile)
        beside.append(_imported(profile, others))
        shutil.rmtree(profile)
        shutil.copytree(empty, profile)
        answers.append(_in_window(profile, sheet))
        shutil.rmtree(profile)
        done.append((account, reading, storing, indexing))
    n = stage.runs
    first = [account for account, *_ in done]
    reading = median([r for _, r, _, _ in done])
    before_search = median([r + s for _, r, s, _ in done])
    whole = median([r + s + i for _, r, s, i in done])
    told = f"{first[0].new} new, {first[0].wrong} wrong; limit: calamine + executemany of the same rows into SQLCipher"
    examined = median([a.examined for a in first])
    yield against("intake.examined", examined, reading, "s", most=None, n=n, note="read, map, validate, compare")
    usable, searchable = median([a.usable for a in first]), median([a.searchable for a in first])
    yield against("intake.usable", usable, before_search, "s", most=2, n=n, note=told)
    yield against("intake.searchable", searchable, whole, "s", most=3, n=n, note="the same with the full-text index")
    unchanged = median([a.usable for a in again])
    note = f"{again[0].unchanged} unchanged, {again[0].changed} changed; limit: calamine iter_rows alone"
    yield against("intake.unchanged", unchanged, reading, "s", most=2, n=n, note=note)
    full = median([a.usable for a in beside])
    note = f"{beside[0].new} new beside {first[0].new} existing that wait to be sent; limit: as for intake.usable"
    yield against("intake.usable_beside", full, before_search, "s", most=2, n=n, note=note)
    peak = max(a.peak for a in (*first, *again, *beside))
    yield within("intake.peak", peak, 400, "MiB", n=3 * n, note="app process, highest")
    worst = max(answers, key=lambda a: a.worst)
    stalls = f"{worst.stalls} stalls over 50 ms come to {worst.whole:.0f} ms of {worst.seconds:.1f} s"
    note = f"an import in the window, offscreen; {stalls}; worst at: {worst.where or 'nowhere'}"
    yield within("intake.answer_worst", worst.worst, 50, "ms", n=n, note=note)


def _supplier(stage: Stage) -> Path:
    """The profile of a supplier that has no goods yet."""
    folder = stage.folder / "supplier"
    if not folder.exists():
        with stage.world(0) as world:
            workspace = world.desktop("supplier", folder.with_suffix(".new"))
            pull(workspace, world.line)
            workspace.close()
        folder.with_suffix(".new").rename(folder)
    return folder


def _imported(profile: Path, sheet: Path) -> Account:
    return msgspec.json.decode(_run("bench.importer", profile, sheet), type=Account)


def _in_window(profile: Path, sheet: Path) -> Answers:
    return msgspec.json.decode(_run("bench.import_window", profile, sheet), type=Answers)


def _run(module: str, profile: Path, sheet: Path) -> bytes:
    command = [sys.executable, "-P", "-m", module, str(profile), str(sheet), "supplier", PASSWORD]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


def _bare(stage: Stage, profile: Path) -> tuple[float, float]:
    """Seconds for storing the rows that an import left, and for a full-text index over their titles."""
    workspace = unlock(Profile(profile), "supplier", PASSWORD)
    with workspace.cache.read() as connection:
        found = {table: [tuple(r) for r in rows.read_all(connection, table)] for table in RECORDS}
    workspace.close()
    found = {table: rows_ for table, rows_ in found.items() if rows_}
    path = stage.fresh("bare")
    bare = raw.open_cipher(path)
    raw.create_tables(bare, found, indexes=True)
    storing = seconds(lambda: raw.insert(bare, found))
    title = RECORDS["product"].columns.index("title")
    texts = [(raw.bigrams(row[title]),) for row in found.get("product", ())]
    indexing = seconds(lambda: raw.build_index(bare, texts))
    bare.close()
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return storing, indexing

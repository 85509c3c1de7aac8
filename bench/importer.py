"""The import as the desktop does it, in a process of its own: `python -m bench.importer PROFILE SHEET LOGIN PASSWORD`.

Prints one JSON object: seconds of each stage, counts, and the peak memory of this process.
"""

import gc
import sys
import time
from pathlib import Path

import msgspec

from bench.world import index
from s2b_desktop.models import import_run
from s2b_desktop.models.goods_import import Existing, settle
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.queries.sku_search import search_skus
from s2b_desktop.models.workspace import Meta, Workspace
from s2b_desktop.sync.entry import unlock
from s2b_desktop.tasks import BATCH
from s2b_domain.intake.examination import examine


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What an import took: seconds until examined, until rows are usable, until searchable; MiB at the peak."""

    examined: float
    usable: float
    searchable: float
    new: int
    changed: int
    unchanged: int
    wrong: int
    peak: float


def imported(workspace: Workspace, sheet: Path) -> Account:
    """Read, map, validate, compare, commit and search, one after the other."""
    start = time.perf_counter()
    supplier = workspace.actor.organisation_id
    with workspace.cache.read() as connection:
        examination = settle(examine(sheet, existing=Existing(connection, supplier)))
    examined = time.perf_counter()
    plan = examination.plan
    counts = (len(plan.new), len(plan.changed), len(plan.unchanged), len(plan.wrong))
    last = plan.new[-1].title if plan.new else ""
    run = import_run.begun(workspace.new_id(), sheet.name, workspace.now(), examination)
    commands = import_run.commands_of(run, examination)
    drafts = import_run.drafts_of(run, commands)
    workspace.save_drafts(drafts)
    keys, meta = list(drafts), Meta(import_id=run.import_id)
    del drafts  # as the program does
    for at in range(0, len(commands), BATCH):
        workspace.append(commands[at : at + BATCH], meta, keys[at : at + BATCH])
        workspace.predict()
    usable = time.perf_counter()
    index(workspace)
    if last and not workspace.read(search_skus, supplier, last):
        raise RuntimeError("what was imported is not found")
    searchable = time.perf_counter()
    return Account(
        examined=examined - start,
        usable=usable - start,
        searchable=searchable - start,
        new=counts[0],
        changed=counts[1],
        unchanged=counts[2],
        wrong=counts[3],
        peak=_peak(),
    )


def _peak() -> float:
    """The most memory this process has held, in MiB. (`ru_maxrss` would count that of whoever started it.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(folder: str, sheet: str, login: str, password: str) -> None:
    """Open the profile, import, and print the account."""
    workspace = unlock(Profile(Path(folder)), login, password)
    gc.freeze()  # as the page and the command do
    account = imported(workspace, Path(sheet))
    workspace.close()
    print(msgspec.json.encode(account).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])

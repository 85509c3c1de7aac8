"""`s2b-desktop import FILE` in the profile of whoever is signed in here: compared with their goods, and imported.

What is imported is safe in the outbox when the command ends; the desktop sends it when it next has a line.
"""

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path

from s2b_desktop import import_command
from s2b_desktop.models import import_run
from s2b_desktop.models.goods_import import goods_by_code
from s2b_desktop.models.profile import Profile, ProfileBusy
from s2b_desktop.models.storage import Damaged
from s2b_desktop.models.workspace import Meta, Workspace
from s2b_desktop.sync import entry
from s2b_domain.errors import Refused
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.goods import GoodsRow

BATCH = 4
"""Commands that enter the outbox in one transaction."""


def main(argv: Sequence[str]) -> int:
    """Run the command; the exit code. Without anybody signed in, or with the desktop open, only a dry run works."""
    try:
        profile = Profile(_folder(argv))
        if not profile.settings.slots:
            return import_command.main(argv)
        lock = profile.lock()
    except ProfileBusy:
        return import_command.main(argv, commit=_busy)
    except (Damaged, OSError):  # no profile to speak of: the command says what it can do without one
        return import_command.main(argv)
    with lock:
        workspace = entry.resume(profile)
        if workspace is None:
            return import_command.main(argv)
        gc.freeze()  # the program itself stays: no search for rubbish needs to walk over it
        try:
            return import_command.main(
                argv,
                existing=lambda codes: _existing(workspace, codes),
                commit=lambda examination: import_into(workspace, examination),
            )
        finally:
            workspace.close()


def import_into(workspace: Workspace, examination: Examination) -> None:
    """Put the import into the outbox, some commands at a time, and show it in the cache; `DomainError`. Each command
    knows which part of the import it is, so that the import page lists it and can take it back."""
    run = import_run.begun(workspace.new_id(), Path(examination.file).name, workspace.now(), examination)
    commands, meta = import_run.commands_of(run, examination), Meta(import_id=run.import_id)
    for start in range(0, len(commands), BATCH):
        workspace.append(commands[start : start + BATCH], meta)
        workspace.predict()


def _existing(workspace: Workspace, codes: Sequence[str]) -> Mapping[str, GoodsRow]:
    return workspace.read(goods_by_code, workspace.actor.organisation_id, list(codes))


def _busy(_examination: Examination) -> None:
    raise Refused("profile_in_use")


def _folder(argv: Sequence[str]) -> Path | None:
    for flag, value in zip(argv, [*argv[1:], ""], strict=True):
        if flag == "--profile":
            return Path(value)
        if flag.startswith("--profile="):
            return Path(flag.removeprefix("--profile="))
    return None

"""`s2b-desktop import` in the profile of whoever is signed in there: without Qt, without a question."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from s2b_desktop import import_command
from s2b_desktop.models.goods_import import Existing, commands_for
from s2b_desktop.models.profile import Profile, ProfileBusy
from s2b_desktop.models.workspace import Meta, Workspace
from s2b_desktop.sync.client import Client
from s2b_desktop.sync.entry import resume
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain.errors import Refused
from s2b_domain.intake.examination import Examination

BATCH = 4
"""Commands that enter the outbox in one transaction."""


def main(argv: Sequence[str]) -> int:
    """Run the command. A dry run needs no sign-in; it compares with the catalog where there is one."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    known, _others = parser.parse_known_args(list(argv))
    try:
        with _signed_in(known.profile) as workspace:
            if workspace is None:
                return import_command.main(argv)
            with workspace.cache.read() as connection:
                existing = Existing(connection, workspace.actor.organisation_id)
                return import_command.main(argv, existing=existing, commit=lambda found: _commit(workspace, found))
    except ProfileBusy:
        if known.dry_run:
            return import_command.main(argv)
        return import_command.main(argv, commit=_refuse_busy)


@contextmanager
def _signed_in(folder: Path | None) -> Iterator[Workspace | None]:
    """The workspace of a profile whose keys the keyring has and whose last user has not signed out, else None."""
    profile = Profile(folder)
    with profile.lock():
        workspace = resume(profile) if profile.settings.slots else None
        try:
            yield workspace
        finally:
            if workspace is not None:
                workspace.close()


def _refuse_busy(_found: Examination) -> None:
    raise Refused("profile_in_use")


def _commit(workspace: Workspace, found: Examination) -> None:
    """Save the commands durably, then try the line once: what does not get through is sent by the desktop later."""
    commands = commands_for(found)
    meta = Meta(import_id=workspace.new_id())
    for start in range(0, len(commands), BATCH):
        workspace.append(commands[start : start + BATCH], meta)
    settings = workspace.profile.settings
    client = Client(settings.hub_address, settings.certificate)
    loop = SyncLoop(workspace, client)
    try:
        loop.round()
    finally:
        loop.stop()
        client.close()

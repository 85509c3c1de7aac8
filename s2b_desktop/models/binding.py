"""Which folder on which PC a device belongs to, kept outside the profile: a copied or restored profile notices itself.

The mark stands in the user's state folder and, beside the device's secret, in the outbox. Where the two differ, or
the outbox is behind what was once known here, the profile is a copy, and must become a device of its own.
"""

import logging
import os
from pathlib import Path

import msgspec
import platformdirs

log = logging.getLogger(__name__)


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """What this PC remembers of a profile. `seq` is the highest place of its outbox that a round has seen."""

    mark: bytes
    folder: str
    seq: int = 0


def _path(profile_id: str) -> Path:
    return Path(platformdirs.user_state_dir("s2b-desktop", appauthor=False)) / "devices" / f"{profile_id}.json"


def known(profile_id: str) -> Binding | None:
    """What this PC remembers; None for a profile that it has never seen, or where nothing can be read."""
    try:
        return msgspec.json.decode(_path(profile_id).read_bytes(), type=Binding)
    except (OSError, msgspec.MsgspecError):
        return None


def bind(profile_id: str, folder: Path) -> bytes:
    """A new mark for the device in this folder; empty where the PC cannot keep it."""
    mark = os.urandom(16)
    return mark if _keep(profile_id, Binding(mark=mark, folder=str(folder.resolve()))) else b""


def note(profile_id: str, seq: int) -> None:
    """Remember how far the outbox has come."""
    found = known(profile_id)
    if found is not None and found.seq < seq:
        _keep(profile_id, msgspec.structs.replace(found, seq=seq))


def is_copy(profile_id: str, folder: Path, mark: bytes, seq: int) -> bool:
    """Whether the profile in this folder, with this mark and last place, is not the one that was bound here.

    A folder that was moved stays what it is: the old place is empty then.
    """
    if not mark:
        return False
    found = known(profile_id)
    if found is None or found.mark != mark or seq < found.seq:
        return True
    here = folder.resolve()
    if found.folder == str(here):
        return False
    if (Path(found.folder) / "outbox.db").exists():
        return True
    _keep(profile_id, msgspec.structs.replace(found, folder=str(here)))
    return False


def _keep(profile_id: str, binding: Binding) -> bool:
    path = _path(profile_id)
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_bytes(msgspec.json.encode(binding))
        fresh.replace(path)
    except OSError as error:
        log.warning("this PC cannot remember its device: %s", error)
        return False
    return True

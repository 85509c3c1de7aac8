"""An import taken back, its last part first."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from s2b_desktop.models.queries.imports import ImportEntry, import_history
from s2b_desktop.text import tr
from s2b_domain.commands.imports import UndoImport

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


def take_back(
    desk: "Desk", import_id: str, done: Callable[[int, int], object], failed: Callable[[Exception], None]
) -> None:
    """Take an import back; `done(went back, stayed)` as far as this PC can tell, the hub decides."""

    def entry() -> ImportEntry | None:
        history = desk.read(import_history, desk.actor.organisation_id)
        return next((each for each in history if each.import_id == import_id), None)

    def told(_n: int) -> None:
        after = entry()
        kept = len(after.kept) if after is not None else 0
        done((after.saved if after is not None else 0) - kept, kept)

    before = entry()
    messages = [UndoImport(part_id=part_id) for part_id in (before.parts if before is not None else ())]
    desk.submit_many(messages, import_id=desk.new_id(), done=told, failed=failed)


def went_back(n: int, kept: int) -> str:
    """What came of it, in words."""
    return tr("{n} goods went back, {kept} stayed as they are", n=n, kept=kept)

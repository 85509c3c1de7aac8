"""What somebody once said of the columns of a layout, remembered for the next sheet of the kind."""

from typing import TYPE_CHECKING

import msgspec

from s2b_desktop.views.imports.recognise import REMEMBERED
from s2b_domain.intake.mapping import ColumnMap, is_made, layout_key
from s2b_domain.intake.survey import Guess

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

MAPPING = "import/mapping/"


class Layouts:
    """The mappings of one supplier: its sheets say nothing about another's."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    def columns(self, found: Guess) -> tuple[ColumnMap, ...]:
        """The columns of a sheet as they were mapped the last time, or as they are guessed now."""
        kept = self._desk.draft(self._key(found))
        if not kept:
            return found.columns
        before = {(c.column, c.label): c for c in msgspec.json.decode(kept, type=list[ColumnMap])}
        return tuple(
            msgspec.structs.replace(was, samples=c.samples, confidence=REMEMBERED if was.field else 0)
            if (was := before.get((c.column, c.label))) is not None and not is_made(c)
            else c
            for c in found.columns
        )

    def keep(self, found: Guess, columns: tuple[ColumnMap, ...]) -> None:
        """Remember the mapping for the next sheet of this layout."""
        self._desk.save_draft(self._key(found), msgspec.json.encode(columns))

    def _key(self, found: Guess) -> str:
        return f"{MAPPING}{self._desk.actor.organisation_id}/{layout_key(found.header.labels)}"

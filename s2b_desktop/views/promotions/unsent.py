"""Promotions that somebody was writing when the window closed, the PC went off, or something else came first."""

from typing import TYPE_CHECKING

import msgspec

from s2b_domain.records.promotion import Promotion

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

KEPT = "promotion/written/"
NEW = "new"


class Written(msgspec.Struct, frozen=True):
    """What was written, and the refused command that it stands for."""

    promotion: Promotion
    supersedes: str = ""


class Unsent:
    """One for each promotion that is changed, and one that is new."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    def of(self, promotion_id: str) -> Written | None:
        """What was written of a promotion, or of a new one; None for nothing, and for what cannot be read any more."""
        kept = self._desk.draft(KEPT + promotion_id)
        try:
            return msgspec.msgpack.decode(kept, type=Written) if kept else None
        except msgspec.MsgspecError:
            return None

    def keep(self, promotion_id: str, written: Written | None) -> None:
        """Remember what is written; None: it was sent, or is not wanted."""
        self._desk.save_draft(KEPT + promotion_id, None if written is None else msgspec.msgpack.encode(written))

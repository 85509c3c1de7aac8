"""What a table column shows of a row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from PySide6.QtGui import QPixmap

from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.theme import Tone

R = TypeVar("R")
RowId = int | str
Kind = Literal["text", "number", "money", "state", "marker"]
Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """`key` names the column in saved layouts.

    kind: numbers and money stand right; a state is a pill in the colour of `tone`; a marker is a small clock whose
    `text` is only spoken. waiting: where it holds, such a clock stands behind a state and before anything else.
    icon: names the icon of a tile before the text, where a picture would stand.
    picture: what stands there instead of the icon, when there is one.
    sort_key: what the sort callback is told; empty: the header cannot be clicked.
    problem: words about a wrong cell, or "": shown by a soft red ground and the tooltip.
    mark: words about a cell that was read as something else, or "": shown by a corner and the tooltip.
    edit: called with (row id, typed text) after an edit in place; None: the cell is read only.
    typing: what an edit in place begins with where that is not `text`, such as a text that is shown in part.
    width: the least in px; the title and the words of `fits` widen it in each language.
    rank: where there is too little room the column of the highest rank goes first; 0 always stays.
    """

    key: str
    title: Text
    text: Callable[[R], str]
    width: int = 140
    kind: Kind = "text"
    align: Align | None = None
    tone: Callable[[R], Tone] | None = None
    waiting: Callable[[R], bool] | None = None
    icon: Callable[[R], str] | None = None
    picture: Callable[[R], QPixmap | None] | None = None
    problem: Callable[[R], str] | None = None
    mark: Callable[[R], str] | None = None
    edit: Callable[[RowId, str], object] | None = None
    typing: Callable[[R], str] | None = None
    sort_key: str = ""
    stretch: bool = False
    hidden: bool = False
    fits: Callable[[], Iterable[str]] | None = None
    rank: int = 0

    @property
    def side(self) -> Align:
        return self.align or ("right" if self.kind in ("number", "money") else "left")

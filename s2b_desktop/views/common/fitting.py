"""Texts for which there is too little room."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

_SIZE = re.compile(r"\d.*[^\W\d_]|\d+[×*]\d")
"""A pack size, as names of goods end with one: "550ml×24", "120抽", "6片", "4×12"; no date and no price."""
_SHARE = 0.6
"""Of the room, what a size may take."""


def fitting(metrics: QFontMetrics, text: str, room: int) -> str:
    """A text cut to `room` px. The size at the end of a name stays, for it tells goods apart: "康师傅 冰…500ml×15"."""
    if metrics.horizontalAdvance(text) <= room:
        return text
    head, _, size = text.rstrip().rpartition(" ")
    if head and _SIZE.search(size):
        taken = metrics.horizontalAdvance(size)
        if taken <= room * _SHARE:
            return metrics.elidedText(head, Qt.TextElideMode.ElideRight, room - taken) + size
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

"""Answering the questions that pages ask, and refusing what was entered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from s2b_desktop.views.common.confirm import ReasonPrompt
from s2b_domain.errors import Refused
from tests.views.desk import FakeDesk

D = TypeVar("D", bound=QDialog)


def answer(kind: type[D], reply: Callable[[D], object]) -> None:
    """Do `reply` to what is asked now, a dialog of `kind`."""
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, kind), f"asked {type(dialog).__name__}, not {kind.__name__}"
    reply(dialog)


def give_reason(reason: str) -> None:
    """Write the reason that is asked for now, and decide."""

    def reply(prompt: ReasonPrompt) -> None:
        prompt.field.setPlainText(reason)
        prompt.verb.click()

    answer(ReasonPrompt, reply)


def each(*acts: Callable[[], object]) -> None:
    """Do one after the other."""
    for act in acts:
        act()


@contextmanager
def refusing(desk: FakeDesk) -> Iterator[None]:
    """Nothing is taken meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "submit", lambda _message, **told: told["failed"](Refused("not_permitted")))
        yield

"""Sending what was entered on a page, and saying there what became of it."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.tasks import Desk
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.toast import ToastArea
from s2b_domain.commands.command import Command


def nothing() -> None:
    """What mostly follows."""


def send(
    desk: Desk,
    page: QWidget,
    message: Command,
    said: Text,
    *,
    then: Callable[[], object] = nothing,
    refused: Callable[[], object] = nothing,
    supersedes: str | None = None,
) -> None:
    """Send a command, in place of what it `supersedes`. `then` follows when it is saved, `refused` when it is not: what
    was entered is opened again, or the page looks what has changed."""

    def done(_seq: int) -> None:
        ToastArea.of(page).show_toast(said)
        then()

    def failed(error: Exception) -> None:
        ToastArea.of(page).show_toast(lambda: failure_text(error), tone="bad")
        refused()

    desk.submit(message, done=done, failed=failed, supersedes=supersedes)

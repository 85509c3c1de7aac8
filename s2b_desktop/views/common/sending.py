"""Sending what was entered on a page, and saying there what became of it."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.tasks import Desk
from s2b_desktop.text import tr
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


def send_all(
    desk: Desk,
    page: QWidget,
    messages: Sequence[Command],
    said: Text,
    *,
    then: Callable[[], object] = nothing,
    refused: Callable[[], object] = nothing,
    action: Text = "",
    callback: Callable[[], object] | None = None,
) -> None:
    """Send several commands, one after the other, as `send` does one; what was saved before a refusal stays, and that
    is said. A `callback` is offered beside what is `said`, as by `show_toast`."""
    saved = 0

    def progressed(n: int, _of: int | None) -> None:
        nonlocal saved
        saved = n

    def done(_: int) -> None:
        ToastArea.of(page).show_toast(said, action=action, callback=callback)
        then()

    def failed(error: Exception) -> None:
        ToastArea.of(page).show_toast(partial(_why, error, whole=not saved), tone="bad")
        refused()

    if len(messages) == 1:
        desk.submit(messages[0], done=done, failed=failed)
    else:
        desk.submit_many(messages, import_id=desk.new_id(), done=done, failed=failed, progress=progressed)


def _why(error: Exception, *, whole: bool) -> str:
    reason = failure_text(error)
    return reason if whole else tr("Only a part was saved. {reason}", reason=reason)

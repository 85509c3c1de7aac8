"""Sending what was entered on a page, and saying there what became of it."""

from collections.abc import Callable, Sequence

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
    done, failed = _answers(page, said, then, refused)
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

    done, failed = _answers(page, said, then, refused, partly=lambda: saved > 0, action=action, callback=callback)
    if len(messages) == 1:
        desk.submit(messages[0], done=done, failed=failed)
    else:
        desk.submit_many(messages, import_id=desk.new_id(), done=done, failed=failed, progress=progressed)


def _answers(
    page: QWidget,
    said: Text,
    then: Callable[[], object],
    refused: Callable[[], object],
    *,
    partly: Callable[[], bool] = lambda: False,
    action: Text = "",
    callback: Callable[[], object] | None = None,
) -> tuple[Callable[[int], None], Callable[[Exception], None]]:
    """What the page says and does when it is done, and when it failed; `partly`: although something was saved."""

    def done(_n: int) -> None:
        ToastArea.of(page).show_toast(said, action=action, callback=callback)
        then()

    def failed(error: Exception) -> None:
        part = partly()

        def why() -> str:
            reason = failure_text(error)
            return tr("Only a part was saved. {reason}", reason=reason) if part else reason

        ToastArea.of(page).show_toast(why, tone="bad")
        refused()

    return done, failed

"""What somebody meets before working: the pages of the entry, refusing."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from demo.scenes.window import _inside
from demo.stage import Stage
from s2b_desktop.text import Language
from s2b_desktop.views.common.toast import ToastArea

LANGUAGES: tuple[Language, ...] = ("zh_CN", "en")


def told(stage: Stage, words: Callable[[], str]) -> dict[str, Any]:
    """What is said, in each language."""
    found: dict[str, Any] = {}
    for language in LANGUAGES:
        stage.program.preferences.set_language(language)
        stage.breathe(50)
        found[language] = words()
    return found


def address(stage: Stage, *, text: str) -> dict[str, Any]:
    """Type a hub's address that is refused: what is said beside it, or above."""
    entry = stage.program.entry
    page = entry.first_run
    stage.wait(lambda: entry.isVisible() and entry.stack.currentWidget() is page, "the first page")
    stage.write(page.address, text)
    stage.click(page.next, "Next")
    stage.wait(lambda: not page._busy, "an answer")
    assert page.stack.currentIndex() == 0, "went on"
    return told(stage, lambda: page.hub_form.row("address").error() or page.banner.text())


def trust(stage: Stage, *, text: str) -> None:
    """Type a hub's address and trust its certificate."""
    page = stage.program.entry.first_run
    stage.write(page.address, text)
    stage.click(page.next, "Next")
    stage.wait(lambda: page.stack.currentIndex() == 1, "the certificate")
    stage.click(page.agreed, "the check mark")
    stage.click(page.next, "Trust this hub")


def account(stage: Stage, *, login: str, password: str) -> dict[str, Any]:
    """Sign in with something that is refused: what is said."""
    page = stage.program.entry.first_run
    stage.write(page.account.login, login)
    stage.write(page.account.password, password)
    stage.click(page.next, "Sign in")
    stage.wait(lambda: not page._busy, "an answer")
    assert not _inside(stage), "went in"
    return told(stage, lambda: page.account.row("password").error() or page.banner.text())


def welcome(stage: Stage) -> dict[str, Any]:
    """Which page a start ends on, and what it says."""
    entry = stage.program.entry
    pages: dict[str, Any] = {
        "unlock": entry.unlock,
        "first_run": entry.first_run,
        "sign_in": entry.sign_in,
        "trouble": entry.trouble,
    }

    def there() -> str:
        shown = entry.stack.currentWidget()
        return "inside" if _inside(stage) else next((n for n, p in pages.items() if p is shown), "")

    page = stage.wait(there, "a page")
    if page == "inside":
        return {"page": page}
    return {"page": page, **told(stage, lambda: pages[page].banner.text())}


def unlock_refused(stage: Stage, *, password: str) -> dict[str, Any]:
    """Try to unlock, in vain: what is said."""
    entry = stage.program.entry
    stage.wait(lambda: entry.stack.currentWidget() is entry.unlock, "the page that asks for a password")
    stage.write(entry.unlock.password, password)
    stage.click(entry.unlock.go, "Unlock")
    stage.wait(lambda: entry.unlock.go.isEnabled() or entry.stack.currentWidget() is not entry.unlock, "an answer")
    if entry.stack.currentWidget() is entry.trouble:
        return {"page": "trouble", **told(stage, entry.trouble.banner.text)}
    shown = lambda: entry.unlock.form.row("password").error() or entry.unlock.banner.text()  # noqa: E731
    return {"page": "unlock", **told(stage, shown)}


def sign_in_again(stage: Stage, *, password: str) -> dict[str, Any]:
    """Sign in at the hub once more: inside, or what is said, or the new certificate that must be compared."""
    entry = stage.program.entry
    if _inside(stage):
        stage.program.sign_in_again()
    stage.wait(lambda: entry.stack.currentWidget() is entry.sign_in, "the page that signs in")
    page = entry.sign_in
    stage.write(page.form.password, password)
    stage.click(page.go, "Sign in")
    stage.wait(lambda: _inside(stage) or page.go.isEnabled() or entry.stack.currentWidget() is not page, "an answer")
    if _inside(stage):
        return {"page": "inside"}
    if entry.stack.currentWidget() is entry.first_run:
        texts = told(stage, lambda: " ".join(label for label in _labels(entry.first_run.facts.parentWidget())))
        return {"page": "certificate", "can_go_on": entry.first_run.next.isEnabled(), **texts}
    return {"page": "sign_in", **told(stage, lambda: page.form.row("password").error() or page.banner.text())}


def _labels(holder: Any) -> list[str]:
    return [label.text() for label in holder.findChildren(QLabel) if label.isVisible()]


def switch(stage: Stage, *, login: str, password: str) -> None:
    """Change shifts: lock, and somebody else signs in at the hub."""
    stage.window.switch_asked.emit()
    entry = stage.program.entry
    stage.wait(lambda: entry.isVisible() and entry.stack.currentWidget() is entry.unlock, "the locked page")
    before = stage.program.desk
    stage.click(entry.unlock.other, "Another account")
    stage.wait(lambda: entry.stack.currentWidget() is entry.sign_in, "the page that signs in")
    stage.write(entry.sign_in.form.login, login)
    stage.write(entry.sign_in.form.password, password)
    stage.click(entry.sign_in.go, "Sign in")
    stage.wait(lambda: _inside(stage) and stage.program.desk is not before, f"{login} inside")


def problem(stage: Stage, *, code: str) -> dict[str, Any]:
    """Wait until the line has this problem: what the window says of it."""
    window = stage.window
    window.desk.sync_now()
    stage.wait(lambda: window.desk.status().problem == code, code)
    return told(stage, window._offline_words)


def retired(stage: Stage) -> dict[str, Any]:
    """Wait until a revoked PC has handed in what it had not sent: what its last page says."""
    if stage.program.desk is not None:
        stage.program.desk.sync_now()
    entry = stage.program.entry
    stage.wait(lambda: entry.stack.currentWidget() is entry.revoked, "the last page")
    stage.wait(lambda: entry.isVisible() and not entry.revoked.again.isVisible(), "everything handed in")
    return told(stage, entry.revoked.banner.text)


def toasts(stage: Stage) -> dict[str, Any]:
    """What the messages in the corner say."""
    area = ToastArea.of(stage.window)
    stage.wait(lambda: area.toasts(), "a message")
    return told(stage, lambda: " ".join(t.text() for t in area.toasts()))


def raised(stage: Stage) -> dict[str, Any]:
    """Minimize the window, or say whether it is back in front."""
    state = stage.window.windowState()
    return {
        "minimized": bool(state & Qt.WindowState.WindowMinimized),
        "active": QApplication.activeWindow() is not None,
    }


def minimize(stage: Stage) -> None:
    """Put the window away."""
    stage.window.showMinimized()
    stage.breathe(50)


def hold(stage: Stage) -> None:
    """Keep the line of whoever works here now silent, as if it were slow."""
    loop = stage.window.desk.loop
    assert loop is not None
    loop._batch = list  # type: ignore[method-assign]

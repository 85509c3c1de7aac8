"""Signing in, unlocking, waiting for the line, pictures, closing."""

from typing import Any

from PySide6.QtCore import QTimer

from demo.stage import SceneFailed, Stage


def sign_in(stage: Stage, *, address: str, fingerprint: str, login: str, password: str, pictures: str = "") -> None:
    """The first run: hub, certificate compared and trusted, account, first download."""
    entry = stage.program.entry
    page = entry.first_run
    stage.wait(lambda: entry.isVisible() and entry.stack.currentWidget() is page, "the first page")
    stage.write(page.address, address)
    stage.click(page.next, "Next")
    stage.wait(lambda: page.stack.currentIndex() == 1, "the certificate")
    shown = "".join(label.text() for label in page.fingerprint._labels)
    if shown.replace(" ", "").upper() != fingerprint.replace(" ", "").upper():
        raise SceneFailed(f"the certificate shown is {shown}")
    if pictures:
        stage.pictures(pictures, "01-certificate", entry)
    stage.click(page.agreed, "the check mark")
    stage.click(page.next, "Trust this hub")
    stage.write(page.account.login, login)
    stage.write(page.account.password, password)
    stage.click(page.next, "Sign in")
    stage.wait(lambda: _inside(stage) or page.banner.isVisible() or page.account.login.isEnabled(), "an answer")
    stage.wait(lambda: _inside(stage), f"the main window (told: {page.banner.text()} {page.told.text()})")


def _inside(stage: Stage) -> bool:
    window = stage.program.window
    return window is not None and window.isVisible()


def unlock(stage: Stage, *, password: str, pictures: str = "") -> dict[str, Any]:
    """Open the profile again, without a line: by the keyring, or by the password."""
    entry = stage.program.entry

    stage.wait(lambda: _inside(stage) or entry.stack.currentWidget() is entry.unlock, "a way in")
    if _inside(stage):
        return {"by": "keyring"}
    if pictures:
        stage.pictures(pictures, "12-unlock-offline", entry)
    stage.write(entry.unlock.password, password)
    stage.click(entry.unlock.go, "Unlock")
    stage.wait(lambda: _inside(stage), "the main window")
    return {"by": "password"}


def visit(stage: Stage, *, page: str) -> None:
    """Any page of the rail."""
    stage.window.navigate(page)
    stage.breathe()


def picture(stage: Stage, *, folder: str, name: str) -> dict[str, Any]:
    """The window as it is, in both languages and looks."""
    return {"pictures": stage.pictures(folder, name)}


def line(stage: Stage) -> dict[str, Any]:
    """What the status pill says, once it has counted what was saved last."""
    desk = stage.window.desk
    stage.wait(lambda: (desk.status().waiting, desk.status().attention) == desk.workspace.counts(), "the queue counted")
    status = desk.status()
    pill = stage.window.shell.pill.text() if hasattr(stage.window.shell.pill, "text") else ""
    return {"online": status.online, "waiting": status.waiting, "attention": status.attention, "pill": pill}


def offline(stage: Stage) -> dict[str, Any]:
    """Wait until the program has noticed that the line is gone."""
    stage.window.desk.sync_now()
    stage.wait(lambda: not stage.window.desk.status().online, "offline")
    return line(stage)


def synced(stage: Stage) -> dict[str, Any]:
    """Wait until the line is up, everything is sent and a fresh pull is in."""
    desk = stage.window.desk
    before = desk.status().last_synced or 0
    desk.sync_now()
    stage.wait(
        lambda: desk.status().online and desk.status().waiting == 0 and (desk.status().last_synced or 0) > before,
        "everything synced",
    )
    stage.breathe()
    return line(stage)


def queue(stage: Stage) -> dict[str, Any]:
    """The sync queue page and what it lists."""
    stage.window.navigate("queue")
    stage.breathe()
    return {"states": [item.state for item in stage.window.desk.queue()]}


def close(stage: Stage) -> None:
    """Close the window once this scene has been answered."""
    window = stage.program.window
    QTimer.singleShot(50, (window or stage.program.entry).close if window is None else window.close_for_sure)

"""What befalls a whole desktop, rarely: it sleeps, is upgraded, loses its line for long, its disk or its user errs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from s2b_desktop.models.database import open_engine, set_user_version
from s2b_desktop.models.keys import Keys
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.storage import Damaged
from s2b_desktop.models.workspace import Workspace
from s2b_hub import devices
from s2b_hub.problems import ProblemError
from tests.simulation.desktop import KEYS, Desktop, SteadyClock

PAGE = 4096
DAY = 24 * 3600 * 1000
_COPY = "-copy"


def falls_asleep(desktop: Desktop) -> None:
    """The lid is closed; others go on, perhaps for longer than a session lasts."""
    desktop.asleep = desktop.chance.randint(5, 60)
    desktop.world.now += desktop.chance.choice((0, 8, 60, 800)) * 3_600_000


def is_cut_off(desktop: Desktop) -> None:
    """No line for long: an outbox of many commands."""
    desktop.cut_off = desktop.chance.randint(20, 120)


def is_given_a_wrong_key(desktop: Desktop) -> None:
    """It says so, and changes nothing."""
    desktop.close()
    before = desktop.folder.joinpath("outbox.db").read_bytes()
    with pytest.raises(Damaged):
        Workspace(Profile(desktop.folder), Keys(b"x" * 32, KEYS.cache))
    assert desktop.folder.joinpath("outbox.db").read_bytes() == before
    desktop.open()


def has_a_page_flipped(desktop: Desktop) -> None:
    """One bit of the cache changes while nobody looks."""
    desktop.close()
    [path, *_] = sorted(desktop.folder.glob("cache*.db"))
    content = bytearray(path.read_bytes())
    if content:
        content[desktop.chance.randrange(len(content))] ^= 1 << desktop.chance.randrange(8)
        path.write_bytes(content)
    desktop.open()
    desktop.hurt = True


def is_upgraded(desktop: Desktop) -> None:
    """Another release's cache is found beside an outbox that still waits."""
    key = desktop.workspace.profile.cache_key(KEYS.cache)
    desktop.close()
    for path in desktop.folder.glob("cache*.db"):
        engine = open_engine(path, key)
        with suppress(Damaged), engine.begin() as connection:  # one that cannot be opened is of no release
            set_user_version(connection, 7)
        engine.dispose()
    desktop.open()


def cannot_predict(desktop: Desktop) -> None:
    """Some command that waits throws from now on, whenever it is replayed here; with a copy about, which has predicted
    it and goes on, it would throw there too."""
    if _copied(desktop):
        return
    before = set(desktop.cursed)
    try:
        waiting = sorted(set(desktop.saved) - set(desktop.outcomes()))
        if waiting:
            desktop.cursed.add(desktop.saved[desktop.chance.choice(waiting)])
            desktop.workspace.narrow(frozenset())
    except Exception:
        if not desktop.met_damage():
            raise
        desktop.cursed = before  # it was not replayed


def is_backed_up(desktop: Desktop) -> None:
    """Somebody copies its folder away, for worse days."""
    desktop.close()
    desktop.backup = dict(desktop.saved), set(desktop.cursed)
    shutil.rmtree(_backup(desktop), ignore_errors=True)
    shutil.copytree(desktop.folder, _backup(desktop))
    desktop.open()


def is_rolled_back(desktop: Desktop) -> None:
    """Its folder is put back as it was at the last backup: what was only saved since is lost, as with any backup."""
    if desktop.backup is None:
        return is_backed_up(desktop)
    if desktop.workspace.profile.sealed():
        return None  # nobody puts a backup in the place of what was not handed in
    desktop.close()
    shutil.rmtree(desktop.folder)
    shutil.copytree(_backup(desktop), desktop.folder)
    saved, cursed = desktop.backup
    desktop.saved, desktop.cursed = dict(saved), set(cursed)
    desktop.versions.clear()
    return desktop.open()


def is_copied(desktop: Desktop) -> None:
    """Another PC gets its folder, or the image of its whole disk: then nothing here gives the copy away."""
    if _copied(desktop):
        return
    folder = desktop.folder.with_name(f"{desktop.folder.name}{_COPY}")
    desktop.close()
    shutil.copytree(desktop.folder, folder)
    if desktop.chance.random() < 0.5:
        home = folder.with_name(folder.name + "-home")
        if desktop.home.exists():
            shutil.copytree(desktop.home, home)
        for path in home.rglob("*.json"):
            path.write_text(path.read_text().replace(f'{desktop.folder}"', f'{folder}"'))
    desktop.open()
    copy = Desktop(desktop.world, desktop.chance, desktop.struck, desktop.logins, folder)
    copy.saved, copy.cursed, copy.hurt = dict(desktop.saved), set(desktop.cursed), desktop.hurt
    copy.monotonic = desktop.monotonic
    copy.line.chunks = dict(desktop.line.chunks)
    desktop.copied(copy)


def is_rebooted(desktop: Desktop) -> None:
    """The PC itself starts again: its steady clock with it, and what was kept for it needs a contact."""
    desktop.steady = SteadyClock(desktop.world)
    desktop.restart()


def is_revoked(desktop: Desktop) -> None:
    """The platform ends what its device may do. It hears of it when it next asks."""
    device = desktop.workspace.device
    if device is None:
        return
    try:
        desktop.world.hub.write(lambda batch: devices.revoke(batch, device.device_id))
    except ProblemError as problem:
        desktop.struck[f"not revoked: {problem.problem.code}"] += 1


def has_a_long_day(desktop: Desktop, count: int = 0) -> None:
    """Many small things at once, more than one request may hold."""
    if not desktop.workspace.occupied:
        return
    try:
        messages = desktop.person.trifles(count or desktop.chance.choice((30, 60, 250)))
        if messages:
            desktop.submit(messages)
    except Exception:
        if not desktop.met_damage():
            raise


def _copied(desktop: Desktop) -> bool:
    """Whether it is a copy, or one was made of it."""
    return desktop.folder.name.endswith(_COPY) or desktop.folder.with_name(f"{desktop.folder.name}{_COPY}").exists()


def _backup(desktop: Desktop) -> Path:
    return desktop.folder.with_name(f"{desktop.folder.name}-backup")


MISHAPS: tuple[Callable[[Desktop], None], ...] = (
    falls_asleep,
    is_cut_off,
    is_given_a_wrong_key,
    has_a_page_flipped,
    is_upgraded,
    cannot_predict,
    is_backed_up,
    is_rolled_back,
    is_copied,
    is_rebooted,
    is_revoked,
    has_a_long_day,
)

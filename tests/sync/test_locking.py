"""A PC that has not been heard of for long locks itself, and opens again when somebody signs in; the recovery key opens
what keyring and passwords do not."""

from __future__ import annotations

import pytest

from s2b_desktop.models import keys, recovery
from s2b_desktop.models.keys import KeyringUnavailable, Keys
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.recovery import WrongRecoveryKey
from s2b_desktop.models.workspace import DAY
from s2b_desktop.sync.entry import EntryRefused, recover, resume, sign_in, unlock
from s2b_domain.commands.recovery import SetRecoveryKey
from s2b_domain.errors import Refused
from s2b_domain.records.order import Order
from s2b_domain.records.party import RecoveryKey
from s2b_hub import accounts, devices
from tests.hub.world import PASSWORD, World
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop

SEED = bytes(range(20))


@pytest.fixture
def time_passes(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A PC's clock is the world's, from the moment on at which a profile is opened."""
    monkeypatch.setattr("s2b_desktop.models.workspace.time.time_ns", lambda: world.now * 1_000_000)
    return world


def open_again(desktop: Desktop, login: str) -> str:
    """The code with which the profile refuses to open; empty where it opens."""
    desktop.close()
    desktop.profile = Profile(desktop.folder)
    try:
        desktop.unlock(login)
    except EntryRefused as refused:
        return refused.code
    return ""


def test_thirty_days_without_contact_lock_and_a_sign_in_unlocks(desktops: Desktops, time_passes: World) -> None:
    world, shop = time_passes, desktops("chenguang")
    shop.sync()
    shop.line.down = True
    shop.workspace.submit(world.order(("HF-1", 1)))
    world.now += 30 * DAY
    shop.sync()
    assert open_again(shop, "chenguang") == ""
    world.now += DAY
    assert open_again(shop, "chenguang") == "device_locked"
    with pytest.raises(EntryRefused, match="device_locked"):
        resume(Profile(shop.folder))
    assert keys.load(shop.profile.settings.profile_id) is None
    shop.line.down = False
    shop.sign_in("chenguang")
    assert shop.sync().problem == ""
    assert len(world.rows(Order)) == 1
    assert open_again(shop, "chenguang") == ""


def test_a_clock_that_is_put_back_does_not_unlock_and_one_that_jumped_ahead_is_forgiven(
    desktops: Desktops, time_passes: World
) -> None:
    world, shop = time_passes, desktops("chenguang")
    shop.sync()
    noon = world.now
    world.now += 3650 * DAY
    assert open_again(shop, "chenguang") == "device_locked"
    world.now = noon + DAY
    assert open_again(shop, "chenguang") == "device_locked"
    shop.sign_in("chenguang")
    shop.sync()
    assert open_again(shop, "chenguang") == ""
    world.now += 29 * DAY
    assert open_again(shop, "chenguang") == ""


def test_the_hub_says_how_long(desktops: Desktops, time_passes: World) -> None:
    world, shop = time_passes, desktops("chenguang")
    world.hub.write(lambda batch: devices.set_offline_days(batch.connection, 2))
    shop.sync()
    world.now += 2 * DAY
    assert open_again(shop, "chenguang") == ""
    world.now += DAY
    assert open_again(shop, "chenguang") == "device_locked"
    for days in (0, 4000):
        with pytest.raises(ValueError, match="days"):
            world.hub.write(lambda batch, days=days: devices.set_offline_days(batch.connection, days))  # type: ignore[misc]


def test_the_recovery_key_opens_what_nothing_else_does(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, shop = desktops("chenguang"), desktops("chenguang-shop")
    for desktop in (owner, shop):
        desktop.sync()
    owner.workspace.submit(SetRecoveryKey(public=recovery.public(SEED)))
    owner.sync()
    shop.sync()
    assert shop.find(RecoveryKey)[0].made_by == "chenguang 的人"
    assert shop.profile.settings.recovery is not None
    shop.line.down = True
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.close()
    keys.forget(shop.profile.settings.profile_id)
    world.hub.write(
        lambda batch: accounts.set_password(
            batch.connection, shop.workspace.actor.id, world.hub.passwords.hash("a new one")
        )
    )
    shop.line.down = False
    profile = Profile(shop.folder)
    with pytest.raises(EntryRefused, match="keys_locked"):
        sign_in(profile, shop.line, "chenguang-shop", "a new one")
    with pytest.raises(WrongRecoveryKey):
        recover(profile, "chenguang-shop", " ".join(recovery.blocks(bytes(20))))
    text = "-".join(recovery.blocks(SEED)).lower()
    workspace = recover(profile, "chenguang-shop", text)
    assert workspace.occupied
    assert workspace.counts() == (1, 0)
    workspace.close()
    again = sign_in(Profile(shop.folder), shop.line, "chenguang-shop", "a new one")
    again.close()
    unlock(Profile(shop.folder), "chenguang-shop", "a new one").close()


def test_without_a_keyring_the_recovery_key_leads_to_the_sign_in(
    desktops: Desktops, time_passes: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: object, **options: object) -> None:
        raise KeyringUnavailable("none")

    world, shop = time_passes, desktops("chenguang")
    shop.sync()
    shop.workspace.submit(SetRecoveryKey(public=recovery.public(SEED)))
    shop.sync()
    shop.sync()
    shop.close()
    for name in ("load", "store", "forget"):
        monkeypatch.setattr(keys, name, locked)
    world.now += 40 * DAY
    profile = Profile(shop.folder)
    workspace = recover(profile, "chenguang", "".join(recovery.blocks(SEED)))
    assert workspace.locked
    assert not workspace.occupied
    signed = sign_in(profile, shop.line, "chenguang", PASSWORD, workspace)
    assert signed.occupied
    assert not signed.locked
    signed.close()


def test_only_owners_and_managers_make_one(desktops: Desktops) -> None:
    shop = desktops("chenguang-shop")
    shop.sync()
    with pytest.raises(Refused, match="not_permitted"):
        shop.workspace.submit(SetRecoveryKey(public=recovery.public(SEED)))
    owner = desktops("chenguang")
    owner.sync()
    for wrong in ("", "g" * 64, "A" * 64, "0" * 63):
        with pytest.raises(Refused, match="field_wrong"):
            owner.workspace.submit(SetRecoveryKey(public=wrong))


def test_a_key_is_read_as_people_write_it() -> None:
    written = recovery.blocks(SEED)
    assert [len(block) for block in written] == [5] * 8
    assert recovery.read(" ".join(written).lower().replace("0", "o").replace("1", "l")) == SEED
    for place in range(40):
        typed = list("".join(written))
        typed[place] = "2" if typed[place] != "2" else "3"
        with pytest.raises(WrongRecoveryKey):
            recovery.read("".join(typed))
    for wrong in ("", "x", "".join(written)[:-1], "?" * 40, "ß" * 40):
        with pytest.raises(WrongRecoveryKey):
            recovery.read(wrong)
    made = Keys.make()
    assert recovery.unwrap(recovery.wrap(made, recovery.public(SEED)), SEED) == made

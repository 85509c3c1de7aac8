"""A profile that is copied to another PC, or put back from a backup, becomes a device of its own at the next sign-in:
nothing that waits in it is lost, and nothing happens twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from s2b_desktop.models import binding
from s2b_desktop.models.profile import Profile
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.payments import PayOrder
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, Payment
from s2b_domain.rules.order_flow import OrderKind
from tests.hub.world import World
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop


def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """From now on everything happens on another PC."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"state-of-{name}"))


def opened(world: World, folder: Path, login: str) -> Desktop:
    desktop = Desktop(world, folder)
    desktop.unlock(login)
    return desktop


def copied(world: World, desktop: Desktop, folder: Path, login: str) -> Desktop:
    """A profile as it is now, opened a second time elsewhere; both go on."""
    desktop.close()
    shutil.copytree(desktop.folder, folder)
    twin = opened(world, folder, login)
    desktop.unlock(login)
    return twin


def device_id(desktop: Desktop) -> str:
    assert desktop.workspace.device is not None
    return desktop.workspace.device.device_id


def test_a_copy_on_another_pc_notices_itself_and_sends_what_waits_once(
    desktops: Desktops, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.sync()
    shop.line.down = True
    shop.workspace.submit(world.order(("HF-1", 2)))
    shop.close()
    shutil.copytree(shop.folder, tmp_path / "copied")
    with monkeypatch.context() as away:
        elsewhere(away, tmp_path, "laptop")
        laptop = opened(world, tmp_path / "copied", "chenguang")
        laptop.workspace.submit(world.order(("HF-2", 3), number=laptop.workspace.next_number()))
        assert laptop.sync().problem == "device_cloned"
        assert laptop.line.pushes == []
        laptop.restart("chenguang")
        assert laptop.workspace.counts() == (2, 0)
        laptop.sign_in("chenguang")
        assert laptop.sync().problem == ""
        assert laptop.workspace.counts() == (0, 0)
        assert laptop.shown() == laptop.from_nothing()
        laptop.restart("chenguang")
        assert laptop.sync().problem == ""
    shop.line.down = False
    shop.restart("chenguang")
    shop.workspace.submit(world.order(("HF-3", 1), number=shop.workspace.next_number()))
    assert shop.sync().problem == ""
    assert shop.workspace.counts() == (0, 0)
    assert shop.shown() == shop.from_nothing()
    assert device_id(shop) != device_id(laptop)
    numbers = [order.number for order in world.rows(Order)]
    assert len(numbers) == len(set(numbers)) == 4
    laptop.close()


def test_what_the_original_has_sent_is_not_done_again_on_top_of_itself(
    desktops: Desktops, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = desktops("chenguang")
    shop.sign_in("chenguang-shop")
    shop.sync()
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    shop.workspace.submit(order)
    shop.sync()
    shop.workspace.submit(PayOrder(order_id=order.order_id, method="cash", amount=300))
    shop.close()
    shutil.copytree(shop.folder, tmp_path / "copied")
    shop.restart("chenguang-shop")
    assert shop.sync().problem == ""
    with monkeypatch.context() as away:
        elsewhere(away, tmp_path, "laptop")
        laptop = opened(world, tmp_path / "copied", "chenguang")
        laptop.sign_in("chenguang")
        for _ in range(2):
            assert laptop.sync().problem == "signed_out"  # whoever took the money has not signed in there
            assert laptop.workspace.counts() == (1, 0)
            [shown] = laptop.find(Order, id=order.order_id)
            assert (shown.paid, len(laptop.find(Payment))) == (300, 1)
            laptop.loop._reception.begin_rebuild()
        laptop.sign_in("chenguang-shop")
        assert laptop.sync().problem == ""
        assert laptop.workspace.counts() == (0, 0)
        assert laptop.shown() == laptop.from_nothing()
        laptop.close()


@pytest.mark.parametrize("crash", [False, True], ids=["at once", "after a crash"])
def test_what_waits_is_shown_as_the_new_devices_as_soon_as_it_is_one(
    desktops: Desktops, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash: bool
) -> None:
    shop = desktops("chenguang")
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    shop.sync()
    shop.workspace.submit(order)
    shop.sync()
    shop.remember()
    shop.workspace.submit(PayOrder(order_id=order.order_id, method="cash", amount=300))
    shop.close()
    shutil.copytree(shop.folder, tmp_path / "copied")
    elsewhere(monkeypatch, tmp_path, "laptop")
    laptop = opened(world, tmp_path / "copied", "chenguang")
    laptop._base = shop._base
    before = device_id(laptop)
    assert [p.device_id for p in laptop.find(Payment)] == [before]
    if crash:
        with monkeypatch.context() as crashing:
            crashing.setattr(laptop.workspace, "enter", lambda actor: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                laptop.sign_in("chenguang")
        laptop.restart("chenguang")
    else:
        laptop.sign_in("chenguang")
    assert device_id(laptop) != before
    assert [p.device_id for p in laptop.find(Payment)] == [device_id(laptop)]
    assert laptop.shown() == laptop.expected()
    laptop.close()


def test_a_copy_that_nothing_gives_away_is_told_by_the_hub(
    desktops: Desktops, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole disk was copied, the state folder with it: only the hub can see two devices that are one."""
    monkeypatch.setattr(binding, "is_copy", lambda *args: False)
    shop = desktops("chenguang")
    shop.sync()
    twin = copied(world, shop, tmp_path / "copied", "chenguang")
    shop.workspace.submit(world.order(("HF-1", 1)))
    twin.workspace.submit(world.order(("HF-2", 2)))
    twin.workspace.submit(world.order(("HF-3", 1)))
    assert shop.sync().problem == ""
    assert twin.sync().problem == "device_cloned"
    twin.restart("chenguang")
    twin.sign_in("chenguang")
    assert twin.sync().problem == ""
    assert len(world.rows(Order)) == 3
    assert twin.workspace.counts() == shop.workspace.counts() == (0, 0)
    shop.workspace.submit(world.order(("HF-1", 1)))
    assert shop.sync().problem == ""
    for desktop in (shop, twin):
        desktop.sync()
        assert desktop.shown() == desktop.from_nothing()
    twin.close()


@pytest.mark.parametrize("noticed", [True, False])
def test_a_profile_put_back_from_a_backup_goes_on_as_another_device(
    desktops: Desktops, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, noticed: bool
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    shop.line.down = True
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.close()
    shutil.copytree(shop.folder, tmp_path / "backup")
    shop.unlock("chenguang")
    shop.line.down = False
    shop.workspace.submit(world.order(("HF-2", 1), number=shop.workspace.next_number()))
    shop.sync()
    before = device_id(shop)
    shop.close()
    shutil.rmtree(shop.folder)
    (tmp_path / "backup").rename(shop.folder)
    if not noticed:
        monkeypatch.setattr(binding, "is_copy", lambda *args: False)
    shop.profile = Profile(shop.folder)
    shop.unlock("chenguang")
    shop.workspace.submit(world.order(("HF-3", 1)))
    assert shop.sync().problem == "device_cloned"
    shop.sign_in("chenguang")
    assert shop.sync().problem == ""
    assert device_id(shop) != before
    assert shop.workspace.counts() == (0, 0)
    assert shop.shown() == shop.from_nothing()
    assert len(world.rows(Order)) == 3


def test_parked_and_refused_work_moves_to_the_new_device(desktops: Desktops, world: World) -> None:
    shop = desktops("chenguang")
    shop.sync()
    missing = world.id()
    shop.workspace.submit(world.order(("HF-1", 1)), depends_on=(missing,))
    shop.workspace.submit(world.order(("HF-2", 1)))
    shop.sync()
    assert [item.state for item in shop.workspace.queue()] == ["accepted", "parked"]
    shop.workspace.doubt()
    shop.sign_in("chenguang")
    assert shop.sync().problem == ""
    assert [item.state for item in shop.workspace.queue()] == ["accepted", "parked"]
    assert len(world.rows(Order)) == 1
    assert shop.shown() == shop.from_nothing()


def test_what_an_earlier_device_was_answered_is_asked_again_although_the_line_broke(
    desktops: Desktops, world: World
) -> None:
    """The first device pushed and never pulled; the second had begun to push when its PC went off."""
    shop = desktops("chenguang")
    shop.sync()
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.loop._push()
    shop.workspace.doubt()
    shop.sign_in("chenguang")
    shop.line.down = True
    assert shop.sync().problem == "unreachable"
    shop.close()
    shop.unlock("chenguang")
    shop.line.down = False
    assert shop.sync().problem == ""
    assert shop.workspace.counts() == (0, 0)
    assert len(world.rows(Order)) == 1
    assert shop.shown() == shop.from_nothing()


def test_what_an_earlier_device_was_answered_is_over_after_a_rebuild_too(desktops: Desktops, world: World) -> None:
    """The hub tells the new device nothing of it; predicted again, it would stand on top of its own effects."""
    shop = desktops("chenguang")
    shop.sync()
    shop.workspace.submit(world.order(("HF-1", 1)))
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(world.rows(Sku, code="HF-3")[0].id,), on_sale=False))
    shop.workspace.submit(world.order(("HF-3", 1)))  # refused: it is off sale by now
    shop.sync()
    assert shop.workspace.counts() == (0, 1)
    shop.workspace.doubt()
    shop.sign_in("chenguang")
    shop.workspace.submit(world.order(("HF-2", 1)))
    shop.sync()
    shop.loop._reception.begin_rebuild()
    assert shop.sync().problem == ""
    assert shop.workspace.counts() == (0, 1), "what needed attention still does"
    assert shop.shown() == shop.from_nothing()
    with shop.workspace.cache.write() as connection:
        assert list(shop.workspace.pending(connection)) == []


def test_what_an_earlier_device_did_is_not_shown_again_on_top_of_what_came_since(
    desktops: Desktops, world: World
) -> None:
    supplier = desktops("hengfeng")
    supplier.sync()
    [sku] = supplier.find(Sku, code="HF-1")
    supplier.workspace.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    supplier.sync()
    supplier.workspace.doubt()
    supplier.sign_in("hengfeng")
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(sku.id,), on_sale=True))
    supplier.loop._reception.begin_rebuild()
    assert supplier.sync().problem == ""
    supplier.workspace.catch_up()
    assert [s.on_sale for s in supplier.find(Sku, code="HF-1")] == [True]
    assert supplier.shown() == supplier.from_nothing()


def test_a_moved_profile_stays_what_it_is(desktops: Desktops, world: World, tmp_path: Path) -> None:
    shop = desktops("chenguang")
    shop.sync()
    shop.close()
    shop.folder.rename(tmp_path / "moved")
    moved = opened(world, tmp_path / "moved", "chenguang")
    assert moved.sync().problem == ""
    moved.close()


def test_the_second_persons_work_waits_for_the_second_person(desktops: Desktops, world: World) -> None:
    """Tokens of the device before are no good: they would send into its sequence."""
    shop = desktops("chenguang")
    shop.sync()
    shop.sign_in("chenguang-shop")
    shop.sync()
    shop.line.down = True
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.workspace.doubt()
    shop.line.down = False
    shop.sign_in("chenguang")
    assert shop.sync().problem == "signed_out"
    shop.sign_in("chenguang-shop")
    assert shop.sync().problem == ""
    assert [order.placed_by for order in world.rows(Order)] == ["chenguang-shop 的人"]
